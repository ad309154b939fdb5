"""Notices that came back, and when those of a position went to the post."""

from collections.abc import Iterable, Sequence
from datetime import date

from django.db.models import QuerySet

from billing.models import Bollettazione, NoticeReturn, TimelineEntry


def notice_returns(*, scope: Sequence[str]) -> QuerySet[NoticeReturn]:
    """Those of the services one works on; no scope: all of them."""
    found = NoticeReturn.objects.select_related("position__subject", "position__service")
    return found.filter(position__service__code__in=scope) if scope else found


def posted_days(position_ids: Iterable[int]) -> dict[int, list[date]]:
    """When each position's notice went to the post on paper, first day first; a day put right counts as it is now."""
    told = TimelineEntry.objects.filter(
        position_id__in=list(position_ids), kind=TimelineEntry.Kind.POSTED
    )
    pairs = set(told.values_list("position_id", "details__bollettazione"))
    files = Bollettazione.objects.filter(
        pk__in={made for _, made in pairs}, posted_on__isnull=False
    )
    days = dict(files.values_list("pk", "posted_on"))
    found: dict[int, list[date]] = {}
    for position_id, made in pairs:
        if day := days.get(made):
            found.setdefault(position_id, []).append(day)
    return {position_id: sorted(own) for position_id, own in found.items()}
