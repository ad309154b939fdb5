"""The bench measures every row and writes its figures; how fast it is, is not asked here."""

import json
import subprocess
import sys

import pytest

from tests.plugin import ROOT

KEYS = {"name", "value", "unit", "floor", "ratio", "goal", "ok"}


def _bench(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "bench", *arguments], cwd=ROOT, capture_output=True, text=True,
        timeout=900, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """Every row, very small."""
    folder = tmp_path_factory.mktemp("bench")
    results, var = folder / "results.json", folder / "var"
    small = ("--size", "200", "--letters", "20")
    done = _bench(*small, "--results", str(results), "--var", str(var))
    assert done.returncode in (0, 1), done.stderr
    return done, json.loads(results.read_text()), var


def test_every_row_has_a_figure_a_floor_and_a_verdict(measured):
    done, rows, _ = measured
    assert [row["name"] for row in rows] == [
        "load_100k", "verify_rps", "notice_pages", "fdr_100k", "getpayment_rps", "receipt_storm",
        "wave_plan_1m", "wave_send_100k", "callbacks_rps", "letters_10k",
    ]  # fmt: skip
    for row in rows:
        assert row.keys() >= KEYS
        assert row["value"] > 0
        assert row["floor"] > 0
        assert row["ratio"] == pytest.approx(row["value"] / row["floor"], rel=0.02, abs=0.002)
        assert isinstance(row["ok"], bool)
    assert done.returncode == (0 if all(row["ok"] for row in rows) else 1)


def test_figures_are_printed_as_a_table_and_as_json_lines(measured):
    done, rows, _ = measured
    lines = done.stdout.splitlines()
    assert lines[0].split()[:5] == ["row", "value", "unit", "floor", "ratio"]
    assert [json.loads(line) for line in lines if line.startswith("{")] == rows


def test_the_load_counts_every_row_and_its_memory(measured):
    load = measured[1][0]
    # 200 positions: rows staged, positions, transfers and facts alone are four each; 3 instalments.
    assert load["rows"] > 200 * 7
    assert load["positions"] == 200
    assert 0 < load["rss_mb"] < load["rss_goal_mb"]


def test_the_verify_answers_are_counted(measured):
    verify = measured[1][1]
    assert verify["answers"] > 0
    assert verify["p50_ms"] <= verify["p99_ms"]


def test_nothing_is_left_behind(measured):
    assert not measured[2].exists()


def test_an_unknown_row_is_refused():
    done = _bench("--rows", "load_100k,altro")
    assert done.returncode == 2
    assert "altro" in done.stderr


def test_every_row_of_the_flow_found_its_receipt(measured):
    """The row itself refuses to count a flow that is not wholly reconciled."""
    flow = measured[1][3]
    assert flow["rows"] == 200
    assert 0 < flow["rss_mb"] < flow["rss_goal_mb"]


def test_every_message_of_the_wave_and_every_callback_is_counted(measured):
    """The rows themselves refuse to count what did not arrive once."""
    rows = {row["name"]: row for row in measured[1]}
    assert rows["wave_send_100k"]["items"] == 200
    assert rows["callbacks_rps"]["callbacks"] == 200 * 4


def test_every_letter_of_the_batch_was_printed_and_memory_stayed_flat(measured):
    """The row itself refuses to count a batch that is not whole."""
    letters = measured[1][-1]
    assert (letters["letters"], letters["pages"]) == (20, 20)
    assert letters["growth_mb"] < 40
