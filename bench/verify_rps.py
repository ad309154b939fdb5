"""Row ``verify_rps``: paVerifyPaymentNotice a second on one web process, 50 at once, over a million positions.

Floor: the same gunicorn and worker, the same body read and parsed, a constant answer; called by turns with ours by the same
caller, so that a noisy machine is noisy for both: the ratio is the median of the rounds'. ``bare_rps`` is the server
alone, body read and not parsed. Where there are cores for caller, database and two workers, two must do 1.8 times
what one does; elsewhere they only show what they do. The product runs with the fixed clock of production.
"""

import json
import os
import subprocess
import sys
from statistics import median
from typing import Any

import psycopg
from psycopg import sql

from bench.caller import IN_FLIGHT
from bench.ground import ROOT, Ground
from bench.million import million
from bench.row import Row
from bench.server import Server, served
from bench.template import CODICE_FISCALE, ENTE

ROW_NAME = "verify_rps"
GOAL = 0.50
MAX_P99_MS = 100
MAX_GROWTH_MB = 10
TWO_WORKERS_GOAL = 1.8
CORES_FOR_TWO = 4  # two workers, the database, the caller
# The operation asked for, and what its request is called.
OPERATIONS = {
    "paVerifyPaymentNotice": "paVerifyPaymentNoticeReq",
    "paGetPaymentV2": "paGetPaymentV2Request",
}
ROUNDS = 7
SECONDS = 2.0
NOTICES = 20_000

_NOTICES = sql.SQL(
    "SELECT notice_number FROM {}.billing_instalment TABLESAMPLE SYSTEM (%s) ORDER BY random() LIMIT %s"
)
_MESSAGE = (
    '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope'
    ' xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"'
    ' xmlns:pafn="http://pagopa-api.pagopa.gov.it/pa/paForNode.xsd"><soapenv:Body>'
    "<pafn:{root}><idPA>{code}</idPA><idBrokerPA>{broker}</idBrokerPA>"
    "<idStation>{station}</idStation><qrCode><fiscalCode>{code}</fiscalCode>"
    "<noticeNumber>{notice}</noticeNumber></qrCode></pafn:{root}>"
    "</soapenv:Body></soapenv:Envelope>"
)
_HTTP = (
    "POST /pagopa/paForNode HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml; charset=utf-8\r\n"
    'SOAPAction: "{operation}"\r\nContent-Length: {length}\r\n\r\n{body}'
)


def measure(
    ground: Ground,
    *,
    size: int = 1_000_000,
    seconds: float = SECONDS,
    rounds: int = ROUNDS,
    operation: str = "paVerifyPaymentNotice",
) -> Row:
    """Call both servers by turns."""
    database = million(ground, size)
    requests = _requests(ground.owner_url(database), operation, size)
    environment = ground.environment(database, PAYBOX_MOVABLE_CLOCK="false")
    with (
        served("paybox.wsgi:application", environment) as ours,
        served("paybox.wsgi:application", environment, workers=2) as two,
        served("bench.constant_app:application", environment) as constant,
        served("bench.constant_app:bare", environment) as bare,
    ):
        servers = (ours, two, constant, bare)
        _round(servers, requests, max(seconds, 1.0))  # warm
        before = ours.rss_mb()
        done = [_round(servers, requests, seconds) for _ in range(rounds)]
        growth = ours.rss_mb() - before
    return _row(done, size, growth)


def _round(servers: tuple[Server, ...], requests: str, seconds: float) -> list[dict[str, Any]]:
    """Each server for as long; only ours answer as the Node expects."""
    expected = ("<outcome>OK</outcome>", "<outcome>OK</outcome>", "</answer>", "</answer>")
    return [
        _call(server, requests, seconds, words)
        for server, words in zip(servers, expected, strict=True)
    ]


def _call(server: Server, requests: str, seconds: float, expected: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.caller", str(server.port), str(seconds), expected],
        input=requests, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    figures: dict[str, Any] = json.loads(done.stdout)
    assert not figures["wrong"], f"{figures['wrong']} answers are not what was asked for"
    return figures


def _requests(url: str, operation: str, size: int) -> str:
    """One HTTP message a line, as JSON, over notices picked all over the load."""
    with psycopg.connect(url) as connection:
        ente = connection.execute(
            "SELECT broker, station FROM public.tenants_ente WHERE codice_fiscale = %s",
            [CODICE_FISCALE],
        ).fetchone()
        assert ente is not None
        notices = connection.execute(
            _NOTICES.format(sql.Identifier(ENTE)), [min(100.0, 1e7 / size), NOTICES]
        ).fetchall()
    return "\n".join(json.dumps(_http(operation, notice, *ente)) for (notice,) in notices)


def _http(operation: str, notice: str, broker: str, station: str) -> str:
    body = _MESSAGE.format(
        code=CODICE_FISCALE,
        broker=broker,
        station=station,
        notice=notice,
        root=OPERATIONS[operation],
    )
    return _HTTP.format(operation=operation, length=len(body), body=body)


def _row(done: list[list[dict[str, Any]]], size: int, growth_mb: float) -> Row:
    """The round whose ratio is the median of all."""
    one, two, floor, bare = _middle(done)
    speedup = median(given[1]["rps"] / given[0]["rps"] for given in done)
    scales = speedup >= TWO_WORKERS_GOAL or (os.cpu_count() or 1) < CORES_FOR_TWO
    kept = one["p99_ms"] < MAX_P99_MS and growth_mb < MAX_GROWTH_MB and scales
    row = Row.of(ROW_NAME, one["rps"], "requests/s", floor["rps"], GOAL, also=kept)
    row.more = {
        "p50_ms": round(one["p50_ms"], 2),
        "p99_ms": round(one["p99_ms"], 2),
        "floor_p99_ms": round(floor["p99_ms"], 2),
        "best_ratio": round(max(_ratio(given) for given in done), 3),
        "bare_rps": round(bare["rps"], 2),
        "two_workers_rps": round(two["rps"], 2),
        "two_workers_times": round(speedup, 2),
        "cores": os.cpu_count(),
        "in_flight": IN_FLIGHT,
        "answers": sum(given[0]["answers"] for given in done),
        "growth_mb": round(growth_mb, 1),
        "positions": size,
    }
    return row


def _middle(done: list[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    return sorted(done, key=_ratio)[len(done) // 2]


def _ratio(given: list[dict[str, Any]]) -> float:
    return float(given[0]["rps"] / given[2]["rps"])
