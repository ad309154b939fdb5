"""What a wave brought: payments of who was written to against who by lot was not, and what it cost.

Payments count by the day they were made, within the window after the start; each person counts in the group she was
drawn into, whatever became of her message.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Count, Sum

from dunning.models import Attempt, Wave
from dunning.rules.effect import WINDOW, Effect, Group, measured_effect

_GROUPS = """
SELECT i.state = 'CONTROLLO', count(*), count(*) FILTER (WHERE paid.cents >= i.amount_cents),
    COALESCE(sum(LEAST(paid.cents, i.amount_cents)), 0)::bigint
FROM dunning_waveitem i
CROSS JOIN LATERAL (
    SELECT COALESCE(sum(c.allotted_cents), 0)::bigint AS cents FROM billing_collection c
    WHERE c.position_id IN (SELECT value::bigint FROM jsonb_array_elements_text(i.position_ids))
      AND c.paid_at >= %(start)s AND c.paid_at < %(end)s
) paid
WHERE i.wave_id = %(wave)s AND i.state <> 'ESCLUSO' GROUP BY 1
"""
_LEFT = (
    Attempt.State.ACCEPTED,
    Attempt.State.SENT,
    Attempt.State.EXPIRED,
    Attempt.State.DELIVERED,
    Attempt.State.UNCERTAIN,
)


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
    if wave.started_at is None or wave.kind == Wave.Kind.LIST:
        return None
    until = wave.started_at + WINDOW
    with connection.cursor() as cursor:
        cursor.execute(_GROUPS, {"wave": wave.pk, "start": wave.started_at, "end": until})
        groups = {control: Group(*figures) for control, *figures in cursor.fetchall()}
    nobody = Group(0, 0)
    left = Attempt.objects.filter(item__wave=wave, state__in=_LEFT)
    spent = left.aggregate(messages=Count("pk"), mills=Sum("cost_mills"))
    return Outcome(
        effect=measured_effect(groups.get(False, nobody), groups.get(True, nobody)),
        until=until,
        is_final=at >= until,
        messages=spent["messages"],
        spent_mills=spent["mills"] or 0,
    )
