"""Chapter 4 – the sweeper: positions that wait to be on pagoPA and that no job knows of any more."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from billing.models import Position
from pagopa.models import Publication
from pagopa.selectors.publications import kept_until_replaced
from pagopa.services.publication import ring_for
from paybox.kernel.models import OutboxEntry
from paybox.kernel.queue import enqueue

PATIENCE = timedelta(minutes=15)
MOST = 5000  # of each kind in one sweep: the next one takes the rest
CHUNK = 5000  # as many as a load opens at a time: they may go in one file


@transaction.atomic
def sweep_publications(*, at: datetime) -> int:
    """Ring again for what has waited too long in the current Ente. Returns how many rows and positions."""
    rows = _lost_rows(at)
    ring_for(rows)
    positions = _lost_positions(at)
    ring_for_positions(positions)
    return len(rows) + len(positions)


def ring_for_positions(position_ids: list[int]) -> None:
    """One job for each five thousand positions that are to be published."""
    for start in range(0, len(position_ids), CHUNK):
        chunk = position_ids[start : start + CHUNK]
        enqueue("pagopa.ask_publication", queue="pagopa", position_ids=chunk)


def _lost_rows(at: datetime) -> list[int]:
    """Asked, never answered, and in no job that is still to be done."""
    waiting = Publication.objects.filter(state=Publication.State.ASKED, asked_at__lt=at - PATIENCE)
    known = _in_jobs("pagopa.publish_batch", "publication_ids")
    rows = waiting.order_by("pk").values_list("pk", "position_id", "action")
    found = [row for row in rows[: MOST + len(known)] if row[0] not in known][:MOST]
    taken_off = [position for _, position, action in found if action == Publication.Action.WITHDRAW]
    kept = kept_until_replaced(taken_off)
    return [pk for pk, position, action in found if not (action == "RITIRA" and position in kept)]


def _lost_positions(at: datetime) -> list[int]:
    asked = Publication.objects.filter(
        position_id=OuterRef("pk"), version=OuterRef("version"), action=Publication.Action.PUBLISH
    )
    lost = Position.objects.unpaid().filter(~Exists(asked))
    known = _in_jobs("pagopa.ask_publication", "position_ids")
    never_there = lost.filter(published_at__isnull=True, opened_at__lt=at - PATIENCE)
    lost_ones: set[int] = set()
    for kind in (never_there, lost.filter(version__gt=1)):
        found = kind.order_by("pk").values_list("pk", flat=True)
        lost_ones.update(found[: MOST + len(known)])
    return sorted(lost_ones - known)[:MOST]


def _in_jobs(task: str, argument: str) -> set[int]:
    jobs = OutboxEntry.objects.filter(task=task, done_at__isnull=True, failed_at__isnull=True)
    return {
        pk for arguments in jobs.values_list("arguments", flat=True) for pk in arguments[argument]
    }
