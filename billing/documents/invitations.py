"""ZERO_CARTA's printed form: an invitation with the person's own code and QR, and a coupon to sign and give back.

Before: registry has her code and the words of the consent.  After: the post, or the desk where the coupon comes back.
"""

from collections.abc import Sequence
from typing import Any

from billing.documents.codes import form_qr_png
from billing.documents.data import BoundPdf, InvitationData, RenderedPdf
from billing.documents.lettering import png_uri
from billing.documents.press import the_press


def render_invitation(data: InvitationData) -> RenderedPdf:
    """Print it on one A4 page, PDF/UA-1; the address stands in the right-hand window."""
    return the_press().print_pdf("invitation.html", "letter.css", _words(data))


def bind_invitations(invitations: Sequence[InvitationData]) -> BoundPdf:
    """Many in one PDF/A-2u for whoever prints and envelopes them; the same people give the same bytes."""
    return the_press().bind_pdf("invitation.html", "letter.css", [_words(i) for i in invitations])


def _words(data: InvitationData) -> dict[str, Any]:
    return {
        "i": data,
        "qr": png_uri(form_qr_png(data.url)),
        "logo": png_uri(data.creditor.logo_png),
    }
