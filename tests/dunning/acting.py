"""What the tests of acts share: authorised words, a procedure, debtors at their turn, the outbox answered, letters delivered."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from django.utils import timezone

from billing.models import Position, Service
from dunning.channels.library import ready_text
from dunning.models import ActBatch, PrintBatch, TextVersion, Wave
from dunning.rules.step_drafts import StepDraft
from dunning.rules.template_checks import Act, Form
from dunning.services.act_batches import plan_acts
from dunning.services.policies import write_policy
from dunning.services.post_batches import ask_batch, mark_sent
from dunning.services.post_outcomes import import_outcomes
from dunning.services.post_printing import make_batch
from dunning.services.texts import approve_text, write_text
from dunning.services.waves import approve_wave, start_wave
from dunning.services.way import SendingWay
from paybox.kernel.actor import Actor
from paybox.kernel.clock import move_clock_to, now, today
from paybox.kernel.models import OutboxEntry
from paybox.kernel.queue import answer_bell
from registry.models import Subject
from tenants.models import Ente
from tests.build import AT, make_position
from tests.dunning.conftest import drain

DUE = date(2026, 6, 16)
TURN = DUE + timedelta(days=65)
ADA, ELENA = Actor(1, "Ada Bianchi"), Actor(2, "Elena Fabbri")


def tari() -> Service:
    return Service.objects.get(code="TARI")


def written(act: Act, form: Form, **changes: object) -> TextVersion:
    """The ready text, changed as asked, waiting for somebody's yes."""
    draft = ready_text("TARI", act, form)
    assert draft is not None
    changed = replace(draft, **changes)  # type: ignore[arg-type]  # each test names what it changes
    return write_text(service_id=tari().pk, draft=changed, actor=ADA, at=AT)


def authorise(act: Act, form: Form, **changes: object) -> TextVersion:
    version = written(act, form, **changes)
    return approve_text(version_id=version.pk, actor=ELENA, at=AT, seen=version.sha256)


def procedure(*steps: StepDraft) -> None:
    write_policy(service_id=tari().pk, steps=steps, actor=ADA, at=AT)


def at_turn(subject: Subject, *, cents: int = 20_000, **given: object) -> Position:
    """Overdue, and its notice was sent."""
    position = make_position(rates=(), cents=cents, due_on=DUE, subject=subject, **given)  # type: ignore[arg-type]
    Position.objects.filter(pk=position.pk).update(noticed_at=AT)
    return position


def planned(number: int = 1, *, due_in: int = 60) -> ActBatch:
    return plan_acts(
        service_id=tari().pk, number=number, due_on=today() + timedelta(days=due_in), reason="Ruolo 2026", actor=ADA,
        at=now(), today=today(),
    )  # fmt: skip


def answer(task: str) -> None:
    """Do all the work of that name that waits in the outbox."""
    while due := OutboxEntry.objects.waiting(at=timezone.now()).filter(task=task).first():
        answer_bell(schema="borgo", entry_id=due.pk)


def started(wave: Wave) -> Wave:
    approve_wave(wave_id=wave.pk, actor=ELENA, at=now(), seen=wave.snapshot_sha256)
    start_wave(wave_id=wave.pk, actor=ELENA, at=now())
    drain()
    return Wave.objects.get(pk=wave.pk)


def posted(wave: Wave, ente: Ente) -> PrintBatch:
    """Its registered letters, printed and handed to the printer."""
    batch = ask_batch(wave_id=wave.pk, product="RACCOMANDATA_AR", actor=ADA, at=now())
    way = SendingWay(ente=ente, sender="", portal_url="https://borgo.example")
    assert make_batch(batch_id=batch.pk, way=way, at=now())
    return mark_sent(batch_id=batch.pk, actor=ADA, at=now())


def delivered(batch: PrintBatch, on: date, numbers: Sequence[str]) -> None:
    """The post says that every letter arrived that day; it is read the day after."""
    move_clock_to(on + timedelta(days=1))
    head = "id_invio;numero_raccomandata;esito;data_esito;data_avviso_giacenza"
    letters = batch.letters.order_by("number")
    rows = [
        f"{one.code};{number};CONSEGNATA;{on:%d/%m/%Y};"
        for one, number in zip(letters, numbers, strict=True)
    ]
    raw = "\r\n".join((head, *rows)).encode()
    read = import_outcomes(raw=raw, provider="PAROLE", scope=(), actor=ADA, at=now())
    assert (read.taken, read.refused) == (len(rows), ())
