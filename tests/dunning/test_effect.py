"""Whether a reminder helped: the lot, the interval, and nothing claimed when the figures are too few."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.models import Position, Service
from billing.selectors.ledger import ledger_problems
from dunning.models import WaveItem
from dunning.rules.effect import WINDOW, Group, held_out, measured_effect
from dunning.rules.step_drafts import StepDraft
from dunning.selectors.effect import wave_outcome
from dunning.selectors.paid_after import paid_after
from dunning.services.planning import plan_step
from dunning.services.policies import write_policy
from dunning.services.waves import approve_wave, start_wave
from paybox.kernel.clock import move_clock_to, now, today
from tests.build import AT, make_position, pay
from tests.dunning.conftest import drain

HALF = (StepDraft("CORTESIA", "SCADENZA", 10, ("SMS",), needs_approval=True, holdout_percent=50),)


class TestInterval:
    def test_newcombe_as_published(self) -> None:
        """The example of the paper: 56 of 70 against 48 of 80 → 0.0524 to 0.3339."""
        effect = measured_effect(Group(70, 56), Group(80, 48))
        assert (round(effect.low, 4), round(effect.high, 4)) == (0.0524, 0.3339)
        assert effect.difference == pytest.approx(0.2)
        assert effect.is_clear

    def test_few_people_prove_nothing(self) -> None:
        effect = measured_effect(Group(1_000, 900, 90_000), Group(49, 0))
        assert (effect.enough, effect.is_clear, effect.recovered_cents) == (False, False, 0)

    def test_no_difference_is_said_so(self) -> None:
        effect = measured_effect(Group(200, 50, 500_000), Group(100, 25, 250_000))
        assert effect.enough
        assert not effect.is_clear
        assert effect.recovered_cents == 0

    def test_what_is_recovered_is_beyond_what_would_have_come(self) -> None:
        effect = measured_effect(Group(900, 450, 4_500_000), Group(100, 25, 250_000))
        assert effect.is_clear
        assert effect.recovered_cents == 4_500_000 - 9 * 250_000

    @given(st.integers(50, 5_000), st.integers(50, 5_000), st.data())
    def test_the_interval_holds_the_difference(self, n: int, m: int, data: st.DataObject) -> None:
        effect = measured_effect(
            Group(n, data.draw(st.integers(0, n))), Group(m, data.draw(st.integers(0, m)))
        )
        assert -1.0001 <= effect.low <= effect.difference <= effect.high <= 1.0001


def test_the_lot_is_fair_and_does_not_change() -> None:
    drawn = [held_out("una salt", f"persona {n}", 10) for n in range(20_000)]
    assert 1_850 < sum(drawn) < 2_150
    assert drawn[:50] == [held_out("una salt", f"persona {n}", 10) for n in range(50)]
    assert drawn != [held_out("un'altra", f"persona {n}", 10) for n in range(20_000)]
    assert not any(held_out("x", str(n), 0) for n in range(100))
    assert all(held_out("x", str(n), 100) for n in range(100))


@pytest.mark.django_db
@pytest.mark.usefixtures("borgo", "wired")
def test_the_group_of_comparison_gets_nothing_and_is_counted(ada, elena, person, provider) -> None:
    due = date(2026, 6, 16)
    service = Service.objects.get(code="TARI")
    write_policy(service_id=service.pk, steps=HALF, actor=ada, at=AT)
    positions = [make_position(subject=person(), due_on=due, rates=()) for _ in range(12)]
    Position.objects.update(noticed_at=AT)
    move_clock_to(due + timedelta(days=10))

    def plan():
        return plan_step(service_id=service.pk, number=1, actor=ada, at=now(), today=today())

    wave = plan()
    approve_wave(wave_id=wave.pk, actor=elena, at=now())
    start_wave(wave_id=wave.pk, actor=elena, at=now())
    drain()
    wave.refresh_from_db()
    out = {i.subject_id for i in wave.items.filter(state=WaveItem.State.HELD_OUT)}
    assert wave.held_out == len(out)
    assert wave.recipients + wave.held_out == 12
    for position in positions:
        number = position.subject.contacts.get(kind="MOBILE").value
        assert len(provider.to(number)) == (0 if position.subject_id in out else 1)
    treated = next(p for p in positions if p.subject_id not in out)
    pay(treated.instalments.get().notice_number, 12_000, at=now() + timedelta(days=2))
    late = next(p for p in positions if p.subject_id not in out and p != treated)
    pay(late.instalments.get().notice_number, 12_000, at=now() + WINDOW)
    outcome = wave_outcome(wave=wave, at=now())
    assert outcome is not None
    assert outcome.effect.treated == Group(wave.recipients, 1, 12_000)
    assert outcome.effect.control == Group(len(out), 0, 0)
    assert not outcome.effect.enough
    assert (outcome.messages, outcome.spent_mills) == (wave.recipients, wave.recipients * 120)
    (first,) = paid_after(wave=wave, at=now())
    assert (first.days, first.treated.paid, first.is_over) == (7, 1, False)
    counted = paid_after(wave=wave, at=now() + timedelta(days=31))
    people = wave.recipients
    assert [(one.days, one.treated) for one in counted] == [
        (7, Group(people, 1, 12_000)), (14, Group(people, 1, 12_000)), (30, Group(people, 2, 24_000)),
    ]  # fmt: skip
    assert [one.is_clean for one in counted] == [True, True, False]
    assert all(one.is_over and one.control == Group(len(out), 0, 0) for one in counted)
    again = plan()
    reasons = dict(again.items.values_list("subject_id", "reason"))
    assert {reasons[subject] for subject in out} == {"CONFRONTO"}
    assert list(ledger_problems()) == []
