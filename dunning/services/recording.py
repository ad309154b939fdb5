"""Chapter 9 – recording: what a provider answered to a handful of messages, written in one transaction.

Before: ``handing``.  After: attempts, items, contacts and timelines agree; what could not leave is ready again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from dunning.channels.protocol import Accepted, Rejected, Uncertain
from dunning.models import Wave, WaveItem
from dunning.rules.channels import SEND, SMS
from dunning.rules.delivery import DeliveryStatus
from dunning.rules.refusals import Fault, fault_of
from dunning.rules.sms_faults import Remedy, sms_fault
from dunning.services.act_reversals import take_charges_off
from dunning.services.giving_back import give_back
from dunning.services.handing import Sent
from dunning.services.outcomes import SENDER, News, take_accepted, take_news
from dunning.services.waves import pause_for_fault

MAX_AWAY = 10  # tries of the same item with nobody answering, before a person is asked
LONGEST_WAIT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Nobody's message passes: in ``wait`` it may; None when a person must mend something first and the wave is paused."""

    words: str
    wait: timedelta | None


@transaction.atomic
def record_outcomes(
    *, sent: Sequence[Sent], wave: Wave, channel: str, at: datetime
) -> Trouble | None:
    """Write all of them. The trouble is of the last one that had any."""
    taken = {one.attempt_id: out.provider_ref for one, out in sent if isinstance(out, Accepted)}
    take_accepted(accepted=taken, wave=wave, at=at)
    trouble = None
    for one, outcome in sent:
        if isinstance(outcome, Accepted):
            continue
        fault = _fault(outcome, channel)
        if isinstance(outcome, Rejected) and fault is not Fault.RECIPIENT:
            trouble = _put_back(wave, one.attempt_id, outcome, fault, at)
        else:
            take_news(attempt_id=one.attempt_id, news=_news(channel, outcome), at=at)
            if channel == SEND and isinstance(outcome, Rejected):
                _never_served(one.item_id, outcome.code, at)
    return trouble


def _never_served(item_id: int, code: str, at: datetime) -> None:
    """An act that SEND would not even take, unless the next channel has it now."""
    item = WaveItem.objects.select_related("wave").get(pk=item_id)
    if item.state == WaveItem.State.NOT_REACHED:
        take_charges_off(item=item, reason=code, actor=SENDER, at=at)


def failures_at_the_end(sent: Sequence[Sent], *, before: int) -> int:
    """How many refusals in a row the last message ends, ``before`` of them sent earlier."""
    count = before
    for _, outcome in sent:
        count = count + 1 if isinstance(outcome, Rejected) else 0
    return count


def _fault(outcome: Rejected | Uncertain, channel: str) -> Fault:
    return (
        fault_of(outcome.code, channel=channel)
        if isinstance(outcome, Rejected)
        else Fault.RECIPIENT
    )


def _news(channel: str, outcome: Rejected | Uncertain) -> News:
    """Of what was not taken in charge."""
    if isinstance(outcome, Rejected):
        status = DeliveryStatus.FALLITO_PERM if outcome.permanent else DeliveryStatus.FALLITO_TEMP
        opted_out = channel == SMS and sms_fault(outcome.code).remedy is Remedy.SUPPRESS
        return News(
            status, error_code=outcome.code, words=outcome.words, blames_contact=outcome.blames_contact,
            opted_out=opted_out,
        )  # fmt: skip
    return News(DeliveryStatus.INCERTO, words=outcome.words)


def _put_back(
    wave: Wave, attempt_id: int, outcome: Rejected, fault: Fault, at: datetime
) -> Trouble:
    """It certainly did not leave, and not for the person's fault: the item is ready again."""
    tries = give_back(attempt_id=attempt_id, code=outcome.code, words=outcome.words, at=at)
    if fault is Fault.OURS or tries >= MAX_AWAY:
        pause_for_fault(wave_id=wave.pk, words=outcome.words, actor=SENDER, at=at)
        return Trouble(outcome.words, None)
    asked = timedelta(seconds=outcome.wait_seconds)
    wait = asked or min(timedelta(minutes=2 ** (tries - 1)), LONGEST_WAIT)
    return Trouble(outcome.words, wait)
