"""The quietanza: what the citizen keeps as proof of a payment.

Before: collections hand over what the Node's receipt says.  After: portal, desk and messages
send the PDF.
Source: SANP, contents of the payment receipt for the citizen.
"""

from typing import Any
from zoneinfo import ZoneInfo

from billing.documents.data import ReceiptData, RenderedPdf
from billing.documents.lettering import day, euro, grouped, png_uri
from billing.documents.press import the_press

ROME = ZoneInfo("Europe/Rome")


def render_receipt(data: ReceiptData) -> RenderedPdf:
    """Print the attestazione di pagamento, one A4 page, PDF/UA-1. The hour is that of Rome."""
    return the_press().print_pdf("receipt.html", "letter.css", _words(data))


def _words(data: ReceiptData) -> dict[str, Any]:
    return {
        "title": f"Attestazione di pagamento {data.notice_number}",
        "receipt": data,
        "logo": png_uri(data.creditor.logo_png),
        "amount": euro(data.amount_cents),
        "paid_at": f"{data.paid_at.astimezone(ROME):%d/%m/%Y, ore %H:%M:%S}",
        "notice_number": grouped(data.notice_number),
        "application_on": day(data.application_on) if data.application_on else "non comunicata",
    }
