"""Chapter 9 – handing over: claimed messages leave, a few at once, each written as leaving before its provider hears of it.

Before: ``claiming``.  After: ``outcomes``. What is written as leaving and has no outcome is uncertain; what is not yet is
certainly here: a worker that dies, a wave that is paused, a provider that goes away leave at most one handful in doubt.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Protocol, runtime_checkable

from django.db import connection

from dunning.channels.protocol import Channel, Message, SendOutcome
from dunning.services.attempts import Leaving

Sent = tuple[Leaving, SendOutcome]

# What was taken back because its worker seemed dead, or whose wave was stopped meanwhile, does not leave any more.
_LEAVE = """
UPDATE dunning_attempt a SET still_here = FALSE
FROM dunning_waveitem i JOIN dunning_wave w ON w.id = i.wave_id
WHERE a.id = ANY(%s) AND i.id = a.item_id AND w.state = 'IN_INVIO'
  AND a.state = 'IN_INVIO' AND a.still_here
RETURNING a.id
"""


@runtime_checkable
class SendsAbreast(Protocol):
    """A channel that several threads may use at once over connections it keeps: ``lines`` of them."""

    @property
    def lines(self) -> int: ...

    def kept_open(self) -> AbstractContextManager[None]: ...


class Lines:
    """The ways to one provider: one message at a time, or a few side by side."""

    def __init__(self, channel: Channel, threads: ThreadPoolExecutor | None, width: int) -> None:
        self._channel = channel
        self._threads = threads
        self.width = width

    @property
    def handful(self) -> int:
        """How many are written as leaving together, and are in doubt together if we die."""
        return 1 if self._threads is None else 2 * self.width

    def send(self, messages: Sequence[Message]) -> list[SendOutcome]:
        """Outcomes in the order of the messages."""
        if self._threads is None:
            return [self._channel.send(message) for message in messages]
        return list(self._threads.map(self._channel.send, messages))


@contextmanager
def open_lines(channel: Channel) -> Iterator[Lines]:
    """Keep connections and threads for many messages."""
    with ExitStack() as kept:
        if not isinstance(channel, SendsAbreast):
            yield Lines(channel, None, 1)
            return
        kept.enter_context(channel.kept_open())
        threads = kept.enter_context(ThreadPoolExecutor(channel.lines))
        yield Lines(channel, threads, channel.lines)


def hand_to_provider(leaving: Sequence[Leaving], *, lines: Lines) -> list[Sent]:
    """Send what may still leave; fewer than were given when the wave was stopped or others took them back."""
    may = _written_as_leaving([one.attempt_id for one in leaving])
    chosen = [one for one in leaving if one.attempt_id in may]
    outcomes = lines.send([one.message for one in chosen])
    return list(zip(chosen, outcomes, strict=True))


def _written_as_leaving(attempt_ids: list[int]) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(_LEAVE, [attempt_ids])
        return {row[0] for row in cursor.fetchall()}
