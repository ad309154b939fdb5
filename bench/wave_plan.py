"""Row ``wave_plan_1m``: a step of a policy simulated over a million positions of a hundred thousand debtors.

Who is asked for what, by which channel, with how many parts of SMS, at what cost, and why the others get nothing; then
the fingerprint. Floor: one bare INSERT … SELECT that adds up the same positions into the same items, with no contact,
reason, text, cost or fingerprint. At most 60 seconds, and memory that does not grow with the debtors.
"""

import time
from typing import Any

import psycopg

from bench.ground import Ground
from bench.row import Row
from bench.template import ENTE
from bench.wave_ground import POSITIONS_EACH, fill

ROW_NAME = "wave_plan_1m"
GOAL = 0.15
MAX_SECONDS = 60
MAX_GROWTH_MB = 60
GROUND = "bench_wave_ground"

_WAVE = """
INSERT INTO dunning_wave (uuid, kind, service_id, channel, channels, template, message, texts, state, planned_on,
    snapshot_sha256, recipients, excluded, held_out, holdout_percent, parts, cost_mills, canary, despite, amount_cents,
    link_days, created_at, author_id, author_name, approver_name)
SELECT gen_random_uuid(), 'SOLLECITO', id, 'SMS', '["SMS"]', 'tari', '', '{}', 'SIMULATA', DATE '2026-07-01', '', 0, 0, 0, 0, 0,
    0, 0, '', 0, 0, now(), 0, '', '' FROM billing_service WHERE code = 'TARI' RETURNING id
"""
_ITEMS = """
INSERT INTO dunning_waveitem (wave_id, subject_id, position_ids, key, told, amount_cents, channel, rung, address, parts,
    cost_mills, state, reason, updated_at)
SELECT %s, p.subject_id, jsonb_agg(p.id ORDER BY p.id), s.uuid::text, '{}', sum(p.residual_cents), 'SMS', 0, '', 0, 0,
    'PRONTO', '', now()
FROM billing_position p JOIN registry_subject s ON s.id = p.subject_id
WHERE p.state IN ('APERTA', 'PARZIALE') AND p.next_due_on < DATE '2026-07-01' GROUP BY p.subject_id, s.uuid
"""


def measure(ground: Ground, *, size: int = 1_000_000) -> Row:
    """Plan once each way, on clones of the same ground."""
    debtors = max(1, size // POSITIONS_EACH)
    with ground.clone(GROUND) as filled:
        fill(ground.owner_url(filled), debtors=debtors)
        with ground.clone("bench_wave", template=filled) as database:
            planned = ground.run("bench.wave_planning", database=database)
        with ground.clone("bench_wave_floor", template=filled) as database:
            floor = _bare(ground.owner_url(database), debtors)
    return _row(planned, floor, debtors)


def _bare(url: str, debtors: int) -> float:
    with psycopg.connect(url) as connection:
        connection.execute(f"SET search_path TO {ENTE}, public")
        wave = connection.execute(_WAVE).fetchone()
        assert wave is not None
        start = time.perf_counter()
        written = connection.execute(_ITEMS, [wave[0]]).rowcount
        connection.commit()
        seconds = time.perf_counter() - start
    assert written == debtors, "the floor did not write every debtor"
    return seconds


def _row(planned: dict[str, Any], floor: float, debtors: int) -> Row:
    counted = planned["recipients"] + planned["held_out"] + planned["excluded"]
    assert counted == debtors, "not every debtor was looked at"
    growth = planned["rss_mb"] - planned["rss_before_mb"]
    good = planned["seconds"] <= MAX_SECONDS and growth <= MAX_GROWTH_MB
    row = Row.of(
        ROW_NAME, debtors / planned["seconds"], "debtors/s", debtors / floor, GOAL, also=good
    )
    row.more = {
        "positions": debtors * POSITIONS_EACH,
        "debtors": debtors,
        "seconds": round(planned["seconds"], 2),
        "seconds_goal": MAX_SECONDS,
        "approval_asks_seconds": round(planned["again_seconds"], 2),
        "floor_seconds": round(floor, 2),
        "recipients": planned["recipients"],
        "rss_before_mb": round(planned["rss_before_mb"]),
        "rss_mb": round(planned["rss_mb"]),
        "growth_goal_mb": MAX_GROWTH_MB,
    }
    return row
