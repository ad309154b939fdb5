"""Letters for past years: chosen, checked against time, in authorised words, through the waves, reported by year."""

import csv
import io
import zipfile
from collections.abc import Callable
from datetime import date, timedelta

import pypdfium2
import pytest
from django.core.files.storage import default_storage
from django_tenants.utils import schema_context

from billing.models import Position, Service
from billing.selectors.ledger import ledger_problems
from dunning.channels.library import ready_text
from dunning.models import (
    Attempt,
    CreditRules,
    LetterCampaign,
    TextVersion,
    Wave,
    WaveItem,
)
from dunning.rules.template_checks import Act, Form
from dunning.selectors.campaign_report import YearReport, campaign_report
from dunning.selectors.campaigns import choice_by_year
from dunning.selectors.samples import wave_samples
from dunning.services.campaigns import CampaignDraft, plan_campaign, write_campaign
from dunning.services.post_batches import ask_batch, mark_sent
from dunning.services.post_printing import make_batch
from dunning.services.refusals import ApprovalRefused, WaveRefused
from dunning.services.replanning import simulate_again
from dunning.services.served_acts import Notification, record_service
from dunning.services.texts import approve_text, write_text
from dunning.services.waves import approve_wave, start_wave
from dunning.services.way import SendingWay
from paybox.kernel.actor import Actor
from paybox.kernel.clock import move_clock_to, now, today
from registry.models import Subject
from tenants.models import Ente
from tests.build import AT, make_position, pay
from tests.dunning.conftest import drain

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("borgo")]
DAY = date(2026, 3, 2)
Person = Callable[..., Subject]


@pytest.fixture(autouse=True)
def on_that_day(settings, tmp_path) -> None:
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path},
        }
    }
    move_clock_to(DAY)


@pytest.fixture
def periodic() -> None:
    CreditRules.objects.create(service=tari(), kind="PERIODICO", alert_days=180)


@pytest.fixture
def authorised(ada, elena) -> Callable[[Form], TextVersion]:
    def write(form: Form) -> TextVersion:
        draft = ready_text("TARI", Act.ARREARS, form)
        assert draft is not None
        version = write_text(service_id=tari().pk, draft=draft, actor=ada, at=AT)
        return approve_text(version_id=version.pk, actor=elena, at=AT, seen=version.sha256)

    return write


def tari() -> Service:
    return Service.objects.get(code="TARI")


def owed(
    year: int, subject: Subject, *, cents: int = 10_000, due_on: date | None = None
) -> Position:
    position = make_position(
        rates=(), cents=cents, due_on=due_on or date(year, 6, 16), subject=subject
    )
    Position.objects.filter(pk=position.pk).update(year=year, causale=f"TARI {year}")
    return Position.objects.get(pk=position.pk)


def written(ada: Actor, **changes: object) -> LetterCampaign:
    given = {"name": "Arretrati", "year_from": 2018, "year_to": 2025, "channels": ("LETTERA",)}
    draft = CampaignDraft(**(given | changes))  # type: ignore[arg-type]  # overrides of a test
    return write_campaign(service_id=tari().pk, draft=draft, actor=ada, at=now())


def planned(campaign: LetterCampaign, ada: Actor) -> Wave:
    return plan_campaign(campaign_id=campaign.pk, actor=ada, at=now(), today=today())


def started(wave: Wave, elena: Actor) -> Wave:
    approve_wave(wave_id=wave.pk, actor=elena, at=now(), seen=wave.snapshot_sha256)
    start_wave(wave_id=wave.pk, actor=elena, at=now())
    drain()
    return Wave.objects.get(pk=wave.pk)


class TestChoice:
    def test_time_is_looked_at_before_anything_is_asked(
        self, periodic, authorised, ada, person: Person
    ) -> None:
        authorised(Form.LETTER)
        lost, near, far = person(), person(), person()
        owed(2020, lost)  # five years: 16/06/2025
        owed(2023, far)
        owed(2021, near)  # 16/06/2026: within 180 days
        owed(2021, far, due_on=date(2021, 9, 30))
        campaign = written(ada)
        years = {y.year: (y.overdue, y.lapsed, y.near, y.chosen) for y in choice_by_year(campaign, on=DAY)}  # fmt: skip
        assert years == {2020: (1, 1, 0, 0), 2021: (2, 0, 1, 2), 2023: (1, 0, 0, 1)}
        wave = planned(campaign, ada)
        ready = wave.items.filter(state=WaveItem.State.READY).order_by("pk")
        assert [(i.subject_id, i.told["last_day"], i.amount_cents) for i in ready] == [
            (near.pk, "2026-06-16", 10_000),
            (far.pk, "2026-09-30", 20_000),
        ]
        assert wave.items.get(subject=lost).reason == "PRESCRITTO"
        assert wave.recipients == 2

    def test_an_act_that_was_served_moves_the_last_day(
        self, periodic, authorised, ada, person: Person
    ) -> None:
        authorised(Form.LETTER)
        old = owed(2020, person())
        served = Notification("SOLLECITO_FORMALE", date(2024, 5, 2), "AR", "R 1")
        record_service(position_id=old.pk, served=served, actor=ada, at=now())
        assert planned(written(ada), ada).items.get().told == {"last_day": "2029-05-02"}
        with pytest.raises(WaveRefused, match="Nessun credito scaduto"):
            planned(written(ada, unserved_only=True), ada)

    def test_years_and_amount_and_what_was_already_sent(
        self, periodic, authorised, ada, elena, person: Person, sink, wired
    ) -> None:
        authorised(Form.LETTER)
        authorised(Form.EMAIL)
        small, great = person(), person()
        owed(2022, small, cents=900)
        owed(2022, great)
        owed(2025, great)
        wave = planned(written(ada, year_to=2024, minimum_cents=1_000), ada)
        told = {i.subject_id: (i.reason, i.amount_cents) for i in wave.items.all()}
        assert told == {small.pk: ("SOTTO_SOGLIA", 900), great.pk: ("", 10_000)}
        started(planned(written(ada, year_to=2022, channels=("EMAIL",)), ada), elena)
        quiet = written(ada, quiet_since=DAY)
        assert {y.year: y.chosen for y in choice_by_year(quiet, on=DAY)} == {2022: 0, 2025: 1}

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"name": " "}, "un nome"),
            ({"year_from": 2026, "year_to": 2025}, "Il primo anno"),
            ({"channels": ("SMS",)}, "per posta"),
            ({"minimum_cents": -1}, "negativo"),
        ],
    )
    def test_what_cannot_be_a_campaign(self, periodic, ada, changes, words) -> None:
        with pytest.raises(WaveRefused, match=words):
            written(ada, **changes)

    def test_without_the_kind_of_credit_or_the_words_nothing_is_planned(
        self, ada, person: Person
    ) -> None:
        with pytest.raises(WaveRefused, match="natura del credito"):
            written(ada)
        CreditRules.objects.create(service=tari(), kind="PERIODICO")
        owed(2023, person())
        with pytest.raises(WaveRefused, match="autorizzato dall'Ente: Lettera"):
            planned(written(ada), ada)


class TestByPost:
    def test_a_pdf_for_each_addressee_and_an_index(
        self, periodic, authorised, ada, elena, borgo, valle, person: Person
    ) -> None:
        authorised(Form.LETTER)
        first = person(name="Aldi Piera", email="piera@posta.example", mobile="")
        second = person(name="Bassi Remo", email="", mobile="")
        owed(2022, first)
        owed(2023, first, cents=5_000)
        paid = owed(2023, second)
        campaign = written(ada)
        wave = planned(campaign, ada)
        with pytest.raises(ApprovalRefused, match="persona diversa"):
            approve_wave(wave_id=wave.pk, actor=ada, at=now())
        shown = {s.name: s for s in wave_samples(wave, borgo, "https://borgo.example/")}
        assert "per: 2022, 2023." in shown["Aldi Piera"].text
        wave = started(wave, elena)
        batch = ask_batch(wave_id=wave.pk, product="FILE", actor=ada, at=now())
        assert make_batch(batch_id=batch.pk, way=way_of(borgo), at=now())
        batch.refresh_from_db()
        archive = zipfile.ZipFile(io.BytesIO(default_storage.open(batch.file).read()))
        assert archive.namelist() == [
            "lettera-000001.pdf", "lettera-000002.pdf", "manifest.csv", "manifest.json", "indice.csv",
        ]  # fmt: skip
        rows = list(csv.DictReader(io.StringIO(archive.read("indice.csv").decode("utf-8-sig")), delimiter=";"))  # fmt: skip
        assert [(r["file"], r["destinatario"], r["email"], r["importo"], r["pagine"]) for r in rows] == [
            ("lettera-000001.pdf", "Aldi Piera", "piera@posta.example", "150,00", "1"),
            ("lettera-000002.pdf", "Bassi Remo", "", "100,00", "1"),
        ]  # fmt: skip
        said = pypdfium2.PdfDocument(archive.read("lettera-000001.pdf"))[0].get_textpage().get_text_bounded()  # fmt: skip
        for words in ("Annualità arretrate (TARI): 2022, 2023", "TARI 2022", "50,00 €", "entro 30 giorni"):  # fmt: skip
            assert words in said
        mark_sent(batch_id=batch.pk, actor=ada, at=now())
        notice = paid.instalments.get().notice_number
        pay(notice, 10_000, at=now() + timedelta(hours=1))
        assert campaign_report(campaign) == [
            YearReport(2022, 1, 1, 0, 0, 0, 0, 0),
            YearReport(2023, 2, 2, 0, 0, 0, 1, 10_000),
        ]
        assert list(ledger_problems()) == []
        with schema_context("valle"):
            assert not LetterCampaign.objects.exists()

    def test_what_lapses_before_it_leaves_is_not_asked(
        self, periodic, authorised, ada, elena, person: Person
    ) -> None:
        authorised(Form.LETTER)
        owed(2021, person(), due_on=date(2021, 3, 3))
        wave = planned(written(ada), ada)
        approve_wave(wave_id=wave.pk, actor=elena, at=now())
        move_clock_to(DAY + timedelta(days=2))
        start_wave(wave_id=wave.pk, actor=elena, at=now())
        drain()
        item = wave.items.get()
        assert (item.state, item.reason) == ("SALTATO", "PRESCRITTO")

    def test_simulated_again_it_is_still_the_campaign(
        self, periodic, authorised, ada, person: Person
    ) -> None:
        authorised(Form.LETTER)
        owed(2022, person())
        owed(2026, person())
        again = simulate_again(
            wave_id=planned(written(ada), ada).pk, actor=ada, at=now(), today=today()
        )
        assert again.campaign is not None
        assert again.items.count() == 1


@pytest.mark.usefixtures("wired", "sink")
def test_by_mail_the_words_are_those_authorised(
    periodic, authorised, ada, elena, person: Person
) -> None:
    version = authorised(Form.EMAIL)
    owed(2022, person())
    wave = started(planned(written(ada, channels=("EMAIL",)), ada), elena)
    assert wave.texts == {"EMAIL": version.pk}
    said = Attempt.objects.get(item__wave=wave)
    assert said.subject_line == "Comune di Borgo: annualità arretrate (TARI), 2022"
    assert "Capitale: 100,00 €" in said.body
    assert list(ledger_problems()) == []


def way_of(ente: Ente) -> SendingWay:
    return SendingWay(ente=ente, sender="", portal_url="https://borgo.example")
