"""A file of addresses to be left alone: seen before it is taken, taken whole and once, what cannot be read named by line."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django_tenants.utils import schema_context

from dunning.models import Suppression
from dunning.services.planning import plan_reminders
from dunning.services.suppressions import lift_silence, silence_address
from paybox.kernel.actor import Actor
from paybox.kernel.clock import move_clock_to, now, today
from paybox.kernel.models import AuditEntry, RawMessage
from tests.build import AT
from tests.office.test_waves import overdue, tari
from tests.pages import text_of

pytestmark = [pytest.mark.usefixtures("borgo")]
PAGE = "/ufficio/recapiti-esclusi/carica/"
HEAD = "Recapito;Tipo;Motivo;Data\r\n"
GOOD = (
    "mario.rossi@example.org;e-mail;opposizione;01/03/2026\r\n"
    "333 1112223;cellulare;;\r\n"
    "avv.rossi@pec.example;PEC;Reclamo;\r\n"
)
KNOWN = "+39 333 9998887;SMS;ufficio;\r\n"
BAD = (
    "mario@@example;e-mail;;\r\n"
    "3331234567;fax;;\r\n"
    "3331234567;SMS;non so;\r\n"
    "3331234567;SMS;;31/02/2026\r\n"
    "3331234567;SMS;;01/01/2999\r\n"
    "mario.rossi@example.org;email;;\r\n"
    "06 1234567;SMS;;\r\n"
)


def send(client: Any, text: str, name: str = "esclusi.csv") -> Any:
    return client.post(PAGE, {"file": SimpleUploadedFile(name, text.encode())})


def kept() -> list[tuple[str, str, str]]:
    found = Suppression.objects.filter(lifted_at=None).order_by("address")
    return list(found.values_list("address", "channel", "reason"))


def test_seen_first_then_taken_whole_and_once(ada_browses: Any, ada: Actor) -> None:
    move_clock_to(AT)
    silence_address(channel="SMS", address="333 999 8887", actor=ada, at=AT)
    url = send(ada_browses, HEAD + GOOD + KNOWN + BAD)["Location"]
    page = text_of(ada_browses.get(url))
    assert "Escludi i recapiti (3)" in page
    assert "<dt>Già esclusi</dt><dd>1</dd>" in page
    assert len(kept()) == 1, "nothing is written before it is confirmed"
    listed = b"".join(ada_browses.get(f"{url}scarti.csv")).decode("utf-8-sig").split("\r\n")
    assert [tuple(line.split(";")[:2]) for line in listed[1:-1]] == [
        ("6", "recapito"), ("7", "tipo"), ("8", "motivo"), ("9", "data"), ("10", "data"), ("11", "recapito"),
        ("12", "recapito"),
    ]  # fmt: skip
    assert "già alla riga 2" in listed[6]
    for _ in range(2):
        assert ada_browses.post(url).status_code == 302
    assert kept() == [
        ("+393331112223", "SMS", "UFFICIO"),
        ("+393339998887", "SMS", "UFFICIO"),
        ("avv.rossi@pec.example", "PEC", "RECLAMO"),
        ("mario.rossi@example.org", "EMAIL", "OPPOSIZIONE"),
    ]
    of_mario = Suppression.objects.get(channel="EMAIL")
    assert (str(of_mario.asked_on), of_mario.actor_name) == ("2026-03-01", "Ada Bianchi")
    assert of_mario.raw_message_id == RawMessage.objects.get(kind="dunning.silences").pk
    taken = AuditEntry.objects.filter(action="dunning.silences.taken").order_by("pk")
    assert [entry.details["taken"] for entry in taken] == [3, 0]
    again = send(ada_browses, HEAD + GOOD + KNOWN)["Location"]
    assert "Non c'è nessun recapito nuovo" in text_of(ada_browses.get(again))
    with schema_context("valle"):
        assert not Suppression.objects.exists()


def test_a_reminder_leaves_them_alone(ada_browses: Any, ada: Actor) -> None:
    overdue(email="mario.rossi@example.org", mobile="")
    ada_browses.post(send(ada_browses, HEAD + GOOD)["Location"])
    wave = plan_reminders(service_id=tari().pk, channel="EMAIL", actor=ada, at=now(), today=today())
    assert wave.items.get().reason == "DA_NON_DISTURBARE"


def test_who_was_readmitted_later_is_not_excluded_by_an_old_request(
    ada_browses: Any, ada: Actor
) -> None:
    move_clock_to(AT)
    one = silence_address(channel="EMAIL", address="mario.rossi@example.org", actor=ada, at=AT)
    lift_silence(suppression_id=one.pk, actor=ada, at=AT + timedelta(days=1))
    url = send(ada_browses, HEAD + GOOD)["Location"]
    assert "riammesso il 03/03/2026" in text_of(ada_browses.get(url))
    ada_browses.post(url)
    assert "mario.rossi@example.org" not in {address for address, *_ in kept()}


def test_a_workbook_is_read_too(ada_browses: Any) -> None:
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate((("recapito", "tipo"), ("anna@posta.example", "e-mail"))):
            sheet.write_row(number, 0, row)
    file = SimpleUploadedFile("esclusi.xlsx", out.getvalue())
    ada_browses.post(ada_browses.post(PAGE, {"file": file})["Location"])
    assert kept() == [("anna@posta.example", "EMAIL", "UFFICIO")]


def test_a_reader_may_not(enter: Any) -> None:
    bruno = enter("bruno@example.org")
    assert bruno.get(PAGE).status_code == 403
    assert send(bruno, HEAD + GOOD).status_code == 403
    assert not RawMessage.objects.filter(kind="dunning.silences").exists()
