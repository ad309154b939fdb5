"""Items claimed together: what was not handed over certainly did not leave, and goes again by itself, once."""

import socket
from datetime import date
from uuid import uuid4

import pytest

from billing.models import Service
from billing.selectors.ledger import ledger_problems
from dunning.channels.email import EmailChannel
from dunning.channels.protocol import Accepted, Message
from dunning.inbound.channels import channel_for
from dunning.inbound.ways import sending_way
from dunning.models import Attempt, StepTaken, Wave
from dunning.services.claiming import claim_items
from dunning.services.handing import hand_to_provider, open_lines
from dunning.services.pacing import FEW, MANY, Pace
from dunning.services.planning import plan_reminders
from dunning.services.reconciling import CLAIM_LIVES, reconcile_attempts
from dunning.services.sending import send_next_items
from dunning.services.waves import approve_wave, cancel_wave, pause_wave, start_wave
from paybox.kernel.clock import now
from paybox.kernel.models import OutboxEntry
from tenants.models import Ente
from tests.build import make_position, pay
from tests.dunning.conftest import drain

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("borgo", "wired")]


@pytest.fixture
def started(ada, elena, person):
    """A wave of SMS in sending to five persons, nothing claimed yet."""
    positions = [make_position(subject=person(), rates=()) for _ in range(5)]
    key = Service.objects.get(code="TARI").pk
    wave = plan_reminders(
        service_id=key, channel="SMS", actor=ada, at=now(), today=date(2026, 7, 1)
    )
    approve_wave(wave_id=wave.pk, actor=elena, at=now())
    start_wave(wave_id=wave.pk, actor=elena, at=now())
    return Wave.objects.select_related("service", "step__policy").get(pk=wave.pk), positions


def the_way():
    return sending_way(Ente.objects.get(schema_name="borgo"), "SMS")


def mobiles(positions) -> list[str]:
    return [p.subject.contacts.get(kind="MOBILE").value for p in positions]


def test_what_a_dead_worker_had_only_claimed_leaves_with_the_next_one(started, provider) -> None:
    wave, positions = started
    claimed = claim_items(wave=wave, channel="SMS", way=the_way(), at=now(), limit=3)
    assert [claimed.treated, len(claimed.leaving)] == [3, 3]
    channel = channel_for("SMS")
    assert reconcile_attempts(wave_id=wave.pk, channel=channel, way=the_way(), at=now()) == 3
    later = now() + CLAIM_LIVES
    assert reconcile_attempts(wave_id=wave.pk, channel=channel, way=the_way(), at=later) == 0
    assert set(wave.items.values_list("state", flat=True)) == {"PRONTO"}
    with open_lines(channel) as lines:  # the dead worker was only asleep
        assert hand_to_provider(claimed.leaving, lines=lines) == []
    drain()
    assert [len(provider.to(number)) for number in mobiles(positions)] == [1] * 5
    assert list(ledger_problems()) == []


def test_a_pause_stops_what_was_claimed_and_has_not_left(started, provider, elena) -> None:
    wave, positions = started
    real = channel_for("SMS")

    class PausedMeanwhile:
        name = "SMS"

        def send(self, message):
            outcome = real.send(message)
            pause_wave(wave_id=wave.pk, actor=elena, at=now())
            return outcome

    done = send_next_items(
        wave_id=wave.pk, channel=PausedMeanwhile(), way=the_way(), at=now(), limit=9
    )
    assert done == 5
    assert sorted(wave.items.values_list("state", flat=True)) == ["INVIATO", *["PRONTO"] * 4]
    kept = Attempt.objects.filter(error_code="NON_PARTITO", state="FALLITO_TEMP")
    assert (kept.count(), Attempt.objects.filter(still_here=True).count()) == (4, 0)
    start_wave(wave_id=wave.pk, actor=elena, at=now())
    drain()
    assert [len(provider.to(number)) for number in mobiles(positions)] == [1] * 5


def test_cancelled_while_some_were_claimed_none_of_them_waits_any_more(started, elena) -> None:
    wave, _ = started
    real = channel_for("SMS")

    class CancelledMeanwhile:
        name = "SMS"

        def send(self, message):
            outcome = real.send(message)
            pause_wave(wave_id=wave.pk, actor=elena, at=now())
            cancel_wave(wave_id=wave.pk, actor=elena, at=now())
            return outcome

    send_next_items(wave_id=wave.pk, channel=CancelledMeanwhile(), way=the_way(), at=now(), limit=9)
    told = sorted(wave.items.values_list("state", "reason"))
    assert told == [("INVIATO", ""), *[("SALTATO", "ANNULLATA")] * 4]


def test_cancelled_after_a_worker_died_what_it_had_in_hand_is_looked_up(
    started, provider, elena
) -> None:
    """One was given to the provider and never written down, the other was not: neither is in sending for ever."""
    wave, _ = started
    claimed = claim_items(wave=wave, channel="SMS", way=the_way(), at=now(), limit=2)
    with open_lines(channel_for("SMS")) as lines:
        hand_to_provider(claimed.leaving[:1], lines=lines)
    pause_wave(wave_id=wave.pk, actor=elena, at=now())
    cancel_wave(wave_id=wave.pk, actor=elena, at=now())
    drain()
    assert wave.items.filter(state="IN_INVIO").count() == 2  # somebody may still have them in hand
    assert OutboxEntry.objects.filter(queue="waves", done_at=None).exists()
    Attempt.objects.update(created_at=now() - CLAIM_LIVES, leased_until=now())
    OutboxEntry.objects.filter(done_at=None).update(next_at=now())
    drain()
    told = sorted(wave.items.values_list("state", "reason"))
    assert told == [("INVIATO", ""), *[("SALTATO", "ANNULLATA")] * 4]
    assert not OutboxEntry.objects.filter(queue="waves", done_at=None).exists()


def test_who_pays_between_two_claims_gets_nothing(started) -> None:
    wave, positions = started
    way = the_way()
    claim_items(wave=wave, channel="SMS", way=way, at=now(), limit=2)
    pay(positions[2].instalments.get(number=0).notice_number, 12_000)
    rest = claim_items(wave=wave, channel="SMS", way=way, at=now(), limit=9)
    assert [rest.treated, len(rest.leaving)] == [3, 2]
    item = wave.items.get(subject=positions[2].subject)
    assert (item.state, item.reason) == ("SALTATO", "PAGATO")
    assert StepTaken.objects.count() == 0  # no step: the wave is of no policy


def test_nothing_is_claimed_of_a_wave_that_is_not_in_sending(started, elena) -> None:
    wave, _ = started
    pause_wave(wave_id=wave.pk, actor=elena, at=now())
    assert claim_items(wave=wave, channel="SMS", way=the_way(), at=now(), limit=9).treated == 0
    assert not Attempt.objects.exists()


def test_the_pace_grows_while_all_goes_well_and_falls_at_once() -> None:
    pace = Pace()
    sizes = []
    for failed, seconds in [(False, 0.1)] * 6 + [(False, 1.5), (False, 3.0), (True, 0.1)]:
        pace.learn(failed=failed, seconds=seconds)
        sizes.append(pace.size)
    assert sizes == [10, 20, 40, 80, MANY, MANY, MANY, MANY // 2, FEW]


def test_one_connection_carries_many_emails_and_another_takes_over_when_it_is_closed(sink) -> None:
    channel = EmailChannel(options={"host": "127.0.0.1", "port": sink.smtp_port, "timeout": 5})
    to = [f"tenuta.{n}.{uuid4().hex}@posta.example" for n in range(3)]
    lines: set[int] = set()
    with channel.kept_open():
        for n, address in enumerate(to):
            assert isinstance(channel.send(_mail(address)), Accepted)
            kept = channel._kept
            assert kept is not None
            line = kept._mine.line.connection.connection
            lines.add(id(line))
            if n == 1:
                line.sock.shutdown(socket.SHUT_RDWR)  # as a server does with who is idle
    assert [len(sink.to(address)) for address in to] == [1, 1, 1]
    assert len(lines) == 2


def _mail(to: str) -> Message:
    return Message(uuid4(), to, "Prova", "Testo", "", (), "ente@posta.example", "")
