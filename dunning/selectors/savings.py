"""What notices without paper have saved, measured on what really left: never on what was planned."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Sum

from dunning.models import Attempt, Wave, WaveItem
from dunning.rules.channels import LETTER
from dunning.rules.savings import Savings, UnitCosts, savings_of
from dunning.selectors.facts import messages_that_left
from registry.models import PaperCost

_CAME_BACK = (Attempt.State.FAILED, Attempt.State.FAILED_NOW)


def costs_in_force() -> UnitCosts:
    """The Ente's own, or the usual ones until it writes them."""
    own = PaperCost.objects.order_by("-id").first()
    if own is None:
        return UnitCosts()
    return UnitCosts(
        own.sheets, own.sheet_mills, own.printing_mills, own.postage_mills, own.process_mills
    )


def measured_savings(*, since: datetime, until: datetime) -> Savings:
    """Of the first notices that left in that time on a channel that is not post, and were taken in charge or delivered.

    They count when they left, whenever the news came. A message that came back saved nothing: its notice goes on paper.
    """
    left = messages_that_left().exclude(channel=LETTER)
    then = left.filter(sent_at__gte=since, sent_at__lt=until).exclude(state__in=_CAME_BACK)
    gone = WaveItem.objects.filter(
        Exists(then.filter(item=OuterRef("pk"))), wave__kind=Wave.Kind.NOTICE,
        state__in=[WaveItem.State.SENT, WaveItem.State.REACHED],
    ).exclude(channel=LETTER)  # fmt: skip
    spent = left.filter(item__in=gone).aggregate(mills=Sum("cost_mills"))["mills"] or 0
    return savings_of(letters=gone.count(), messages_mills=spent, costs=costs_in_force())
