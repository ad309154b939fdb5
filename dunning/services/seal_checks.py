"""Chapter 9 – checks: a wave's seals worked out again, at once or, when there is much to read, as work with its progress.

Before: an official asks, or the night does for the newest waves.  After: the wave's register tells the result, the board
what does not hold.
"""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.db.models import Max, Sum

from billing.services.job_fate import note_given_up, note_tried_again
from dunning.models import SealCheck, Wave, WaveSeal
from dunning.selectors.wave_proof import verify_wave
from paybox.kernel.actor import Actor
from paybox.kernel.locking import lock_name
from paybox.kernel.models import Job
from paybox.kernel.queue import enqueue

WORK = "dunning.verify_wave"
BY_NIGHT = Actor(0, "verifica notturna")
AT_ONCE = 20_000  # messages and outcomes: less than a second
NEWEST = 10  # waves that the night verifies


def check_newest(*, at: datetime) -> None:
    """Verify the waves that were sealed last."""
    newest = WaveSeal.objects.values("wave_id").annotate(last=Max("pk")).order_by("-last")
    for row in newest[:NEWEST]:
        ask_check(wave_id=row["wave_id"], actor=BY_NIGHT, at=at)


@transaction.atomic
def ask_check(*, wave_id: int, actor: Actor, at: datetime) -> SealCheck:
    """Verify now, or order it when it is long. While one is under way it is the answer."""
    lock_name(f"dunning.seal-check/{wave_id}")
    under_way = SealCheck.objects.filter(wave_id=wave_id, ended_at__isnull=True)
    if going := under_way.exclude(job__state=Job.State.FAILED).first():
        return going
    wave = Wave.objects.get(pk=wave_id)
    sums = WaveSeal.objects.filter(wave=wave).aggregate(
        messages=Sum("messages"), events=Sum("events")
    )
    size = (sums["messages"] or 0) + (sums["events"] or 0)
    check = SealCheck.objects.create(wave=wave, asked_at=at, actor_name=actor.name)
    if size <= AT_ONCE:
        return _end(check, at)
    check.job = Job.objects.create(
        kind=WORK, title="Verifica del registro delle prove", created_at=at, actor_name=actor.name, total=size,
    )  # fmt: skip
    check.save(update_fields=["job"])
    enqueue(WORK, queue="documents", check_id=check.pk)
    return check


def run_check(*, check_id: int, at: datetime) -> None:
    """The long one; begun again from the start if it was broken off. Never inside a transaction: its progress is to be seen."""
    check = SealCheck.objects.select_related("wave", "job").get(pk=check_id)
    if check.ended_at is not None or check.job is None:
        return
    job = Job.objects.filter(pk=check.job.pk)
    job.update(state=Job.State.RUNNING, started_at=at, done=0)
    ended = _end(check, at, told=lambda done: job.update(done=done))
    read = ended.messages + ended.events + ended.waiting
    job.update(state=Job.State.DONE, ended_at=at, done=read, total=read)


def fate_of_check(*, given_up: bool, check_id: int, at: datetime) -> None:
    """The job of a check whose work was given up, or is tried again."""
    job_id = SealCheck.objects.values_list("job_id", flat=True).get(pk=check_id)
    assert job_id is not None  # noqa: S101 - only the long ones are ordered
    if given_up:
        note_given_up(job_id=job_id, at=at)
    else:
        note_tried_again(job_id=job_id)


def _end(
    check: SealCheck, at: datetime, told: Callable[[int], object] = lambda done: None
) -> SealCheck:
    found = verify_wave(wave=check.wave, told=told)
    check.seals, check.messages, check.events = found.seals, found.messages, found.events
    check.waiting, check.ended_at = found.waiting, at
    if found.broken:
        check.broken, check.words = found.broken.number, found.broken.words
    check.save()
    return check
