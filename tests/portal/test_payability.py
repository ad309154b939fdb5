"""What a citizen is told of a notice, state by state and day by day."""

from datetime import UTC, date, datetime

import pytest

from billing.models import Instalment
from billing.states import InstalmentState
from frontline.portal.payability import Payability, payability

DUE = date(2026, 6, 16)


def _of(
    state: InstalmentState, on: date = DUE, *, late: bool = True, paid_at: datetime | None = None
) -> Payability:
    return payability(
        Instalment(state=state, due_on=DUE, paid_at=paid_at), accepts_late_payment=late, on=on
    )


def test_on_the_day_it_is_due_it_is_not_late() -> None:
    said = _of(InstalmentState.PAYABLE, late=False)
    assert (said.may_pay, said.label, said.words) == (True, "Da pagare", "")


@pytest.mark.parametrize("late", [True, False])
def test_the_day_after_it_depends_on_the_service(late: bool) -> None:
    said = _of(InstalmentState.PAYABLE, date(2026, 6, 17), late=late)
    assert (said.may_pay, said.label) == (late, "Scaduto")
    assert "16/06/2026" in said.words


def test_the_day_of_a_payment_is_rome_s() -> None:
    said = _of(InstalmentState.PAID, paid_at=datetime(2026, 6, 15, 22, 30, tzinfo=UTC))
    assert said.words == "Questo avviso risulta pagato il 16/06/2026."
    assert said.is_paid


@pytest.mark.parametrize("state", [s for s in InstalmentState if s != InstalmentState.PAYABLE])
def test_whatever_is_not_payable_says_why(state: InstalmentState) -> None:
    said = _of(state)
    assert not said.may_pay
    assert said.words
