"""The clock: days are Italian, the demo may move it, production may not."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from django_tenants.utils import schema_context

from paybox.kernel.clock import ROME, ClockRefused, move_clock_to, now, reset_clock, today


@pytest.fixture(autouse=True)
def right_time(db: None) -> None:
    reset_clock()


def italian_day() -> date:
    return timezone.now().astimezone(ROME).date()


def test_an_instant_is_aware_and_real() -> None:
    before = timezone.now()
    assert before <= now() <= timezone.now()


def test_the_day_is_the_italian_one() -> None:
    """At half past eleven of a June evening in London it is tomorrow in Rome."""
    evening = datetime(2026, 6, 30, 22, 30, tzinfo=UTC)
    assert evening.astimezone(ROME).date() == date(2026, 7, 1)
    assert today() in {italian_day(), italian_day() - timedelta(days=1)}


@pytest.mark.parametrize("days", [1, 45, 400, -30])
def test_it_moves_for_every_ente_and_back(days: int, borgo: Any, valle: Any) -> None:
    target = italian_day() + timedelta(days=days)
    move_clock_to(target)
    assert today() == target
    with schema_context("valle"):
        assert today() == target
    with schema_context("public"):
        assert now().astimezone(ROME).date() == target
    reset_clock()
    assert today() == italian_day()


def test_moving_twice_is_not_moving_further() -> None:
    target = italian_day() + timedelta(days=10)
    move_clock_to(target)
    move_clock_to(target)
    assert today() == target


def test_where_it_cannot_be_moved_it_is_real_and_says_no(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    move_clock_to(italian_day() + timedelta(days=10))
    monkeypatch.setattr(settings, "MOVABLE_CLOCK", False)
    assert today() == italian_day()
    with pytest.raises(ClockRefused, match="non si può spostare"):
        move_clock_to(date(2030, 1, 1))
