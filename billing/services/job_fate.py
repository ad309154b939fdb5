"""A job whose work was given up says so on its page; tried again, it waits again.

Before: the kernel's outbox.  After: the job's page, the responsabile's list.
"""

from datetime import datetime

from paybox.kernel.models import Job

GIVEN_UP = (
    "Il lavoro si è fermato dopo più tentativi non riusciti. Nulla di quanto fatto va perso: "
    "il responsabile può ritentarlo da «Lavori non riusciti»."
)


def note_given_up(*, job_id: int, at: datetime) -> None:
    """Only what was still going: what has ended once keeps its end."""
    going = Job.objects.filter(pk=job_id, state__in=(Job.State.WAITING, Job.State.RUNNING))
    going.update(state=Job.State.FAILED, message=GIVEN_UP, ended_at=at)


def note_tried_again(*, job_id: int) -> None:
    """Only what was given up: a refusal stays one."""
    stopped = Job.objects.filter(pk=job_id, state=Job.State.FAILED, message=GIVEN_UP)
    stopped.update(state=Job.State.WAITING, message="", ended_at=None)
