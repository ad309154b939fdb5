"""Chapter 4 – publication: whoever sends a position holds it, so that its versions arrive in their order.

Before: a job with rows that wait.  After: ``publication_sending``. Two workers may have two versions of a position, or
its withdrawal, at the same time: the second waits until the first has ended, or until its lease has run out, as when
its process has died. Who comes back after that finds its lease gone: what went out under it may lie above a newer
version, and that one is sent once more. Leases are measured by the database's own clock.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from pagopa.models import Publication
from pagopa.selectors.publications import kept_until_replaced
from pagopa.services.notices_to_publish import road_of
from tenants.models import Ente

# Longer than a slice of a job takes with every call at the end of its patience; renewed before each slice.
LEASE = timedelta(minutes=10)
# What a counterpart has not answered in time it has dropped, or taken, after so long.
LINGER = timedelta(minutes=1)
BUSY = "un'altra versione della posizione è in corso di invio"
State, Action = Publication.State, Publication.Action


@dataclass(frozen=True, slots=True)
class Claim:
    """``rows`` are to be sent under ``lease``; ``busy`` more wait for who is sending their positions."""

    rows: list[Publication]
    lease: str
    busy: int


@transaction.atomic
def claim(*, publication_ids: Sequence[int], ente: Ente) -> Claim:
    """What waits, each row on the road in force; written before anything is sent."""
    _lock_positions(publication_ids)
    found = _waiting(publication_ids)
    kept = kept_until_replaced([r.position_id for r in found if r.action == Action.WITHDRAW])
    due = [r for r in found if r.action == Action.PUBLISH or r.position_id not in kept]
    busy = _held_by_others(due)
    rows = [row for row in due if row.position_id not in busy]
    moved = [row for row in rows if row.action == Action.PUBLISH and _change_road(row, ente)]
    Publication.objects.bulk_update(moved, ["gateway", "earlier_gateways"])
    mine = uuid4().hex
    Publication.objects.filter(pk__in=[row.pk for row in rows]).update(
        attempts=F("attempts") + 1, lease=mine, leased_until=Now() + LEASE
    )
    return Claim(rows, mine, len(due) - len(rows))


def renew(rows: Iterable[Publication], lease: str) -> None:
    """Before a slice is sent; a lease that others have taken is not taken back."""
    held = Publication.objects.filter(pk__in=[row.pk for row in rows], lease=lease)
    held.update(leased_until=Now() + LEASE)


def release(claimed: Claim, *, heard: bool) -> None:
    """These are not on their way any more; whoever waits for their positions comes back by itself.

    ``heard`` False: something had no answer, and may still arrive. A version overtaken meanwhile keeps the newer one
    waiting a little longer: it will not be sent again itself.
    """
    mine = Publication.objects.filter(pk__in=[row.pk for row in claimed.rows], lease=claimed.lease)
    if not heard:
        overtaken = mine.exclude(state=State.ASKED).filter(answered_at__isnull=True)
        overtaken.update(lease=uuid4().hex, leased_until=Now() + LINGER)
    mine.update(lease="", leased_until=None)


def _lock_positions(publication_ids: Sequence[int]) -> None:
    """All the rows of their positions: two jobs with two versions of one have a row in common."""
    asked = Publication.objects.filter(pk__in=publication_ids).values("position_id")
    rows = Publication.objects.filter(position_id__in=asked).order_by("pk").select_for_update()
    list(rows.values_list("pk", flat=True))


def _waiting(publication_ids: Sequence[int]) -> list[Publication]:
    waiting = Publication.objects.filter(pk__in=publication_ids, state=State.ASKED)
    rows = waiting.select_related("position__subject", "position__service")
    return list(rows.prefetch_related("position__instalments").order_by("pk"))


def _held_by_others(rows: list[Publication]) -> set[int]:
    """Asked after the locks are ours, so that it sees what who held them has written."""
    held = Publication.objects.filter(
        position_id__in=[row.position_id for row in rows], leased_until__gt=Now()
    )
    others = held.exclude(pk__in=[row.pk for row in rows])
    return set(others.values_list("position_id", flat=True))


def _change_road(row: Publication, ente: Ente) -> bool:
    """A row that was tried may stand on the road it leaves."""
    road = road_of(row.position, ente)
    if row.gateway == road:
        return False
    if row.attempts and row.gateway not in row.earlier_gateways:
        row.earlier_gateways = [*row.earlier_gateways, row.gateway]
    row.gateway = road
    return True
