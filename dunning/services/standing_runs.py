"""Chapter 9 – what leaves by itself: every day, for each standing approval, at most one wave of at most so many people.

Before: ``standing``, the office's yes.  After: the wave is in sending; or what looks unusual, or went wrong the last time,
waits for a person.
"""

from datetime import date, datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from dunning.models import StandingApproval, Wave, WaveItem
from dunning.rules.eligibility import ExclusionReason
from dunning.rules.standing import RUNS, deviates
from dunning.selectors.freshness import stale_collections, stale_words
from dunning.selectors.policies import current_policy
from dunning.services.outcomes import SENDER
from dunning.services.planning import plan_step
from dunning.services.refusals import ApprovalRefused, WaveRefused
from dunning.services.standing import NEW_POLICY, close_standing, trace_standing
from dunning.services.waves import approve_wave, start_wave
from paybox.kernel.actor import Actor
from paybox.kernel.locking import lock_row

UNUSUAL = "Oggi si aggiungerebbero {fresh} persone, molte più o molte meno del solito: controllare prima di riprendere"
STOPPED = (
    "L'ultimo invio automatico è in pausa: finché non è ripreso o annullato non ne parte un altro"
)
# Also those whom the cap left for tomorrow.
_CHOSEN = ~Q(state__in=[WaveItem.State.EXCLUDED, WaveItem.State.HELD_OUT]) | Q(
    reason=ExclusionReason.TETTO.value
)


def run_standing(*, at: datetime, today: date) -> list[Wave]:
    """Today's automatic waves of the Ente, each at most once a day. Returns those written, started or left to a person."""
    running = StandingApproval.objects.filter(ended_at=None, paused_at=None).order_by("pk")
    waves = [_run(standing.pk, at, today) for standing in running]
    return [wave for wave in waves if wave is not None]


@transaction.atomic
def _run(standing_id: int, at: datetime, today: date) -> Wave | None:
    standing = lock_row(StandingApproval, standing_id)
    step = standing.step
    policy = current_policy(service_id=step.policy.service_id)
    if policy is None or policy.pk != step.policy_id:
        close_standing(standing, SENDER, at, NEW_POLICY)
        return None
    if standing.ended_at or standing.paused_at or _same(standing).filter(planned_on=today).exists():
        return None
    wave, why = None, _why_not_today(standing, at)
    try:
        with transaction.atomic():
            wave = _plan(standing, at, today) if not why else None
    except (WaveRefused, ApprovalRefused) as refusal:  # its text is outdated, its channel is off
        why = str(refusal)
    if wave is None:
        _say(standing, why)
    return wave


def _same(standing: StandingApproval) -> QuerySet[Wave]:
    """Its waves, whatever approval they were under: one given anew the same day brings no second lot."""
    step = standing.step
    return Wave.objects.filter(
        standing__step__number=step.number, service_id=step.policy.service_id
    )


def _why_not_today(standing: StandingApproval, at: datetime) -> str:
    """Empty when it may leave. What stopped by itself yesterday does not begin anew by itself today."""
    if heard := stale_collections(at=at):
        return stale_words(heard)
    return STOPPED if _same(standing).filter(state=Wave.State.PAUSED).exists() else ""


def _say(standing: StandingApproval, words: str) -> None:
    """On the page of the procedure: why nothing left today, or nothing; it is tried again tomorrow."""
    standing.message = words
    standing.save(update_fields=["message"])


def _plan(standing: StandingApproval, at: datetime, today: date) -> Wave | None:
    step = standing.step
    wave = plan_step(
        service_id=step.policy.service_id, number=step.number, actor=SENDER, at=at, today=today,
        standing=standing, cap=standing.daily_cap,
    )  # fmt: skip
    if not wave.recipients:
        transaction.set_rollback(True)  # a day without anybody leaves no trace
        return None
    return _release(standing, wave, at)


def _release(standing: StandingApproval, wave: Wave, at: datetime) -> Wave:
    """Start it, unless it looks unlike those of before: then a person decides."""
    fresh, *earlier = _added(standing)
    if fresh and deviates(fresh, [one for one in earlier if one]):
        standing.paused_at, standing.message = at, UNUSUAL.format(fresh=fresh)
        standing.save()
        trace_standing("paused", standing, SENDER, at, chosen=fresh)
        return wave
    standing.message = ""
    standing.save(update_fields=["message"])
    approver = Actor(standing.approver_id, f"{standing.approver_name} (approvazione permanente)")
    approve_wave(wave_id=wave.pk, actor=approver, at=at)
    return start_wave(wave_id=wave.pk, actor=SENDER, at=at)


def _added(standing: StandingApproval) -> list[int]:
    """How many people each of the last runs chose whom the one before it had not, today's first.

    A cap that empties a queue day after day is nothing unusual, nor is what a person has looked at and let go on.
    """
    runs = list(standing.waves.order_by("-planned_on")[: 2 * RUNS + 1])
    before = [*runs[1:], None]
    return [_newly_chosen(run, other) for run, other in zip(runs, before, strict=True)]


def _newly_chosen(wave: Wave, before: Wave | None) -> int:
    chosen = WaveItem.objects.filter(_CHOSEN)
    known = chosen.filter(wave=before).values("key")
    return chosen.filter(wave=wave).exclude(key__in=known).count()
