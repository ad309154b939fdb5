"""What stops a wave that should not leave as it is: time, money that moved, a hurried provider, one Ente's silence."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone
from django_tenants.utils import schema_context

from billing.models import Position, Service
from billing.selectors.ledger import ledger_problems
from billing.services.positions import NewInstalment, NewPosition, open_position
from dunning.models import Attempt, Suppression, Wave, WaveItem
from dunning.selectors.drift import moved_too_much
from dunning.services.planning import plan_reminders
from dunning.services.refusals import ApprovalRefused, WaveRefused
from dunning.services.waves import approve_wave, cancel_wave, pause_wave, start_wave
from paybox.kernel.actor import SYSTEM, Actor
from paybox.kernel.clock import now
from paybox.kernel.models import OutboxEntry
from registry.models import Subject
from tests.build import AT, make_position, make_subject, pay
from tests.dunning.conftest import go

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wired")]
LATER = AT + timedelta(days=121)
THREE_DAYS = timedelta(hours=72)


def reminders(actor: Actor, *, service: str = "TARI", at: Any = LATER) -> Wave:
    key = Service.objects.get(code=service).pk
    return plan_reminders(service_id=key, channel="SMS", actor=actor, at=at, today=date(2026, 7, 1))


def pay_whole(position: Position) -> None:
    pay(position.instalments.get(number=0).notice_number, 12_000)


def two_rates(subject: Subject) -> Position:
    """Fifty euros missed in June, as many due in December."""
    ways = (
        NewInstalment(0, date(2026, 6, 16), 10_000),
        NewInstalment(1, date(2026, 6, 16), 5_000),
        NewInstalment(2, date(2026, 12, 16), 5_000),
    )
    new = NewPosition(
        reference=str(subject.uuid), causale="TARI 2026", year=2026, instalments=ways,
        origin=Position.Origin.HAND,
    )  # fmt: skip
    tari = Service.objects.get(code="TARI")
    return open_position(
        service=tari, subject=subject, new=new, segregation="01", actor=SYSTEM, at=AT
    )


def _fields(item: WaveItem) -> dict[str, Any]:
    return {
        name: getattr(item, name)
        for name in ("wave_id", "subject_id", "position_ids", "amount_cents", "channel", "state", "updated_at")
    }  # fmt: skip


@pytest.mark.usefixtures("borgo")
class TestWhatWasApproved:
    def test_lasts_seventy_two_hours(self, ada, elena, person) -> None:
        make_position(subject=person())
        wave = reminders(ada)
        second = timedelta(seconds=1)
        with pytest.raises(ApprovalRefused, match="troppo vecchia"):
            approve_wave(wave_id=wave.pk, actor=elena, at=LATER + THREE_DAYS + second)
        approve_wave(wave_id=wave.pk, actor=elena, at=LATER + THREE_DAYS)
        with pytest.raises(ApprovalRefused, match="troppo vecchia"):
            start_wave(wave_id=wave.pk, actor=elena, at=LATER + THREE_DAYS + second)
        assert not OutboxEntry.objects.filter(queue="waves").exists()
        start_wave(wave_id=wave.pk, actor=elena, at=LATER + THREE_DAYS)

    def test_a_pause_of_a_month_is_too_long(self, ada, elena, person) -> None:
        make_position(subject=person())
        wave = reminders(ada)
        approve_wave(wave_id=wave.pk, actor=elena, at=LATER)
        start_wave(wave_id=wave.pk, actor=elena, at=LATER)
        pause_wave(wave_id=wave.pk, actor=elena, at=LATER)
        month = timedelta(days=30)
        with pytest.raises(WaveRefused, match="30 giorni"):
            start_wave(wave_id=wave.pk, actor=elena, at=LATER + month + timedelta(seconds=1))
        assert start_wave(wave_id=wave.pk, actor=elena, at=LATER + month).state == "IN_INVIO"
        pause_wave(wave_id=wave.pk, actor=elena, at=LATER + month)
        assert cancel_wave(wave_id=wave.pk, actor=elena, at=LATER + 2 * month).state == "ANNULLATA"

    @pytest.mark.parametrize(("payers", "stands"), [(3, True), (4, False)])
    def test_is_void_when_too_many_have_paid_since(
        self, ada, elena, person, payers, stands
    ) -> None:
        owed = [make_position(subject=person()) for _ in range(20)]
        wave = reminders(ada)
        approve_wave(wave_id=wave.pk, actor=elena, at=LATER)
        for position in owed[:payers]:
            pay_whole(position)
        if stands:
            assert start_wave(wave_id=wave.pk, actor=elena, at=LATER).state == "IN_INVIO"
        else:
            with pytest.raises(ApprovalRefused, match="troppi importi"):
                start_wave(wave_id=wave.pk, actor=elena, at=LATER)
            assert reminders(ada).recipients == 16
        assert list(ledger_problems()) == []

    def test_of_a_large_wave_two_in_a_hundred_may_pay(self, ada, person) -> None:
        owed = [make_position(subject=person(), rates=()) for _ in range(5)]
        wave = reminders(ada)
        one = wave.items.last()
        many = [WaveItem(**_fields(one), key=f"altri-{n}") for n in range(195)]
        WaveItem.objects.bulk_create(many)
        for position in owed[:4]:
            pay_whole(position)
        assert not moved_too_much(wave)  # 4 of 200
        WaveItem.objects.filter(key="altri-0").delete()
        assert moved_too_much(wave)  # 4 of 199

    def test_who_paid_the_rata_that_was_missed_counts_though_others_come_later(
        self, ada, elena, person
    ) -> None:
        owed = [two_rates(person()) for _ in range(5)]
        wave = reminders(ada)
        assert wave.amount_cents == 5 * 5_000
        for position in owed[:3]:
            pay(position.instalments.get(number=1).notice_number, 5_000)
        assert not moved_too_much(wave)
        pay(owed[3].instalments.get(number=1).notice_number, 5_000)
        with pytest.raises(ApprovalRefused, match="troppi importi"):
            approve_wave(wave_id=wave.pk, actor=elena, at=LATER)
        assert list(ledger_problems()) == []

    def test_is_approved_once(self, ada, elena, person) -> None:
        make_position(subject=person())
        wave = reminders(ada)
        approve_wave(wave_id=wave.pk, actor=elena, at=LATER)
        with pytest.raises(WaveRefused, match="Approvato"):
            approve_wave(wave_id=wave.pk, actor=Actor(9, "Franco Riva"), at=LATER)
        wave.refresh_from_db()
        assert wave.approver_name == "Elena Fabbri"


@pytest.mark.usefixtures("borgo")
def test_too_many_requests_is_nobody_s_fault(ada, elena, person) -> None:
    """20429: the item waits as it was, the contact stays good, the wave comes back after a while."""
    hurried = make_position(subject=person(mobile="+393337770429"))
    wave = reminders(ada, at=now())
    go(wave, elena)
    wave.refresh_from_db()
    assert (wave.state, wave.items.get().state) == ("IN_INVIO", "PRONTO")
    attempt = Attempt.objects.get()
    assert (attempt.state, attempt.error_code) == ("FALLITO_TEMP", "20429")
    assert hurried.subject.contacts.get(kind="MOBILE").quality == "DICHIARATO"
    assert OutboxEntry.objects.get(queue="waves", done_at=None).next_at > timezone.now()


def test_silence_asked_of_one_ente_is_not_that_of_another(borgo, ada, elena, provider) -> None:
    number = "+393337770777"
    with schema_context("valle"):
        make_position(service="QUOTA", subject=make_subject(mobile=number), segregation="02")
    make_position(subject=make_subject(mobile=number))
    Suppression.objects.create(
        channel="SMS", address=number, reason="OPPOSIZIONE", created_at=AT, actor_name="p"
    )
    assert reminders(ada, at=now()).items.get().reason == "DA_NON_DISTURBARE"
    with schema_context("valle"):
        assert not Suppression.objects.exists()
        wave = reminders(ada, service="QUOTA", at=now())
        go(wave, elena, schema="valle")
        assert wave.items.get().state == "INVIATO"
        assert list(ledger_problems()) == []
    assert len(provider.to(number)) == 1
    assert reminders(ada, at=now()).items.get().reason == "DA_NON_DISTURBARE"
