"""How fresh the money that pagoPA reports is: read by dunning before it reminds anybody."""

from datetime import datetime, timedelta

from billing.models import SourceFreshness

SOURCE = "PAGOPA"
OFTEN_ENOUGH = timedelta(minutes=1)


def note_freshness(*, at: datetime) -> None:
    """pagoPA was heard at ``at``. Written at most once a minute: receipts must not queue for one row."""
    fresh = SourceFreshness.objects.filter(source=SOURCE, complete_until__gt=at - OFTEN_ENOUGH)
    if fresh.exists():
        return
    SourceFreshness.objects.update_or_create(source=SOURCE, defaults={"complete_until": at})
