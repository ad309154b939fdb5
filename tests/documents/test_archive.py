"""The billing file: what the print house opens, and what its spreadsheet must not execute."""

import csv
import hashlib
import io
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from billing.documents.archive import ArchiveEntry, ArchiveTotals, write_billing_archive

FIRST = ArchiveEntry(
    file_name="000001-301000000000004285.pdf",
    pdf=b"%PDF-1.7 first",
    pages=2,
    notice_number="301000000000004285",
    debtor_name="Maria D'Àlbero; vedova Rossi",
    address="Via dei Tigli 12/B",
    cap="01234",
    comune="Borgo",
    provincia="BO",
    amount_cents=123_456,
    due_on=date(2026, 7, 31),
    channel="CARTA",
)
SECOND = replace(
    FIRST,
    file_name="000002.pdf",
    pdf=b"%PDF-1.7 second",
    pages=1,
    amount_cents=1,
    channel="DIGITALE",
)


def written(*entries: ArchiveEntry) -> bytes:
    target = io.BytesIO()
    write_billing_archive(target, entries)
    return target.getvalue()


def manifest(archive: bytes) -> list[dict[str, str]]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        raw = opened.read("manifest.csv")
    assert raw.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline=""), delimiter=";"))


class TestBillingArchive:
    def test_it_holds_every_pdf_and_then_the_manifest(self) -> None:
        with zipfile.ZipFile(io.BytesIO(written(FIRST, SECOND))) as opened:
            assert opened.testzip() is None
            assert opened.namelist() == [FIRST.file_name, SECOND.file_name, "manifest.csv"]
            assert opened.read(FIRST.file_name) == FIRST.pdf

    def test_one_row_for_each_notice(self) -> None:
        first, second = manifest(written(FIRST, SECOND))
        assert first == {
            "file": "000001-301000000000004285.pdf",
            "pagine": "2",
            "codice_avviso": "301000000000004285",
            "denominazione": "Maria D'Àlbero; vedova Rossi",
            "indirizzo": "Via dei Tigli 12/B",
            "cap": "01234",
            "comune": "Borgo",
            "provincia": "BO",
            "importo": "1.234,56",
            "scadenza": "31/07/2026",
            "canale": "CARTA",
        }
        assert (second["canale"], second["importo"]) == ("DIGITALE", "0,01")

    @pytest.mark.parametrize(
        "poison", ["=HYPERLINK(0)", "+39", "-1", "@SUM(A1)", "\tx", "\rx", "  =1+1", "\n=1", "＝1"]
    )
    def test_a_name_is_never_a_formula(self, poison: str) -> None:
        (row,) = manifest(written(replace(FIRST, debtor_name=poison)))
        assert row["denominazione"] == f"'{poison}"

    def test_the_totals_are_those_of_the_entries(self, tmp_path: Path) -> None:
        totals = write_billing_archive(tmp_path / "lotto.zip", iter([FIRST, SECOND]))
        assert totals == ArchiveTotals(notices=2, pages=3, amount_cents=123_457, digital=1, paper=1)
        assert zipfile.is_zipfile(tmp_path / "lotto.zip")

    def test_the_same_entries_have_the_same_hash(self) -> None:
        hashes = {hashlib.sha256(written(FIRST, SECOND)).hexdigest() for _ in range(2)}
        assert len(hashes) == 1
        assert hashlib.sha256(written(SECOND, FIRST)).hexdigest() not in hashes

    def test_only_one_pdf_is_held_at_a_time(self) -> None:
        """Entries are asked for one by one, each written before the next is made."""
        target = io.BytesIO()
        sizes: list[int] = []

        def made() -> object:
            for ordinal in range(3):
                sizes.append(target.tell())
                yield replace(FIRST, file_name=f"{ordinal}.pdf", pdf=b"x" * 10_000)

        write_billing_archive(target, made())  # type: ignore[arg-type]  # a generator of entries
        assert sizes[0] < 10_000 < sizes[1] < 20_000 < sizes[2]

    @pytest.mark.parametrize(
        "name", ["../evil.pdf", "a/b.pdf", "C:\\x.pdf", "", "..", "manifest.csv"]
    )
    def test_a_name_that_leaves_the_folder_is_refused(self, name: str) -> None:
        with pytest.raises(ValueError, match="Nome di file"):
            written(replace(FIRST, file_name=name))

    def test_a_name_cannot_come_twice(self) -> None:
        with pytest.raises(ValueError, match="ripetuto"):
            written(FIRST, FIRST)

    def test_an_empty_billing_file_still_has_its_header(self) -> None:
        assert manifest(written()) == []
