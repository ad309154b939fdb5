"""The reminder before the due date: who is near her day gets it once; who paid, who is late, who has it already does not."""

from datetime import date, timedelta

import pytest

from billing.models import Position, Service
from billing.selectors.ledger import ledger_problems
from dunning.models import Attempt, Hold, StepTaken, Wave, WaveItem
from dunning.rules.eligibility import stopped_by
from dunning.rules.step_drafts import StepDraft
from dunning.rules.steps import Gate, History, StepsRefused, Taken
from dunning.selectors.candidates import candidates_of
from dunning.selectors.next_step import comes_next
from dunning.services.planning import plan_step
from dunning.services.policies import write_policy
from dunning.services.waves import approve_wave, start_wave
from paybox.kernel.clock import move_clock_to, now, today
from tests.build import AT, make_position, pay
from tests.dunning.conftest import drain

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("borgo")]
DUE = date(2026, 6, 16)
STEPS = (
    StepDraft("CORTESIA", "SCADENZA", -7, ("EMAIL",), needs_approval=True),
    StepDraft("CORTESIA", "SCADENZA", 10, ("SMS",), needs_approval=True),
)


@pytest.fixture
def policy(ada):
    return write_policy(
        service_id=Service.objects.get(code="TARI").pk, steps=STEPS, actor=ada, at=AT
    )


def noticed(subject, due_on: date = DUE) -> Position:
    position = make_position(cents=5_000, rates=(), subject=subject, due_on=due_on)
    Position.objects.filter(pk=position.pk).update(noticed_at=AT)
    return Position.objects.get(pk=position.pk)


def step(number: int, ada, day: date) -> Wave:
    move_clock_to(day)
    key = Service.objects.get(code="TARI").pk
    return plan_step(service_id=key, number=number, actor=ada, at=now(), today=today())


def send(wave: Wave, approver) -> None:
    approve_wave(wave_id=wave.pk, actor=approver, at=now())
    start_wave(wave_id=wave.pk, actor=approver, at=now())
    drain()


def reasons(wave: Wave) -> dict[str, str]:
    return dict(wave.items.values_list("subject__name", "reason"))


def test_who_is_near_her_day_gets_it_once_and_then_the_chain_begins(
    policy, person, ada, elena, wired, valle
) -> None:
    near, far = person(name="Aldi Piera"), person(name="Bassi Remo")
    late, paid = person(name="Conti Lia"), person(name="Dini Ugo")
    for who, due_on in ((near, DUE), (far, date(2026, 6, 20)), (late, date(2026, 6, 1))):
        noticed(who, due_on)
    settled = noticed(paid)
    assert step(0, ada, DUE - timedelta(days=8)).recipients == 0
    wave = step(0, ada, DUE - timedelta(days=7))
    assert reasons(wave) == {"Aldi Piera": "", "Conti Lia": "GIA_SCADUTO", "Dini Ugo": ""}
    pay(settled.instalments.get(number=0).notice_number, 5_000)
    send(wave, elena)
    attempt = Attempt.objects.get()
    assert "scade il 16/06/2026" in attempt.body
    assert "non risulta pagato" not in attempt.body
    assert WaveItem.objects.get(wave=wave, subject=paid).reason == "PAGATO"
    assert list(StepTaken.objects.values_list("step", "due_on")) == [(0, DUE)]
    again = step(0, ada, DUE - timedelta(days=1))
    assert reasons(again)["Aldi Piera"] == "GIA_INVIATO"
    assert step(1, ada, DUE + timedelta(days=9)).items.get(subject=near).reason == "NON_ANCORA"
    assert step(1, ada, DUE + timedelta(days=10)).items.get(subject=near).reason == ""
    assert list(ledger_problems()) == []


def test_a_wave_approved_too_late_sends_nothing(policy, person, ada, elena, wired) -> None:
    noticed(person())
    wave = step(0, ada, DUE)
    assert wave.recipients == 1
    approve_wave(wave_id=wave.pk, actor=elena, at=now())
    move_clock_to(DUE + timedelta(days=1))
    start_wave(wave_id=wave.pk, actor=elena, at=now())
    drain()
    assert (wave.items.get().state, wave.items.get().reason) == ("SALTATO", "GIA_SCADUTO")
    assert not StepTaken.objects.exists()


@pytest.mark.parametrize("days", range(-9, 2))
@pytest.mark.parametrize("sent", [None, 0, 1])
def test_the_database_and_the_rules_say_the_same(person, days: int, sent: int | None) -> None:
    position, on = noticed(person()), DUE + timedelta(days=days)
    gate = Gate(0, -7)
    taken: tuple[Taken, ...] = ()
    if sent is not None:
        day = DUE - timedelta(days=6)
        taken = (Taken(sent, DUE, day),)
        wave = Wave.objects.create(
            kind="SOLLECITO",
            service=position.service,
            channel="EMAIL",
            channels=["EMAIL"],
            template="generico",
            planned_on=day,
            created_at=AT,
            author_id=1,
            author_name="prova",
        )
        item = WaveItem.objects.create(
            wave=wave,
            subject=position.subject,
            position_ids=[position.pk],
            key="1",
            amount_cents=5_000,
            channel="EMAIL",
            address="a@b.example",
            updated_at=AT,
        )
        StepTaken.objects.create(position=position, due_on=DUE, step=sent, item=item, taken_on=day)
    asked = stopped_by(hold="", gate=gate, history=History(DUE, AT.date(), taken), on=on)
    found = list(candidates_of(service_id=position.service_id, gate=gate, on=on, at=AT))
    if days < -7:
        assert found == [], "not near enough to be looked at"
    else:
        assert [one.stopped for one in found] == [asked.value if asked else ""]


def test_only_courtesy_and_never_on_paper(ada) -> None:
    key = Service.objects.get(code="TARI").pk
    for wrong, words in (
        (StepDraft("CORTESIA", "SCADENZA", -7, ("LETTERA",), needs_approval=True), "carta"),
        (StepDraft("FORMALE", "SCADENZA", -7, ("EMAIL",), needs_approval=True), "cortesia"),
        (
            StepDraft("CORTESIA", "SCADENZA", -7, ("EMAIL",), needs_approval=True, costs_cents=100),
            "spese",
        ),
    ):
        with pytest.raises(StepsRefused, match=words):
            write_policy(service_id=key, steps=(wrong, STEPS[1]), actor=ada, at=AT)


class TestTheNextStepOnThePage:
    def test_its_day_and_why(self, person, policy, ada) -> None:
        position = noticed(person())
        told = comes_next(position, today=date(2026, 6, 1))
        assert told is not None
        assert (told.title, told.on) == (
            "Prima della scadenza: promemoria di cortesia, E-mail",
            date(2026, 6, 9),
        )
        assert "7 giorni prima della scadenza; la scadenza è il 16/06/2026" in told.why
        after = comes_next(position, today=date(2026, 6, 17))
        assert after is not None
        assert (after.title, after.on) == (
            "Passo 1: promemoria di cortesia, SMS",
            date(2026, 6, 26),
        )
        assert "Lo prepara una persona e un'altra lo approva." in after.why

    def test_when_no_day_can_be_said(self, person, policy, ada) -> None:
        position = make_position(cents=5_000, rates=(), subject=person(), due_on=DUE)
        told = comes_next(position, today=DUE)
        assert told is not None
        assert (told.title, told.on) == ("Prima va inviato l'avviso", None)
        Hold.objects.create(
            position=position,
            subject=position.subject,
            reason="CONTESTAZIONE",
            since=DUE,
            actor_name="Ada",
            created_at=AT,
        )
        held = comes_next(position, today=DUE)
        assert held is not None
        assert "contestato" in held.why
        pay(position.instalments.get(number=0).notice_number, 5_000)
        assert comes_next(Position.objects.get(pk=position.pk), today=DUE) is None
