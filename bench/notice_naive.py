"""The floor of the row ``notice_pages``: WeasyPrint used the way one first would.

The same words and codes as the product's notice, but style sheet and fonts read anew each time,
tables that measure themselves, codes as inline SVG, the collector left on, no tags.
"""

from pathlib import Path
from typing import Any

from django.template import Context, Engine

from billing.documents import codes
from billing.documents.composition import printed_notice
from billing.documents.data import NoticeData, PaymentData
from billing.documents.fields import PrintedPayment
from billing.documents.press import font_faces_css

_TEMPLATE = Engine(dirs=[str(Path(__file__).parent)]).get_template("notice_naive.html")


def render_naively(data: NoticeData) -> bytes:
    """The notice as PDF; ``data`` has a rata unica, rates that fit one page, and a ccp."""
    from weasyprint import HTML
    from weasyprint.text.fonts import FontConfiguration

    notice = printed_notice(data)
    context = {"notice": notice, "faces": font_faces_css(), "payments": _payments(data)}
    pdf: bytes = HTML(string=_TEMPLATE.render(Context(context))).write_pdf(
        font_config=FontConfiguration()
    )
    return pdf


def _payments(data: NoticeData) -> list[dict[str, Any]]:
    notice = printed_notice(data)
    assert data.single is not None
    assert notice.single is not None
    fields: list[PrintedPayment] = [notice.single, *notice.rates_pages[0].payments]
    owed: list[PaymentData] = [data.single, *data.instalments]
    return [
        _payment(data, payment, printed, next_page=place == 1)
        for place, (payment, printed) in enumerate(zip(owed, fields, strict=True))
    ]


def _payment(
    data: NoticeData, payment: PaymentData, fields: PrintedPayment, *, next_page: bool
) -> dict[str, Any]:
    import zxingcpp

    qr = codes.qr_text(
        notice_number=payment.notice_number,
        creditor_codice_fiscale=data.creditor.codice_fiscale,
        amount_cents=payment.amount_cents,
    )
    postal = codes.datamatrix_text(
        creditor=data.creditor, debtor=data.debtor, payment=payment, causale=data.subject_line
    )
    kinds = zxingcpp.BarcodeFormat
    return {
        "fields": fields,
        "next_page": next_page,
        "qr_svg": zxingcpp.create_barcode(qr, kinds.QRCode, ec_level="M", version=4).to_svg(),
        "datamatrix_svg": zxingcpp.create_barcode(postal, kinds.DataMatrix).to_svg(),
    }
