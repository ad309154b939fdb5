"""Chapter 2 – ZERO_CARTA on paper: what the invitation of one person says, set in type by the press."""

from urllib.parse import urlsplit

from billing.documents.data import DebtorData, InvitationData, RenderedPdf
from billing.services.notices import creditor_data, debtor_data
from registry.models import Invitation
from registry.rules.consent import CURRENT_TEXT, TEXTS, shown_code
from tenants.models import Ente


def invitation_pdf(*, invitation: Invitation, ente: Ente, portal_url: str) -> RenderedPdf:
    """Her letter; ``portal_url`` is the Ente's public site. Raises DocumentRefused."""
    from billing.documents.invitations import render_invitation

    person = debtor_data(invitation.subject)
    window = (person.name, *person.address_lines)
    return render_invitation(
        invitation_data(
            person=person, window=window, code=invitation.code, ente=ente, portal_url=portal_url
        )
    )


def invitation_data(
    *, person: DebtorData, window: tuple[str, ...], code: str, ente: Ente, portal_url: str,
    version: str = CURRENT_TEXT,
) -> InvitationData:  # fmt: skip
    """What it says. ``version``: of the consent to sign. Raises DocumentRefused."""
    return InvitationData(
        creditor=creditor_data(ente, None),
        person=person,
        window=window,
        code=shown_code(code),
        url=form_url(portal_url, code),
        site=urlsplit(portal_url).netloc,
        consent=TEXTS[version],
        version=version,
    )


def form_url(portal_url: str, code: str) -> str:
    """The page that asks for her codice fiscale, with the code in it."""
    return f"{portal_url}zero-carta/?codice={code}"
