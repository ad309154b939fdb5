"""The demo's files load as promised: 488 and 120 credits, twelve rows each bad in its own way."""

import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from stdnum.it import codicefiscale

from billing.demo_data import BAD_ROWS, bulk_rows, dues_rows, tari_rows
from billing.rules.load_file import read_table, validate_rows
from tests.loading_rules.builders import TODAY, accepted, outcomes_of, problems_of, refused


def test_tari_has_488_good_credits_and_exactly_the_twelve_bad_rows() -> None:
    outcomes = outcomes_of(tari_rows(TODAY))
    good, bad = accepted(outcomes), refused(outcomes)

    assert (len(good), len(bad)) == (488, 12)
    assert [len(position.instalments) for position in good] == [2] * 488
    assert all(len(refusal.rows) == len(refusal.problems) == 1 for refusal in bad)
    assert Counter(code for _, _, code, _ in problems_of(outcomes)) == Counter(
        code for code, _ in BAD_ROWS
    )
    assert [position.warnings for position in good if position.warnings] == []
    lines = sorted(line for outcome in outcomes for line in outcome.rows)
    assert lines == list(range(2, 2 + 488 * 2 + 12))


def test_tari_has_debtors_reached_by_mail_by_mobile_by_both_and_by_neither() -> None:
    reach = Counter(
        (bool(position.subject.email), bool(position.subject.mobile))
        for position in accepted(outcomes_of(tari_rows(TODAY)))
    )
    assert len(reach) == 4
    assert min(reach.values()) > 50


def test_dues_are_120_single_payments_without_a_problem() -> None:
    outcomes = outcomes_of(dues_rows(TODAY))
    assert len(accepted(outcomes)) == len(outcomes) == 120
    assert problems_of(outcomes) == []
    assert {position.instalments for position in accepted(outcomes)} == {()}
    assert Counter(position.subject.kind for position in accepted(outcomes)) == {"F": 112, "G": 8}
    assert sum(bool(position.subject.pec) for position in accepted(outcomes)) > 60


@pytest.mark.parametrize("file", [tari_rows(TODAY), dues_rows(TODAY)], ids=["tari", "dues"])
def test_debtors_are_invented_validly_and_reached_only_at_example_domains(file: bytes) -> None:
    for position in accepted(outcomes_of(file)):
        subject = position.subject
        assert codicefiscale.is_valid(subject.codice_fiscale)
        for address in (subject.email, subject.pec):
            assert not address or address.endswith((".example.org", ".example.com"))


def test_the_same_day_makes_the_same_file_and_another_day_still_loads() -> None:
    assert tari_rows(TODAY) == tari_rows(TODAY)
    leap_day = date(2028, 2, 29)
    table = read_table(tari_rows(leap_day), "tari.csv")
    assert len(accepted(validate_rows(table, today=leap_day))) == 488


def test_bulk_rows_come_in_pieces_and_all_load() -> None:
    pieces = list(bulk_rows(1_200, TODAY))
    assert len(pieces) == 4
    assert len(accepted(outcomes_of(b"".join(pieces)))) == 1_200


GROWTH = """
import resource
from datetime import date
from billing.demo_data import bulk_rows
from billing.rules.load_file import read_table, validate_rows
raw = b"".join(bulk_rows(20_000, date(2026, 11, 21)))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
count = sum(1 for _ in validate_rows(read_table(raw, "a.csv"), today=date(2026, 11, 21)))
print(count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_reading_40_000_rows_holds_none_of_them() -> None:
    done = subprocess.run(
        [sys.executable, "-c", GROWTH], capture_output=True, text=True, timeout=120,
        cwd=Path(__file__).parents[2], check=True,
    )  # fmt: skip
    count, grown_kib = map(int, done.stdout.split())
    assert count == 20_000
    # The rows as Python texts would take some 60 MB.
    assert grown_kib < 25_000
