"""An SMS that a telephone or an operator could not take goes once more, later; then the next channel, never after payment."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from billing.models import Position, Service
from billing.selectors.ledger import ledger_problems
from dunning.channels.sms_callbacks import DeliveryReport
from dunning.models import Attempt, Wave, WaveItem
from dunning.rules.delivery import DeliveryStatus
from dunning.rules.refusals import Fault, fault_of
from dunning.rules.step_drafts import StepDraft
from dunning.services.callbacks import take_delivery_report
from dunning.services.planning import plan_reminders, plan_step
from dunning.services.policies import write_policy
from dunning.services.sms_retries import retry_sms
from paybox.kernel.actor import Actor
from paybox.kernel.clock import now
from registry.models import Contact
from tests.build import AT, make_position, pay
from tests.dunning.conftest import drain, go
from tests.standins import Provider

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
Send = Callable[..., Attempt]


@pytest.fixture
def send(borgo: Any, wired: None, ada: Actor, elena: Actor, person: Any) -> Send:
    """One SMS that the provider took and then could not deliver, with that code."""

    def sending(code: str, *, channels: tuple[str, ...] = ("SMS",)) -> Attempt:
        position = make_position(subject=person())
        service = Service.objects.get(code="TARI")
        if len(channels) > 1:
            Position.objects.filter(pk=position.pk).update(noticed_at=AT)
            step = StepDraft("CORTESIA", "SCADENZA", 1, channels, needs_approval=True)
            write_policy(service_id=service.pk, steps=[step], actor=ada, at=now())
            wave = plan_step(
                service_id=service.pk, number=1, actor=ada, at=now(), today=date(2026, 7, 1)
            )
        else:
            wave = plan_reminders(
                service_id=service.pk, channel="SMS", actor=ada, at=now(), today=date(2026, 7, 1)
            )
        go(wave, elena)
        return not_delivered(Attempt.objects.get(item__position_ids=[position.pk]), code, at=now())

    return sending


def not_delivered(attempt: Attempt, code: str, *, at: datetime) -> Attempt:
    report = DeliveryReport(attempt.uuid, attempt.provider_ref, DeliveryStatus.FALLITO_TEMP, code)
    return take_delivery_report(report=report, raw_message_id=None, at=at)


def tries(item: WaveItem) -> list[tuple[str, str]]:
    return list(item.attempts.order_by("try_number").values_list("channel", "state"))


@pytest.mark.django_db
@pytest.mark.parametrize(("code", "wait"), [("30003", DAY), ("30008", DAY), ("30036", 3 * HOUR)])
def test_once_more_when_its_time_has_come(send: Send, provider: Provider, code, wait) -> None:
    first = send(code)
    assert retry_sms(at=now() + wait - HOUR) == 0
    assert retry_sms(at=now() + wait + HOUR) == 1
    drain()
    assert tries(first.item) == [("SMS", "FALLITO_TEMP"), ("SMS", "ACCETTATO")]
    assert len(provider.to(first.address)) == 2
    assert Wave.objects.get(pk=first.item.wave_id).state == Wave.State.SENT
    assert retry_sms(at=now() + 9 * DAY) == 0
    assert list(ledger_problems()) == []


@pytest.mark.django_db
def test_who_pays_before_the_second_try_is_left_alone(send: Send, provider: Provider) -> None:
    first = send("30003")
    position = Position.objects.get(pk=first.item.position_ids[0])
    pay(position.instalments.get(number=0).notice_number, 12_000)
    retry_sms(at=now() + 2 * DAY)
    drain()
    item = WaveItem.objects.get(pk=first.item_id)
    assert (item.state, item.reason) == (WaveItem.State.SKIPPED, "PAGATO")
    assert len(provider.to(first.address)) == 1


@pytest.mark.django_db
def test_failed_twice_the_next_channel_begins_and_nobody_is_blamed(send: Send) -> None:
    first = send("30003", channels=("SMS", "EMAIL"))
    item = WaveItem.objects.get(pk=first.item_id)
    assert (item.state, item.channel) == ("NON_RAGGIUNTO", "SMS"), "it waits for its second try"
    assert retry_sms(at=now() + 2 * DAY) == 1
    drain()
    not_delivered(item.attempts.get(try_number=2), "30008", at=now() + 2 * DAY)
    drain()
    assert [channel for channel, _ in tries(item)] == ["SMS", "SMS", "EMAIL"]
    assert Contact.objects.get(value=first.address).quality == "DICHIARATO"
    assert retry_sms(at=now() + 9 * DAY) == 0
    assert list(ledger_problems()) == []


@pytest.mark.django_db
def test_failed_twice_without_another_channel_it_ends(send: Send) -> None:
    first = send("30008")
    assert retry_sms(at=now() + 2 * DAY) == 1
    drain()
    not_delivered(first.item.attempts.get(try_number=2), "30003", at=now() + 2 * DAY)
    assert retry_sms(at=now() + 9 * DAY) == 0
    assert WaveItem.objects.get(pk=first.item_id).state == WaveItem.State.NOT_REACHED


@pytest.mark.django_db
def test_delivered_after_all_it_does_not_go_again(send: Send, provider: Provider) -> None:
    first = send("30008")
    late = DeliveryReport(first.uuid, first.provider_ref, DeliveryStatus.CONSEGNATO, "")
    take_delivery_report(report=late, raw_message_id=None, at=now() + HOUR)
    assert retry_sms(at=now() + 2 * DAY) == 0
    assert len(provider.to(first.address)) == 1


def test_a_provider_without_room_is_waited_for() -> None:
    assert fault_of("21611", channel="SMS") is Fault.AWAY
