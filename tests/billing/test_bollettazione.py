"""The billing file of a load: whole, the same after an interruption, told once, stoppable."""

import csv
import hashlib
import io
import zipfile
from datetime import date

import pypdfium2
import pytest
from django.core.files.storage import default_storage

from billing.documents.archive import MANIFEST_NAME
from billing.models import Bollettazione, Load, Position, Service, TimelineEntry
from billing.selectors.channels import digital_subjects, split_of_load
from billing.selectors.ledger import ledger_problems
from billing.services import bollettazione_parts
from billing.services.bollettazione import (
    BollettazioneRefused,
    ask_bollettazione,
    cancel_bollettazione,
    make_bollettazione,
)
from billing.services.loads import confirm_load
from billing.services.staging import stage_load
from paybox.kernel.models import Job, OutboxEntry
from registry.models import Contact
from tests.build import pay

HEADER = "riferimento;codice_fiscale;denominazione;indirizzo;civico;cap;comune;provincia;email;causale;importo;scadenza"
PEOPLE = (
    "A1;RSSMRA80A01H501U;Rossi Mario;Via Roma;1;00010;Borgo;RM;mario@example.org;TARI 2026;120,00;16/06/2026",
    "A2;VRDNNA80A41H501H;Verdi Anna;Via Po;2;00010;Borgo;RM;;TARI 2026;80,50;16/06/2026",
    "A3;00743110157;Bar Sport S.r.l.;Via Tevere;3;00010;Borgo;RM;bar@example.org;TARI 2026;300,00;16/06/2026",
)


@pytest.fixture
def load(borgo, ada, now, settings, tmp_path):
    """Three credits confirmed; the bar's address is known to fail."""
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path},
        }
    }
    raw = "\n".join((HEADER, *PEOPLE)).encode()
    staged = stage_load(
        service=Service.objects.get(code="TARI"), filename="ruolo.csv", raw=raw, actor=ada, at=now,
        today=date(2026, 3, 2),
    )  # fmt: skip
    load = confirm_load(load_id=staged.pk, segregation="01", actor=ada, at=now)
    assert load.loaded_positions == 3
    Contact.objects.filter(value="bar@example.org").update(quality=Contact.Quality.FAILING)
    return load


@pytest.fixture
def asked(load, ada, now):
    return ask_bollettazione(load_id=load.pk, actor=ada, at=now)


def _make(asked, borgo, now, **given):
    finished = make_bollettazione(bollettazione_id=asked.pk, ente=borgo, at=now, **given)
    return finished, Bollettazione.objects.select_related("job").get(pk=asked.pk)


def _manifest(archive: zipfile.ZipFile) -> list[dict[str, str]]:
    text = archive.read(MANIFEST_NAME).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


def test_every_notice_is_in_the_file_and_in_the_manifest(asked, borgo, now):
    finished, made = _make(asked, borgo, now)
    assert finished
    assert (made.notices, made.digital, made.paper, made.job.done) == (3, 1, 2, 3)
    assert (made.job.state, made.job.result_file, made.job.percent) == (
        Job.State.DONE,
        made.file,
        100,
    )
    raw = default_storage.open(made.file).read()
    assert hashlib.sha256(raw).hexdigest() == made.sha256
    archive = zipfile.ZipFile(io.BytesIO(raw))
    rows = _manifest(archive)
    assert [(r["denominazione"], r["importo"], r["canale"]) for r in rows] == [
        ("Rossi Mario", "120,00", "DIGITALE"),
        ("Verdi Anna", "80,50", "CARTA"),
        ("Bar Sport S.r.l.", "300,00", "CARTA"),
    ]
    pages = [len(pypdfium2.PdfDocument(archive.read(r["file"]))) for r in rows]
    assert pages == [int(r["pagine"]) for r in rows]
    assert sum(pages) == made.pages
    assert list(ledger_problems()) == []


def test_each_position_is_told_once(asked, load, borgo, now, ada):
    _make(asked, borgo, now)
    noticed = TimelineEntry.objects.filter(kind=TimelineEntry.Kind.NOTICED)
    assert noticed.count() == 3
    assert set(load.positions.values_list("noticed_at", flat=True)) == {now}
    _make(asked, borgo, now)
    again = ask_bollettazione(load_id=load.pk, actor=ada, at=now)
    assert again.pk != asked.pk
    _, second = _make(again, borgo, now)
    assert second.notices == 3
    assert noticed.count() == 3


def test_an_interrupted_file_goes_on_and_has_the_same_bytes(
    load, asked, borgo, now, ada, monkeypatch
):
    _, whole = _make(asked, borgo, now)
    monkeypatch.setattr(bollettazione_parts, "PART", 1)
    again = ask_bollettazione(load_id=load.pk, actor=ada, at=now)
    steps = 0
    while not _make(again, borgo, now, enough=lambda: True)[0]:
        steps += 1
        # A worker that dies has counted further than what it stored.
        Job.objects.filter(pk=again.job_id).update(done=99)
    assert steps == 3
    resumed = Bollettazione.objects.select_related("job").get(pk=again.pk)
    assert (resumed.sha256, resumed.pages, resumed.job.done) == (whole.sha256, whole.pages, 3)
    left = default_storage.listdir("borgo/bollettazioni")[1]
    assert sorted(left) == sorted([f"{whole.job.uuid}.zip", f"{resumed.job.uuid}.zip"])


def test_asking_twice_gives_the_one_being_made(load, asked, ada, now):
    assert ask_bollettazione(load_id=load.pk, actor=ada, at=now).pk == asked.pk
    assert OutboxEntry.objects.filter(task="billing.make_bollettazione").count() == 1


def test_a_cancelled_file_is_neither_made_nor_told(asked, borgo, ada, now, monkeypatch):
    monkeypatch.setattr(bollettazione_parts, "PART", 1)
    assert not _make(asked, borgo, now, enough=lambda: True)[0]
    cancel_bollettazione(bollettazione_id=asked.pk, actor=ada, at=now)
    finished, made = _make(asked, borgo, now)
    assert (finished, made.job.state, made.file) == (True, Job.State.CANCELLED, "")
    assert not TimelineEntry.objects.filter(kind=TimelineEntry.Kind.NOTICED).exists()
    with pytest.raises(BollettazioneRefused, match="già finita"):
        cancel_bollettazione(bollettazione_id=asked.pk, actor=ada, at=now)


def test_a_cancellation_between_two_notices_is_heard(asked, borgo, ada, now, monkeypatch):
    monkeypatch.setattr(bollettazione_parts, "PROGRESS", 1)
    printed = bollettazione_parts.render_notices

    def cancel_while_printing(notices):
        for rendered in printed(notices):
            Job.objects.filter(pk=asked.job_id).update(state=Job.State.CANCELLED)
            yield rendered

    monkeypatch.setattr(bollettazione_parts, "render_notices", cancel_while_printing)
    finished, made = _make(asked, borgo, now)
    assert (finished, made.job.state, made.job.done, made.notices) == (
        True,
        Job.State.CANCELLED,
        0,
        0,
    )


def test_who_has_paid_gets_no_notice(load, asked, borgo, now):
    paid = load.positions.get(reference="A2")
    pay(paid.instalments.get().notice_number, 8_050)
    _, made = _make(asked, borgo, now)
    assert made.notices == 2
    assert Position.objects.get(pk=paid.pk).noticed_at is None


def test_a_load_still_under_examination_has_no_notices(borgo, ada, now):
    staged = stage_load(
        service=Service.objects.get(code="TARI"), filename="r.csv",
        raw="\n".join((HEADER, PEOPLE[0])).encode(), actor=ada, at=now, today=date(2026, 3, 2),
    )  # fmt: skip
    with pytest.raises(BollettazioneRefused, match="concluso"):
        ask_bollettazione(load_id=staged.pk, actor=ada, at=now)
    Load.objects.filter(pk=staged.pk).update(state=Load.State.CONFIRMED)
    with pytest.raises(BollettazioneRefused, match="più nulla da pagare"):
        ask_bollettazione(load_id=staged.pk, actor=ada, at=now)


def test_digital_and_paper(load):
    reached = {p.subject.name: p.subject_id for p in load.positions.select_related("subject")}
    assert digital_subjects(reached.values()) == {reached["Rossi Mario"]}
    assert split_of_load(load) == {"DIGITALE": 1, "CARTA": 2}


def test_a_service_with_a_second_language_prints_one_page_more(load, asked, borgo, now):
    Service.objects.filter(code="TARI").update(second_language="de")
    _, made = _make(asked, borgo, now)
    with default_storage.open(made.file) as stored, zipfile.ZipFile(stored) as archive:
        rows = _manifest(archive)
        assert [row["pagine"] for row in rows] == ["2", "2", "2"]
        for row in rows:
            document = pypdfium2.PdfDocument(archive.read(row["file"]))
            said = [page.get_textpage().get_text_bounded() for page in document]
            assert "AVVISO DI PAGAMENTO" in said[0]
            assert "ZAHLUNGSAUFFORDERUNG" in said[1]
            assert row["importo"] in said[1]
    assert made.pages == 6
