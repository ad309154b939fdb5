"""Chapter 9 – sending: written down before it leaves, sent outside any transaction, its outcome recorded.

Before: an approved wave that was started.  After: callbacks; reconciliation of what is uncertain. Items are claimed some
at a time and leave a handful at a time: whatever stops in between, at most a handful is in doubt.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from dunning.channels.protocol import Channel
from dunning.models import Wave
from dunning.rules.breaker import IN_A_ROW
from dunning.rules.channels import LETTER
from dunning.services.claiming import Claimed, claim_items
from dunning.services.giving_back import give_back_unsent
from dunning.services.handing import Lines, hand_to_provider, open_lines
from dunning.services.pacing import MANY, Pace
from dunning.services.recording import Trouble, failures_at_the_end, record_outcomes
from dunning.services.refusals import SendingMustWait
from dunning.services.watching import first_ones_left, stop_if_wrong
from dunning.services.way import SendingWay

SHORT_SECONDS = 2.0  # a turn this near is waited for; a farther one gives the worker back


def send_next_items(
    *, wave_id: int, channel: Channel, way: SendingWay, at: datetime, limit: int,
    enough: Callable[[], bool] = lambda: False,
) -> int:  # fmt: skip
    """Treat up to ``limit`` items of that channel (sent, refused or skipped), fewer when ``enough()`` says so between two
    claims. Returns how many; 0 when none is left.

    Raises SendingMustWait when the hour is not right, the turn is far or the provider is away: what was done is done.
    Never call it inside a transaction: each attempt must be on disk before its message leaves.
    """
    wave, pace, done = _wave(wave_id), Pace(), 0
    with open_lines(channel) as lines:
        while done < limit and not enough() and not stop_if_wrong(wave_id=wave_id, at=at):
            together = min(pace.size, limit - done, first_ones_left(wave_id) or MANY)
            granted = _wait_turns(way, together, at)
            claimed = claim_items(wave=wave, channel=channel.name, way=way, at=at, limit=granted)
            started = time.monotonic()
            failed = _send(wave, channel.name, claimed, lines, at)
            _refuse_quiet_hours(claimed, way, at)
            if not claimed.treated:
                break
            done += claimed.treated
            pace.learn(failed=failed, seconds=time.monotonic() - started)
    return done


def set_letters_aside(*, wave_id: int, way: SendingWay, at: datetime, limit: int) -> int:
    """Check again up to ``limit`` items that go on paper and leave them ready to be printed. Returns how many."""
    wave, done = _wave(wave_id), 0
    while done < limit:
        together = min(MANY, limit - done)
        claimed = claim_items(wave=wave, channel=LETTER, way=way, at=at, limit=together)
        if not claimed.treated:
            break
        done += claimed.treated
    return done


def _wave(wave_id: int) -> Wave:
    return Wave.objects.select_related("service", "step__policy").get(pk=wave_id)


def _send(wave: Wave, channel: str, claimed: Claimed, lines: Lines, at: datetime) -> bool:
    """A handful after the other. True when something was refused or lost. Raises SendingMustWait."""
    leaving, failed_in_a_row, failed = claimed.leaving, 0, False
    trouble: Trouble | None = None
    try:
        for start in range(0, len(leaving), lines.handful):
            handful = leaving[start : start + lines.handful]
            sent = hand_to_provider(handful, lines=lines)
            trouble = record_outcomes(sent=sent, wave=wave, channel=channel, at=at)
            failed_in_a_row = failures_at_the_end(sent, before=failed_in_a_row)
            failed = failed or trouble is not None or failed_in_a_row > 0
            if trouble or len(sent) < len(handful) or failed_in_a_row >= IN_A_ROW:
                break
    finally:
        give_back_unsent(attempt_ids=[one.attempt_id for one in leaving], at=at)
    if trouble is not None and trouble.wait is not None:
        raise SendingMustWait(trouble.words, until=at + trouble.wait)
    return failed


def _wait_turns(way: SendingWay, wanted: int, at: datetime) -> int:
    """How many may leave now, one at least."""
    turns = way.turns(wanted)
    while not turns.granted and turns.wait_seconds <= SHORT_SECONDS:
        time.sleep(turns.wait_seconds)
        turns = way.turns(wanted)
    if not turns.granted:
        until = at + timedelta(seconds=turns.wait_seconds)
        raise SendingMustWait("Il fornitore accetta meno messaggi al secondo", until=until)
    return turns.granted


def _refuse_quiet_hours(claimed: Claimed, way: SendingWay, at: datetime) -> None:
    if claimed.closed and way.hours is not None:
        until = way.hours.next_opening(at)
        raise SendingMustWait("A quest'ora gli SMS non partono", until=until)
