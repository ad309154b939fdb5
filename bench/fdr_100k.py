"""Row ``fdr_100k``: a flow of 100,000 payments parsed, stored, matched with its receipts, told to each position.

Floor: COPY of the flow and its rows, as ready text into the same tables (bench.copy_floor), run by turns with ours on
clones of the same ground; the better of each is compared. At most four times the floor: ratio 0.25. What is told to each
position is ours to write and not in the floor; ``all_written_seconds`` is the COPY of everything that is left.
"""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg

from bench.copy_floor import Dumped, copy_back, dump_written
from bench.ground import Ground
from bench.load_100k import write_csv
from bench.row import Row
from bench.template import ENTE

ROW_NAME = "fdr_100k"
GOAL = 0.25
MAX_RSS_MB = 500
ROUNDS = 2
PAID = "bench_flow_paid"


def measure(ground: Ground, *, size: int = 100_000) -> Row:
    """Take the flow ROUNDS times each way."""
    takings: list[dict[str, Any]] = []
    floors: list[float] = []
    everything: list[float] = []
    with TemporaryDirectory(dir=ground.var) as name, ground.clone(PAID) as paid:
        folder = Path(name)
        flow, dumped = _prepare(ground, paid, folder, size), list[Dumped]()
        for _ in range(ROUNDS):
            with ground.clone("bench_flow", template=paid) as database:
                takings.append(ground.run("bench.flow_taking", str(flow), database=database))
                dumped = dumped or dump_written(
                    ground.owner_url(database), ground.owner_url(paid), folder
                )
            with ground.clone("bench_flow_floor", template=paid) as database:
                rows = [one for one in dumped if one.table.startswith("pagopa_flow")]
                floors.append(copy_back(ground.owner_url(database), rows))
            with ground.clone("bench_flow_floor", template=paid) as database:
                everything.append(copy_back(ground.owner_url(database), dumped))
    return _row(takings, floors, min(everything), size)


def _prepare(ground: Ground, database: str, folder: Path, size: int) -> Path:
    file = write_csv(folder / "ruolo.csv", size)
    flow = folder / "flusso.xml"
    ground.run("bench.flow_paid", str(file), str(flow), database=database)
    with psycopg.connect(ground.owner_url(database), autocommit=True) as connection:
        # What loading told is not of the flow: only what the flow tells is to be counted.
        connection.execute(f"TRUNCATE {ENTE}.billing_timelineentry")
    return flow


def _row(takings: list[dict[str, Any]], floors: list[float], everything: float, size: int) -> Row:
    best = min(takings, key=lambda taking: taking["seconds"])
    assert all(t["labels"] == {"RT_IUF": size} for t in takings), "not every row found its receipt"
    rss = max(taking["rss_mb"] for taking in takings)
    row = Row.of(
        ROW_NAME, size / best["seconds"], "rows/s", size / min(floors), GOAL, also=rss < MAX_RSS_MB
    )
    row.more = {
        "rows": size,
        "seconds": round(best["seconds"], 2),
        "floor_seconds": round(min(floors), 2),
        "all_written_seconds": round(everything, 2),
        "rss_before_mb": round(best["rss_before_mb"]),
        "rss_mb": round(rss),
        "rss_goal_mb": MAX_RSS_MB,
    }
    return row
