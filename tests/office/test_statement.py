"""The month's messages as they are billed: to the thousandth, in the month they left, and nobody else's."""

import csv
import io
from datetime import UTC, date, datetime
from zipfile import ZipFile

import pytest
from django.db import connection
from django_tenants.utils import schema_context

from billing.models import Service
from dunning.models import Attempt, Wave, WaveItem
from dunning.selectors.effect import wave_outcome
from dunning.selectors.statement import statement_of
from tests.build import AT
from tests.pages import text_of

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def july(borgo) -> Wave:
    """Three SMS of July by Italian time, one of August, one that never left."""
    wave = Wave.objects.create(
        kind="ELENCO", service=Service.objects.get(code="TARI"), channel="SMS", channels=["SMS"], template="generico",
        planned_on=date(2026, 7, 1), created_at=AT, started_at=AT, author_id=1, author_name="prova",
    )  # fmt: skip
    rows = (
        ("CONSEGNATO", 2, datetime(2026, 6, 30, 22, 0, tzinfo=UTC)),  # midnight in Rome
        ("FALLITO_PERM", 1, datetime(2026, 7, 15, tzinfo=UTC)),
        ("INVIATO", 1, datetime(2026, 7, 31, 21, 59, tzinfo=UTC)),
        ("INVIATO", 1, datetime(2026, 7, 31, 22, 0, tzinfo=UTC)),
        ("FALLITO_TEMP", 1, None),
    )
    for number, (state, parts, sent_at) in enumerate(rows):
        item = WaveItem.objects.create(
            wave=wave, key=str(number), position_ids=[], amount_cents=1, channel="SMS", address="+39", updated_at=AT
        )  # fmt: skip
        Attempt.objects.create(
            item=item, channel="SMS", address="+39", state=state, parts=parts, cost_mills=65 * parts, created_at=AT,
            sent_at=sent_at,
        )  # fmt: skip
    return wave


def test_to_the_thousandth_and_in_its_month(july, valle) -> None:
    shown = statement_of(month=date(2026, 7, 20), scope=(), at=AT)
    (line,) = shown.lines
    assert (line.messages, line.parts, line.delivered, line.failed, line.mills) == (3, 4, 1, 1, 260)
    assert line.mills_a_message == 87
    assert shown.by_channel == [("SMS", 3, 4, 260)]
    assert [statement_of(month=date(2026, m, 1), scope=(), at=AT).messages for m in (6, 8, 12)] == [
        0,
        1,
        0,
    ]
    assert statement_of(month=date(2026, 7, 1), scope=("ALTRO",), at=AT).lines == ()
    with schema_context(valle.schema_name):
        assert statement_of(month=date(2026, 7, 1), scope=(), at=AT).lines == ()


def test_the_page_of_a_sending_counts_the_same_messages(july) -> None:
    """A message that left is paid for though it did not arrive; one that never left is not."""
    july.kind = Wave.Kind.REMINDER
    july.save()
    billed = [statement_of(month=date(2026, month, 1), scope=(), at=AT) for month in (7, 8)]
    outcome = wave_outcome(wave=july, at=AT)
    assert outcome is not None
    assert (outcome.messages, outcome.spent_mills) == (4, 325)
    assert sum(bill.messages for bill in billed) == outcome.messages
    assert sum(bill.mills for bill in billed) == outcome.spent_mills


def test_page_and_files_say_the_same(july, enter) -> None:
    reader = enter("bruno@example.org")
    shown = text_of(reader.get("/ufficio/invii/consuntivo/?mese=2026-07"))
    assert "0,26" in shown
    assert "luglio 2026" in shown.lower()
    assert "Nessun messaggio in questo mese" in text_of(
        reader.get("/ufficio/invii/consuntivo/?mese=2020-01")
    )
    answer = reader.get("/ufficio/invii/consuntivo/csv/?mese=2026-07")
    rows = list(
        csv.DictReader(
            io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig")), delimiter=";"
        )
    )
    connection.set_schema("borgo")
    assert [(r["messaggi"], r["parti"], r["costo_euro"], r["costo_medio_euro"]) for r in rows] == [
        ("3", "4", "0,260", "0,087")
    ]
    book = reader.get("/ufficio/invii/consuntivo/xlsx/?mese=2026-07")
    sheet = ZipFile(io.BytesIO(b"".join(book.streaming_content))).read("xl/worksheets/sheet1.xml")
    assert b"<v>0.26</v>" in sheet
    for wrong in ("2026-13", "ieri", "2026-07-01"):
        assert reader.get(f"/ufficio/invii/consuntivo/?mese={wrong}").status_code == 404
