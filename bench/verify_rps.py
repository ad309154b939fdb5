"""Row ``verify_rps``: paVerifyPaymentNotice a second on one sync worker, 100,000 positions loaded.

Floor: the same gunicorn, the same body read and parsed, a constant answer; called by turns with ours by
the same caller. ``bare_rps`` is the server alone, body read and not parsed. The product runs with the fixed
clock of production. Requests go over many different notices.
"""

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
from psycopg import sql

from bench.caller import IN_FLIGHT
from bench.ground import ROOT, Ground
from bench.load_100k import write_csv
from bench.row import Row
from bench.server import served
from bench.template import CODICE_FISCALE, ENTE

ROW_NAME = "verify_rps"
GOAL = 0.40
# The operation asked for, and what its request is called.
OPERATIONS = {
    "paVerifyPaymentNotice": "paVerifyPaymentNoticeReq",
    "paGetPaymentV2": "paGetPaymentV2Request",
}
ROUNDS = 5
SECONDS = 3.0
NOTICES = 5_000

_NOTICES = sql.SQL(
    "SELECT notice_number FROM {}.billing_instalment ORDER BY md5(id::text) LIMIT %s"
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
    size: int = 100_000,
    seconds: float = SECONDS,
    rounds: int = ROUNDS,
    operation: str = "paVerifyPaymentNotice",
) -> Row:
    """Load, then call both servers by turns; the best round of each is compared."""
    with ground.clone("bench_verify") as database, TemporaryDirectory(dir=ground.var) as folder:
        file = write_csv(Path(folder) / "ruolo.csv", size)
        ground.run("bench.loading", str(file), database=database)
        requests = _requests(ground.owner_url(database), operation)
        environment = ground.environment(database, PAYBOX_MOVABLE_CLOCK="false")
        with (
            served("paybox.wsgi:application", environment) as ours,
            served("bench.constant_app:application", environment) as constant,
            served("bench.constant_app:bare", environment) as bare,
        ):
            _call(ours, requests, max(seconds / 3, 1.0), "<outcome>OK</outcome>")  # warm
            done = [_round((ours, constant, bare), requests, seconds) for _ in range(rounds)]
    row = _row([mine for mine, _, _ in done], [floor for _, floor, _ in done], size)
    row.more["bare_rps"] = round(max(bare["rps"] for _, _, bare in done), 2)
    return row


def _round(ports: tuple[int, ...], requests: str, seconds: float) -> list[dict[str, Any]]:
    """Each server for as long; only ours answers as the Node expects."""
    expected = ("<outcome>OK</outcome>", "</answer>", "</answer>")
    return [
        _call(port, requests, seconds, words) for port, words in zip(ports, expected, strict=True)
    ]


def _call(port: int, requests: str, seconds: float, expected: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.caller", str(port), str(seconds), expected],
        input=requests, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    figures: dict[str, Any] = json.loads(done.stdout)
    assert not figures["wrong"], f"{figures['wrong']} answers are not what was asked for"
    return figures


def _requests(url: str, operation: str) -> str:
    """One HTTP message a line, as JSON, over notices picked all over the load."""
    with psycopg.connect(url) as connection:
        ente = connection.execute(
            "SELECT broker, station FROM public.tenants_ente WHERE codice_fiscale = %s",
            [CODICE_FISCALE],
        ).fetchone()
        assert ente is not None
        notices = connection.execute(_NOTICES.format(sql.Identifier(ENTE)), [NOTICES]).fetchall()
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


def _row(ours: list[dict[str, Any]], floors: list[dict[str, Any]], size: int) -> Row:
    mine = max(ours, key=lambda figures: figures["rps"])
    floor = max(floors, key=lambda figures: figures["rps"])
    row = Row.of(ROW_NAME, mine["rps"], "requests/s", floor["rps"], GOAL)
    row.more = {
        "p50_ms": round(mine["p50_ms"], 2),
        "p99_ms": round(mine["p99_ms"], 2),
        "floor_p99_ms": round(floor["p99_ms"], 2),
        "in_flight": IN_FLIGHT,
        "answers": sum(figures["answers"] for figures in ours),
        "positions": size,
    }
    return row
