"""Who took a list of recipients away: names, addresses and amounts leave the archive, and that is written down.

Before: an official asks for the file.  After: the audit trail says whose list, filtered how, in which form.
"""

from datetime import datetime

from dunning.models import Wave
from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit


def note_recipients_taken(*, wave: Wave, state: str, form: str, actor: Actor, at: datetime) -> None:
    """``state``: the outcome it was filtered by, empty for all; ``form``: csv or xlsx."""
    record_audit(
        action="dunning.recipients.taken", actor=actor, at=at, subject=f"wave:{wave.uuid}", state=state, form=form
    )  # fmt: skip
