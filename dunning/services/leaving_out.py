"""Chapter 9 – leaving out: one person taken out of a wave that has not started; somebody else decides on it anew.

Before: a simulated or approved wave, read recipient by recipient.  After: ``waves``, with a new fingerprint to approve.
"""

from datetime import datetime

from django.db import transaction

from dunning.models import Wave, WaveItem
from dunning.rules.eligibility import ExclusionReason
from dunning.selectors.snapshot import wave_fingerprint
from dunning.services.refusals import WaveRefused
from dunning.services.waves import locked_wave, move_wave
from paybox.kernel.actor import Actor
from paybox.kernel.locking import lock_row


@transaction.atomic
def leave_out(*, item_id: int, reason: str, actor: Actor, at: datetime) -> Wave:
    """Take one person out. What was approved is void: it is simulated again as it is now, and its author is who changed it.

    Raises WaveRefused.
    """
    item = WaveItem.objects.get(pk=item_id)
    before = [Wave.State.SIMULATED, Wave.State.APPROVED]
    wave = locked_wave(item.wave_id, before, "togliere qualcuno")
    item = lock_row(WaveItem, item_id)
    if item.state != WaveItem.State.READY:
        raise WaveRefused("Questa persona è già fuori dall'invio")
    _lower_figures(wave, item)
    item.state, item.reason = WaveItem.State.EXCLUDED, ExclusionReason.UFFICIO.value
    item.parts, item.cost_mills, item.updated_at = 0, 0, at
    item.save()
    wave.approved_at, wave.approver_id, wave.approver_name = None, None, ""
    wave.author_id, wave.author_name = actor.user_id, actor.name
    wave.snapshot_sha256 = wave_fingerprint(wave)
    return move_wave(
        wave, Wave.State.SIMULATED, "edited", actor, at, left_out=item.key, reason=reason
    )


def _lower_figures(wave: Wave, item: WaveItem) -> None:
    wave.recipients, wave.excluded = wave.recipients - 1, wave.excluded + 1
    wave.amount_cents -= item.amount_cents
    wave.parts, wave.cost_mills = wave.parts - item.parts, wave.cost_mills - item.cost_mills
