"""Chapter 9 – certified mail, read: what waits for a person, one message with all that is about it, its legal instants.

Before: ``services/pec_intake``.  After: the office's pages, and whoever must know when a formal act was perfected.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from dunning.models import Attempt, PecConcern, PecMailbox, PecMessage
from dunning.rules.pec_receipts import PecKind


@dataclass(frozen=True, slots=True)
class PecInstants:
    """As the providers certify them: for the sender at acceptance, for the recipient at delivery. None: no proof."""

    accepted_at: datetime | None
    delivered_at: datetime | None


@dataclass(frozen=True, slots=True)
class PecTrail:
    """One message sent and everything the mailbox holds about it, in order of arrival."""

    attempt: Attempt | None
    messages: list[PecMessage]
    concerns: list[PecConcern]


def pec_instants(attempt_id: int) -> PecInstants:
    """Only receipts whose signature was verified count."""
    believed = PecMessage.objects.filter(
        attempt_id=attempt_id, verdict=PecMessage.Verdict.VALID, happened_at__isnull=False
    )
    first = dict[str, datetime]()
    for kind, at in believed.order_by("-happened_at").values_list("kind", "happened_at"):
        first[kind] = at  # type: ignore[assignment]  # never null: filtered
    return PecInstants(first.get(PecKind.ACCEPTANCE), first.get(PecKind.DELIVERY))


def pec_messages(*, scope: Collection[str] = ()) -> QuerySet[PecMessage]:
    """Newest first. Who works on some services sees only what is about them."""
    found = PecMessage.objects.select_related("subject", "attempt__item__wave__service")
    if scope:
        found = found.filter(attempt__item__wave__service__code__in=list(scope))
    return found.order_by("-at", "-pk")


def pec_concerns(*, scope: Collection[str] = ()) -> QuerySet[PecConcern]:
    found = PecConcern.objects.select_related(
        "message__subject", "attempt__item__subject", "attempt__item__wave__service", "hold"
    )
    return found.filter(attempt__item__wave__service__code__in=list(scope)) if scope else found


def search_pec(found: QuerySet[PecMessage], words: str) -> QuerySet[PecMessage]:
    """By address, subject line, name of the debtor or identifier of the provider."""
    words = words.strip()
    if not words:
        return found
    return found.filter(
        Q(sender__icontains=words)
        | Q(recipient__icontains=words)
        | Q(subject_line__icontains=words)
        | Q(subject__name__icontains=words)
        | Q(identifier=words)
    )


def pec_trail(message: PecMessage) -> PecTrail:
    """Of the message the reader has opened."""
    if message.attempt_id is None:
        return PecTrail(None, [message], list(message.concerns.order_by("pk")))
    about = PecMessage.objects.filter(attempt_id=message.attempt_id).order_by("at", "pk")
    concerns = PecConcern.objects.filter(attempt_id=message.attempt_id).order_by("pk")
    return PecTrail(message.attempt, list(about), list(concerns))


def pec_mailboxes() -> list[PecMailbox]:
    return list(PecMailbox.objects.order_by("address"))
