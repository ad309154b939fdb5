"""Row ``callbacks_rps``: Twilio's signed status callbacks taken by gunicorn, 50 at once, late, repeated and out of order.

For each of so many messages in charge: queued, sent, delivered, one of them twice, all shuffled. Floor: the same server,
the form read and its signature checked, a constant answer; by turns with ours. At least 500 a second, unless the floor
itself is below twice that: then at least half of the floor. Every callback must be kept, every message delivered and told
once, or there is no figure at all.
"""

import json
import random
import subprocess
import sys
from statistics import median
from typing import Any
from urllib.parse import urlencode

import psycopg
from twilio.request_validator import RequestValidator

from bench.caller import IN_FLIGHT
from bench.far_ends import SID, TOKEN
from bench.ground import ROOT, Ground
from bench.row import Row
from bench.server import Server, served
from bench.template import ENTE
from bench.wave_send_ground import fill

ROW_NAME = "callbacks_rps"
GOAL = 0.50
ENOUGH_RPS = 500
WORKERS = 3
PARTS = 5
WARM = 60  # calls before the clock starts: every worker has met one
STATUSES = ("queued", "sent", "delivered")
_PUBLIC = "http://localhost:8000"
_TAKEN = (
    "INSERT INTO dunning_wave (uuid, kind, service_id, channel, channels, template, message, texts, state, planned_on,"
    " snapshot_sha256, recipients, excluded, held_out, holdout_percent, parts, cost_mills, canary, despite, amount_cents,"
    " link_days, created_at, author_id, author_name, approver_name) SELECT gen_random_uuid(), 'SOLLECITO', id, 'SMS', '[\"SMS\"]',"
    " 'tari', '', '{}', 'IN_INVIO', DATE '2026-07-01', '', 0, 0, 0, 0, 0, 0, 0, '', 0, 0, now(), 1, '', ''"
    " FROM billing_service WHERE code = 'SMS0'",
    "INSERT INTO dunning_waveitem (wave_id, subject_id, position_ids, key, told, amount_cents, channel, rung, address, parts,"
    " cost_mills, state, reason, updated_at) SELECT (SELECT max(id) FROM dunning_wave), p.subject_id,"
    " jsonb_build_array(p.id), p.uuid::text, '{}', 12345, 'SMS', 0, c.value, 1, 60, 'INVIATO', '', now()"
    " FROM billing_position p JOIN registry_contact c ON c.subject_id = p.subject_id AND c.kind = 'MOBILE'",
    "INSERT INTO dunning_attempt (uuid, item_id, try_number, channel, address, state, provider_ref, error_code, error_words,"
    " body_sha256, body, parts, cost_mills, subject_line, attachment_sha256, created_at, sent_at)"
    " SELECT gen_random_uuid(), id, 1, 'SMS', address, 'ACCETTATO', 'SM' || md5(id::text), '', '', '', 'Testo', 1, 60, '', '',"
    " now(), now() FROM dunning_waveitem",
    "ANALYZE",
)


def measure(ground: Ground, *, size: int = 10_000) -> Row:
    """``size`` messages."""
    with ground.clone("bench_callbacks") as database:
        url = ground.owner_url(database)
        fill(url, codes=["SMS0"], debtors=size)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"SET search_path TO {ENTE}, public")
            for statement in _TAKEN:
                connection.execute(statement)
            known = connection.execute(
                "SELECT uuid::text, provider_ref, address FROM dunning_attempt"
            ).fetchall()
        calls = _calls(known)
        figures = _by_turns(ground, database, calls)
        _proved(url, size, len(calls))
    return _row(figures, size, len(calls))


def _calls(known: list[Any]) -> list[str]:
    """HTTP messages in the order they come."""
    chance, calls = random.Random(11), []
    validator = RequestValidator(TOKEN)
    for attempt, sid, to in known:
        told = [_http(validator, attempt, sid, to, status) for status in STATUSES]
        calls += [*told, chance.choice(told)]
    chance.shuffle(calls)
    return calls


def _http(validator: RequestValidator, attempt: str, sid: str, to: str, status: str) -> str:
    path = f"/dunning/twilio/{ENTE}/?attempt={attempt}"
    form = {
        "MessageSid": sid, "SmsSid": sid, "MessageStatus": status, "SmsStatus": status, "To": to, "From": "ComuneBorgo",
        "AccountSid": SID, "ApiVersion": "2010-04-01",
    }  # fmt: skip
    signature = validator.compute_signature(_PUBLIC + path, form)
    body = urlencode(form)
    return (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"X-Twilio-Signature: {signature}\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    )


def _by_turns(ground: Ground, database: str, calls: list[str]) -> list[dict[str, Any]]:
    environment = ground.environment(
        database, PAYBOX_MOVABLE_CLOCK="false", PAYBOX_PORT="8000", PAYBOX_TWILIO_AUTH_TOKEN=TOKEN,
    )  # fmt: skip
    size, done = -(-len(calls) // PARTS), []
    with (
        served("paybox.wsgi:application", environment, workers=WORKERS) as ours,
        served("bench.constant_app:signed", environment, workers=WORKERS) as constant,
    ):
        for server in (ours, constant):
            _deliver(server, calls[:WARM])
        for start in range(WARM, len(calls), size):
            part = calls[start : start + size]
            given, floor = _deliver(ours, part), _deliver(constant, part)
            done.append({"rps": given["rps"], "floor": floor["rps"], "p50_ms": given["p50_ms"], "p99_ms": given["p99_ms"]})  # fmt: skip
    return done


def _deliver(server: Server, calls: list[str]) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.delivery", str(server.port), "HTTP/1.1 204", str(IN_FLIGHT)],
        input="\n".join(map(json.dumps, calls)), text=True, check=True, cwd=ROOT, stdout=subprocess.PIPE,
    )  # fmt: skip
    figures: dict[str, Any] = json.loads(done.stdout)
    assert not figures["wrong"], f"{figures['wrong']} callbacks were not taken"
    return figures


def _proved(url: str, size: int, calls: int) -> None:
    counted = (
        "SELECT (SELECT count(*) FROM dunning_attempt WHERE state = 'CONSEGNATO'),"
        " (SELECT count(*) FROM dunning_waveitem WHERE state = 'RAGGIUNTO'),"
        " (SELECT count(*) FROM billing_timelineentry WHERE kind = 'RECAPITATA'),"
        " (SELECT count(DISTINCT position_id) FROM billing_timelineentry WHERE kind = 'RECAPITATA'),"
        " (SELECT count(*) FROM dunning_deliveryevent), (SELECT count(*) FROM kernel_rawmessage)"
    )
    with psycopg.connect(url) as connection:
        connection.execute(f"SET search_path TO {ENTE}, public")
        row = connection.execute(counted).fetchone()
    assert row == (size, size, size, size, calls, calls), f"{row} of {size} messages, {calls} calls"


def _row(figures: list[dict[str, Any]], size: int, calls: int) -> Row:
    rps, floor = (len(figures) / sum(1 / one[key] for one in figures) for key in ("rps", "floor"))
    row = Row.of(ROW_NAME, rps, "callbacks/s", floor, GOAL)
    row.ok = rps >= ENOUGH_RPS or (floor < ENOUGH_RPS / GOAL and row.ratio >= GOAL)
    row.more = {
        "p50_ms": round(median(one["p50_ms"] for one in figures), 2),
        "p99_ms": round(median(one["p99_ms"] for one in figures), 2),
        "goal_rps": ENOUGH_RPS, "messages": size, "callbacks": calls, "in_flight": IN_FLIGHT, "workers": WORKERS,
    }  # fmt: skip
    return row
