"""What a document says, frozen: the only thing a renderer may look at.

Before: billing/selectors fill these.  After: renderer, receipts and letters turn them into PDF.
Money is integer cents, days are dates; every text is plain (never HTML).
"""

from dataclasses import dataclass
from datetime import date, datetime

from paybox.kernel.money import MAX_CENTS
from paybox.kernel.problems import Refused

MAX_INSTALMENTS = 72
MAX_TEXT_LINES = 5


class DocumentRefused(Refused):
    """The data cannot be printed as a valid document; nothing was produced."""


@dataclass(frozen=True, slots=True)
class CreditorData:
    """The Ente that is owed. ``ccp`` is empty or the 12 digits of the conto corrente postale."""

    name: str
    codice_fiscale: str
    sector: str = ""
    info: str = ""
    cbill: str = ""
    ccp: str = ""
    ccp_holder: str = ""
    poste_authorization: str = ""
    logo_png: bytes | None = None
    website: str = ""

    def __post_init__(self) -> None:
        if not (len(self.codice_fiscale) == 11 and self.codice_fiscale.isdecimal()):
            raise DocumentRefused("Il codice fiscale dell'Ente deve avere 11 cifre.")
        if self.ccp and not (len(self.ccp) == 12 and self.ccp.isdecimal()):
            raise DocumentRefused("Il conto corrente postale deve avere 12 cifre.")


@dataclass(frozen=True, slots=True)
class DebtorData:
    """Who the document is for; ``address_lines`` as they are to be printed, four at most."""

    name: str
    codice_fiscale: str
    address_lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PaymentData:
    """One amount payable with one notice number (18 digits); no ``label`` means the usual one."""

    notice_number: str
    amount_cents: int
    due_on: date
    label: str = ""

    def __post_init__(self) -> None:
        if not (len(self.notice_number) == 18 and self.notice_number.isdecimal()):
            raise DocumentRefused("Il codice avviso deve avere 18 cifre.")
        if not 0 < self.amount_cents <= MAX_CENTS:
            raise DocumentRefused("L'importo dell'avviso deve essere tra 0,01 e 999.999.999,99 €.")


@dataclass(frozen=True, slots=True)
class NoticeData:
    """One avviso di pagamento: rata unica, instalments, or both.

    ``text_lines`` are the Ente's own words on page 1. ``second_language``: of a last page that says the same ("de").
    """

    creditor: CreditorData
    debtor: DebtorData
    subject_line: str
    single: PaymentData | None = None
    instalments: tuple[PaymentData, ...] = ()
    text_lines: tuple[str, ...] = ()
    second_language: str = ""

    def __post_init__(self) -> None:
        if self.single is None and not self.instalments:
            raise DocumentRefused("L'avviso non contiene alcun importo da pagare.")
        if len(self.instalments) > MAX_INSTALMENTS:
            raise DocumentRefused(f"Un avviso può contenere al massimo {MAX_INSTALMENTS} rate.")
        if len(self.text_lines) > MAX_TEXT_LINES:
            raise DocumentRefused(
                f"Il testo dell'avviso può avere al massimo {MAX_TEXT_LINES} righe."
            )


@dataclass(frozen=True, slots=True)
class ReceiptData:
    """A quietanza: what the Node's receipt proves. ``paid_at`` is an instant with its time zone.

    ``receipt_id`` is the IUR of the Node, ``application_on`` the day of application.
    """

    creditor: CreditorData
    payer_name: str
    payer_codice_fiscale: str
    debtor: DebtorData
    receipt_id: str
    iuv: str
    notice_number: str
    psp_name: str
    psp_id: str
    paid_at: datetime
    application_on: date | None
    amount_cents: int
    causale: str

    def __post_init__(self) -> None:
        if self.paid_at.tzinfo is None:
            raise DocumentRefused("L'istante del pagamento deve avere il fuso orario.")


@dataclass(frozen=True, slots=True)
class DebtLine:
    """One row of the table of debts in a letter."""

    description: str
    reference: str
    due_on: date | None
    amount_cents: int


@dataclass(frozen=True, slots=True)
class LetterData:
    """A formal letter: its words are decided elsewhere, here they are only set in type.

    ``place``: the town before the date, empty when it is not known. ``barcode``: an even number of digits, by which
    the letter and its receipt card are found again; empty without.
    ``pay_codes``: beside each debt with one notice number, the QR that pays it. ``second``: the same words in
    ``second_language`` ("de"), on a page of their own.
    """

    creditor: CreditorData
    debtor: DebtorData
    place: str
    written_on: date
    protocol: str
    subject: str
    paragraphs: tuple[str, ...]
    debts: tuple[DebtLine, ...] = ()
    closing: tuple[str, ...] = ()
    signed_by: tuple[str, ...] = ()
    sent_by: str = ""
    barcode: str = ""
    pay_codes: bool = False
    second_language: str = ""
    second: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InvitationData:
    """An invitation to notices without paper. ``code`` as it is read aloud; ``url`` opens the form with the code in it; ``consent`` is the text to sign.

    ``window``: the lines of the envelope's window, the name first.
    """

    creditor: CreditorData
    person: DebtorData
    window: tuple[str, ...]
    code: str
    url: str
    site: str
    consent: str
    version: str


@dataclass(frozen=True, slots=True)
class RenderedPdf:
    """A finished PDF and how many pages it has."""

    pdf: bytes
    pages: int


@dataclass(frozen=True, slots=True)
class BoundPdf:
    """Many documents in one PDF, one after the other; ``pages``: how many each has."""

    pdf: bytes
    pages: tuple[int, ...]
