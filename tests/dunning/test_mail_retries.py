"""An e-mail that a server does not take for now is tried for two days; then the next channel, and never after payment."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.models import Position, Service
from billing.selectors.ledger import ledger_problems
from dunning.models import Attempt, Wave, WaveItem
from dunning.rules.mail_retries import GIVE_UP_AFTER, WAITS, next_try
from dunning.rules.step_drafts import StepDraft
from dunning.services.mail_retries import retry_mail
from dunning.services.planning import plan_reminders, plan_step
from dunning.services.policies import write_policy
from paybox.kernel.actor import Actor
from paybox.kernel.clock import now
from registry.models import Contact
from tests.build import AT, make_position, pay
from tests.dunning.conftest import drain, go
from tests.standins import Sink

START = datetime(2026, 7, 1, 9, tzinfo=UTC)
HOURS = timedelta(hours=1)


@given(st.lists(st.integers(0, 600), min_size=1, max_size=40))
def test_tries_end_within_two_days_and_are_never_closer_than_a_quarter_of_an_hour(
    late: list[int],
) -> None:
    """``late``: minutes by which the sweeper comes after each due time."""
    failed_at, tries, gaps = START, 1, []
    while again := next_try(first_at=START, failed_at=failed_at, tries=tries):
        gaps.append(again - failed_at)
        assert again <= START + GIVE_UP_AFTER
        failed_at = again + timedelta(minutes=late[(tries - 1) % len(late)])
        tries += 1
        assert tries < 10
    assert gaps == sorted(gaps)
    assert gaps[0] == WAITS[0]


def test_without_delays_it_is_tried_six_times() -> None:
    at, times = START, [START]
    while again := next_try(first_at=START, failed_at=at, tries=len(times)):
        at = again
        times.append(at)
    assert [round((t - START) / HOURS, 2) for t in times] == [0, 0.25, 1.25, 5.25, 17.25, 41.25]


@pytest.fixture
def borgo_sends(borgo, wired, ada, elena, person, sink: Sink):
    def send(email: str, *, channels: tuple[str, ...] = ("EMAIL",)) -> Attempt:
        position = make_position(subject=person(email=email))
        service = Service.objects.get(code="TARI")
        if len(channels) > 1:
            wave = step_wave(service, channels, position, ada)
        else:
            wave = plan_reminders(
                service_id=service.pk, channel="EMAIL", actor=ada, at=now(), today=date(2026, 7, 1)
            )
        go(wave, elena)
        attempt = Attempt.objects.get(item__position_ids=[position.pk])
        assert (attempt.state, attempt.item.state) == ("FALLITO_TEMP", "NON_RAGGIUNTO")
        return attempt

    return send


def step_wave(service: Service, channels: tuple[str, ...], position: Position, ada: Actor) -> Wave:
    Position.objects.filter(pk=position.pk).update(noticed_at=AT)
    step = StepDraft("CORTESIA", "SCADENZA", 1, channels, needs_approval=True)
    write_policy(service_id=service.pk, steps=[step], actor=ada, at=now())
    return plan_step(service_id=service.pk, number=1, actor=ada, at=now(), today=date(2026, 7, 1))


def numbers(item: WaveItem) -> list[tuple[int, str]]:
    return list(item.attempts.order_by("try_number").values_list("try_number", "state"))


@pytest.mark.django_db
def test_a_server_that_asks_to_come_back_gets_it_the_second_time(
    borgo_sends, sink: Sink, valle
) -> None:
    attempt = borgo_sends("grigia.uno@posta.example")
    assert Wave.objects.get(pk=attempt.item.wave_id).state == Wave.State.SENT
    assert retry_mail(at=now() + timedelta(minutes=14)) == 0
    assert retry_mail(at=now() + timedelta(minutes=16)) == 1
    drain()
    assert numbers(attempt.item) == [(1, "FALLITO_TEMP"), (2, "ACCETTATO")]
    assert len(sink.to("grigia.uno@posta.example")) == 1
    assert Wave.objects.get(pk=attempt.item.wave_id).state == Wave.State.SENT
    assert retry_mail(at=now() + timedelta(days=3)) == 0
    assert list(ledger_problems()) == []


@pytest.mark.django_db
def test_who_pays_between_two_tries_is_left_alone(borgo_sends, sink: Sink) -> None:
    attempt = borgo_sends("grigia.due@posta.example")
    position = Position.objects.get(pk=attempt.item.position_ids[0])
    pay(position.instalments.get(number=0).notice_number, 12_000)
    retry_mail(at=now() + HOURS)
    drain()
    item = WaveItem.objects.get(pk=attempt.item_id)
    assert (item.state, item.reason) == (WaveItem.State.SKIPPED, "PAGATO")
    assert sink.to("grigia.due@posta.example") == []


@pytest.mark.django_db
def test_after_two_days_it_is_given_up_and_nobody_is_blamed(
    borgo_sends, django_assert_num_queries
) -> None:
    attempt = borgo_sends("piena@posta.example")
    Attempt.objects.filter(pk=attempt.pk).update(
        created_at=now() - timedelta(hours=47), ended_at=now() - timedelta(hours=1)
    )
    assert retry_mail(at=now()) == 1, "a quarter of an hour has passed, and two days have not"
    drain()
    last = attempt.item.attempts.get(try_number=2)
    assert retry_mail(at=now() + timedelta(minutes=59)) == 0
    assert retry_mail(at=now() + timedelta(hours=1, minutes=1)) == 1
    last.refresh_from_db()
    assert (last.state, last.error_code) == ("FALLITO_PERM", "RIPROVATO")
    assert last.error_words.startswith("Riprovato per 48 ore. ")
    assert Contact.objects.get(value="piena@posta.example").quality != Contact.Quality.FAILING
    with django_assert_num_queries(1):  # neither of the two is looked at again
        assert retry_mail(at=now() + timedelta(days=9)) == 0
    assert list(ledger_problems()) == []


@pytest.mark.django_db
def test_only_when_it_is_given_up_the_next_channel_begins(borgo_sends) -> None:
    attempt = borgo_sends("piena@posta.example", channels=("EMAIL", "SMS"))
    Attempt.objects.filter(pk=attempt.pk).update(
        created_at=now() - timedelta(hours=49), ended_at=now() - timedelta(hours=8)
    )
    assert retry_mail(at=now()) == 1
    drain()
    item = WaveItem.objects.get(pk=attempt.item_id)
    assert (item.channel, item.rung) == ("SMS", 1)
    assert [one.channel for one in item.attempts.order_by("try_number")] == ["EMAIL", "SMS"]
