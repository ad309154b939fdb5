"""What a campaign brought, year by year: who was asked, who could not be, and what was paid since.

A credit asked for in two waves of the campaign counts once; what was paid counts from the day its first wave started.
"""

from dataclasses import dataclass
from typing import Any

from django.db import connection

from dunning.models import LetterCampaign, Wave, WaveItem

# One row a credit of the campaign, then one a year. Waves given up before they started say nothing.
_BY_YEAR = """
WITH told AS (
    SELECT p.id, p.year, min(w.started_at) AS since, bool_or(i.state = ANY(%(asked)s)) AS asked,
        bool_or(i.state = ANY(%(waiting)s)) AS waiting, bool_or(i.state = 'RAGGIUNTO') AS reached
    FROM dunning_waveitem i JOIN dunning_wave w ON w.id = i.wave_id
    CROSS JOIN LATERAL jsonb_array_elements_text(i.position_ids) AS one (position_id)
    JOIN billing_position p ON p.id = one.position_id::bigint
    WHERE w.campaign_id = %(campaign)s AND NOT (w.state = %(cancelled)s AND w.started_at IS NULL) GROUP BY p.id
), paid AS (
    SELECT t.id, COALESCE(sum(c.allotted_cents), 0)::bigint AS cents
    FROM told t LEFT JOIN billing_collection c ON c.position_id = t.id AND c.paid_at >= t.since GROUP BY t.id
)
SELECT t.year, count(*), count(*) FILTER (WHERE t.asked), count(*) FILTER (WHERE t.waiting AND NOT t.asked),
    count(*) FILTER (WHERE NOT t.asked AND NOT t.waiting), count(*) FILTER (WHERE t.reached),
    count(*) FILTER (WHERE t.asked AND paid.cents > 0),
    COALESCE(sum(paid.cents) FILTER (WHERE t.asked), 0)::bigint
FROM told t JOIN paid ON paid.id = t.id GROUP BY t.year ORDER BY t.year
"""
_STATE = WaveItem.State
_ASKED = (_STATE.SENT, _STATE.REACHED, _STATE.NOT_REACHED, _STATE.UNCERTAIN, _STATE.SENDING)
_WAITING = (_STATE.READY, _STATE.PAPER)


@dataclass(frozen=True, slots=True)
class YearReport:
    """Credits of one year; cents. ``asked``: a message left; ``waiting``: it will; ``out``: none, for the reason in the wave."""

    year: int
    credits: int
    asked: int
    waiting: int
    out: int
    reached: int
    paid: int
    paid_cents: int


def campaign_report(campaign: LetterCampaign) -> list[YearReport]:
    """Oldest year first; empty before the first simulation."""
    given: dict[str, Any] = {
        "campaign": campaign.pk,
        "asked": [state.value for state in _ASKED],
        "waiting": [state.value for state in _WAITING],
        "cancelled": Wave.State.CANCELLED.value,
    }
    with connection.cursor() as cursor:
        cursor.execute(_BY_YEAR, given)
        return [YearReport(*row) for row in cursor.fetchall()]
