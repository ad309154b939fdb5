"""An act for a credit that was to be paid by rate: interest rata by rata, also when it is taken back and made anew."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from billing.models import Position
from billing.selectors.ledger import ledger_problems
from dunning.rules.template_checks import Act, Form
from dunning.selectors.acts import debts_of
from dunning.services.act_batches import WORK, approve_acts
from dunning.services.act_reversals import take_charges_off
from dunning.services.act_sending import plan_act_wave
from dunning.services.policies import StepDraft
from paybox.kernel.clock import move_clock_to, now, today
from registry.models import Subject
from tests.build import AT, make_position
from tests.dunning.acting import ADA, DUE, ELENA, answer, authorise, planned, procedure

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("borgo")]
SECOND = date(2026, 7, 16)
DEMAND = StepDraft("FORMALE", "SCADENZA", 60, ("LETTERA",), needs_approval=True, charges=("INTERESSI",))  # fmt: skip


@pytest.fixture
def late(person: Callable[..., Subject]) -> Position:
    """600,00 € of 16 June and as many of 16 July, a hundred days after the first."""
    authorise(Act.DEMAND, Form.LETTER)
    procedure(DEMAND)
    given = {"cents": 120_000, "rates": (60_000, 60_000), "rate_days": (DUE, SECOND)}
    position = make_position(due_on=DUE, subject=person(), **given)  # type: ignore[arg-type]
    Position.objects.filter(pk=position.pk).update(noticed_at=AT)
    move_clock_to(DUE + timedelta(days=100))
    return position


def test_taken_back_each_rata_runs_again_from_its_own_day(late: Position) -> None:
    batch = planned()
    approve_acts(batch_id=batch.pk, actor=ELENA, at=now(), seen=batch.snapshot_sha256)
    answer(WORK)
    item = batch.items.get()
    assert item.interest_cents == 447  # 100 and 70 days at 1,60 % on 600,00 €: 263,01 and 184,11
    new = item.replacement
    assert new is not None
    assert [debt.since for debt in debts_of(new)] == [today(), today()]
    wave = plan_act_wave(batch_id=batch.pk, actor=ADA, at=now(), today=today())
    assert take_charges_off(item=wave.items.get(), reason="RIFIUTATO", actor=ADA, at=now())
    new = Position.objects.get(pk=new.pk)
    assert (new.residual_cents, [debt.since for debt in debts_of(new)]) == (120_000, [DUE, SECOND])
    assert list(ledger_problems()) == []
