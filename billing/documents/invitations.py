"""ZERO_CARTA's printed form: an invitation with the person's own code and QR, and a coupon to sign and give back.

Before: registry has her code and the words of the consent.  After: the post, or the desk where the coupon comes back.
"""

from dataclasses import dataclass
from typing import Any

from billing.documents.codes import form_qr_png
from billing.documents.data import CreditorData, DebtorData, RenderedPdf
from billing.documents.lettering import png_uri
from billing.documents.press import the_press


@dataclass(frozen=True, slots=True)
class InvitationData:
    """``code`` as it is read aloud; ``url`` opens the form with the code in it; ``consent`` is the text to sign."""

    creditor: CreditorData
    person: DebtorData
    code: str
    url: str
    site: str
    consent: str
    version: str


def render_invitation(data: InvitationData) -> RenderedPdf:
    """Print it on one A4 page, PDF/UA-1; the address stands in the right-hand window."""
    words: dict[str, Any] = {
        "i": data,
        "qr": png_uri(form_qr_png(data.url)),
        "logo": png_uri(data.creditor.logo_png),
    }
    return the_press().print_pdf("invitation.html", "letter.css", words)
