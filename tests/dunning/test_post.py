"""Letters on paper: a batch for the printer, whole and the same after an interruption; what the post says of them."""

import csv
import hashlib
import io
import json
import zipfile
from datetime import date, timedelta

import pypdfium2
import pytest
import zxingcpp
from django.core.files.storage import default_storage
from django_tenants.utils import schema_context

from billing.models import Position, Service
from billing.selectors.ledger import ledger_problems
from billing.selectors.overdue import OverdueDebt
from dunning.models import AddressTask, Attempt, Letter, PrintBatch, StepTaken, Wave, WaveItem
from dunning.rules.step_drafts import StepDraft
from dunning.selectors.messages import Composed
from dunning.selectors.post import overtaken_letters, waves_to_print
from dunning.selectors.post_words import frozen_words
from dunning.services.planning import plan_step
from dunning.services.policies import write_policy
from dunning.services.post_batches import PostRefused, ask_batch, cancel_batch, mark_sent
from dunning.services.post_printing import make_batch
from dunning.services.post_sent import tell_parts
from dunning.services.refusals import WaveRefused
from dunning.services.waves import approve_wave, cancel_wave, pause_wave, start_wave
from dunning.services.way import SendingWay
from paybox.kernel.clock import move_clock_to, now, today
from paybox.kernel.models import Job
from tests.build import AT, make_position, pay
from tests.dunning.conftest import drain

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("borgo"),
    pytest.mark.usefixtures("own_files"),
]
DUE = date(2026, 6, 16)
BY_LETTER = (StepDraft("CORTESIA", "SCADENZA", 60, ("LETTERA",), needs_approval=True),)


def told(positions: list[Position]) -> list[int]:
    """How often each has been told that its letter left."""
    return [position.timeline.filter(kind="INVIATA").count() for position in positions]


def owed(cents: int, subject) -> Position:
    position = make_position(cents=cents, rates=(), subject=subject)
    Position.objects.filter(pk=position.pk).update(noticed_at=AT)
    return position


@pytest.fixture
def people(person):
    """Three who owe; the last has an address nobody can write on an envelope."""
    return [
        person(email="", mobile="", name="Aldi Piera"),
        person(email="", mobile="", name="Bassi Remo", street="Piazza della Costituzione Repubblicana", civic="12 scala B"),
        person(email="", mobile="", name="Conti Lia", cap="0001"),
    ]  # fmt: skip


@pytest.fixture
def owing(people) -> list[Position]:
    return [owed(cents, who) for cents, who in zip((12_000, 8_050, 30_000), people, strict=True)]


@pytest.fixture
def wave(owing, ada, elena) -> Wave:
    """The step by letter, approved and started; everybody is to be written to on paper."""
    service = Service.objects.get(code="TARI")
    write_policy(service_id=service.pk, steps=BY_LETTER, actor=ada, at=AT)
    move_clock_to(DUE + timedelta(days=61))
    planned = plan_step(service_id=service.pk, number=1, actor=ada, at=now(), today=today())
    approve_wave(wave_id=planned.pk, actor=elena, at=now())
    start_wave(wave_id=planned.pk, actor=elena, at=now())
    drain()
    planned.refresh_from_db()
    assert planned.items.filter(state=WaveItem.State.PAPER).count() == 3
    return planned


def asked(wave: Wave, actor) -> PrintBatch:
    return ask_batch(wave_id=wave.pk, product="RACCOMANDATA_AR", actor=actor, at=now())


def made(wave: Wave, ente, actor) -> PrintBatch:
    batch = asked(wave, actor)
    assert make_batch(batch_id=batch.pk, way=way_of(ente), at=now())
    return PrintBatch.objects.select_related("job").get(pk=batch.pk)


def way_of(ente) -> SendingWay:
    return SendingWay(ente=ente, sender="", portal_url="https://borgo.example")


def opened(batch: PrintBatch) -> tuple[bytes, zipfile.ZipFile]:
    raw = default_storage.open(batch.file).read()
    return raw, zipfile.ZipFile(io.BytesIO(raw))


def seen(visit, page: str):
    with schema_context("borgo"):
        return visit("ada@example.org").get(page)


class TestBatch:
    def test_the_file_holds_every_letter_where_the_manifest_says(self, wave, borgo, ada) -> None:
        batch = made(wave, borgo, ada)
        raw, archive = opened(batch)
        assert hashlib.sha256(raw).hexdigest() == batch.sha256
        assert (batch.job.state, batch.letters_count, batch.pages) == (Job.State.DONE, 2, 2)
        text = archive.read("manifest.csv").decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
        assert rows == json.loads(archive.read("manifest.json"))
        code = f"{borgo.codice_fiscale}{batch.pk:05d}"
        assert [(r["destinatario"], r["pagina_da"], r["pagina_a"], r["id_invio"]) for r in rows] == [
            ("Aldi Piera", "1", "1", f"{code}000001"),
            ("Bassi Remo", "2", "2", f"{code}000002"),
        ]  # fmt: skip
        assert (rows[1]["riga_2"], rows[1]["riga_3"]) == (
            "Piazza della Costituzione Repubblicana 12",
            "scala B",
        )
        document = pypdfium2.PdfDocument(archive.read("lettere-0001.pdf"))
        for row, euro in zip(rows, ("120,00", "80,50"), strict=True):
            page = document[int(row["pagina_da"]) - 1]
            said = page.get_textpage().get_text_bounded()
            assert row["destinatario"] in said
            assert f"{euro} €" in said
            (read,) = zxingcpp.read_barcodes(
                page.render(scale=200 / 72).to_pil(), formats=zxingcpp.BarcodeFormat.Code128
            )
            assert read.text == row["codice_a_barre"]
        assert list(ledger_problems()) == []

    def test_an_address_that_cannot_be_written_waits_for_a_person(self, wave, borgo, ada) -> None:
        made(wave, borgo, ada)
        task = AddressTask.objects.get()
        assert (task.source, task.cause) == ("PRIMA", "Il CAP deve avere 5 cifre")
        with pytest.raises(PostRefused, match="non ci sono lettere"):
            asked(wave, ada)

    def test_a_worker_that_dies_leaves_the_same_file(self, wave, borgo, ada, monkeypatch) -> None:
        from dunning.services import post_printing

        monkeypatch.setattr(post_printing, "PART", 1)
        batch = asked(wave, ada)
        keep = post_printing.keep_file

        def die(name, content):
            keep(name, content)
            raise KeyboardInterrupt

        monkeypatch.setattr(post_printing, "keep_file", die)
        with pytest.raises(KeyboardInterrupt):
            make_batch(batch_id=batch.pk, way=way_of(borgo), at=now())
        monkeypatch.setattr(post_printing, "keep_file", keep)
        steps = 0
        while not make_batch(batch_id=batch.pk, way=way_of(borgo), at=now(), enough=lambda: True):
            steps += 1
        assert steps == 2
        batch.refresh_from_db()
        first = opened(batch)[0]
        Job.objects.filter(pk=batch.job_id).update(state=Job.State.WAITING, details={})
        assert make_batch(batch_id=batch.pk, way=way_of(borgo), at=now())
        batch.refresh_from_db()
        assert opened(batch)[0] == first
        assert Letter.objects.count() == Attempt.objects.count() == 2

    def test_who_has_paid_meanwhile_gets_no_letter(self, wave, owing, borgo, ada) -> None:
        pay(owing[0].instalments.get().notice_number, 12_000)
        batch = made(wave, borgo, ada)
        assert [one.lines[0] for one in batch.letters.all()] == ["Bassi Remo"]
        item = wave.items.get(subject=owing[0].subject)
        assert (item.state, item.reason) == (WaveItem.State.SKIPPED, "PAGATO")
        assert not StepTaken.objects.filter(item=item).exists()  # the step is given back

    def test_handed_over_once_and_told(self, wave, owing, borgo, ada, valle) -> None:
        batch = made(wave, borgo, ada)
        assert wave.items.filter(state=WaveItem.State.PAPER).count() == 3  # printed is not sent
        mark_sent(batch_id=batch.pk, actor=ada, at=now())
        with pytest.raises(PostRefused, match="già stato consegnato"):
            mark_sent(batch_id=batch.pk, actor=ada, at=now())
        assert sorted(wave.items.values_list("state", flat=True)) == ["DA_STAMPARE", "INVIATO", "INVIATO"]  # fmt: skip
        assert owing[0].timeline.filter(kind="INVIATA").count() == 1
        with schema_context("valle"):
            assert not PrintBatch.objects.exists()
            assert not Letter.objects.exists()

    def test_a_large_batch_is_told_in_parts_and_goes_on_after_a_kill(
        self, wave, owing, borgo, ada, monkeypatch
    ) -> None:
        monkeypatch.setattr("dunning.services.post_sent.PART", 1)
        batch = made(wave, borgo, ada)
        mark_sent(batch_id=batch.pk, actor=ada, at=now())
        job = Job.objects.get(kind="dunning.letters_left")
        assert (job.done, job.total, sum(told(owing))) == (1, 2, 1)
        work = {"batch_id": batch.pk, "job_id": job.pk, "at": now()}
        assert not tell_parts(**work, enough=lambda: True)  # stopped after a part, as by a kill
        assert sorted(told(owing)) == [0, 1, 1]
        assert tell_parts(**work)
        assert tell_parts(**work)  # its bell rings twice
        job.refresh_from_db()
        assert (job.state, job.done, sorted(told(owing))) == (Job.State.DONE, 2, [0, 1, 1])
        assert set(Attempt.objects.values_list("state", "sent_at")) == {("ACCETTATO", PrintBatch.objects.get().sent_at)}  # fmt: skip
        assert list(ledger_problems()) == []

    def test_who_pays_after_her_letter_was_written_is_told_to_who_prints(
        self, wave, owing, borgo, ada, visit, django_capture_on_commit_callbacks
    ) -> None:
        """Cancelled, its file is gone; the next batch has no letter for her."""
        batch = made(wave, borgo, ada)
        page = f"/ufficio/lettere/lotti/{batch.uuid}/"
        assert "conviene annullare" not in seen(visit, page).content.decode()
        pay(owing[0].instalments.get().notice_number, 12_000, at=now())
        assert overtaken_letters(batch) == 1
        assert "1 destinatario ha pagato" in seen(visit, page).content.decode()
        name = batch.file
        with django_capture_on_commit_callbacks(execute=True):
            cancel_batch(batch_id=batch.pk, actor=ada, at=now())
        assert not default_storage.exists(name)
        assert seen(visit, f"{page}file/").status_code == 404
        again = made(wave, borgo, ada)
        assert (again.letters_count, overtaken_letters(again)) == (1, 0)
        assert list(ledger_problems()) == []

    def test_of_a_sending_given_up_nothing_is_printed(self, wave, owing, borgo, ada, elena) -> None:
        """Neither while it is paused. What is in a batch is told first; the step was not taken."""
        Wave.objects.filter(pk=wave.pk).update(state=Wave.State.SENDING)
        pause_wave(wave_id=wave.pk, actor=ada, at=now())
        with pytest.raises(PostRefused, match="In pausa"):
            asked(wave, ada)
        start_wave(wave_id=wave.pk, actor=elena, at=now())
        batch = made(wave, borgo, ada)
        pause_wave(wave_id=wave.pk, actor=ada, at=now())
        with pytest.raises(WaveRefused, match="lotto di stampa"):
            cancel_wave(wave_id=wave.pk, actor=ada, at=now())
        cancel_batch(batch_id=batch.pk, actor=ada, at=now())
        cancel_wave(wave_id=wave.pk, actor=ada, at=now())
        assert set(wave.items.values_list("state", "reason")) == {("SALTATO", "ANNULLATA")}
        with pytest.raises(PostRefused, match="Annullato"):
            asked(wave, ada)
        assert list(waves_to_print(scope=[])) == []
        assert (told(owing), StepTaken.objects.count()) == ([0, 0, 0], 0)

    def test_given_up_before_printing_the_step_may_be_taken_anew(self, wave, ada, elena) -> None:
        Wave.objects.filter(pk=wave.pk).update(state=Wave.State.SENDING)
        assert StepTaken.objects.count() == 3
        pause_wave(wave_id=wave.pk, actor=ada, at=now())
        cancel_wave(wave_id=wave.pk, actor=ada, at=now())
        assert StepTaken.objects.count() == 0
        again = plan_step(service_id=wave.service_id, number=1, actor=ada, at=now(), today=today())
        assert again.recipients == 3

    def test_the_words_the_ente_authorised_are_the_letter(self, wave, borgo, ada) -> None:
        item = wave.items.order_by("pk").first()
        item.wave.texts = {"LETTERA": 1}
        debt = OverdueDebt(item.position_ids[0], item.subject_id, 12_000, DUE, ("3" * 18,))
        said = Composed("Primo paragrafo.\n\nSecondo paragrafo.", subject="Costituzione in mora")
        words = frozen_words(item=item, debts=[debt], compose=lambda: said, written_on=DUE)
        assert words["subject"] == "Costituzione in mora"
        assert words["paragraphs"] == ["Primo paragrafo.", "Secondo paragrafo."]
        assert words["debts"] == [["TARI 2026", "3" * 18, "2026-06-16", 12_000]]

    def test_cancelled_the_letters_wait_for_another(self, wave, borgo, ada) -> None:
        batch = made(wave, borgo, ada)
        cancel_batch(batch_id=batch.pk, actor=ada, at=now())
        with pytest.raises(PostRefused, match="annullato"):
            cancel_batch(batch_id=batch.pk, actor=ada, at=now())
        again = made(wave, borgo, ada)
        assert (again.pk != batch.pk, again.letters.count()) == (True, 2)
