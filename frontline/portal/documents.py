"""The two PDFs a citizen may take from the portal: the avviso and, once paid, the quietanza."""

from django.http import HttpResponse

from billing.models import Collection, Instalment
from billing.services.notices import render_notice_pdf
from billing.services.receipts import receipt_pdf
from tenants.models import Ente


def notice_pdf(instalment: Instalment, ente: Ente) -> HttpResponse:
    """The avviso of the whole position. Raises DocumentRefused when nothing is left to pay."""
    return _download(
        render_notice_pdf(instalment.position, ente), f"avviso-{instalment.notice_number}.pdf"
    )


def receipt_download(payment: Collection, instalment: Instalment, ente: Ente) -> HttpResponse:
    """The quietanza of one payment. Raises DocumentRefused."""
    return _download(receipt_pdf(payment, ente), f"ricevuta-{instalment.notice_number}.pdf")


def _download(pdf: bytes, filename: str) -> HttpResponse:
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    response["Cache-Control"] = "no-store"
    return response
