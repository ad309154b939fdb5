"""Row ``wave_send_100k``: 100,000 items sent by a worker as in production, half by SMS and half by e-mail.

Outbox, bell, claim with everything asked again, attempt on disk, the provider's client over HTTP or SMTP, outcome: ten
waves, five a channel, each followed by its floor: the same client in a bare loop over as many lines with the same words
(bench.provider_floor). Every message must be at the far end once, or there is no figure at all; memory stays flat.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg

from bench.far_ends import FarEnds, far_ends
from bench.ground import ROOT, Ground
from bench.row import Row
from bench.template import ENTE
from bench.wave_send_ground import fill

ROW_NAME = "wave_send_100k"
GOAL = 0.60
MAX_GROWTH_MB = 25  # of the worker, after its first wave
WAVES = 5  # a channel; one when there is little to send
MANY = 10_000
CHANNELS = ("SMS", "EMAIL")
FLOOR_SHARE = 4  # a quarter of the wave
PATIENCE_SECONDS = 3600


def measure(ground: Ground, *, size: int = 100_000) -> Row:
    """Send them, wave by wave."""
    rounds = WAVES if size >= MANY else 1
    each = max(1, size // (rounds * len(CHANNELS)))
    waves = [(f"{channel}{n}", channel) for n in range(rounds) for channel in CHANNELS]
    with ExitStack() as open_now:
        folder = Path(open_now.enter_context(TemporaryDirectory(dir=ground.var)))
        database = open_now.enter_context(ground.clone("bench_send"))
        fill(ground.owner_url(database), codes=[code for code, _ in waves], debtors=each)
        far = open_now.enter_context(far_ends(folder))
        worker = open_now.enter_context(_worker(ground.environment(database, **far.environment)))
        figures = [_one(ground, database, far, worker, code, channel) for code, channel in waves]
        _proved(ground, database, far, each * len(waves))
    return _row(figures, each)


def _one(
    ground: Ground, database: str, far: FarEnds, worker: int, code: str, channel: str
) -> dict[str, Any]:
    started = ground.run("bench.wave_started", code, channel, database=database, **far.environment)
    seconds = _until_sent(ground.owner_url(database), started["wave"])
    rss, count = _rss_mb(worker), max(1, started["recipients"] // FLOOR_SHARE)
    floor = ground.run(
        "bench.provider_floor", str(started["wave"]), channel, str(count), database=database, **far.environment
    )  # fmt: skip
    assert not floor["refused"], "the floor was refused something"
    return {
        "channel": channel, "rate": started["recipients"] / seconds, "floor": count / floor["seconds"],
        "rss_mb": rss, "lines": floor["lines"],
    }  # fmt: skip


def _until_sent(url: str, wave: int) -> float:
    """Seconds from the first attempt to the wave's end, by the wall."""
    asked = f"SELECT state, (SELECT count(*) FROM {ENTE}.dunning_attempt) FROM {ENTE}.dunning_wave WHERE id = %s"  # noqa: S608 - our own name
    with psycopg.connect(url, autocommit=True) as connection:
        start = time.perf_counter()
        while time.perf_counter() - start < PATIENCE_SECONDS:
            row = connection.execute(asked, [wave]).fetchone()
            assert row is not None
            assert row[0] in ("IN_INVIO", "INVIATA"), f"the wave is {row[0]}"
            if row[0] == "INVIATA":
                return time.perf_counter() - start
            time.sleep(0.1)
    raise TimeoutError("the wave never ended")


def _proved(ground: Ground, database: str, far: FarEnds, size: int) -> None:
    """One attempt an item, accepted, and one message at the far end for each address."""
    asked = (
        f"SELECT address, count(*) FROM {ENTE}.dunning_attempt WHERE state = 'ACCETTATO' GROUP BY 1"  # noqa: S608 - our own name
    )
    with psycopg.connect(ground.owner_url(database)) as connection:
        rows = connection.execute(asked).fetchall()
    attempts: dict[str, int] = dict(rows)
    given = far.given()
    assert len(attempts) == size, "not every item has an attempt"
    assert set(attempts.values()) == {1}, "an item has more than one attempt"
    assert {given[address] for address in attempts} == {1}, "not one message for each attempt"


@contextmanager
def _worker(environment: dict[str, str]) -> Iterator[int]:
    """As docker-compose runs it; the pid of the process that looks after the one that works."""
    command = [
        sys.executable,
        "-m",
        "celery",
        "-A",
        "paybox.celery:app",
        "worker",
        "--queues",
        "waves",
    ]
    process = subprocess.Popen(
        [*command, "--concurrency", "1", "--loglevel", "warning"], env=environment, cwd=ROOT,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait(timeout=60)


def _rss_mb(pid: int) -> float:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    status = [Path(f"/proc/{child}/status").read_text() for child in children]
    return sum(int(one.split("VmRSS:")[1].split()[0]) for one in status) / 1024


def _row(figures: list[dict[str, Any]], each: int) -> Row:
    size = each * len(figures)
    seconds, floor_seconds = (sum(each / one[key] for one in figures) for key in ("rate", "floor"))
    growth = figures[-1]["rss_mb"] - figures[len(CHANNELS) - 1]["rss_mb"]
    row = Row.of(
        ROW_NAME,
        size / seconds,
        "items/s",
        size / floor_seconds,
        GOAL,
        also=growth <= MAX_GROWTH_MB,
    )
    row.more = {
        "items": size,
        "rss_mb": round(figures[-1]["rss_mb"]),
        "growth_mb": round(growth, 1),
    }
    for channel in CHANNELS:
        mine = [one for one in figures if one["channel"] == channel]
        rate, floor = (len(mine) / sum(1 / one[key] for one in mine) for key in ("rate", "floor"))
        name = channel.lower()
        row.more |= {
            f"{name}_per_second": round(rate, 1), f"{name}_ratio": round(rate / floor, 3),
            f"{name}_lines": mine[0]["lines"],
        }  # fmt: skip
    return row
