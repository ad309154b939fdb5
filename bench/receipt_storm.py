"""Row ``receipt_storm``: 10,000 receipts, each sent 1–3 times and shuffled, by two clients to two sync workers.

Floor: the one statement that writes the same rows, for the same messages over two connections (bench.bare_booking),
in a clone of its own, by turns with ours: a noisy machine is noisy for both. Each receipt must be booked once, and the
ledger must agree with itself, or there is no figure at all.
"""

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
from psycopg import sql

from bench.delivery import CLIENTS
from bench.ground import ROOT, Ground
from bench.load_100k import write_csv
from bench.row import Row
from bench.server import Server, served
from bench.template import CODICE_FISCALE, ENTE

ROW_NAME = "receipt_storm"
GOAL = 0.50
MAX_P99_MS = 300
MAX_GROWTH_MB = 10  # of each worker, after the first part
PARTS = 10
_NOTICES = sql.SQL(
    "SELECT DISTINCT ON (position_id) notice_number, iuv, amount_cents FROM {}.billing_instalment"
    " ORDER BY position_id, number"
)
_HTTP = (
    "POST /pagopa/paForNode HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml; charset=utf-8\r\n"
    'SOAPAction: "paSendRTV2"\r\nContent-Length: {length}\r\n\r\n{body}'
)


def measure(ground: Ground, *, size: int = 10_000) -> Row:
    """Load ``size`` positions, storm one copy and book the other barely."""
    with ExitStack() as open_now:
        folder = open_now.enter_context(TemporaryDirectory(dir=ground.var))
        file = write_csv(Path(folder) / "ruolo.csv", size)
        loaded = open_now.enter_context(ground.clone("bench_loaded"))
        ground.run("bench.loading", str(file), database=loaded)
        bare = open_now.enter_context(ground.clone("bench_bare", template=loaded))
        ours = open_now.enter_context(ground.clone("bench_storm", template=loaded))
        storm = _storm(ground.owner_url(ours))
        figures = _by_turns(ground, bare, ours, storm)
        booked = _proved(ground, ours, size)
        _proved(ground, bare, size)
    good = figures.pop("p99_ms_all") < MAX_P99_MS and figures["growth_mb"] < MAX_GROWTH_MB * CLIENTS
    row = Row.of(
        ROW_NAME, figures.pop("rps"), "receipts/s", figures.pop("floor_rps"), GOAL, also=good
    )
    row.more = figures | {"messages": len(storm), "booked": booked, "clients": CLIENTS}
    return row


def _by_turns(ground: Ground, bare: str, ours: str, storm: list[str]) -> dict[str, Any]:
    """Part after part: ours, then the statement alone."""
    environment = ground.environment(ours, PAYBOX_MOVABLE_CLOCK="false")
    size = -(-len(storm) // PARTS)
    parts = [storm[start : start + size] for start in range(0, len(storm), size)]
    done: list[dict[str, Any]] = []
    seconds, grown = 0.0, [0.0]
    with (
        _bare_processes(ground, bare) as processes,
        served("paybox.wsgi:application", environment, workers=CLIENTS) as server,
    ):
        for part in parts:
            done.append(_deliver(server, part))
            grown.append(server.rss_mb())
            seconds += _book(processes, part)
    return {
        "rps": len(storm)
        / sum(len(part) / one["rps"] for part, one in zip(parts, done, strict=True)),
        "floor_rps": len(storm) / seconds,
        "p50_ms": round(median(one["p50_ms"] for one in done), 2),
        "p99_ms": round(median(one["p99_ms"] for one in done), 2),
        "worst_p99_ms": round(max(one["p99_ms"] for one in done), 2),
        "p99_ms_all": median(one["p99_ms"] for one in done),
        "growth_mb": round(grown[-1] - grown[1], 1),
    }


def _storm(url: str) -> list[str]:
    """What is sent, in order."""
    with psycopg.connect(url) as connection:
        ente = connection.execute(
            "SELECT broker, station FROM public.tenants_ente WHERE codice_fiscale = %s",
            [CODICE_FISCALE],
        ).fetchone()
        notices = connection.execute(_NOTICES.format(sql.Identifier(ENTE))).fetchall()
    assert ente is not None
    chance, storm = random.Random(7), []
    for notice, iuv, cents in notices:
        one = _envelope(f"tempesta-{notice}", notice, iuv, cents, *ente)
        storm += [one] * chance.randint(1, 3)
    chance.shuffle(storm)
    return storm


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


def _deliver(server: Server, requests: list[str]) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.delivery", str(server.port), "<outcome>OK</outcome>"],
        input="\n".join(json.dumps(one) for one in requests), text=True, check=True, cwd=ROOT,
        stdout=subprocess.PIPE,
    )  # fmt: skip
    figures: dict[str, Any] = json.loads(done.stdout)
    assert not figures["wrong"], f"{figures['wrong']} receipts were not taken"
    return figures


@contextmanager
def _bare_processes(ground: Ground, database: str) -> "Iterator[list[subprocess.Popen[str]]]":
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "bench.bare_booking"],
            env=ground.environment(database, PAYBOX_MOVABLE_CLOCK="false"), cwd=ROOT,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for _ in range(CLIENTS)
    ]  # fmt: skip
    try:
        yield running
    finally:
        for process in running:
            process.communicate(timeout=60)


def _book(processes: "list[subprocess.Popen[str]]", part: list[str]) -> float:
    """Seconds of the slower connection."""
    for turn, process in enumerate(processes):
        assert process.stdin is not None
        process.stdin.write(json.dumps(part[turn::CLIENTS]) + "\n")
        process.stdin.flush()
    seconds: list[float] = []
    for process in processes:
        assert process.stdout is not None
        seconds.append(json.loads(process.stdout.readline())["seconds"])
    return max(seconds)


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
