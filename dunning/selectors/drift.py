"""How far the debts have moved since a wave was simulated: one statement, whatever the number of debtors.

Before: a wave to approve or start.  After: it goes (each message is checked again), or it is simulated anew.
"""

from typing import Any

from django.db import connection

from billing.selectors.overdue import OVERDUE_SQL
from dunning.models import Wave
from dunning.selectors.policies import overdue_until

FEW = 3  # changes that a wave of any size bears
PERCENT = 2

# A reminder asks for what is overdue, a notice and an act for the whole credit.
_WHOLE = "SELECT p.id, p.subject_id, p.residual_cents, p.next_due_on, NULL FROM billing_position p"
_MOVED = """
WITH debt (position_id, subject_id, cents, due_on, notices) AS ({debt})
SELECT count(*) FILTER (WHERE owed < then_owed), count(*) FROM (
    SELECT i.id, i.amount_cents AS then_owed, COALESCE(sum(d.cents), 0)::bigint AS owed
    FROM dunning_waveitem i
    CROSS JOIN LATERAL jsonb_array_elements_text(i.position_ids) AS one (position_id)
    LEFT JOIN debt d ON d.position_id = one.position_id::bigint
    WHERE i.wave_id = %(wave)s AND i.state = 'PRONTO' GROUP BY i.id
) items
"""


def moved_too_much(wave: Wave) -> bool:
    """True when more than FEW people, and more than PERCENT of them, owe less than they would be told.

    Of a list, and of an invitation, nothing is known that could move.
    """
    if wave.kind in (Wave.Kind.LIST, Wave.Kind.INVITE):
        return False
    whole = wave.kind in (Wave.Kind.NOTICE, Wave.Kind.ACT)
    asked: dict[str, Any] = {"wave": wave.pk}
    if not whole:
        asked |= {"on": overdue_until(wave), "service": wave.service_id, "positions": None}
    with connection.cursor() as cursor:
        cursor.execute(_MOVED.format(debt=_WHOLE if whole else OVERDUE_SQL), asked)
        moved, count = cursor.fetchone()
    return bool(moved > FEW and moved * 100 > PERCENT * count)
