"""Chapter 5 – notices: what a position still asks for, as the avviso that is printed or e-mailed.

Before: positions, published.  After: the billing file, messages, the citizen's page.
"""

import re

from billing.documents.data import CreditorData, DebtorData, NoticeData, PaymentData, RenderedPdf
from billing.models import Instalment, Position, Service
from billing.states import InstalmentState
from registry.models import Subject
from tenants.models import Ente

MAX_OGGETTO = 60  # lengths of pagoPA's guide to the avviso analogico
MAX_ENTE = 50
MAX_SETTORE = 50
MAX_INFO = 100
MAX_NOME = 70  # beyond 35 in a smaller type: what the Node carries is 70


def notice_data(position: Position, ente: Ente) -> NoticeData:
    """What the avviso says now: only the ways to pay that are still open, in the order of the rate.

    Prefetch ``instalments`` and select ``subject`` and ``service`` when there are many.
    Raises DocumentRefused when nothing is left to pay.
    """
    payable = [i for i in position.instalments.all() if i.state == InstalmentState.PAYABLE]
    payable.sort(key=lambda i: i.number)
    return NoticeData(
        creditor=creditor_data(ente, position.service),
        debtor=debtor_of(position),
        subject_line=shorten(position.causale, MAX_OGGETTO),
        single=next((_payment(position, i) for i in payable if i.number == 0), None),
        instalments=tuple(
            _payment(position, i, f"{i.number}ª RATA") for i in payable if i.number > 0
        ),
        second_language=position.service.second_language,
    )


def render_notice(position: Position, ente: Ente) -> RenderedPdf:
    """The avviso as PDF with its count of pages. Raises DocumentRefused."""
    from billing.documents.renderer import notice_renderer

    return notice_renderer().render_notice(notice_data(position, ente))


def render_notice_pdf(position: Position, ente: Ente) -> bytes:
    """The avviso as the bytes of a PDF. Raises DocumentRefused."""
    return render_notice(position, ente).pdf


def creditor_data(ente: Ente, service: Service | None) -> CreditorData:
    """The Ente as documents show it; without a conto corrente postale there is no bollettino."""
    contacts = " – ".join(
        filter(None, (ente.address, ente.phone and f"tel. {ente.phone}", ente.email))
    )
    account = ente.postal_account
    return CreditorData(
        name=shorten(ente.name, MAX_ENTE),
        codice_fiscale=ente.codice_fiscale,
        sector=shorten(service.sector, MAX_SETTORE) if service else "",
        info=shorten(contacts, MAX_INFO),
        website=shorten(ente.website.removeprefix("https://").rstrip("/"), MAX_INFO),
        cbill=ente.cbill,
        ccp=account.zfill(12) if account else "",
        ccp_holder=shorten(ente.postal_holder or ente.name, MAX_ENTE) if account else "",
        poste_authorization=ente.postal_authorization if account else "",
    )


def place_of(ente: Ente) -> str:
    """The town of the Ente's address, as it stands before the date of a letter; empty where the address does not end with it."""
    found = re.search(r"\b\d{5} ([^\d,;()]+?)(?: \([A-Z]{2}\))?$", " ".join(ente.address.split()))
    return found[1] if found else ""


def debtor_data(subject: Subject) -> DebtorData:
    """Name, codice fiscale and the lines of the address, as they stand in the window."""
    return DebtorData(
        name=shorten(subject.name, MAX_NOME),
        codice_fiscale=subject.codice_fiscale,
        address_lines=subject.address_lines,
    )


def debtor_of(position: Position) -> DebtorData:
    """Who the documents of a position name.

    A spontaneous payment was declared by whoever was at the keyboard: what the Ente knows of that codice fiscale
    (registered name, address) is not printed, or the form would be a way to ask for strangers' addresses.
    """
    declared = str(position.details.get("payer_name") or "")
    if position.origin != Position.Origin.FORM or not declared:
        return debtor_data(position.subject)
    return DebtorData(
        name=shorten(declared, MAX_NOME), codice_fiscale=position.subject.codice_fiscale
    )


def shorten(text: str, longest: int) -> str:
    """The text, or what fits of it up to the end of a word, with an ellipsis."""
    clean = " ".join(text.split())
    if len(clean) <= longest:
        return clean
    whole_words = clean[:longest].rpartition(" ")[0]
    kept = whole_words if len(whole_words) >= longest // 2 else clean[: longest - 1]
    return f"{kept[: longest - 1].rstrip(' ,;:-–(')}…"


def _payment(position: Position, instalment: Instalment, label: str = "") -> PaymentData:
    """Printed for what a PSP will ask: never more than is still owed."""
    return PaymentData(
        notice_number=instalment.notice_number,
        amount_cents=min(instalment.amount_cents, position.residual_cents),
        due_on=instalment.due_on,
        label=label,
    )
