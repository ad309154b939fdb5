"""Work that failed too often and was left to a person: seen, tried again, and told to whoever waits for it.

Before: ``queue`` has given an entry up.  After: the same entry, as if it had just been asked for.
"""

import logging
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit
from paybox.kernel.locking import lock_row
from paybox.kernel.models import OutboxEntry
from paybox.kernel.problems import Refused

log = logging.getLogger(__name__)
_followers: dict[str, Callable[..., None]] = {}


class NotGivenUp(Refused):
    """The entry is not one of those left to a person."""


def follow(name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register who is told when work of this name is given up, and when it is tried again.

    Called with ``given_up`` and the work's own arguments; what it raises is logged, never passed on.
    """

    def register(function: Callable[..., None]) -> Callable[..., None]:
        _followers[name] = function
        return function

    return register


def given_up() -> QuerySet[OutboxEntry]:
    """Of the current Ente, the latest first."""
    left = OutboxEntry.objects.filter(failed_at__isnull=False, done_at__isnull=True)
    return left.order_by("-failed_at", "-pk")


def tell_follower(entry: OutboxEntry, *, given_up: bool) -> None:
    """The work's own fate is written already: a follower's trouble changes nothing of it."""
    follower = _followers.get(entry.task)
    if follower is None:
        return
    try:
        with transaction.atomic():
            follower(given_up=given_up, **entry.arguments)
    except Exception:  # it only brings the news
        log.exception("esito di %s non riportato", entry.task)


@transaction.atomic
def try_again(*, entry_id: int, actor: Actor) -> OutboxEntry:
    """Put it back as new; all its attempts are before it again. Raises NotGivenUp."""
    from paybox.kernel.queue import current_schema, ring

    entry: OutboxEntry = lock_row(OutboxEntry, entry_id)
    if entry.failed_at is None or entry.done_at is not None:
        raise NotGivenUp("Questa operazione non è ferma: è già stata ritentata o conclusa")
    at = timezone.now()
    entry.failed_at, entry.attempts, entry.next_at, entry.leased_until = None, 0, at, None
    entry.save(update_fields=["failed_at", "attempts", "next_at", "leased_until"])
    tell_follower(entry, given_up=False)
    details: dict[str, Any] = {"task": entry.task, "last_error": entry.last_error}
    record_audit(
        action="kernel.outbox.retried", actor=actor, at=at, subject=f"outbox:{entry.pk}", **details
    )
    schema = current_schema()
    transaction.on_commit(lambda: ring(schema=schema, entry_id=entry.pk, queue=entry.queue))
    return entry
