"""A file becomes positions through the pages: refused beside its field, previewed, confirmed by a worker, undone."""

import csv
import io
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from billing.demo_data import tari_rows
from billing.models import Load, Position, Service
from billing.selectors.ledger import ledger_problems, ledger_totals
from paybox.kernel.models import Job
from tests.build import pay

NEW = "/ufficio/caricamenti/nuovo/"


def upload(client: Client, raw: bytes, name: str = "tari.csv", service: str = "TARI") -> Any:
    chosen = Service.objects.get(code=service)
    return client.post(NEW, {"service": chosen.pk, "file": SimpleUploadedFile(name, raw)})


def demo_load(client: Client) -> Load:
    answer = upload(client, tari_rows(date(2027, 1, 10)))
    load = Load.objects.get()
    assert answer["Location"] == f"/ufficio/caricamenti/{load.uuid}/"
    return load


class TestUpload:
    @pytest.mark.parametrize(
        ("raw", "name", "said"),
        [
            (b"", "vuoto.csv", "vuoto"),
            (b"nome;cognome\r\na;b\r\n", "altro.csv", "colonne"),
            (b"%PDF-1.7 non un foglio", "crediti.csv", "file"),
        ],
    )
    def test_a_bad_file_is_refused_beside_its_field(
        self, ada_browses: Client, raw: bytes, name: str, said: str
    ) -> None:
        answer = upload(ada_browses, raw, name)
        assert answer.status_code == 422
        error = " ".join(answer.context["form"].errors["file"])
        assert said in error.lower()
        assert error in answer.content.decode().replace("&#x27;", "'").replace("&quot;", '"')
        assert not Load.objects.exists()

    def test_no_file_and_no_service(self, ada_browses: Client) -> None:
        shown = ada_browses.post(NEW, {}).content.decode()
        assert "Scegliere il file da caricare." in shown
        assert "Scegliere a quale tipo di dovuto" in shown

    def test_the_example_is_a_good_file(self, ada_browses: Client) -> None:
        answer: Any = ada_browses.get("/ufficio/caricamenti/esempio.csv")
        upload(ada_browses, b"".join(answer.streaming_content))
        load = Load.objects.get()
        assert (load.accepted, load.refused, load.amount_cents) == (2, 0, 12_000)


class TestPreview:
    def test_it_says_rows_euros_and_every_refusal(self, ada_browses: Client) -> None:
        load = demo_load(ada_browses)
        shown = ada_browses.get(f"/ufficio/caricamenti/{load.uuid}/").content.decode()
        assert 'data-figure="righe">988<' in shown
        assert 'data-figure="rifiutate">12<' in shown
        assert shown.count("pb-chip-bad") == 12
        assert "carattere di controllo" in shown
        assert not Position.objects.exists()

    def test_the_rejects_come_back_as_they_were_with_the_reason(self, ada_browses: Client) -> None:
        load = demo_load(ada_browses)
        answer: Any = ada_browses.get(f"/ufficio/caricamenti/{load.uuid}/scarti.csv")
        text = b"".join(answer.streaming_content).decode("utf-8-sig")
        header, *rows = csv.reader(io.StringIO(text), delimiter=";")
        assert header[-2:] == ["riga_del_file", "motivo"]
        assert len(rows) == 12
        assert all(row[-1] for row in rows)
        formula = next(row for row in rows if "HYPERLINK" in row[header.index("denominazione")])
        assert formula[header.index("denominazione")].startswith("'=")
        assert {row[header.index("importo")] for row in rows} >= {"abc", "120,505"}

    def test_a_repeated_row_is_rejected_alone(self, ada_browses: Client) -> None:
        head = "riferimento;codice_fiscale;denominazione;causale;importo;scadenza\r\n"
        row = "A-1;RSSMRA80A01H501U;Rossi Mario;TARI;{};16/06/2027\r\n"
        upload(ada_browses, (head + row.format("10,00") + row.format("20,00")).encode())
        load = Load.objects.get()
        answer: Any = ada_browses.get(f"/ufficio/caricamenti/{load.uuid}/scarti.csv")
        lines = b"".join(answer.streaming_content).decode().splitlines()
        assert len(lines) == 2
        assert ";20,00;" in lines[1]


class TestConfirm:
    def test_the_worker_opens_what_was_confirmed(
        self, ada_browses: Client, work: Callable[[], int]
    ) -> None:
        load = demo_load(ada_browses)
        answer = ada_browses.post(f"/ufficio/caricamenti/{load.uuid}/conferma/")
        job = Job.objects.get(kind="billing.confirm_load")
        assert answer["Location"] == f"/ufficio/lavori/{job.uuid}/"
        waiting = ada_browses.get(f"/ufficio/lavori/{job.uuid}/").content.decode()
        assert "hx-trigger" in waiting
        assert "In attesa" in waiting
        work()
        done = ada_browses.get(f"/ufficio/lavori/{job.uuid}/", headers={"HX-Request": "true"})
        shown = done.content.decode()
        assert "Completato" in shown
        assert "488 di 488" in shown
        assert "hx-trigger" not in shown
        assert "<html" not in shown
        load.refresh_from_db()
        assert load.state == Load.State.CONFIRMED
        assert Position.objects.count() == 488
        assert ledger_totals().opened == load.amount_cents
        assert list(ledger_problems()) == []

    def test_confirmed_twice_it_is_done_once(
        self, ada_browses: Client, work: Callable[[], int]
    ) -> None:
        load = demo_load(ada_browses)
        first = ada_browses.post(f"/ufficio/caricamenti/{load.uuid}/conferma/")["Location"]
        assert ada_browses.post(f"/ufficio/caricamenti/{load.uuid}/conferma/")["Location"] == first
        work()
        late = ada_browses.post(f"/ufficio/caricamenti/{load.uuid}/conferma/", follow=True)
        assert "già stato concluso" in late.content.decode()
        assert Position.objects.count() == 488

    def test_a_reader_cannot_confirm(self, ada_browses: Client, enter: Any) -> None:
        load = demo_load(ada_browses)
        page = f"/ufficio/caricamenti/{load.uuid}/conferma/"
        assert enter("bruno@example.org").post(page).status_code == 403
        assert ada_browses.get(page).status_code == 405
        assert not Job.objects.exists()


class TestUndo:
    def test_a_staged_file_is_thrown_away_at_once(self, ada_browses: Client) -> None:
        load = demo_load(ada_browses)
        ada_browses.post(f"/ufficio/caricamenti/{load.uuid}/annulla/")
        load.refresh_from_db()
        assert load.state == Load.State.UNDONE

    def test_a_paid_position_keeps_the_whole_load(
        self, ada_browses: Client, work: Callable[[], int]
    ) -> None:
        load = demo_load(ada_browses)
        ada_browses.post(f"/ufficio/caricamenti/{load.uuid}/conferma/")
        work()
        way = Position.objects.order_by("pk")[0].instalments.get(number=0)
        pay(way.notice_number, way.amount_cents)
        page = f"/ufficio/caricamenti/{load.uuid}/annulla/"
        assert "488" in ada_browses.get(page).content.decode()
        job_page = ada_browses.post(page)["Location"]
        work()
        shown = ada_browses.get(job_page).content.decode()
        assert "non si può più annullare" in shown
        load.refresh_from_db()
        assert load.state == Load.State.CONFIRMED
        assert list(ledger_problems()) == []
