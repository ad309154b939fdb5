"""``python -m bench [--rows a,b]``: measure each row beside its floor, print them, keep the figures.

Exit code 1 when a goal is missed. ``--size`` makes the rows small, to try the harness itself.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.ground import ROOT, VAR, Ground, prepared_ground

RESULTS = ROOT / "bench" / "results.json"
HEADINGS = ("row", "value", "unit", "floor", "ratio", "goal", "")
Measure = Callable[[Ground, int | None], dict[str, Any]]


def main(arguments: list[str]) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "paybox.settings")
    asked = _read_arguments(arguments)
    with prepared_ground(asked.var) as ground:
        sizes = {"letters_10k": asked.letters or asked.size}
        rows = [_measure(name, ground, sizes.get(name, asked.size)) for name in asked.rows]
    asked.results.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    _print_table(rows)
    for row in rows:
        print(json.dumps(row))
    return 0 if all(row["ok"] for row in rows) else 1


def _load(ground: Ground, size: int | None) -> dict[str, Any]:
    from bench.load_100k import measure

    return measure(ground, size=size or 100_000).as_dict()


def _verify(ground: Ground, size: int | None) -> dict[str, Any]:
    from bench.verify_rps import measure

    if size is not None:
        return measure(ground, size=size, seconds=0.3, rounds=1).as_dict()
    return measure(ground).as_dict()


def _activation(ground: Ground, size: int | None) -> dict[str, Any]:
    from bench.getpayment_rps import measure

    if size is not None:
        return measure(ground, size=size, seconds=0.3, rounds=1).as_dict()
    return measure(ground).as_dict()


def _notices(ground: Ground, size: int | None) -> dict[str, Any]:
    from bench import notice_pages

    if size is not None:
        notice_pages.NOTICES = 1
    return notice_pages.measure()


def _flow(ground: Ground, size: int | None) -> dict[str, Any]:
    from bench.fdr_100k import measure

    return measure(ground, size=size or 100_000).as_dict()


def _storm(ground: Ground, size: int | None) -> dict[str, Any]:
    from bench.receipt_storm import measure

    return measure(ground, size=size or 10_000).as_dict()


def _planning(ground: Ground, size: int | None) -> dict[str, Any]:
    from bench.wave_plan import measure

    return measure(ground, size=size or 1_000_000).as_dict()


def _sending(ground: Ground, size: int | None) -> dict[str, Any]:
    from bench.wave_send import measure

    return measure(ground, size=size or 100_000).as_dict()


def _callbacks(ground: Ground, size: int | None) -> dict[str, Any]:
    from bench.callbacks_rps import measure

    return measure(ground, size=size or 10_000).as_dict()


def _letters(ground: Ground, size: int | None) -> dict[str, Any]:
    from bench.letters import USUAL, measure

    return measure(ground, size=size or USUAL).as_dict()


ROWS: dict[str, Measure] = {
    "load_100k": _load,
    "verify_rps": _verify,
    "notice_pages": _notices,
    "fdr_100k": _flow,
    "getpayment_rps": _activation,
    "receipt_storm": _storm,
    "wave_plan_1m": _planning,
    "wave_send_100k": _sending,
    "callbacks_rps": _callbacks,
    "letters_10k": _letters,
}


def _measure(name: str, ground: Ground, size: int | None) -> dict[str, Any]:
    print(f"{name} …", file=sys.stderr, flush=True)
    return ROWS[name](ground, size)


def _read_arguments(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rows", type=_row_names, default=list(ROWS), help=", ".join(ROWS))
    parser.add_argument("--size", type=int, help="positions loaded, instead of 100,000")
    parser.add_argument("--letters", type=int, help="letters printed, instead of 1,000")
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--var", type=Path, default=VAR, help="where the servers keep their data")
    return parser.parse_args(arguments)


def _row_names(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in ROWS]
    if unknown or not names:
        raise argparse.ArgumentTypeError(f"rows are {', '.join(ROWS)}; not {', '.join(unknown)}")
    return names


def _print_table(rows: list[dict[str, Any]]) -> None:
    lines = [HEADINGS]
    for row in rows:
        figures = (f"{row[key]:,.2f}" for key in ("floor", "ratio", "goal"))
        verdict = "ok" if row["ok"] else "MISSED"
        lines.append((row["name"], f"{row['value']:,.2f}", row["unit"], *figures, verdict))
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
