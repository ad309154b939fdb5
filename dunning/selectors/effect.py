"""What a wave brought: payments of who was written to against who by lot was not, and what it cost.

Payments count by the day they were made, within the window after the start; each person counts in the group she was
drawn into, whatever became of her message.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Count, Sum

from dunning.models import Wave
from dunning.rules.effect import WINDOW, Effect, Group, measured_effect
from dunning.rules.pooled_effect import pooled_effect
from dunning.selectors.facts import messages_that_left

FEWEST_TOGETHER = 2

_GROUPS = """
SELECT i.wave_id, i.state = 'CONTROLLO', count(*), count(*) FILTER (WHERE paid.cents >= i.amount_cents),
    COALESCE(sum(LEAST(paid.cents, i.amount_cents)), 0)::bigint
FROM dunning_waveitem i
JOIN dunning_wave w ON w.id = i.wave_id
CROSS JOIN LATERAL (
    SELECT COALESCE(sum(c.allotted_cents), 0)::bigint AS cents FROM billing_collection c
    WHERE c.position_id IN (SELECT value::bigint FROM jsonb_array_elements_text(i.position_ids))
      AND c.paid_at >= w.started_at AND c.paid_at < w.started_at + %(window)s
) paid
WHERE i.wave_id = ANY(%(waves)s) AND i.state <> 'ESCLUSO' GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """``effect`` is measured until ``until``; ``is_final`` once that is past. Mills are thousandths of a euro."""

    effect: Effect
    until: datetime
    is_final: bool
    messages: int
    spent_mills: int

    @property
    def mills_a_message(self) -> int:
        return round(self.spent_mills / self.messages) if self.messages else 0

    @property
    def mills_a_recovered_euro(self) -> int | None:
        """None when nothing can be said to have been recovered."""
        recovered = self.effect.recovered_cents
        return round(self.spent_mills * 100 / recovered) if recovered > 0 else None


def wave_outcome(*, wave: Wave, at: datetime) -> Outcome | None:
    """None before the start, and where there are no debts to look at."""
    if wave.started_at is None or wave.kind in (Wave.Kind.LIST, Wave.Kind.INVITE):
        return None
    until = wave.started_at + WINDOW
    (groups,) = _groups([wave.pk])
    return _outcome(measured_effect(*groups), [wave.pk], until=until, at=at)


def step_outcome(*, wave: Wave, at: datetime) -> tuple[Outcome, int] | None:
    """All the sendings of that step whose time is over, together, and how many they are; None below two.

    A step is the same in every version of the procedure: its number, its kind and the text that it names.
    """
    if wave.step is None:
        return None
    same = Wave.objects.filter(
        service=wave.service, step__number=wave.step.number, step__kind=wave.step.kind, step__text=wave.step.text,
        held_out__gt=0, started_at__lte=at - WINDOW,
    )  # fmt: skip
    ids = list(same.values_list("pk", flat=True))
    if len(ids) < FEWEST_TOGETHER:
        return None
    return _outcome(pooled_effect(_groups(ids)), ids, until=at, at=at), len(ids)


def _groups(ids: Sequence[int]) -> list[tuple[Group, Group]]:
    """Treated and control of each of those waves."""
    with connection.cursor() as cursor:
        asked: dict[str, Any] = {"waves": list(ids), "window": WINDOW}
        cursor.execute(_GROUPS, asked)
        found = {(wave, control): Group(*told) for wave, control, *told in cursor.fetchall()}
    nobody = Group(0, 0)
    return [(found.get((pk, False), nobody), found.get((pk, True), nobody)) for pk in ids]


def _outcome(effect: Effect, ids: Sequence[int], *, until: datetime, at: datetime) -> Outcome:
    left = messages_that_left().filter(item__wave__in=ids)
    spent = left.aggregate(messages=Count("pk"), mills=Sum("cost_mills"))
    return Outcome(
        effect=effect,
        until=until,
        is_final=at >= until,
        messages=spent["messages"],
        spent_mills=spent["mills"] or 0,
    )
