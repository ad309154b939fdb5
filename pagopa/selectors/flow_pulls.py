"""How far the flows have been brought in: for who asks for them by button, and waits."""

from dataclasses import dataclass
from datetime import datetime

from pagopa.models import FlowCursor, PulledFlow
from paybox.kernel.models import OutboxEntry

PULL = "pagopa.pull_flows"
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class PullState:
    """``asked_at``: a pull is waiting or at work since then. ``words``: why the last one stopped, if it did."""

    asked_at: datetime | None
    asked_last_at: datetime | None
    done_at: datetime | None
    words: str
    waiting: int
    refused: list[PulledFlow]


def pulls_at_work() -> "list[OutboxEntry]":
    """The oldest first."""
    at_work = OutboxEntry.objects.filter(task=PULL, done_at__isnull=True, failed_at__isnull=True)
    return list(at_work.order_by("pk"))


def pull_state() -> PullState:
    at_work = pulls_at_work()
    cursor = FlowCursor.objects.order_by("-asked_at").first()
    pulled = PulledFlow.objects.all()
    return PullState(
        asked_at=at_work[0].created_at if at_work else None,
        asked_last_at=cursor.asked_at if cursor else None,
        done_at=cursor.done_at if cursor else None,
        words=cursor.words if cursor else "",
        waiting=pulled.filter(state=PulledFlow.State.WAITING).count(),
        refused=list(
            pulled.filter(state=PulledFlow.State.REFUSED).order_by("-published_at")[:_SHOWN]
        ),
    )
