"""The register of proofs on the office's pages: seals, verification, what it says, who may; the seal outside the archive."""

import csv
import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django_tenants.utils import schema_context

from dunning.models import Attempt, SealCheck, Wave, WaveItem, WaveSeal
from dunning.services import seal_checks
from dunning.services.seal_checks import check_newest
from dunning.services.sealing import seal_waves
from paybox.kernel.models import OutboxEntry
from paybox.kernel.queue import answer_bell
from tests.build import make_position
from tests.dunning.sealed import DAY, NIGHT, hear, sent_wave
from tests.pages import text_of

Enter = Callable[[str], Client]
pytestmark = [pytest.mark.django_db]


@pytest.fixture
def wave(borgo: Any) -> Wave:
    """Sealed twice."""
    sent = sent_wave()
    seal_waves(at=NIGHT)
    hear(Attempt.objects.earliest("pk"), "CONSEGNATO", at=NIGHT)
    seal_waves(at=NIGHT + DAY)
    return sent


def register(wave: Wave) -> str:
    return f"/ufficio/invii/{wave.uuid}/prove/"


def alter() -> None:
    Attempt.objects.filter(pk=Attempt.objects.earliest("pk").pk).update(address="+390000")


def test_seals_are_listed_and_verified_at_once(wave: Wave, enter: Enter) -> None:
    ada = enter("ada@example.org")
    first, last = WaveSeal.objects.order_by("number")
    assert register(wave) in text_of(ada.get(f"/ufficio/invii/{wave.uuid}/"))
    shown = text_of(ada.get(register(wave)))
    assert "Nessuna verifica ancora" in shown
    assert shown.index(last.sha256) < shown.index(first.sha256)
    assert ada.post(f"{register(wave)}verifica/")["Location"] == register(wave)
    shown = text_of(ada.get(register(wave)))
    assert "I sigilli tengono" in shown
    assert "I 2 sigilli sono stati ricalcolati su 3 messaggi e 4 esiti" in shown
    assert "Nulla aspetta il prossimo sigillo" in shown
    assert "Ada Bianchi" in shown


def test_what_does_not_hold_is_named_here_and_on_the_board(wave: Wave, enter: Enter) -> None:
    ada, _ = enter("ada@example.org"), make_position()
    alter()
    check_newest(at=NIGHT + 2 * DAY)
    shown = text_of(ada.get(register(wave)))
    assert "Un sigillo non tiene" in shown
    assert "Il sigillo n. 1 del 02/07/2026 copre ancora 3 messaggi e 3 esiti" in shown
    assert "Se ne occupa: Responsabile" in shown
    board = text_of(ada.get("/ufficio/"))
    assert "invio con un sigillo che non tiene" in board
    assert "/ufficio/invii/prove/" in board
    listed = text_of(ada.get("/ufficio/invii/prove/"))
    assert register(wave) in listed
    Attempt.objects.filter(address="+390000").update(address="+393330000000")
    ada.post(f"{register(wave)}verifica/")
    assert "I sigilli tengono" in text_of(ada.get(register(wave)))
    assert "sigillo che non tiene" not in text_of(ada.get("/ufficio/"))
    assert "i sigilli tengono" in text_of(ada.get("/ufficio/invii/prove/"))


def test_a_large_one_is_work_with_its_progress(
    wave: Wave, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seal_checks, "AT_ONCE", 6)
    ada = enter("ada@example.org")
    for _ in range(2):  # pressed twice it is one
        ada.post(f"{register(wave)}verifica/")
    (waiting,) = SealCheck.objects.all()
    moving = text_of(ada.get(register(wave), headers={"HX-Request": "true"}))
    assert "0 di 7 fra messaggi ed esiti" in moving
    assert "hx-get" in moving
    assert "<h1>" not in moving
    entry = OutboxEntry.objects.get(task=seal_checks.WORK, done_at=None)
    answer_bell(schema="borgo", entry_id=entry.pk)
    waiting.refresh_from_db()
    assert (waiting.seals, waiting.messages, waiting.events, waiting.broken) == (2, 3, 4, None)
    assert waiting.job is not None
    assert (waiting.job.state, waiting.job.done) == ("COMPLETATO", 7)
    shown = text_of(ada.get(register(wave)))
    assert "I sigilli tengono" in shown
    assert "hx-get" not in shown


def test_nothing_sealed_yet(borgo: Any, enter: Enter) -> None:
    ada, fresh = enter("ada@example.org"), sent_wave()
    assert "Nessun sigillo ancora: il primo" in text_of(ada.get(register(fresh)))
    ada.post(f"{register(fresh)}verifica/")
    assert "Nessun sigillo ancora. Fra messaggi ed esiti, 6 aspettano" in text_of(
        ada.get(register(fresh))
    )


def test_who_only_reads_and_who_is_elsewhere(wave: Wave, enter: Enter, visit: Any) -> None:
    bruno = enter("bruno@example.org")
    assert bruno.get(register(wave)).status_code == 403
    assert bruno.post(f"{register(wave)}verifica/").status_code == 403
    assert bruno.get("/ufficio/invii/prove/").status_code == 403
    assert "sigillo" not in text_of(bruno.get("/ufficio/"))
    alter()
    check_newest(at=NIGHT + 2 * DAY)
    dario = visit("dario@example.org", host="valle.localhost")
    assert dario.get(register(wave)).status_code == 404
    with schema_context("valle"):
        assert not SealCheck.objects.exists()


def test_the_last_seal_goes_out_with_the_proofs_and_with_the_statement(
    wave: Wave, enter: Enter
) -> None:
    ada, position = enter("ada@example.org"), make_position()
    WaveItem.objects.filter(wave=wave).update(position_ids=[position.pk])
    last = WaveSeal.objects.get(number=2)
    answer = ada.get(f"/ufficio/posizioni/{position.uuid}/fascicolo.zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as pack:
        (told,) = json.loads(pack.read("manifesto.json"))["sigilli"]
    assert told == {
        "invio": str(wave.uuid), "numero": 2, "fino_al": last.until_at.isoformat(), "sha256": last.sha256,
    }  # fmt: skip
    statement = ada.get("/ufficio/invii/consuntivo/csv/?mese=2026-07")
    text = b"".join(statement.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]  # streamed
    (row,) = csv.DictReader(io.StringIO(text), delimiter=";")
    assert (row["sigillo"], row["impronta_sigillo"]) == ("2", last.sha256)
