"""Row ``letters_10k``: the print batch of a wave by post, from the items that wait to the archive for the printer.

Everything asked again, letters and attempts written, pages set, PDF/A bound, manifest: pages a second of CPU. Floor: as
many pages by the notice path (what ``notice_pages`` measures), part after part in the same process. ``--letters 10000``
prints as many; without it the row is shorter: neither rate nor memory change with the number.
"""

from bench.ground import Ground
from bench.letter_batch import CODE
from bench.row import Row
from bench.wave_send_ground import fill

ROW_NAME = "letters_10k"
GOAL = 0.90
USUAL = 1_000  # 10,000 take seven minutes, and their floor a quarter of an hour
MAX_GROWTH_MB = 40  # after the first parts, whatever the number of letters


def measure(ground: Ground, *, size: int = USUAL) -> Row:
    """Print ``size`` letters of one page each."""
    with ground.clone("bench_letters") as database:
        fill(ground.owner_url(database), codes=[CODE], debtors=size)
        made = ground.run("bench.letter_batch", str(size), database=database)
    assert made["letters"] == size, "not every letter was printed"
    growth = made["rss_mb"] - made["early_mb"]
    row = Row.of(
        ROW_NAME, made["pages"] / made["letters_cpu"], "pages/s/core", made["pages"] / made["notices_cpu"], GOAL,
        also=growth <= MAX_GROWTH_MB,
    )  # fmt: skip
    row.more = {
        "letters": made["letters"],
        "pages": made["pages"],
        "seconds": round(made["letters_seconds"], 1),
        "rss_mb": round(made["rss_mb"]),
        "growth_mb": round(growth, 1),
    }
    return row
