"""How many had paid some days after a wave began: a plain count, which by itself does not say that the wave helped.

Whether it helped is told by ``effect``. Who is compared is left alone for as long as that comparison lasts: later on
she may have been written to as well.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from dunning.models import Wave
from dunning.rules.effect import WINDOW, Group

DAYS = (7, 14, 30)
_PAID = """
SELECT d.days, i.state = 'CONTROLLO', count(*), count(*) FILTER (WHERE paid.cents >= i.amount_cents),
    COALESCE(sum(LEAST(paid.cents, i.amount_cents)), 0)::bigint
FROM dunning_waveitem i
CROSS JOIN unnest(%(days)s::int[]) AS d (days)
CROSS JOIN LATERAL (
    SELECT COALESCE(sum(c.allotted_cents), 0)::bigint AS cents FROM billing_collection c
    WHERE c.position_id IN (SELECT value::bigint FROM jsonb_array_elements_text(i.position_ids))
      AND c.paid_at >= %(start)s AND c.paid_at < %(start)s + make_interval(days => d.days)
) paid
WHERE i.wave_id = %(wave)s AND i.state <> 'ESCLUSO' GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class PaidAfter:
    """``is_over``: the days have passed. ``is_clean``: who is compared had surely been left alone until then."""

    days: int
    treated: Group
    control: Group
    is_over: bool
    is_clean: bool


def paid_after(*, wave: Wave, at: datetime) -> list[PaidAfter]:
    """Empty before the start, and where there are no debts to look at. The last one is the first that is not over."""
    if wave.started_at is None or wave.kind in (Wave.Kind.LIST, Wave.Kind.INVITE):
        return []
    asked: dict[str, Any] = {"wave": wave.pk, "start": wave.started_at, "days": list(DAYS)}
    with connection.cursor() as cursor:
        cursor.execute(_PAID, asked)
        found = {(days, control): Group(*figures) for days, control, *figures in cursor.fetchall()}
    nobody = Group(0, 0)
    told = []
    for days in DAYS:
        window = timedelta(days=days)
        over = at >= wave.started_at + window
        told.append(
            PaidAfter(
                days, found.get((days, False), nobody), found.get((days, True), nobody), over,
                window <= WINDOW,
            )
        )  # fmt: skip
        if not over:
            break
    return told
