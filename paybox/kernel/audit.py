"""The trace of who did what, written by services in the transaction of the thing done."""

from datetime import datetime
from typing import Any

from paybox.kernel.actor import Actor
from paybox.kernel.models import AuditEntry


def record_audit(
    *, action: str, actor: Actor, at: datetime, subject: str = "", **details: Any
) -> None:
    """Append one entry; ``details`` must be JSON and hold no personal data beyond need."""
    AuditEntry.objects.create(
        at=at,
        actor_id=actor.user_id,
        actor_name=actor.name,
        action=action,
        subject=subject,
        details=details,
    )
