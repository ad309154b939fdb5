"""Chapter 4 – what pagoPA refused, asked again by a person once the cause has been put right.

Before: a refusal and its words.  After: ``publication``, as if it had never been answered.
"""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from billing.states import PositionState
from pagopa.models import Publication
from pagopa.services.publication import ring_for
from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit

MOST = 1000  # of one order
State, Action = Publication.State, Publication.Action


def may_be_retried(found: QuerySet[Publication]) -> QuerySet[Publication]:
    """Refused ones that still matter: something to be paid, or something to be taken off."""
    unpaid = Q(position__state__in=(PositionState.OPEN, PositionState.PARTLY_PAID))
    there = Q(position__published_at__isnull=False)
    return found.filter(Q(action=Action.WITHDRAW) | (unpaid & ~there), state=State.REFUSED)


@transaction.atomic
def retry_publications(
    *, publication_ids: Collection[int], services: Collection[str], actor: Actor, at: datetime
) -> int:
    """Ask again for these, of these services (all when empty). The last refusal is shown until the new answer.

    Returns how many; those that are no longer refused, or no longer matter, are left alone.
    """
    found = may_be_retried(Publication.objects.filter(pk__in=list(publication_ids)[:MOST]))
    if services:
        found = found.filter(position__service__code__in=services)
    locked = found.select_for_update(of=("self",)).order_by("pk")
    ids = list(locked.values_list("pk", flat=True))
    if not ids:
        return 0
    Publication.objects.filter(pk__in=ids).update(state=State.ASKED, asked_at=at, answered_at=None)
    record_audit(
        action="pagopa.publication.retried", actor=actor, at=at, subject="publications", ids=ids
    )
    ring_for(ids)
    return len(ids)
