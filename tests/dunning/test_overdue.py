"""What is overdue: amounts and notices for every way of paying."""

from datetime import date

import pytest

from billing.models import Position, Service
from billing.selectors.overdue import OverdueDebt, overdue_debts
from billing.services.positions import (
    NewInstalment,
    NewPosition,
    open_position,
    withdraw_position,
)
from tests.build import AT, make_subject, pay

pytestmark = pytest.mark.django_db
JUNE, DECEMBER = date(2026, 6, 16), date(2026, 12, 16)
JULY, JANUARY = date(2026, 7, 1), date(2027, 1, 2)


def opened(ways: list[NewInstalment], reference: str = "R1") -> Position:
    new = NewPosition(reference, "TARI 2026", 2026, tuple(ways), Position.Origin.HAND)
    service = Service.objects.get(code="TARI")
    from paybox.kernel.actor import SYSTEM

    return open_position(
        service=service, subject=make_subject(), new=new, segregation="01", actor=SYSTEM, at=AT
    )


def two_rates() -> Position:
    return opened(
        [
            NewInstalment(0, JUNE, 12_000),
            NewInstalment(1, JUNE, 7_000),
            NewInstalment(2, DECEMBER, 5_000),
        ]
    )


def number(position: Position, rata: int) -> str:
    return position.instalments.get(number=rata).notice_number


def asked(on: date) -> list[tuple[int, date, tuple[str, ...]]]:
    return [(d.overdue_cents, d.due_on, d.notices) for d in overdue_debts(on=on)]


@pytest.mark.usefixtures("borgo")
class TestOverdue:
    def test_due_today_is_not_overdue(self) -> None:
        position = opened([NewInstalment(0, JUNE, 12_000)])
        assert overdue_debts(on=JUNE) == []
        whole = OverdueDebt(position.pk, position.subject_id, 12_000, JUNE, (number(position, 0),))
        assert overdue_debts(on=date(2026, 6, 17)) == [whole]

    def test_with_rate_only_the_missed_ones(self) -> None:
        position = two_rates()
        assert asked(JUNE) == []
        assert asked(JULY) == [(7_000, JUNE, (number(position, 1),))]
        assert [type(d.overdue_cents) for d in overdue_debts(on=JULY)] == [int]

    def test_when_everything_is_overdue_the_rata_unica_is_enough(self) -> None:
        position = two_rates()
        assert asked(JANUARY) == [(12_000, JUNE, (number(position, 0),))]

    def test_who_pays_by_rate_owes_the_next_one(self) -> None:
        position = two_rates()
        pay(number(position, 1), 7_000)
        assert asked(JULY) == []
        assert asked(DECEMBER) == []
        assert asked(JANUARY) == [(5_000, DECEMBER, (number(position, 2),))]

    def test_an_early_rata_unica_does_not_make_the_rate_late(self) -> None:
        opened(
            [
                NewInstalment(0, date(2026, 4, 30), 12_000),
                NewInstalment(1, JUNE, 7_000),
                NewInstalment(2, DECEMBER, 5_000),
            ]
        )
        assert asked(date(2026, 5, 15)) == []
        assert [cents for cents, _, _ in asked(JULY)] == [7_000]

    def test_a_payment_that_came_short_has_no_notice_left(self) -> None:
        position = opened([NewInstalment(0, JUNE, 12_000)])
        pay(number(position, 0), 9_000)
        assert asked(JULY) == [(3_000, JUNE, ())]

    def test_paid_and_withdrawn_are_not_asked(self, ada) -> None:
        paid = opened([NewInstalment(0, JUNE, 12_000)], "R1")
        gone = opened([NewInstalment(0, JUNE, 12_000)], "R2")
        pay(number(paid, 0), 12_000)
        withdraw_position(position_id=gone.pk, reason="sgravio", actor=ada, at=AT)
        assert asked(JULY) == []

    def test_only_the_positions_asked_for(self) -> None:
        first = opened([NewInstalment(0, JUNE, 12_000)], "R1")
        opened([NewInstalment(0, JUNE, 12_000)], "R2")
        assert [d.position_id for d in overdue_debts(on=JULY, position_ids=[first.pk])] == [
            first.pk
        ]
        assert overdue_debts(on=JULY, position_ids=[]) == []
