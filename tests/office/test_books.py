"""The books: the same lines on screen and in three files, adding up to the ledger."""

import csv
import gc
import io
import json
import tracemalloc
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from python_calamine import CalamineWorkbook

from billing.models import Service
from billing.selectors.books import books
from billing.selectors.ledger import ledger_totals
from tests.build import make_position, pay

PAGE = "/ufficio/riconciliazione/libro/"
DAYS = "?dal=2026-03-01&al=2026-03-31"


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


@pytest.fixture
def three(borgo: Any) -> None:
    """Two payments of TARI on one chapter, one of them too much, and money for no notice of ours."""
    Service.objects.filter(code="TARI").update(
        accounting_code="=E1.101/2026", accounting_entry="2026/145"
    )
    for cents, paid in ((12_000, 12_000), (5_000, 5_100)):
        pay(make_position(cents=cents, rates=()).instalments.get(number=0).notice_number, paid)
    pay("301999999999999999", 700)


def test_the_lines_add_up_to_the_ledger(three: None) -> None:
    lines = list(books(first=date(2026, 3, 1), last=date(2026, 3, 31)))
    told = [(x.chapter, x.service, x.collections, x.amount_cents, x.excess_cents) for x in lines]
    assert told == [("", "", 1, 700, 700), ("=E1.101/2026", "TARI", 2, 17_100, 100)]
    assert sum(x.amount_cents for x in lines) == ledger_totals().collected
    assert list(books(first=date(2026, 4, 1), last=date(2026, 4, 30))) == []
    assert len(list(books(first=date(2026, 3, 2), last=date(2026, 3, 2), scope=["TARI"]))) == 1


def test_three_files_say_the_same(three: None, ada_browses: Client) -> None:
    text = body(ada_browses.get(f"{PAGE}csv/{DAYS}")).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert rows[2] == ["'=E1.101/2026", "2026/145", "TARI", "TARI – tassa sui rifiuti", "02/03/2026", "PAGOPA", "2", "171,00", "170,00", "1,00"]  # fmt: skip
    told = json.loads(body(ada_browses.get(f"{PAGE}json/{DAYS}")))
    assert [r["importo_centesimi"] for r in told["righe"]] == [700, 17_100]
    assert [r["accertamento"] for r in told["righe"]] == ["", "2026/145"]
    xlsx = body(ada_browses.get(f"{PAGE}xlsx/{DAYS}"))
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(xlsx)).get_sheet_by_index(0).to_python()
    assert sheet[2][:3] == ["=E1.101/2026", "2026/145", "TARI"]
    assert sheet[2][4:] == [date(2026, 3, 2), "PAGOPA", 2.0, 171.0, 170.0, 1.0]
    assert len(sheet) == len(rows) == len(told["righe"]) + 1


def test_the_page_and_its_refusals(three: None, ada_browses: Client, enter: Any) -> None:
    shown = ada_browses.get(PAGE + DAYS).content.decode().replace("\xa0", " ")
    assert "178,00 €" in shown
    assert "Senza capitolo" in shown
    one = ada_browses.get(f"{PAGE}{DAYS}&capitolo=%3DE1.101/2026").content.decode()
    assert "Senza capitolo" not in one
    same = ada_browses.get(f"{PAGE}{DAYS}&capitolo=2026/145").content.decode()
    assert "accertamento 2026/145" in same
    assert "Senza capitolo" not in same
    assert ada_browses.get(f"{PAGE}?dal=2026-03-31&al=2026-03-01").status_code == 422
    assert ada_browses.get(f"{PAGE}csv/?dal=x").status_code == 404
    assert ada_browses.get(f"{PAGE}pdf/{DAYS}").status_code == 404
    assert enter("elena@example.org").get(f"{PAGE}csv/{DAYS}").status_code == 403


_MANY = """
INSERT INTO billing_collection (uuid, channel, reference, amount_cents, allotted_cents, excess_cents,
    instalment_number, notice_number, payer, paid_at, booked_on, created_at, details)
SELECT gen_random_uuid(), 'PAGOPA', 'molti-' || n, 100 + n, 0, 100 + n, 0, '', '', now(),
    date '1900-01-01' + n, now(), '{}'
FROM generate_series(%s, %s) AS n
"""


def add_days(first: int, last: int) -> None:
    """A collection, and so a line of the book, for each day."""
    with connection.cursor() as cursor:
        cursor.execute(_MANY, [first, last])


def peak(browser: Client, kind: str) -> tuple[int, int]:
    """The most memory that fetching the whole book took, and how long the file is; it is read as it comes."""
    gc.collect()
    tracemalloc.start()
    answer = browser.get(f"{PAGE}{kind}/?dal=1900-01-01&al=2026-12-31")
    length = sum(map(len, iter(answer.streaming_content)))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most, length


@pytest.mark.parametrize("kind", ["csv", "json", "xlsx"])
def test_memory_does_not_grow_with_the_book(borgo: Any, ada_browses: Client, kind: str) -> None:
    add_days(1, 2_000)
    peak(ada_browses, kind)  # whatever is loaded once is loaded now
    small, short = peak(ada_browses, kind)
    add_days(2_001, 12_000)
    large, long = peak(ada_browses, kind)
    assert long > short * 4
    assert large < small * 1.5
