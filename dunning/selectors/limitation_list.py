"""The list of what time is about to take away, the nearest first, read a page at a time however long it is.

Before: ``limitation``, which says whose clock is whose.  After: the page. Credits with the clock of their due date come off an
index in order; the few with clocks of their own are merged in.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from heapq import merge
from itertools import islice

from billing.models import Position
from dunning.models import CreditRules
from dunning.selectors.limitation import (
    Expiring,
    horizon_of,
    near_their_end,
    old_credits,
    plain_clock,
    rules_in,
    served_credits,
    with_clocks_of_their_own,
)

_Key = tuple[date, date, int, CreditRules, Expiring | None]


@dataclass(frozen=True, slots=True)
class ExpiringList:
    """Each within its service's days of alert, by last day. ``scope`` empty: all services."""

    scope: Collection[str]
    on: date

    def __getitem__(self, part: slice) -> list[Expiring]:
        streams = [one for rules in rules_in(self.scope) for one in self._streams(rules, part.stop)]
        keys = merge(*streams, key=lambda key: key[:3])
        chosen = list(islice(keys, part.start or 0, part.stop))
        plain = [pk for _, _, pk, _, known in chosen if known is None]
        found = Position.objects.select_related("subject", "service").in_bulk(plain)
        return [known or self._one(found[pk], rules) for _, _, pk, rules, known in chosen]

    def _streams(
        self, rules: CreditRules, stop: int | None
    ) -> tuple[Iterator[_Key], Iterator[_Key]]:
        own = [
            (one.clock.last_day, one.position.next_due_on, one.position.pk, rules, one)
            for one in with_clocks_of_their_own(rules, on=self.on)
        ]
        return self._plain(rules, stop), iter(sorted(own, key=lambda key: key[:3]))

    def _plain(self, rules: CreditRules, stop: int | None) -> Iterator[_Key]:
        """At most so many as the page may need."""
        horizon = horizon_of(rules, self.on)
        served = set(served_credits(rules, horizon).values_list("pk", flat=True))
        rows = old_credits(rules, horizon).order_by("next_due_on", "pk")
        few = rows.values_list("pk", "next_due_on")
        for pk, due_on in few[: None if stop is None else stop + len(served)]:
            last_day = plain_clock(rules, due_on).last_day
            if last_day > horizon:
                return
            if pk not in served:
                yield last_day, due_on, pk, rules, None

    def _one(self, position: Position, rules: CreditRules) -> Expiring:
        return near_their_end([position], rules, on=self.on)[0]
