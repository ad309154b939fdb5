"""The clock's door on the platforms of the State: every few minutes, for each Ente, what they have to say.

Before: beat.  After: ``services/app_io_news``, ``send_news``. Where a platform is off nothing is asked.
"""

import logging
from collections.abc import Callable
from functools import cache

from celery import shared_task

from dunning.channels.app_io import IoChannel
from dunning.inbound.platforms import io_channel, send_desk
from dunning.services.app_io_news import ask_app_io, ask_readings
from dunning.services.send_news import send_round
from paybox.kernel.clock import now
from paybox.kernel.queue import current_schema
from paybox.kernel.rounds import reading_alone, turn_over
from tenants.selectors.enti import ente_at_work
from tenants.services.fan_out import for_each_ente

log = logging.getLogger(__name__)


@shared_task(name="dunning.ask_platforms")
def ask_platforms() -> None:
    """One round over all the Enti."""
    for_each_ente(platform_round)


def platform_round() -> None:
    """Of the Ente at work; what there was no time for is asked at the next."""
    with reading_alone(f"app-io/{current_schema()}") as mine:
        if mine:
            ask_app_io(channel_for=_io_channels(), at=now(), enough=turn_over())
    with reading_alone(f"send/{current_schema()}") as mine:
        if mine and (known := send_desk()) is not None:
            desk, group = known
            payee = ente_at_work().codice_fiscale
            send_round(desk=desk, group=group, payee=payee, at=now(), enough=turn_over())


def readings_round() -> int:
    """Once a night, of the Ente at work: which messages on App IO were opened, which paid there."""
    return ask_readings(channel_for=_io_channels(), at=now())


def _io_channels() -> Callable[[int], IoChannel | None]:
    """Service → its channel, opened once in a round; None where App IO is off."""

    @cache
    def channel_for(service_id: int) -> IoChannel | None:
        found = io_channel(service_id=service_id)
        return found if isinstance(found, IoChannel) else None

    return channel_for
