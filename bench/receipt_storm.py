"""Row ``receipt_storm``: 10,000 receipts, each sent 1–3 times and shuffled, by two clients to two sync workers.

Floor: the bare booking statement for the same messages over two connections (bench.bare_booking), in a clone of its
own. Each receipt must be booked once, and the ledger must agree with itself, or there is no figure at all.
"""

import json
import random
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
from psycopg import sql

from bench.delivery import CLIENTS
from bench.ground import ROOT, Ground
from bench.load_100k import write_csv
from bench.row import Row
from bench.server import served
from bench.template import CODICE_FISCALE, ENTE

ROW_NAME = "receipt_storm"
GOAL = 0.50
MAX_P99_MS = 300
_NOTICES = sql.SQL(
    "SELECT DISTINCT ON (position_id) notice_number, iuv, amount_cents FROM {}.billing_instalment"
    " ORDER BY position_id, number"
)
_HTTP = (
    "POST /pagopa/paForNode HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml; charset=utf-8\r\n"
    'SOAPAction: "paSendRTV2"\r\nContent-Length: {length}\r\n\r\n{body}'
)


def measure(ground: Ground, *, size: int = 10_000) -> Row:
    """Load ``size`` positions twice, storm one copy and book the other barely."""
    with TemporaryDirectory(dir=ground.var) as folder:
        file = write_csv(Path(folder) / "ruolo.csv", size)
        with ground.clone("bench_bare") as database:
            ground.run("bench.loading", str(file), database=database)
            storm, _ = _storm(ground.owner_url(database))
            floor = _bare(ground, database, storm)
        with ground.clone("bench_storm") as database:
            ground.run("bench.loading", str(file), database=database)
            storm, envelopes = _storm(ground.owner_url(database))
            figures = _ours(ground, database, [envelopes[one["reference"]] for one in storm])
            booked = _proved(ground, database, size)
    row = Row.of(
        ROW_NAME, figures["rps"], "receipts/s", floor, GOAL, also=figures["p99_ms"] < MAX_P99_MS
    )
    row.more = {
        "p50_ms": round(figures["p50_ms"], 2), "p99_ms": round(figures["p99_ms"], 2),
        "messages": len(storm), "booked": booked, "clients": CLIENTS,
    }  # fmt: skip
    return row


def _storm(url: str) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """What is sent, in order, and the envelope of each receipt."""
    with psycopg.connect(url) as connection:
        ente = connection.execute(
            "SELECT broker, station FROM public.tenants_ente WHERE codice_fiscale = %s",
            [CODICE_FISCALE],
        ).fetchone()
        notices = connection.execute(_NOTICES.format(sql.Identifier(ENTE))).fetchall()
    assert ente is not None
    chance, storm, envelopes = random.Random(7), [], {}
    for notice, iuv, cents in notices:
        reference = f"tempesta-{notice}"
        envelopes[reference] = _envelope(reference, notice, iuv, cents, *ente)
        one = {"reference": reference, "notice": notice, "cents": cents}
        storm += [one] * chance.randint(1, 3)
    chance.shuffle(storm)
    return storm, envelopes


def _envelope(reference: str, notice: str, iuv: str, cents: int, broker: str, station: str) -> str:
    from pagopa.wire.asking import write_request
    from pagopa.wire.requests import Party, Receipt, ReceiptTransfer, SendRtRequest

    payer = Party("F", "RSSMRA80A01H501U", "Mario Rossi")
    iban = "IT60X0542811101000000123456"
    share = ReceiptTransfer(1, cents, CODICE_FISCALE, f"/RFB/{iuv}", "9/0101101IM/", iban)
    receipt = Receipt(
        reference, notice, CODICE_FISCALE, "OK", iuv, cents, "TARI", "Comune di Borgo", payer,
        (share,), "FINTOPSP01", "Banca di Esempio", "99999999990_01", "app", payer=payer,
        paid_at=datetime.now(UTC),
    )  # fmt: skip
    body = write_request(SendRtRequest(CODICE_FISCALE, broker, station, receipt)).decode()
    return _HTTP.format(length=len(body.encode()), body=body)


def _ours(ground: Ground, database: str, requests: list[str]) -> dict[str, Any]:
    environment = ground.environment(database, PAYBOX_MOVABLE_CLOCK="false")
    with served("paybox.wsgi:application", environment, workers=CLIENTS) as port:
        done = subprocess.run(
            [sys.executable, "-m", "bench.delivery", str(port), "<outcome>OK</outcome>"],
            input="\n".join(json.dumps(one) for one in requests), text=True, check=True, cwd=ROOT,
            stdout=subprocess.PIPE,
        )  # fmt: skip
    figures: dict[str, Any] = json.loads(done.stdout)
    assert not figures["wrong"], f"{figures['wrong']} receipts were not taken"
    return figures


def _bare(ground: Ground, database: str, storm: list[dict[str, Any]]) -> float:
    """Statements a second of all connections together."""
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "bench.bare_booking", ground.app_url(database)],
            env=ground.environment(database), cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(CLIENTS)
    ]  # fmt: skip
    for turn, process in enumerate(running):
        assert process.stdin is not None
        process.stdin.write("\n".join(json.dumps(one) for one in storm[turn::CLIENTS]))
        process.stdin.close()
    seconds: list[float] = []
    for process in running:
        assert process.stdout is not None
        seconds.append(json.loads(process.stdout.read())["seconds"])
        assert process.wait() == 0
    return len(storm) / max(seconds)


def _proved(ground: Ground, database: str, size: int) -> int:
    """Every receipt booked once, by the tables and by ``verify_ledger``."""
    with psycopg.connect(ground.owner_url(database)) as connection:
        counted = sql.SQL(
            "SELECT (SELECT count(*) FROM {0}.pagopa_receipt), (SELECT count(*) FROM {0}.billing_collection)"
        )
        row = connection.execute(counted.format(sql.Identifier(ENTE))).fetchone()
    assert row == (size, size), f"{row} receipts and collections for {size} payments"
    subprocess.run(
        [sys.executable, "manage.py", "verify_ledger", "--all"], check=True, cwd=ROOT,
        env=ground.environment(database), stdout=subprocess.DEVNULL,
    )  # fmt: skip
    return size
