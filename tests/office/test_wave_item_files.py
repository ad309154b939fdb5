"""The recipients of a sending to take away: those of the screen, no formula among them, and who took them is known."""

import csv
import io
from collections.abc import Callable
from typing import Any
from zipfile import ZipFile

import pytest
from django.db import connection
from django.test import Client

from dunning.models import Wave, WaveItem
from paybox.kernel.models import AuditEntry
from tests.dunning.sealed import sent_wave

Enter = Callable[[str], Client]
pytestmark = [pytest.mark.django_db]


@pytest.fixture
def wave(borgo: Any) -> Wave:
    """Three recipients: one with a name that is a formula, one not reached."""
    sent = sent_wave()
    first, second, _ = WaveItem.objects.order_by("pk")
    WaveItem.objects.filter(pk=first.pk).update(told={"name": "=1+1"}, state="RAGGIUNTO")
    WaveItem.objects.filter(pk=second.pk).update(state="NON_RAGGIUNTO", reason="30005")
    return sent


def rows_of(answer: Any) -> list[dict[str, str]]:
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    connection.set_schema("borgo")
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


def test_those_of_the_screen_and_no_others(wave: Wave, enter: Enter) -> None:
    ada, here = enter("ada@example.org"), f"/ufficio/invii/{wave.uuid}/destinatari/"
    screen = ada.get(f"{here}?stato=NON_RAGGIUNTO").content.decode()
    assert "elenco.csv?stato=NON_RAGGIUNTO" in screen
    assert "elenco.xlsx?stato=NON_RAGGIUNTO" in screen
    (missed,) = rows_of(ada.get(f"{here}elenco.csv?stato=NON_RAGGIUNTO"))
    assert (missed["recapito"], missed["canale"], missed["esito"], missed["importo"]) == (
        "'+393330000001", "SMS", "Non recapitato", "10,00",
    )  # fmt: skip
    assert missed["perche"] in screen
    everybody = rows_of(ada.get(f"{here}elenco.csv?stato=inventato"))
    assert [row["contribuente"] for row in everybody][:2] == ["'=1+1", "'+393330000001"]
    assert len(everybody) == 3


def test_as_a_workbook_amounts_are_numbers_and_formulas_are_words(wave: Wave, enter: Enter) -> None:
    answer: Any = enter("ada@example.org").get(
        f"/ufficio/invii/{wave.uuid}/destinatari/elenco.xlsx"
    )
    book = ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    sheet = book.read("xl/worksheets/sheet1.xml")
    assert sheet.count(b"<v>10</v>") == 3
    assert b"<f>" not in sheet
    assert b"=1+1" in sheet


def test_who_took_it_is_written_down(wave: Wave, enter: Enter) -> None:
    ada, here = enter("ada@example.org"), f"/ufficio/invii/{wave.uuid}/destinatari/"
    ada.get(f"{here}elenco.csv?stato=RAGGIUNTO")
    assert ada.get(f"{here}elenco.pdf").status_code == 404
    (noted,) = AuditEntry.objects.filter(action="dunning.recipients.taken")
    assert (noted.actor_name, noted.subject) == ("Ada Bianchi", f"wave:{wave.uuid}")
    assert noted.details == {"state": "RAGGIUNTO", "form": "csv"}


def test_who_only_reads_sees_no_file_and_elsewhere_there_is_none(
    wave: Wave, enter: Enter, visit: Any
) -> None:
    bruno, here = enter("bruno@example.org"), f"/ufficio/invii/{wave.uuid}/destinatari/"
    assert "elenco.csv" not in bruno.get(here).content.decode()
    assert bruno.get(f"{here}elenco.csv").status_code == 403
    dario = visit("dario@example.org", host="valle.localhost")
    assert dario.get(f"{here}elenco.csv").status_code == 404
