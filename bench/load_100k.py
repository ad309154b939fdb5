"""Row ``load_100k``: 100,000 positions from a CSV to confirmed, all rows of all tables counted.

Floor: COPY of the very same rows as ready text into the same tables (bench.copy_floor), run by
turns with ours on the same server; the better of each is compared.
"""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.copy_floor import Dumped, copy_back, dump_written
from bench.ground import TEMPLATE, Ground
from bench.loading import TODAY
from bench.row import Row

ROW_NAME = "load_100k"
GOAL = 0.40
MAX_RSS_MB = 500
ROUNDS = 2


def measure(ground: Ground, *, size: int = 100_000) -> Row:
    """Load ``size`` positions ROUNDS times each way."""
    with TemporaryDirectory(dir=ground.var) as folder:
        file = write_csv(Path(folder) / "ruolo.csv", size)
        loads: list[dict[str, Any]] = []
        floors: list[float] = []
        dumped: list[Dumped] = []
        for _ in range(ROUNDS):
            with ground.clone("bench_load") as database:
                loads.append(ground.run("bench.loading", str(file), database=database))
                dumped = dumped or _dump(ground, database, Path(folder))
            with ground.clone("bench_floor") as database:
                floors.append(copy_back(ground.owner_url(database), dumped))
    return _row(loads, floors, sum(one.rows for one in dumped), size)


def write_csv(path: Path, size: int) -> Path:
    """The bulk file of the demo, ``size`` credits of two rows each."""
    from billing.demo_data import bulk_rows

    with path.open("wb") as file:
        file.writelines(bulk_rows(size, TODAY))
    return path


def _dump(ground: Ground, database: str, folder: Path) -> list[Dumped]:
    return dump_written(ground.owner_url(database), ground.owner_url(TEMPLATE), folder)


def _row(loads: list[dict[str, Any]], floors: list[float], rows: int, size: int) -> Row:
    best = min(loads, key=lambda load: load["seconds"])
    assert all(load["positions"] == size for load in loads), "not every position was opened"
    rss = max(load["rss_mb"] for load in loads)
    row = Row.of(
        ROW_NAME, rows / best["seconds"], "rows/s", rows / min(floors), GOAL, also=rss < MAX_RSS_MB
    )
    row.more = {
        "rows": rows,
        "positions": size,
        "seconds": round(best["seconds"], 2),
        "stage_seconds": round(best["stage_seconds"], 2),
        "confirm_seconds": round(best["confirm_seconds"], 2),
        "floor_seconds": round(min(floors), 2),
        "rss_mb": round(rss),
        "rss_goal_mb": MAX_RSS_MB,
    }
    return row
