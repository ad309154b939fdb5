"""Receipts as an official looks at them: all of them, and the queue of those that were not expected."""

from django.db.models import Count, QuerySet

from pagopa.labels import Finding
from pagopa.models import Receipt


def receipts() -> QuerySet[Receipt]:
    """Newest first, with collection and position."""
    rows = Receipt.objects.select_related("collection__position__subject")
    return rows.order_by("-received_at", "-pk")


def receipts_to_look_at(finding: str = "") -> QuerySet[Receipt]:
    """Those with a finding that a person should see; one kind of them if it is given."""
    odd = receipts().exclude(finding=Finding.EXPECTED)
    return odd.filter(finding=finding) if finding else odd


def counts_by_finding() -> dict[str, int]:
    found = dict(Receipt.objects.order_by().values_list("finding").annotate(count=Count("pk")))
    return {finding: found.get(finding, 0) for finding in Finding.values}
