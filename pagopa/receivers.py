"""What pagopa does when billing says that something happened: in the same transaction, it leaves work behind."""

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from billing.events import position_changed, position_opened, position_withdrawn
from billing.models import Position
from billing.states import PositionState
from pagopa.services.publication import withdraw_publication
from pagopa.services.publication_sweep import ring_for_positions


@receiver(position_opened, dispatch_uid="pagopa.publish_opened")
def publish_opened(*, positions: list[int], **_: Any) -> None:
    ring_for_positions(list(positions))


@receiver(position_changed, dispatch_uid="pagopa.publish_changed")
def publish_changed(*, positions: list[int], at: datetime, **_: Any) -> None:
    """What is still owed is published anew; what nobody owes any more comes off."""
    ring_for_positions(list(positions))
    settled = Position.objects.filter(pk__in=positions, state=PositionState.SETTLED)
    for position_id in settled.values_list("pk", flat=True):
        withdraw_publication(position_id=position_id, at=at)


@receiver(position_withdrawn, dispatch_uid="pagopa.withdraw_published")
def withdraw_published(*, position_id: int, at: datetime, **_: Any) -> None:
    withdraw_publication(position_id=position_id, at=at)
