"""The fields of a notice, already written as they are read: plain strings and nothing else.

Before: composition fills them.  After: every renderer prints exactly these.
"""

from dataclasses import dataclass

from billing.documents.lettering import Fitted


@dataclass(frozen=True, slots=True)
class PrintedCreditor:
    """The Ente. ``logo`` is a ``data:`` address or empty, ``ccp`` has no leading zeros."""

    name: Fitted
    codice_fiscale: str
    sector: Fitted
    info: Fitted
    website: str
    logo: str
    cbill: str
    ccp: str
    ccp_holder: Fitted
    poste_authorization: str


@dataclass(frozen=True, slots=True)
class PrintedDebtor:
    """The addressee, at most four lines of address."""

    name: Fitted
    codice_fiscale: str
    address: tuple[Fitted, ...]


@dataclass(frozen=True, slots=True)
class PrintedPayment:
    """One card. ``slot`` is its place on the page; no ``datamatrix``, no bollettino postale."""

    label: str
    amount: str
    due: str
    code: str
    qr: str
    datamatrix: str
    slot: str


@dataclass(frozen=True, slots=True)
class RatesPage:
    """One page after the first: its number and the two or three rates on it."""

    number: str
    payments: tuple[PrintedPayment, ...]


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """One line of a table of payments."""

    label: str
    amount: str
    due: str
    code: str


@dataclass(frozen=True, slots=True)
class SummaryColumn:
    """One table of rates on page 1; ``place`` says how many there are and which one this is."""

    place: str
    shows_codes: bool
    rates: tuple[PrintedPayment | SummaryRow, ...]


@dataclass(frozen=True, slots=True)
class SecondPage:
    """The notice said again in the second language; ``when`` stands between amount and day."""

    language: str
    number: str
    amount: str
    due: str
    when: str
    ways: str
    columns: tuple[SummaryColumn, ...]


@dataclass(frozen=True, slots=True)
class PrintedNotice:
    """The whole notice. ``summary`` is filled only when there is no rata unica."""

    title: str
    subject: Fitted
    creditor: PrintedCreditor
    debtor: PrintedDebtor
    single: PrintedPayment | None
    amount: str
    due: str
    ways: str
    rates_pages: tuple[RatesPage, ...]
    summary: tuple[SummaryColumn, ...]
    text_lines: tuple[Fitted, ...]
    pages: str
    second_page: SecondPage | None = None
