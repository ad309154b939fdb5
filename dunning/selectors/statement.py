"""The month's messages as they are billed: how many, in how many parts, at what cost, for each service, sending and channel.

Before: attempts that left, and what the operator asked for letters.  After: the page and its files. Cost is the price of
the day each message left; thousandths of a euro.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth

from dunning.models import Attempt, Wave
from dunning.rules.channels import label_of
from dunning.selectors.effect import wave_outcome
from dunning.selectors.facts import messages_that_left
from paybox.kernel.clock import ROME

DELIVERED = Q(state=Attempt.State.DELIVERED)
FAILED = Q(state__in=[Attempt.State.FAILED, Attempt.State.FAILED_NOW])


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One sending on one channel. ``wave`` names its page."""

    service: str
    wave: UUID
    kind: str
    started_on: date | None
    channel: str
    messages: int
    parts: int
    delivered: int
    failed: int
    mills: int
    mills_a_recovered_euro: int | None = (
        None  # of the whole sending; None while nothing can be said
    )

    @property
    def mills_a_message(self) -> int:
        return round(self.mills / self.messages) if self.messages else 0


@dataclass(frozen=True, slots=True)
class Statement:
    """Of one month; ``lines`` by service, sending, channel."""

    month: date
    lines: tuple[StatementLine, ...]

    @property
    def messages(self) -> int:
        return sum(line.messages for line in self.lines)

    @property
    def parts(self) -> int:
        return sum(line.parts for line in self.lines)

    @property
    def mills(self) -> int:
        return sum(line.mills for line in self.lines)

    @property
    def by_channel(self) -> list[tuple[str, int, int, int]]:
        """Channel, messages, parts, mills."""
        totals: dict[str, list[int]] = {}
        for line in self.lines:
            sums = totals.setdefault(line.channel, [0, 0, 0])
            for place, value in enumerate((line.messages, line.parts, line.mills)):
                sums[place] += value
        return [(name, *sums) for name, sums in sorted(totals.items())]  # type: ignore[misc]  # three sums each


def statement_of(*, month: date, scope: Sequence[str], at: datetime) -> Statement:
    """``month``: any of its days. A message counts in the month in which it left, Italian time; what never left does not."""
    first = month.replace(day=1)
    following = first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
    start, end = (datetime.combine(day, time(), ROME) for day in (first, following))
    sent = _left(scope).filter(sent_at__gte=start, sent_at__lt=end)
    columns = (
        "item__wave__service__name", "item__wave__uuid", "item__wave__kind", "item__wave__started_at", "channel",
    )  # fmt: skip
    rows = sent.values_list(*columns).annotate(
        messages=Count("pk"), parts=Sum("parts"), delivered=Count("pk", filter=DELIVERED),
        failed=Count("pk", filter=FAILED), mills=Sum("cost_mills"),
    )  # fmt: skip
    lines = [_line(*row) for row in rows.order_by(*columns)]
    recovered = _recovered({line.wave for line in lines}, at)
    return Statement(
        first,
        tuple(replace(line, mills_a_recovered_euro=recovered.get(line.wave)) for line in lines),
    )


def months_with_messages(*, scope: Sequence[str]) -> list[date]:
    """The newest first, two years of them."""
    months = _left(scope).annotate(month=TruncMonth("sent_at", tzinfo=ROME)).values_list("month", flat=True)  # fmt: skip
    return [at.date() for at in months.distinct().order_by("-month")[:24]]


def _recovered(waves: set[UUID], at: datetime) -> dict[UUID, int]:
    """What each euro cost that came in beyond the group of comparison, where its time is over and the figures are clear."""
    found = {}
    for wave in Wave.objects.filter(uuid__in=waves, held_out__gt=0):
        outcome = wave_outcome(wave=wave, at=at)
        if outcome and outcome.is_final and outcome.effect.is_clear:
            found[wave.uuid] = outcome.mills_a_recovered_euro
    return {wave: mills for wave, mills in found.items() if mills is not None}


def _left(scope: Sequence[str]) -> QuerySet[Attempt]:
    sent = messages_that_left()
    return sent.filter(item__wave__service__code__in=scope) if scope else sent


def _line(
    service: str, wave: UUID, kind: str, started_at: datetime | None, channel: str, messages: int, parts: int,
    delivered: int, failed: int, mills: int,
) -> StatementLine:  # fmt: skip
    started_on = started_at.astimezone(ROME).date() if started_at else None
    words = str(Wave.Kind(kind).label)
    return StatementLine(
        service, wave, words, started_on, label_of(channel), messages, parts, delivered, failed, mills
    )  # fmt: skip
