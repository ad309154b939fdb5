"""How far the debts have moved since a wave was simulated: one statement, whatever the number of debtors.

Before: a wave to approve or start.  After: it goes (each message is checked again), or it is simulated anew.
"""

from django.db import connection

from dunning.models import Wave

FEW = 3  # changes that a wave of any size bears
PERCENT = 2

_MOVED = """
SELECT count(*) FILTER (WHERE owed <> then_owed), count(*) FROM (
    SELECT i.id, i.amount_cents AS then_owed, LEAST(i.amount_cents, sum(p.residual_cents)::bigint) AS owed
    FROM dunning_waveitem i
    CROSS JOIN LATERAL jsonb_array_elements_text(i.position_ids) AS one (position_id)
    JOIN billing_position p ON p.id = one.position_id::bigint
    WHERE i.wave_id = %s AND i.state = 'PRONTO' GROUP BY i.id
) items
"""


def moved_too_much(wave: Wave) -> bool:
    """True when more than FEW people, and more than PERCENT of them, owe less than they would be told."""
    with connection.cursor() as cursor:
        cursor.execute(_MOVED, [wave.pk])
        moved, whole = cursor.fetchone()
    return bool(moved > FEW and moved * 100 > PERCENT * whole)
