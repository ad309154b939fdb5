"""Work that was done long ago leaves the outbox, so that the table stays as small as what still waits.

What failed for good waits for a person and is never thrown away; nor is what was never done.
"""

from datetime import datetime

from paybox.kernel.models import OutboxEntry

BATCH = 10_000


def forget_done(*, before: datetime) -> int:
    """Throw away the entries done before that instant, some thousands at a time. Returns how many."""
    gone = 0
    while True:
        old = OutboxEntry.objects.filter(done_at__lt=before).values_list("pk", flat=True)[:BATCH]
        count, _ = OutboxEntry.objects.filter(pk__in=list(old)).delete()
        gone += count
        if count < BATCH:
            return gone
