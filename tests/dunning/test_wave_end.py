"""A wave ends when nobody is left, also when the last news comes in the very instant in which it looks."""

import threading
from datetime import date

import pytest
from django.db import OperationalError, connection, connections, transaction
from django_tenants.utils import schema_context

from billing.models import Position, Service
from billing.selectors.ledger import ledger_problems
from dunning.inbound.channels import channel_for
from dunning.inbound.ways import sending_way
from dunning.models import Attempt, Wave, WaveItem
from dunning.rules.delivery import DeliveryStatus
from dunning.rules.step_drafts import StepDraft
from dunning.services.outcomes import SENDER, News, take_news
from dunning.services.planning import plan_step
from dunning.services.policies import write_policy
from dunning.services.sending import send_next_items
from dunning.services.waves import (
    approve_wave,
    cancel_wave,
    finish_wave,
    pause_wave,
    start_wave,
)
from paybox.kernel.clock import now
from tenants.models import Ente
from tests.build import AT, make_position

SMS_THEN_MAIL = StepDraft("CORTESIA", "SCADENZA", 10, ("SMS", "EMAIL"), needs_approval=True)


@pytest.fixture
def sent(own_borgo: str, wired: None, ada, elena, person) -> Wave:
    """One SMS that was taken in charge; an e-mail would be next."""
    service = Service.objects.get(code="TARI")
    make_position(subject=person(), rates=())
    Position.objects.update(noticed_at=AT)
    write_policy(service_id=service.pk, steps=[SMS_THEN_MAIL], actor=ada, at=AT)
    wave = plan_step(service_id=service.pk, number=1, actor=ada, at=now(), today=date(2026, 7, 1))
    approve_wave(wave_id=wave.pk, actor=elena, at=now())
    start_wave(wave_id=wave.pk, actor=elena, at=now())
    way = sending_way(Ente.objects.get(schema_name="borgo"), "SMS")
    channel = channel_for("SMS")
    assert send_next_items(wave_id=wave.pk, channel=channel, way=way, at=now(), limit=9) == 1
    return wave


def refuse() -> None:
    news = News(DeliveryStatus.FALLITO_PERM, error_code="30003", words="spento")
    take_news(attempt_id=Attempt.objects.get().pk, news=news, at=now())


def test_it_does_not_end_while_somebody_goes_down_the_cascade(sent: Wave) -> None:
    """The refusal is being written: who would end the wave waits for it, and then sees who is left."""
    ended: list[bool | str] = []
    with transaction.atomic():
        refuse()
        other = threading.Thread(target=_try_to_end, args=(sent.pk, ended))
        other.start()
        other.join(timeout=30)
    assert ended == ["waits"]
    assert not finish_wave(wave_id=sent.pk, actor=SENDER, at=now())
    assert (WaveItem.objects.get().state, WaveItem.objects.get().channel) == ("PRONTO", "EMAIL")
    assert list(ledger_problems()) == []


def test_ended_a_moment_before_it_is_in_sending_again(sent: Wave) -> None:
    assert finish_wave(wave_id=sent.pk, actor=SENDER, at=now())
    with transaction.atomic():
        refuse()
    sent.refresh_from_db()
    assert (sent.state, sent.ended_at) == (Wave.State.SENDING, None)


def test_of_a_wave_that_was_cancelled_nobody_goes_down_the_cascade(sent: Wave, elena) -> None:
    """Given up, it sends nothing more: who was not reached is said so, and does not wait for ever."""
    pause_wave(wave_id=sent.pk, actor=elena, at=now())
    cancel_wave(wave_id=sent.pk, actor=elena, at=now())
    with transaction.atomic():
        refuse()
    item = WaveItem.objects.get()
    assert (item.state, item.reason, item.channel) == ("NON_RAGGIUNTO", "30003", "SMS")


def _try_to_end(wave_id: int, ended: list[bool | str]) -> None:
    try:
        with schema_context("borgo"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '300ms'")
            ended.append(finish_wave(wave_id=wave_id, actor=SENDER, at=now()))
    except OperationalError:
        ended.append("waits")
    finally:
        connections.close_all()
