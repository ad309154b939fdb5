"""What notices without paper have saved, measured on what really left: never on what was planned."""

from datetime import datetime

from django.db.models import Count, Sum

from dunning.models import Attempt, Wave, WaveItem
from dunning.rules.channels import LETTER
from dunning.rules.savings import Savings, UnitCosts, savings_of
from registry.models import PaperCost


def costs_in_force() -> UnitCosts:
    """The Ente's own, or the usual ones until it writes them."""
    own = PaperCost.objects.order_by("-id").first()
    if own is None:
        return UnitCosts()
    return UnitCosts(
        own.sheets, own.sheet_mills, own.printing_mills, own.postage_mills, own.process_mills
    )


def measured_savings(*, since: datetime, until: datetime) -> Savings:
    """Of the first notices delivered or taken in charge in that time on a channel that is not post.

    A message that came back saved nothing: its notice goes on paper.
    """
    gone = WaveItem.objects.filter(
        wave__kind=Wave.Kind.NOTICE, updated_at__gte=since, updated_at__lt=until,
        state__in=[WaveItem.State.SENT, WaveItem.State.REACHED],
    ).exclude(channel=LETTER)  # fmt: skip
    letters = gone.aggregate(n=Count("pk"))["n"]
    spent = Attempt.objects.filter(item__in=gone).aggregate(mills=Sum("cost_mills"))["mills"] or 0
    return savings_of(letters=letters, messages_mills=spent, costs=costs_in_force())
