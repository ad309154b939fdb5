"""The signed address of one notice: it says nothing of the person, it ends on a day, only we can write it.

Before: the e-mail that carries it.  After: ``frontline/portal/notice_link``.
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.core.signing import BadSignature, Signer

from dunning.inbound.addresses import portal_url
from tenants.models import Ente

_SALT = "dunning.notice"


@dataclass(frozen=True, slots=True)
class NoticeLink:
    """Good until ``last_day`` included."""

    position: UUID
    last_day: date


def notice_url(ente: Ente, position: UUID, last_day: date, *, portal: str = "") -> str:
    """On the Ente's own site. ``portal``: its address, when known already."""
    signed = Signer(salt=f"{_SALT}.{ente.schema_name}").sign(f"{position.hex}{last_day:%Y%m%d}")
    return f"{portal or portal_url(ente)}documento/{signed}/"


def read_notice_link(token: str, *, schema: str) -> NoticeLink | None:
    """None when the address is not ours, or another Ente's."""
    try:
        said = Signer(salt=f"{_SALT}.{schema}").unsign(token)
        return NoticeLink(UUID(said[:32]), date.fromisoformat(said[32:]))
    except (BadSignature, ValueError):
        return None
