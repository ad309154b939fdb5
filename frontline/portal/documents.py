"""The two PDFs a citizen may take from the portal.

A spontaneous payment was declared by whoever was at the keyboard: nothing the Ente knows of that codice fiscale
(registered name, address) is printed on its documents, or the form would be a way to ask for strangers' addresses.
"""

from dataclasses import replace

from django.http import HttpResponse

from billing.documents.data import DebtorData
from billing.models import Collection, Instalment, Position
from billing.services.notices import notice_data
from billing.services.receipts import receipt_data
from tenants.models import Ente


def notice_pdf(instalment: Instalment, ente: Ente) -> HttpResponse:
    """The avviso of the whole position. Raises DocumentRefused when nothing is left to pay."""
    from billing.documents.renderer import notice_renderer

    data = notice_data(instalment.position, ente)
    if _declared(instalment.position):
        data = replace(data, debtor=_declared_debtor(instalment.position))
    return _download(
        notice_renderer().render_notice(data).pdf, f"avviso-{instalment.notice_number}.pdf"
    )


def receipt_download(payment: Collection, instalment: Instalment, ente: Ente) -> HttpResponse:
    """The quietanza of one payment. Raises DocumentRefused."""
    from billing.documents.receipts import render_receipt

    data = receipt_data(payment, ente)
    if _declared(instalment.position):
        debtor = _declared_debtor(instalment.position)
        data = replace(data, debtor=debtor, payer_name=payment.payer or debtor.name)
    return _download(render_receipt(data).pdf, f"ricevuta-{instalment.notice_number}.pdf")


def _declared(position: Position) -> bool:
    return position.origin == Position.Origin.FORM


def _declared_debtor(position: Position) -> DebtorData:
    name = str(position.details.get("payer_name", ""))
    return DebtorData(name=name, codice_fiscale=position.subject.codice_fiscale)


def _download(pdf: bytes, filename: str) -> HttpResponse:
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    response["Cache-Control"] = "no-store"
    return response
