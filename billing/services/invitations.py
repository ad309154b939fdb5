"""Chapter 2 – ZERO_CARTA on paper: the invitation of one person, set in type by the press."""

from urllib.parse import urlsplit

from billing.documents.data import RenderedPdf
from billing.services.notices import creditor_data, debtor_data
from registry.models import Invitation
from registry.rules.consent import CURRENT_TEXT, TEXTS, shown_code
from tenants.models import Ente


def invitation_pdf(*, invitation: Invitation, ente: Ente, portal_url: str) -> RenderedPdf:
    """Her letter; ``portal_url`` is the Ente's public site. Raises DocumentRefused."""
    from billing.documents.invitations import InvitationData, render_invitation

    return render_invitation(
        InvitationData(
            creditor=creditor_data(ente, None),
            person=debtor_data(invitation.subject),
            code=shown_code(invitation.code),
            url=f"{portal_url}zero-carta/?codice={invitation.code}",
            site=urlsplit(portal_url).netloc,
            consent=TEXTS[CURRENT_TEXT],
            version=CURRENT_TEXT,
        )
    )
