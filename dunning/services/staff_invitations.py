"""Chapter 0 – the e-mail to who is to work for an Ente: to who is new a link to choose a password, to the others the door.

Before: ``tenants/services/people.py``.  After: she enters. An invitation that arrives twice does no harm.
"""

from datetime import date
from uuid import uuid4

from dunning.channels.protocol import Channel, Message, Rejected
from dunning.services.way import SendingWay
from paybox.kernel.queue import RetryLater
from tenants.models import Membership
from tenants.roles import Role
from tenants.selectors.people import invitation_path

_TEXT = """Gentile {name},

{ente} le ha dato accesso al proprio ufficio su PayBox con il ruolo di «{role}».

{how}

{link}

Se non se l'aspettava, non faccia nulla e avvisi l'Ente.
"""
_NEW = "Per entrare scelga prima la sua password, entro tre giorni, a questo indirizzo:"
_KNOWN = "Entri con l'indirizzo e la password che usa già:"


def send_invitation(*, membership_id: int, channel: Channel, way: SendingWay, today: date) -> None:
    """Nothing to who has no role here any more. Raises RetryLater when it surely did not leave."""
    valid = Membership.objects.valid(on=today).filter(ente=way.ente)
    found = valid.filter(pk=membership_id).select_related("user").first()
    if found is None:
        return
    outcome = channel.send(
        Message(
            attempt_id=uuid4(), to=found.user.email, subject=f"Accesso all'ufficio di {way.ente.name}",
            text=invitation_text(found, way), html="", attachments=(), sender=way.sender, callback_url="",
        )
    )  # fmt: skip
    if isinstance(outcome, Rejected) and not outcome.permanent:
        raise RetryLater(outcome.words)


def invitation_text(membership: Membership, way: SendingWay) -> str:
    user = membership.user
    new = not user.has_usable_password()
    path = f"ufficio/invito/{invitation_path(user)}" if new else "ufficio/"
    return _TEXT.format(
        name=user.name, ente=way.ente.name, role=Role(membership.role).label,
        how=_NEW if new else _KNOWN, link=f"{way.portal_url}{path}",
    )  # fmt: skip
