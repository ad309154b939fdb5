"""Chapter 7 – the quietanza: what proves to the payer that a collection was taken.

Before: ``collections.record_collection``.  After: the citizen's page, the desk.
"""

from datetime import date

from billing.documents.data import DebtorData, DocumentRefused, ReceiptData
from billing.iuv import NoticeNumberRefused, iuv_of
from billing.models import Collection
from billing.services.notices import creditor_data, debtor_of
from tenants.models import Ente

# What a channel may say in ``Collection.details``; anything else there is not printed.
PAYER_CODICE_FISCALE = "payer_codice_fiscale"
PSP_NAME = "psp_name"
PSP_ID = "psp_id"
APPLICATION_ON = "application_on"  # ISO day


def receipt_data(collection: Collection, ente: Ente) -> ReceiptData:
    """What the quietanza says. ``amount_cents`` is all that was paid, excess included.

    Raises DocumentRefused when the money belongs to no known position: nobody to attest it to.
    """
    position = collection.position
    if position is None:
        raise DocumentRefused(
            "L'incasso non è abbinato a una posizione: la quietanza non si può stampare."
        )
    debtor = debtor_of(position)
    said = collection.details
    return ReceiptData(
        creditor=creditor_data(ente, position.service),
        payer_name=collection.payer or debtor.name,
        payer_codice_fiscale=_payer_code(collection, debtor),
        debtor=debtor,
        receipt_id=collection.reference,
        iuv=_iuv(collection.notice_number),
        notice_number=collection.notice_number,
        psp_name=str(said.get(PSP_NAME) or Collection.Channel(collection.channel).label),
        psp_id=str(said.get(PSP_ID) or ""),
        paid_at=collection.paid_at,
        application_on=_day(said.get(APPLICATION_ON)),
        amount_cents=collection.amount_cents,
        causale=position.causale,
    )


def receipt_pdf(collection: Collection, ente: Ente) -> bytes:
    """The quietanza as PDF. Raises DocumentRefused."""
    from billing.documents.receipts import render_receipt

    return render_receipt(receipt_data(collection, ente)).pdf


def _payer_code(collection: Collection, debtor: DebtorData) -> str:
    """Of the payer when the channel told it; of the debtor only when nobody else is named."""
    told = collection.details.get(PAYER_CODICE_FISCALE)
    return str(told) if told else "" if collection.payer else debtor.codice_fiscale


def _iuv(notice_number: str) -> str:
    try:
        return iuv_of(notice_number)
    except NoticeNumberRefused:
        return ""


def _day(text: object) -> date | None:
    """The day a channel wrote; none when it wrote something else: the payment stands anyway."""
    try:
        return date.fromisoformat(str(text)[:10]) if text else None
    except ValueError:
        return None
