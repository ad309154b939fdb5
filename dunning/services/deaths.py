"""Chapter 10 – who turns out to be dead is written to no more: the heirs are looked for by a person.

Before: a letter or an act that came back with those words.  After: every wave and every act leaves her alone.
"""

from datetime import date, datetime

from dunning.models import Hold
from paybox.kernel.actor import Actor


def stop_for_death(*, subject_id: int, note: str, on: date, actor: Actor, at: datetime) -> None:
    """Once for a person, until somebody lifts it. Call inside a transaction."""
    known = Hold.objects.filter(
        subject_id=subject_id, position=None, reason=Hold.Reason.DEATH, lifted_at=None
    )
    if not known.exists():  # the telephone may have heard it too: there may be two
        Hold.objects.create(
            subject_id=subject_id, reason=Hold.Reason.DEATH, note=note, since=on, actor_name=actor.name, created_at=at
        )  # fmt: skip
