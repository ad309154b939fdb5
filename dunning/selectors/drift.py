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

_ASKED = """
SELECT one.position_id::bigint AS position_id, i.id AS item_id, i.amount_cents AS then_owed
FROM dunning_waveitem i CROSS JOIN LATERAL jsonb_array_elements_text(i.position_ids) AS one (position_id)
WHERE i.wave_id = %(wave)s AND i.state = 'PRONTO'
"""
# A notice and an act ask for the whole credit.
_WHOLE = """
SELECT asked.item_id, asked.then_owed, p.residual_cents AS cents
FROM ({asked}) AS asked JOIN billing_position p ON p.id = asked.position_id
"""
# A reminder asks for what is overdue. Both sides side by side and not joined: minutes after a load nothing is known of how
# many they are, and a join in a loop would work the debts out anew for each person.
_OVERDUE = """
SELECT item_id, then_owed, sum(cents) OVER (PARTITION BY position_id) AS cents FROM (
    SELECT position_id, item_id, then_owed, NULL::bigint AS cents FROM ({asked}) AS asked
    UNION ALL
    SELECT position_id, NULL, NULL, cents FROM ({debt}) AS debt (position_id, subject_id, cents, due_on, notices)
) AS sides
"""
_MOVED = """
SELECT count(*) FILTER (WHERE owed < then_owed), count(*) FROM (
    SELECT max(then_owed) AS then_owed, COALESCE(sum(cents), 0) AS owed FROM ({credits}) AS credits
    WHERE item_id IS NOT NULL GROUP BY item_id
) AS items
"""


def moved_too_much(wave: Wave) -> bool:
    """True when more than FEW people, and more than PERCENT of them, owe less than they would be told.

    Of a list, and of an invitation, nothing is known that could move.
    """
    if wave.kind in (Wave.Kind.LIST, Wave.Kind.INVITE):
        return False
    whole = wave.kind in (Wave.Kind.NOTICE, Wave.Kind.ACT)
    credits = (_WHOLE if whole else _OVERDUE).format(asked=_ASKED, debt=OVERDUE_SQL)
    given: dict[str, Any] = {"wave": wave.pk, "service": wave.service_id, "positions": None}
    if not whole:
        given["on"] = overdue_until(wave)
    with connection.cursor() as cursor:
        cursor.execute(_MOVED.format(credits=credits), given)
        moved, count = cursor.fetchone()
    return bool(moved > FEW and moved * 100 > PERCENT * count)
