"""Promises on the telephone: they hold the reminders back, the money says whether they were kept, broken ones weigh."""

from datetime import date, timedelta

import pytest
from django_tenants.utils import schema_context

from billing.models import Service
from billing.selectors.ledger import ledger_problems
from dunning.models import Hold, PhoneFile, PhonePromise, PhoneTask
from dunning.rules.phone_outcomes import Called
from dunning.services.acts import Costs, replace_position
from dunning.services.phone_handback import follow_campaigns
from dunning.services.phone_list import open_phone_file
from dunning.services.phone_office import settle_phone_task
from dunning.services.phone_promises import Promised, withdraw_promise
from dunning.services.phone_settling import settle_promises
from dunning.services.planning import plan_reminders
from dunning.services.refusals import PhoneRefused
from paybox.kernel.actor import Actor
from tests.build import pay
from tests.dunning.phones import APPROVER, MONDAY, RITA, again, call, overdue, running, take

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("borgo")]
FRIDAY = date(2026, 3, 6)
DAY = timedelta(days=1)


def promise(file: PhoneFile, cents: int = 12_000, *, on: date = FRIDAY, at=MONDAY) -> PhonePromise:
    said = Promised(cents, on, "PAGOPA")
    return call(file, Called.PROMISE, at=at, promised=said).promise


def settle(day: date) -> int:
    at = MONDAY + (day - MONDAY.date())
    return settle_promises(at=at, today=day)


def reason_of_reminder(ada: Actor, day: date) -> str:
    service = Service.objects.get(code="TARI").pk
    at = MONDAY + (day - MONDAY.date())
    wave = plan_reminders(service_id=service, channel="SMS", actor=ada, at=at, today=day)
    return wave.items.get().reason


def test_kept_by_a_payment_in_time(person, ada, valle) -> None:
    position = overdue(person())
    file = take(running())
    made = promise(file)
    assert (made.state, made.last_on) == ("IN_ATTESA", date(2026, 3, 11)), "three working days"
    assert reason_of_reminder(ada, FRIDAY) == "PROMESSA"
    assert settle(FRIDAY) == 0
    pay(position.instalments.get().notice_number, 12_000, at=MONDAY + 8 * DAY)
    assert settle(date(2026, 3, 10)) == 1
    made.refresh_from_db()
    assert (made.state, made.paid_cents) == ("MANTENUTA", 12_000)
    assert (again(file).state, again(file).collected_cents) == ("CHIUSA_INCASSO", 12_000)
    assert not Hold.objects.in_force(on=date(2026, 3, 10)).exists()
    with schema_context("valle"):
        assert not PhonePromise.objects.exists()
    assert list(ledger_problems()) == []


def test_kept_in_two_rate_and_on_the_notice_of_a_replaced_debt(person, ada) -> None:
    """What counts is the money that came, on whatever notice of hers."""
    position = overdue(person())
    file = take(running())
    made = promise(file)
    new = replace_position(
        position_id=position.pk, costs=Costs(interest_cents=0), reason="errore", due_on=date(2026, 3, 31),
        segregation="01", actor=ada, at=MONDAY,
    )  # fmt: skip
    pay(position.instalments.get().notice_number, 5_000, at=MONDAY + DAY)
    assert settle(FRIDAY - DAY) == 1
    made.refresh_from_db()
    assert (made.state, made.paid_cents) == ("IN_ATTESA", 5_000)
    pay(new.instalments.get().notice_number, 7_000, at=MONDAY + 2 * DAY)
    settle(FRIDAY)
    made.refresh_from_db()
    assert (made.state, made.paid_cents) == ("MANTENUTA", 12_000)
    assert list(ledger_problems()) == []


def test_broken_the_attention_grows_and_she_is_called_again(person, ada) -> None:
    overdue(person())
    campaign = running()
    file = take(campaign)
    worth = file.expected_cents
    made = promise(file)
    assert settle(date(2026, 3, 11)) == 0, "the grace is part of it"
    assert settle(date(2026, 3, 12)) == 1
    assert settle(date(2026, 3, 12)) == 0
    made.refresh_from_db()
    assert made.state == "DISATTESA"
    assert reason_of_reminder(ada, date(2026, 3, 12)) == ""
    now = again(file)
    assert (now.attention, now.expected_cents) == (1, worth // 2)
    assert take(campaign, at=MONDAY + 11 * DAY).pk == file.pk
    assert not PhoneTask.objects.exists()


def test_the_pause_ends_after_fifteen_days_even_for_a_far_promise(person, ada) -> None:
    overdue(person())
    promise(take(running()), on=date(2026, 4, 20))
    assert reason_of_reminder(ada, date(2026, 3, 17)) == "PROMESSA"
    assert reason_of_reminder(ada, date(2026, 3, 18)) == ""


def test_after_the_second_broken_one_a_supervisor_decides(person) -> None:
    overdue(person())
    campaign = running()
    day = MONDAY
    for _ in range(2):
        file = take(campaign, at=day)
        promise(file, on=day.date() + DAY, at=day)
        day += 7 * DAY
        assert settle(day.date()) == 1
    assert again(file).attention == 2
    task = PhoneTask.objects.get()
    assert (task.kind, task.settled_at) == ("PROMESSE", None)
    file = take(campaign, at=day)
    with pytest.raises(PhoneRefused, match="due promesse"):
        promise(file, on=day.date() + DAY, at=day)
    settle_phone_task(task_id=task.pk, answer="Ancora una, è in buona fede", resume=True, actor=APPROVER, at=day)  # fmt: skip
    assert promise(file, on=day.date() + DAY, at=day).state == "IN_ATTESA"
    assert settle(day.date() + 7 * DAY) == 1
    assert PhoneTask.objects.filter(settled_at=None).count() == 1, "the third one asks again"


def test_kept_in_part_and_kept_after_all_when_the_money_is_known_late(person) -> None:
    position = overdue(person())
    file = take(running())
    made = promise(file)
    pay(position.instalments.get().notice_number, 5_000, at=MONDAY + DAY)
    settle(date(2026, 3, 12))
    made.refresh_from_db()
    assert (made.state, made.paid_cents) == ("IN_PARTE", 5_000)
    pay(position.instalments.get().notice_number, 7_000, at=MONDAY + 2 * DAY)
    settle(date(2026, 3, 14))
    made.refresh_from_db()
    assert (made.state, made.paid_cents) == ("MANTENUTA", 12_000)
    assert again(file).state == "CHIUSA_INCASSO"
    assert list(ledger_problems()) == []


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (Promised(12_001, FRIDAY, "PAGOPA"), "residuo"),
        (Promised(0, FRIDAY, "PAGOPA"), "centesimo"),
        (Promised(12_000, date(2026, 3, 1), "PAGOPA"), "da oggi"),
        (Promised(12_000, date(2026, 5, 2), "PAGOPA"), "60 giorni"),
        (Promised(12_000, FRIDAY, "CONCHIGLIE"), "come pagherà"),
        (None, "vuole importo"),
    ],
)
def test_what_is_no_promise(person, said, words) -> None:
    overdue(person())
    file = take(running())
    with pytest.raises(PhoneRefused, match=words):
        call(file, Called.PROMISE, promised=said)
    assert not Hold.objects.exists()
    assert file.calls.get().outcome == "", "the call still waits for its outcome"


def test_one_at_a_time_and_it_can_be_taken_back(person, ada) -> None:
    overdue(person())
    campaign = running()
    file = take(campaign)
    made = promise(file)
    later = MONDAY + DAY
    open_phone_file(file_id=file.pk, operator=RITA, at=later)
    with pytest.raises(PhoneRefused, match="già una promessa"):
        promise(file, at=later)
    withdraw_promise(promise_id=made.pk, actor=ada, at=later)
    with pytest.raises(PhoneRefused, match="non è più in attesa"):
        withdraw_promise(promise_id=made.pk, actor=ada, at=later)
    assert reason_of_reminder(ada, later.date()) == ""
    assert take(campaign, at=later).pk == file.pk


def test_the_morning_round_closes_what_was_paid(person) -> None:
    position = overdue(person())
    overdue(person())
    campaign = running()
    pay(position.instalments.get().notice_number, 12_000, at=MONDAY + DAY)
    follow_campaigns(at=MONDAY + 2 * DAY, today=(MONDAY + 2 * DAY).date())
    states = set(campaign.files.values_list("state", flat=True))
    assert states == {"CHIUSA_INCASSO", "IN_LAVORAZIONE"}
