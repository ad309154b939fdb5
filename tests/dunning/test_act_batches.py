"""Acts for many: worked out with who stays out and why, approved by another, each credit whole or not at all, then served."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from django_tenants.utils import schema_context

from billing.models import Position, Transfer
from billing.selectors.ledger import ledger_problems
from dunning.models import ActBatch, ActItem, CreditRules, Hold, StepTaken
from dunning.rules.step_drafts import StepDraft
from dunning.rules.steps import StepsRefused
from dunning.rules.template_checks import Act, Form
from dunning.selectors.acts import interest_since, rules_of, title_calendar
from dunning.selectors.limitation import clocks_of
from dunning.services.act_batches import WORK, approve_acts, cancel_acts
from dunning.services.act_making import make_acts
from dunning.services.act_sending import plan_act_wave
from dunning.services.planning import plan_step
from dunning.services.refusals import ApprovalRefused, WaveRefused
from dunning.services.replanning import simulate_again
from paybox.kernel.clock import move_clock_to, now, today
from paybox.kernel.models import Job
from registry.models import Subject
from tests.build import AT, make_position, pay
from tests.dunning.acting import (
    ADA,
    DUE,
    ELENA,
    TURN,
    answer,
    at_turn,
    authorise,
    delivered,
    planned,
    posted,
    procedure,
    started,
    tari,
)
from tests.plugin import app_url

pytestmark = pytest.mark.usefixtures("own_files")

Person = Callable[..., Subject]
ROOT = Path(__file__).resolve().parents[2]
DEMAND = StepDraft(
    "FORMALE", "SCADENZA", 60, ("PEC", "LETTERA"), needs_approval=True,
    charges=("SPESE_NOTIFICA", "INTERESSI"),
)  # fmt: skip
ASSESSMENT = StepDraft(
    "LEGALE", "RECAPITO_PRECEDENTE", 60, ("LETTERA",), needs_approval=True,
    charges=("SPESE_NOTIFICA", "INTERESSI", "SANZIONI"),
)  # fmt: skip
in_borgo = pytest.mark.django_db


@pytest.fixture
def ready(borgo) -> None:
    """The words are authorised, the procedure written, the day has come."""
    for act, form in ((Act.DEMAND, Form.PEC), (Act.DEMAND, Form.LETTER), (Act.ASSESSMENT, Form.LETTER)):  # fmt: skip
        authorise(act, form)
    procedure(DEMAND, ASSESSMENT)
    move_clock_to(TURN)


def made(batch: ActBatch) -> ActBatch:
    approve_acts(batch_id=batch.pk, actor=ELENA, at=now(), seen=batch.snapshot_sha256)
    answer(WORK)
    return ActBatch.objects.select_related("job").get(pk=batch.pk)


def lines(position: Position) -> dict[str, int]:
    return dict(position.transfers.values_list("kind", "amount_cents"))


@in_borgo
@pytest.mark.usefixtures("ready")
class TestWorkedOut:
    def test_who_is_in_with_what_and_who_is_out_with_why(self, person: Person) -> None:
        by_letter, by_pec = person(), person(pec="b@pec.example")
        at_turn(by_letter)
        at_turn(by_pec)
        held = person()
        at_turn(held)
        Hold.objects.create(
            subject=held, reason="DILAZIONE", since=DUE, actor_name="Ada", created_at=AT
        )
        at_turn(person(street="", city=""))
        at_turn(person(), cents=50)
        make_position(rates=(), due_on=DUE, subject=person())
        rates = at_turn(by_letter, cents=12_000)
        rates.instalments.update(number=1, amount_cents=6_000)
        second = rates.instalments.get()
        second.pk, second.number, second.due_on = None, 2, date(2027, 1, 31)  # type: ignore[assignment]
        second.iuv, second.notice_number = "0" * 17, "3" + "0" * 17
        second.save()
        batch = planned()
        told = {i.position.subject_id: i for i in batch.items.exclude(position=rates)}
        charged = [(i.channel, i.interest_cents, i.expenses_cents) for i in (told[by_letter.pk], told[by_pec.pk])]  # fmt: skip
        # 200,00 € for 65 days at 1,60 %; D.M. 14/4/2023: 7,83 € by registered letter, 2,00 € by PEC
        assert charged == [("LETTERA", 57, 783), ("PEC", 57, 200)]
        out = batch.items.filter(state="ESCLUSO").values_list("reason", flat=True)
        assert sorted(out) == [
            "DILAZIONE", "NON_AVVISATO", "RATE_FUTURE", "SENZA_RECAPITO", "SOTTO_SOGLIA",
        ]  # fmt: skip
        assert (batch.acts, batch.excluded, batch.owed_cents, batch.added_cents) == (2, 5, 40_000, 1_097)  # fmt: skip
        assert Position.objects.filter(origin="SOSTITUZIONE").count() == 0
        assert list(ledger_problems()) == []

    def test_what_time_has_taken_away_is_not_charged(self, person: Person) -> None:
        CreditRules.objects.create(service=tari(), kind="IDRICO")
        old = make_position(rates=(), due_on=date(2023, 1, 16), subject=person())
        Position.objects.filter(pk=old.pk).update(noticed_at=AT)
        assert planned().items.get().reason == "PRESCRITTO"

    def test_the_bodys_own_sum_takes_the_place_of_the_decree(self, person: Person) -> None:
        procedure(
            StepDraft("FORMALE", "SCADENZA", 60, ("LETTERA",), needs_approval=True, costs_cents=550)
        )
        at_turn(person())
        item = planned().items.get()
        assert (item.expenses_cents, item.interest_cents) == (550, 0)

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"charges": ("MANCE",)}, "non esiste"),
            ({"charges": ("SANZIONI",)}, "solo con un atto"),
            ({"channels": ("EMAIL",)}, "PEC o la lettera"),
            ({"kind": "CORTESIA"}, "cortesia"),
        ],
    )
    def test_what_a_step_may_not_add(self, changes, words) -> None:
        from dataclasses import replace

        with pytest.raises(StepsRefused, match=words):
            procedure(replace(DEMAND, **changes))

    def test_a_step_that_adds_sums_is_no_plain_sending(self, person: Person) -> None:
        at_turn(person())
        with pytest.raises(WaveRefused, match="si prepara in «Atti»"):
            plan_step(service_id=tari().pk, number=1, actor=ADA, at=now(), today=today())

    def test_an_order_issues_no_assessment(self) -> None:
        CreditRules.objects.create(service=tari(), kind="QUOTA_ORDINE")
        with pytest.raises(WaveRefused, match="Un Ordine non emette"):
            planned(2)


@in_borgo
@pytest.mark.usefixtures("ready")
class TestApproved:
    def test_by_another_person_those_very_figures_in_time(self, person: Person) -> None:
        at_turn(person())
        batch = planned()
        with pytest.raises(ApprovalRefused, match="persona diversa"):
            approve_acts(batch_id=batch.pk, actor=ADA, at=now())
        with pytest.raises(ApprovalRefused, match="cambiati"):
            approve_acts(batch_id=batch.pk, actor=ELENA, at=now(), seen="altro")
        with pytest.raises(ApprovalRefused, match="troppo vecchio"):
            approve_acts(batch_id=batch.pk, actor=ELENA, at=now() + timedelta(days=4))
        ActItem.objects.filter(batch=batch).update(interest_cents=1)
        with pytest.raises(ApprovalRefused, match="cambiati"):
            approve_acts(batch_id=batch.pk, actor=ELENA, at=now())
        cancel_acts(batch_id=batch.pk, actor=ADA, at=now())
        with pytest.raises(WaveRefused, match="non si può approvare"):
            approve_acts(batch_id=batch.pk, actor=ELENA, at=now())

    def test_not_after_the_procedure_changed(self, person: Person) -> None:
        at_turn(person())
        batch = planned()
        procedure(DEMAND)
        with pytest.raises(ApprovalRefused, match="procedura è cambiata"):
            approve_acts(batch_id=batch.pk, actor=ELENA, at=now(), seen=batch.snapshot_sha256)

    def test_an_empty_one_is_not_approved(self) -> None:
        with pytest.raises(ApprovalRefused, match="nessun atto"):
            approve_acts(batch_id=planned().pk, actor=ELENA, at=now())


@in_borgo
@pytest.mark.usefixtures("ready")
class TestMade:
    def test_each_sum_is_a_movement_of_the_new_credit(self, person: Person, valle) -> None:
        old = at_turn(person())
        batch = made(planned())
        assert (batch.state, batch.job.state, batch.job.done, batch.job.failed) == ("COMPLETATO", Job.State.DONE, 1, 0)  # type: ignore[union-attr] # fmt: skip
        new = batch.items.get().replacement
        assert new is not None
        kind = Transfer.Kind
        assert lines(new) == {kind.OPENING: 20_000, kind.INTEREST: 57, kind.SERVICE_COSTS: 783}
        assert (new.total_cents, new.next_due_on) == (20_840, TURN + timedelta(days=60))
        assert interest_since(new) == TURN
        old.refresh_from_db()
        assert (old.state, old.residual_cents) == ("ANNULLATA", 0)
        assert list(ledger_problems()) == []
        with schema_context("valle"):
            assert not ActBatch.objects.exists()

    def test_what_changed_meanwhile_is_skipped_and_never_charged(self, person: Person) -> None:
        paid, partly, held, good = (at_turn(person()) for _ in range(4))
        batch = planned()
        pay(paid.instalments.get().notice_number, 20_000, at=now())
        pay(partly.instalments.get().notice_number, 5_000, at=now())
        Hold.objects.create(
            subject=held.subject, position=held, reason="CONTESTAZIONE", since=TURN, actor_name="Ada", created_at=now(),
        )  # fmt: skip
        batch = made(batch)
        told = dict(batch.items.values_list("position_id", "reason"))
        assert told == {
            paid.pk: "PAGATO", partly.pk: "CAMBIATO", held.pk: "CONTESTAZIONE", good.pk: "",
        }  # fmt: skip
        assert batch.job is not None
        assert (batch.job.done, batch.job.failed) == (4, 3)
        assert Position.objects.filter(origin="SOSTITUZIONE").count() == 1
        assert list(ledger_problems()) == []

    def test_rung_again_it_does_nothing(self, person: Person) -> None:
        at_turn(person())
        batch = made(planned())
        assert make_acts(batch_id=batch.pk, segregation="01", at=now())
        assert Position.objects.filter(origin="SOSTITUZIONE").count() == 1


@in_borgo
class TestServed:
    def test_from_the_demand_to_the_assessment(self, ready, borgo, person: Person) -> None:
        """Charged, served by registered letter, the clock moves, the next step opens: and again, up to the title."""
        CreditRules.objects.create(service=tari(), kind="TRIBUTO_LOCALE")
        at_turn(person())
        first = made(planned(due_in=30))
        wave = plan_act_wave(batch_id=first.pk, actor=ADA, at=now(), today=today())
        with pytest.raises(WaveRefused, match="già stata preparata"):
            plan_act_wave(batch_id=first.pk, actor=ADA, at=now(), today=today())
        wave = simulate_again(wave_id=wave.pk, actor=ADA, at=now(), today=today())
        demand = first.items.get().replacement
        assert demand is not None
        letters = posted(started(wave), borgo)
        words = letters.letters.get().words
        assert "capitale 200,00 €, interessi 0,57 €, spese 7,83 €" in "\n".join(words["paragraphs"])
        assert "scaduto il 16/06/2026" in "\n".join(words["paragraphs"])
        demand.refresh_from_db()
        assert demand.noticed_at is not None
        assert planned(2).items.count() == 0  # the new credit is not due yet
        delivered(letters, TURN + timedelta(days=5), ["628000000011"])
        taken = StepTaken.objects.get(position=demand)
        assert (taken.step, taken.delivered_on) == (1, TURN + timedelta(days=5))
        move_clock_to(TURN + timedelta(days=65))
        second = made(planned(2))
        item = second.items.get()
        assert item.reason == ""
        # 65 more days of interest on 200,00 €; 25 % beyond ninety days (D.Lgs. 87/2024); a second letter
        assert (item.interest_cents, item.sanctions_cents, item.expenses_cents) == (57, 5_000, 783)
        title = item.replacement
        assert title is not None
        assert title.total_cents == 20_840 + 57 + 5_000 + 783
        wave = plan_act_wave(batch_id=second.pk, actor=ADA, at=now(), today=today())
        letters = posted(started(wave), borgo)
        assert title_calendar(title, rules_of(tari())) is None
        ((_, before, _),) = clocks_of([title], rules_of(tari()))
        assert (before.last_day, before.is_decadence) == (date(2031, 12, 31), True)
        served_on = TURN + timedelta(days=70)
        delivered(letters, served_on, ["628000000022"])
        ((_, clock, acts),) = clocks_of([title], rules_of(tari()))
        assert (clock.last_day, clock.is_decadence, acts) == (served_on.replace(year=2031), False, 2)  # fmt: skip
        calendar = title_calendar(title, rules_of(tari()))
        assert calendar is not None
        assert calendar.executive_on > served_on
        assert list(ledger_problems()) == []

    def test_paid_before_the_letter_is_printed_nothing_is_served(
        self, ready, borgo, person: Person
    ) -> None:
        at_turn(person())
        batch = made(planned())
        new = batch.items.get().replacement
        assert new is not None
        wave = plan_act_wave(batch_id=batch.pk, actor=ADA, at=now(), today=today())
        pay(new.instalments.get().notice_number, new.total_cents, at=now())
        wave = started(wave)
        assert wave.items.get().reason == "PAGATO"
        assert list(ledger_problems()) == []


# A worker that makes three acts and is killed inside the fourth, after the ledger was written and before it was committed.
DYING = """
import os, signal, sys, django
django.setup()
from django_tenants.utils import schema_context
from dunning.services import act_making
from paybox.kernel.clock import now

real, count = act_making.replace_position, 0

def replace(**given):
    global count
    made = real(**given)
    count += 1
    if count == 4:
        os.kill(os.getpid(), signal.SIGKILL)
    return made

act_making.replace_position = replace
with schema_context("borgo"):
    act_making.make_acts(batch_id=int(sys.argv[1]), segregation="01", at=now())
"""


def test_a_worker_killed_in_the_middle_leaves_whole_credits_only(
    own_database: str, person: Person
) -> None:
    with schema_context("borgo"):
        authorise(Act.DEMAND, Form.PEC)
        authorise(Act.DEMAND, Form.LETTER)
        procedure(DEMAND)
        move_clock_to(TURN)
        for _ in range(8):
            at_turn(person())
        batch = planned()
        approve_acts(batch_id=batch.pk, actor=ELENA, at=now())
    environment = {
        **os.environ, "DJANGO_SETTINGS_MODULE": "paybox.settings", "DATABASE_URL": app_url(own_database),
    }  # fmt: skip
    died = subprocess.run(
        [sys.executable, "-c", DYING, str(batch.pk)], env=environment, cwd=ROOT, timeout=60, check=False
    )  # fmt: skip
    assert died.returncode == -signal.SIGKILL
    with schema_context("borgo"):
        states = list(batch.items.order_by("pk").values_list("state", flat=True))
        assert states == ["FATTO"] * 3 + ["PRONTO"] * 5
        assert Position.objects.filter(origin="SOSTITUZIONE").count() == 3
        assert list(ledger_problems()) == []
        for _ in range(2):
            assert make_acts(batch_id=batch.pk, segregation="01", at=now())
        done = ActBatch.objects.select_related("job").get(pk=batch.pk)
        assert (done.state, done.job.done, done.job.total) == ("COMPLETATO", 8, 8)  # type: ignore[union-attr]
        assert Position.objects.filter(origin="SOSTITUZIONE").count() == 8
        assert Transfer.objects.filter(kind=Transfer.Kind.SERVICE_COSTS).count() == 8
        assert list(ledger_problems()) == []
