"""Chapter 9 – platforms of the State: App IO and SEND are off until the Ente writes its own key and turns them on.

Before: an administrator's form.  After: planning may choose them. A key goes in and never comes out: it is sealed, and
neither the page nor the audit shows it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from billing.models import Service
from dunning.models import ChannelAccess
from dunning.rules.channels import BY_TAX_CODE, SEND, label_of
from dunning.rules.send_settings import read_settings
from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit
from paybox.kernel.locking import lock_name
from paybox.kernel.problems import Refused
from paybox.kernel.sealing import seal

SHORTEST_KEY, LONGEST_KEY = 8, 500


class AccessRefused(Refused):
    """The access cannot be written as given; what was there stays."""


@dataclass(frozen=True, slots=True)
class AccessDraft:
    """As typed. ``key`` empty keeps the one that is there; ``service_id`` None: the whole Ente."""

    channel: str
    service_id: int | None
    key: str
    active: bool
    settings: Mapping[str, Any] = field(default_factory=dict)


@transaction.atomic
def write_access(*, draft: AccessDraft, actor: Actor, at: datetime) -> ChannelAccess:
    """Write it down. Raises AccessRefused, SettingsRefused."""
    service = _checked(draft)
    lock_name(f"dunning.channel_access/{draft.channel}")
    found = ChannelAccess.objects.filter(channel=draft.channel, service=service).first()
    access = found or ChannelAccess(channel=draft.channel, service=service, key_written_at=at)
    if draft.key:
        access.key_sealed, access.key_written_at = seal(draft.key), at
    elif found is None:
        raise AccessRefused("La prima volta serve la chiave")
    access.settings = read_settings(draft.settings) if draft.channel == SEND else {}
    access.active, access.written_at, access.written_by = draft.active, at, actor.name
    access.save()
    record_audit(
        action="dunning.channel_access.written", actor=actor, at=at, subject=f"channel_access:{access.pk}",
        channel=draft.channel, service=service.code if service else "", active=draft.active, new_key=bool(draft.key),
    )  # fmt: skip
    return access


def _checked(draft: AccessDraft) -> Service | None:
    if draft.channel not in BY_TAX_CODE:
        raise AccessRefused("Le chiavi si scrivono per App IO e per SEND")
    if draft.service_id is not None and draft.channel == SEND:
        raise AccessRefused("SEND ha una chiave sola per tutto l'Ente")
    typed = draft.key
    if typed and (not typed.isascii() or not typed.isprintable() or " " in typed):
        raise AccessRefused("La chiave contiene spazi o caratteri che non può avere")
    if typed and not SHORTEST_KEY <= len(typed) <= LONGEST_KEY:
        raise AccessRefused(f"La chiave di {label_of(draft.channel)} è troppo corta o troppo lunga")
    if draft.service_id is None:
        return None
    service = Service.objects.filter(pk=draft.service_id).first()
    if service is None:
        raise AccessRefused("Il tipo di dovuto non esiste")
    return service
