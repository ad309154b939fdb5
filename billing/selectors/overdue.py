"""What is overdue today, position by position, and with which notices it can be paid.

Before: positions and collections.  After: dunning plans and re-checks with the same question.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import connection


@dataclass(frozen=True, slots=True)
class OverdueDebt:
    """Cents. ``due_on`` is the earliest missed day; ``notices`` pay exactly ``overdue_cents``.

    Without ``notices`` the debt has no open way to pay (a payment came short): it must be replaced first.
    """

    position_id: int
    subject_id: int
    overdue_cents: int
    due_on: date
    notices: tuple[str, ...]


# Who has rate to choose from owes the missed rate only; who has not, or has only the rata unica left, owes it whole.
# Parameters: on, service, positions. When everything is overdue the rata unica's one notice is preferred to many.
OVERDUE_SQL = """
WITH way AS (
    SELECT p.id, p.subject_id, p.residual_cents, p.next_due_on,
        COALESCE(sum(i.amount_cents) FILTER (WHERE i.number > 0 AND i.due_on < %(on)s), 0) AS missed_rates,
        min(i.due_on) FILTER (WHERE i.number > 0 AND i.due_on < %(on)s) AS missed_on,
        array_agg(i.notice_number ORDER BY i.number) FILTER (WHERE i.number > 0 AND i.due_on < %(on)s) AS rate_notices,
        COALESCE(bool_or(i.number > 0), FALSE) AS by_rates,
        max(i.notice_number) FILTER (WHERE i.number = 0) AS whole_notice,
        min(i.due_on) FILTER (WHERE i.number = 0) AS whole_on
    FROM billing_position p LEFT JOIN billing_instalment i ON i.position_id = p.id AND i.state = 'PAGABILE'
    WHERE p.state IN ('APERTA', 'PARZIALE') AND p.next_due_on < %(on)s
      AND (%(service)s::bigint IS NULL OR p.service_id = %(service)s)
      AND (%(positions)s::bigint[] IS NULL OR p.id = ANY(%(positions)s::bigint[]))
    GROUP BY p.id
), owed AS (
    SELECT way.*, CASE WHEN by_rates THEN LEAST(missed_rates, residual_cents)::bigint
        WHEN whole_notice IS NULL OR whole_on < %(on)s THEN residual_cents ELSE 0 END AS overdue
    FROM way
)
SELECT id, subject_id, overdue, COALESCE(missed_on, whole_on, next_due_on),
    CASE WHEN whole_notice IS NOT NULL AND overdue = residual_cents THEN ARRAY[whole_notice]
         ELSE COALESCE(rate_notices, '{}') END
FROM owed WHERE overdue > 0 ORDER BY subject_id, id
"""


def overdue_debts(
    *, on: date, service_id: int | None = None, position_ids: Iterable[int] | None = None
) -> list[OverdueDebt]:
    """The overdue debts on that day, by subject; what is due on the day itself is not overdue.

    One statement, whatever the number of debtors.
    """
    chosen = None if position_ids is None else list(position_ids)
    with connection.cursor() as cursor:
        cursor.execute(OVERDUE_SQL, {"on": on, "service": service_id, "positions": chosen})
        return [
            OverdueDebt(position, subject, cents, due_on, tuple(notices))
            for position, subject, cents, due_on, notices in cursor.fetchall()
        ]
