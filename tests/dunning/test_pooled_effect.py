"""Several sendings of a step together, and what a recovered euro cost: told when the figures allow it, and only then."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.models import Service
from billing.selectors.ledger import ledger_problems
from dunning.models import Attempt, DunningPolicy, Wave, WaveItem
from dunning.rules.effect import WINDOW, Group, measured_effect
from dunning.rules.pooled_effect import pooled_effect
from dunning.rules.step_drafts import StepDraft
from dunning.selectors.effect import step_outcome, wave_outcome
from dunning.selectors.statement import statement_of
from dunning.services.policies import write_policy
from tests.build import AT, make_position, pay

OVER = AT + WINDOW
TARI = "TARI"
STEP = StepDraft("CORTESIA", "SCADENZA", 10, ("SMS",), needs_approval=True, holdout_percent=50)
counts = st.tuples(
    st.integers(30, 400), st.integers(0, 400), st.integers(30, 400), st.integers(0, 400)
)


class TestMethod:
    def test_worked_by_hand(self) -> None:
        """Two sendings, 10 points each: weights 50 and 25; variances 9 500 000/10⁸·… as Greenland and Robins write them."""
        first = (Group(100, 30, 3_000), Group(100, 20, 2_000))
        second = (Group(50, 10, 1_000), Group(50, 5, 500))
        both = pooled_effect([first, second])
        assert both.difference == pytest.approx(0.1)
        # Σ [a(n−a)m³ + b(m−b)n³] / (n m N²) = (2100+1600)/400 + (400+225)/200 = 9.25 + 3.125; over 75² its root.
        assert (both.high - both.low) / 2 == pytest.approx(1.959964 * 12.375**0.5 / 75)
        assert both.recovered_cents == 4_000 - 2_500

    def test_a_month_does_not_stand_for_another(self) -> None:
        """Simpson's paradox: in each sending nothing changed, and in the plain sum it seems so."""
        good = (Group(900, 450), Group(100, 50))
        bad = (Group(100, 10), Group(900, 90))
        assert pooled_effect([good, bad]).difference == 0
        assert measured_effect(Group(1_000, 460), Group(1_000, 140)).difference == pytest.approx(
            0.32
        )

    def test_small_ones_are_enough_together(self) -> None:
        one = (Group(30, 12, 1_200), Group(30, 3, 300))
        assert not measured_effect(*one).enough
        assert not pooled_effect([one]).enough
        assert pooled_effect([one] * 4).is_clear

    def test_too_few_payers_or_nobody_to_compare(self) -> None:
        assert not pooled_effect([(Group(500, 9), Group(500, 0))]).enough
        assert pooled_effect([(Group(500, 10), Group(500, 0))]).enough
        assert not pooled_effect([(Group(900, 800), Group(0, 0))] * 5).enough
        assert not pooled_effect([]).enough

    @given(st.lists(counts, min_size=1, max_size=4))
    def test_the_interval_holds_the_difference(self, told: list[tuple[int, int, int, int]]) -> None:
        pairs = [(Group(n, min(a, n)), Group(m, min(b, m))) for n, a, m, b in told]
        effect = pooled_effect(pairs)
        if effect.enough:
            assert -1 <= effect.low <= effect.difference <= effect.high <= 1


def sent(step: Any, *, paid: int, control_paid: int, people: int = 30, spent: int = 3_000) -> Wave:
    """A wave of that step, begun on the day: so many in each group, who paid 50 euros each the day after."""
    wave = Wave.objects.create(
        kind="SOLLECITO", service=step.policy.service, step=step, channel="SMS", channels=["SMS"], template="generico",
        planned_on=AT.date(), created_at=AT, started_at=AT, author_id=1, author_name="prova", state="INVIATA",
        held_out=people,
    )  # fmt: skip
    for state, payers in (("INVIATO", paid), ("CONTROLLO", control_paid)):
        for number in range(people):
            own = _paid() if number < payers else []
            item = WaveItem.objects.create(
                wave=wave, key=f"{state}{number}", position_ids=own, amount_cents=5_000, channel="SMS",
                address="+39", state=state, updated_at=AT,
            )  # fmt: skip
    Attempt.objects.create(
        item=item, channel="SMS", address="+39", state="CONSEGNATO", parts=1, cost_mills=spent, created_at=AT, sent_at=AT,
    )  # fmt: skip
    return wave


def _paid() -> list[int]:
    position = make_position(cents=5_000, rates=(), due_on=date(2026, 6, 16))
    pay(position.instalments.get().notice_number, 5_000, at=AT + timedelta(days=1))
    return [position.pk]


@pytest.mark.django_db
@pytest.mark.usefixtures("borgo")
def test_what_a_recovered_euro_cost(ada, visit) -> None:
    """Small sendings say nothing one by one, everything together; a large one is in the month's statement too."""
    service = Service.objects.get(code=TARI)
    step = write_policy(service_id=service.pk, steps=(STEP,), actor=ada, at=AT).steps.get()
    small = [sent(step, paid=6, control_paid=0) for _ in range(2)]
    alone = wave_outcome(wave=small[0], at=OVER)
    assert alone is not None
    assert (alone.effect.enough, alone.mills_a_recovered_euro) == (False, None)
    later = replace(STEP, offset_days=12)
    again = write_policy(service_id=service.pk, steps=(later,), actor=ada, at=AT).steps.get()
    assert (
        step_outcome(wave=sent(again, paid=0, control_paid=0, people=1), at=OVER - timedelta(1))
        is None
    )
    found = step_outcome(wave=small[0], at=OVER)  # also the one of the new version of the procedure
    assert found is not None
    together, count = found
    assert count == 3
    assert (together.effect.treated.paid, together.effect.control.paid) == (12, 0)
    assert together.effect.is_clear
    assert together.effect.recovered_cents == 12 * 5_000
    assert together.mills_a_recovered_euro == 15  # 9 euros for 600
    large = sent(step, paid=12, control_paid=0, people=60, spent=6_000)
    month = AT.date()
    early = statement_of(month=month, scope=(), at=OVER - timedelta(minutes=1))
    assert {line.mills_a_recovered_euro for line in early.lines} == {None}
    told = {
        line.wave: line.mills_a_recovered_euro
        for line in statement_of(month=month, scope=(), at=OVER).lines
    }
    assert told == {large.uuid: 10} | {
        wave.uuid: None for wave in Wave.objects.exclude(pk=large.pk)
    }
    assert list(ledger_problems()) == []
    assert DunningPolicy.objects.count() == 2
    page = visit("ada@example.org").get(f"/ufficio/invii/{small[0].uuid}/").content.decode()
    assert "Dati insufficienti" in page
    assert "Tutti gli invii di questo passo insieme" in page
    assert "al costo di 0,0" in page
