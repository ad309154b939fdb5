"""What is kept and for how long: the words of courtesies go after their months, proofs never; who is silent is not awaited."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from django_tenants.utils import schema_context

from billing.models import Service
from dunning.inbound.night import tidy
from dunning.models import Attempt, Hold, Letter, PrintBatch, Wave, WaveItem
from dunning.rules.step_drafts import StepDraft
from dunning.services.planning import plan_notices, plan_reminders
from dunning.services.policies import write_policy
from paybox.kernel.clock import now
from paybox.kernel.models import AuditEntry, Job, OutboxEntry
from tests.build import AT, make_position
from tests.dunning.conftest import go, loaded

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wired")]
WRITTEN = datetime(2026, 7, 1, 9, tzinfo=UTC)
YEARS_LATER = datetime(2028, 7, 2, 9, tzinfo=UTC)  # 24 months and a day
WORDS = "Gentile Persona Prova, le ricordiamo …"


@pytest.fixture
def kept(borgo: Any, ada: Any, person: Any) -> Any:
    """A message of that kind, written years ago."""

    def build(channel: str = "SMS", **wave: Any) -> Attempt:
        make_position(subject=person())
        planned = plan_reminders(
            service_id=Service.objects.get(code="TARI").pk, channel="SMS", actor=ada, at=WRITTEN, today=date(2026, 7, 1)
        )  # fmt: skip
        Wave.objects.filter(pk=planned.pk).update(**wave)
        item = planned.items.latest("pk")
        return Attempt.objects.create(
            item=item, channel=channel, address="x", state="CONSEGNATO", created_at=WRITTEN, sent_at=WRITTEN,
            body=WORDS, subject_line="Promemoria", body_sha256="ab" * 32,
        )  # fmt: skip

    return build


def words(attempt: Attempt) -> str:
    return Attempt.objects.get(pk=attempt.pk).body


def test_a_courtesy_is_forgotten_and_its_trace_stays(kept, visit) -> None:
    attempt = kept()
    tidy(at=YEARS_LATER - timedelta(days=3))
    assert words(attempt) == WORDS
    tidy(at=YEARS_LATER)
    after = Attempt.objects.get(pk=attempt.pk)
    assert (after.body, after.subject_line) == ("", "")
    assert (after.state, after.address, after.body_sha256) == ("CONSEGNATO", "x", "ab" * 32)
    (noted,) = AuditEntry.objects.filter(action="dunning.words.forgotten")
    assert noted.details["messages"] == 1
    tidy(at=YEARS_LATER)
    assert AuditEntry.objects.filter(action="dunning.words.forgotten").count() == 1
    page = visit("ada@example.org").get(
        f"/ufficio/invii/{attempt.item.wave.uuid}/destinatari/{attempt.item.pk}/"
    )
    assert "Il testo non si conserva più" in page.content.decode()
    assert "ab" * 32 in page.content.decode()


def test_what_is_disputed_is_kept_until_that_is_over(kept) -> None:
    """She may ask what she was written, and the body may have to show it."""
    disputed, other = kept(), kept()
    held = Hold.objects.create(
        subject_id=disputed.item.subject_id, reason="CONTESTAZIONE", since=date(2026, 8, 1), actor_name="p", created_at=AT
    )  # fmt: skip
    tidy(at=YEARS_LATER)
    assert (words(disputed), words(other)) == (WORDS, "")
    Hold.objects.filter(pk=held.pk).update(lifted_at=YEARS_LATER)
    tidy(at=YEARS_LATER)
    assert words(disputed) == ""


@pytest.mark.usefixtures("borgo")
def test_work_done_long_ago_leaves_the_outbox_and_nothing_else_does(valle, monkeypatch) -> None:
    monkeypatch.setattr(settings.ENVIRONMENT, "outbox_days", 10)
    real = timezone.now()
    old, young = real - timedelta(days=10, minutes=1), real - timedelta(days=9)

    def entry(task: str, **facts: Any) -> None:
        OutboxEntry.objects.create(task=task, created_at=old, next_at=old, **facts)

    OutboxEntry.objects.all().delete()
    entry("done long ago", done_at=old)
    entry("done lately", done_at=young)
    entry("failed for good", failed_at=old)
    entry("never done")
    with schema_context("valle"):
        entry("of another Ente", done_at=old)
    tidy(at=now())
    left = OutboxEntry.objects.order_by("pk").values_list("task", flat=True)
    assert list(left) == ["done lately", "failed for good", "never done"]
    with schema_context("valle"):
        assert OutboxEntry.objects.filter(task="of another Ente").exists()


def test_the_months_are_the_installation_s(kept, monkeypatch) -> None:
    attempt = kept()
    monkeypatch.setattr(settings.ENVIRONMENT, "courtesy_months", 36)
    tidy(at=YEARS_LATER)
    assert words(attempt) == WORDS


def test_proofs_are_never_touched(kept, borgo, ada) -> None:
    service = Service.objects.get(code="TARI")
    formal = [StepDraft("FORMALE", "SCADENZA", 30, ("PEC", "LETTERA"), needs_approval=True)]
    step = write_policy(service_id=service.pk, steps=formal, actor=ada, at=AT).steps.get()
    proofs = [kept("PEC"), kept("EMAIL", kind="AVVISO"), kept("LETTERA", step=step), kept("EMAIL", step=step)]  # fmt: skip
    proofs.append(_printed(kept("LETTERA"), "RACCOMANDATA_AR").attempt)
    tidy(at=YEARS_LATER + timedelta(days=3650))
    assert [words(proof) for proof in proofs] == [WORDS] * 5
    assert default_storage.exists(PrintBatch.objects.get().file)


def test_ordinary_letters_lose_words_and_file(kept, django_capture_on_commit_callbacks) -> None:
    letter = _printed(kept("LETTERA"), "ORDINARIA")
    file = letter.batch.file
    with django_capture_on_commit_callbacks(execute=True):
        tidy(at=YEARS_LATER)
    letter.refresh_from_db()
    assert (letter.words, letter.lines, words(letter.attempt)) == ({}, ["Aldi Piera"], "")
    assert (PrintBatch.objects.get().file, default_storage.exists(file)) == ("", False)


def test_what_a_list_said_goes_too(kept) -> None:
    attempt = kept(kind="ELENCO")
    WaveItem.objects.filter(pk=attempt.item_id).update(told={"name": "Bruno Neri"})
    with schema_context("valle"):
        tidy(at=YEARS_LATER)
    assert words(attempt) == WORDS
    tidy(at=YEARS_LATER)
    assert WaveItem.objects.get(pk=attempt.item_id).told == {}


def test_an_sms_nobody_confirms_is_not_awaited_for_ever(borgo, ada, elena, person) -> None:
    make_position(subject=person())
    wave = plan_reminders(
        service_id=Service.objects.get(code="TARI").pk, channel="SMS", actor=ada, at=now(), today=date(2026, 7, 1)
    )  # fmt: skip
    go(wave, elena)
    sent_at = Attempt.objects.values_list("sent_at", flat=True).get()
    assert sent_at is not None
    three_days = timedelta(days=3)
    tidy(at=sent_at + three_days)
    assert Attempt.objects.get().state == "ACCETTATO"
    tidy(at=sent_at + three_days + timedelta(seconds=1))
    closed = Attempt.objects.get()
    assert (closed.state, closed.item.state) == ("SCADUTO", "INVIATO")
    assert closed.ended_at is not None


def test_an_e_mail_is_not_expected_to_be_confirmed(borgo, ada, person) -> None:
    load = loaded(make_position(subject=person()))
    go(plan_notices(load_id=load.pk, actor=ada, at=AT, today=AT.date()), ada)
    tidy(at=now() + timedelta(days=30))
    assert Attempt.objects.get().state == "ACCETTATO"


def _printed(attempt: Attempt, product: str) -> Letter:
    job = Job.objects.create(kind="prova", title="Lettere", state=Job.State.DONE, created_at=WRITTEN, actor_name="p")  # fmt: skip
    file = default_storage.save(f"prova/{attempt.uuid}.zip", ContentFile(b"lettere"))
    batch = PrintBatch.objects.create(
        wave=attempt.item.wave, job=job, product=product, created_at=WRITTEN, sent_at=WRITTEN, file=file
    )  # fmt: skip
    return Letter.objects.create(
        batch=batch, attempt=attempt, number=1, part=1, code=f"{attempt.pk:021d}", lines=["Aldi Piera"], words={"a": "b"}
    )  # fmt: skip
