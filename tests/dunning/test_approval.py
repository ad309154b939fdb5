"""Approval: another person, exactly what was simulated, one step at a time."""

from datetime import date, timedelta

import pytest

from billing.models import Service
from dunning.models import Wave, WaveItem
from dunning.services.leaving_out import leave_out
from dunning.services.planning import plan_notices, plan_reminders
from dunning.services.refusals import ApprovalRefused, WaveRefused
from dunning.services.waves import approve_wave, cancel_wave, pause_wave, start_wave
from paybox.kernel.models import AuditEntry, OutboxEntry
from tests.build import AT, make_position
from tests.dunning.conftest import loaded

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("borgo")]
LATER = AT + timedelta(days=120)


@pytest.fixture
def wave(ada, person) -> Wave:
    make_position(subject=person())
    make_position(subject=person(mobile=""))
    service = Service.objects.get(code="TARI")
    return plan_reminders(
        service_id=service.pk, channel="SMS", actor=ada, at=LATER, today=date(2026, 7, 1)
    )


def test_the_author_cannot_approve_her_own_reminder(wave, ada, elena) -> None:
    with pytest.raises(ApprovalRefused, match="persona diversa"):
        approve_wave(wave_id=wave.pk, actor=ada, at=LATER)
    wave.refresh_from_db()
    assert wave.state == "SIMULATA"
    approved = approve_wave(wave_id=wave.pk, actor=elena, at=LATER)
    assert (approved.state, approved.approver_name) == ("APPROVATA", "Elena Fabbri")


def test_who_takes_somebody_out_does_not_approve_what_is_left(ada, elena, person) -> None:
    for number in ("+393330000001", "+393330000002"):
        make_position(subject=person(mobile=number))
    service = Service.objects.get(code="TARI")
    wave = plan_reminders(
        service_id=service.pk, channel="SMS", actor=ada, at=LATER, today=date(2026, 7, 1)
    )
    leave_out(item_id=wave.items.first().pk, reason="", actor=elena, at=LATER)
    with pytest.raises(ApprovalRefused, match="persona diversa"):
        approve_wave(wave_id=wave.pk, actor=elena, at=LATER)
    assert approve_wave(wave_id=wave.pk, actor=ada, at=LATER).recipients == 1


def test_the_author_may_approve_the_first_notice(ada, person) -> None:
    load = loaded(make_position(subject=person()))
    notices = plan_notices(load_id=load.pk, actor=ada, at=AT, today=AT.date())
    assert approve_wave(wave_id=notices.pk, actor=ada, at=AT).state == "APPROVATA"


@pytest.mark.parametrize(
    "edit",
    [
        {"amount_cents": 1},
        {"address": "+393330000001"},
        {"position_ids": [1]},
        {"reason": "SOSPESO"},
    ],
)
def test_an_edited_snapshot_is_void(wave, elena, edit) -> None:
    item = wave.items.get(state="PRONTO")
    WaveItem.objects.filter(pk=item.pk).update(**edit)
    with pytest.raises(ApprovalRefused, match="cambiati"):
        approve_wave(wave_id=wave.pk, actor=elena, at=LATER)


def test_an_item_added_or_a_text_changed_is_void_too(wave, elena, person) -> None:
    extra = WaveItem.objects.create(
        wave=wave, subject=person(), position_ids=[], key="in più", amount_cents=1, updated_at=AT
    )
    with pytest.raises(ApprovalRefused):
        approve_wave(wave_id=wave.pk, actor=elena, at=LATER)
    extra.delete()
    Wave.objects.filter(pk=wave.pk).update(template="generico")
    with pytest.raises(ApprovalRefused):
        approve_wave(wave_id=wave.pk, actor=elena, at=LATER)


def test_what_is_edited_after_approval_does_not_start(wave, elena) -> None:
    approve_wave(wave_id=wave.pk, actor=elena, at=LATER)
    wave.items.update(amount_cents=1)
    with pytest.raises(ApprovalRefused):
        start_wave(wave_id=wave.pk, actor=elena, at=LATER)
    assert not OutboxEntry.objects.filter(queue="waves").exists()


def test_one_step_at_a_time_each_with_its_trace(wave, elena) -> None:
    key = wave.pk
    for step in (start_wave, pause_wave):
        with pytest.raises(WaveRefused):
            step(wave_id=key, actor=elena, at=LATER)
    approve_wave(wave_id=key, actor=elena, at=LATER)
    with pytest.raises(WaveRefused):
        approve_wave(wave_id=key, actor=elena, at=LATER)
    start_wave(wave_id=key, actor=elena, at=LATER)
    for step in (start_wave, cancel_wave):
        with pytest.raises(WaveRefused, match="In invio"):
            step(wave_id=key, actor=elena, at=LATER)
    pause_wave(wave_id=key, actor=elena, at=LATER, reason="telefonata del sindaco")
    start_wave(wave_id=key, actor=elena, at=LATER)
    pause_wave(wave_id=key, actor=elena, at=LATER)
    cancelled = cancel_wave(wave_id=key, actor=elena, at=LATER, reason="rinuncia")
    assert cancelled.state == "ANNULLATA"
    assert set(wave.items.values_list("state", "reason")) == {
        ("SALTATO", "ANNULLATA"), ("ESCLUSO", "SENZA_RECAPITO"),
    }  # fmt: skip
    actions = AuditEntry.objects.filter(subject=f"wave:{wave.uuid}").order_by("pk")
    assert [a.action.rpartition(".")[2] for a in actions] == [
        "planned", "approved", "started", "paused", "resumed", "paused", "cancelled",
    ]  # fmt: skip
    rung = OutboxEntry.objects.filter(queue="waves").count()
    assert rung == 3, "two starts; and once given up, what nobody knows the end of is looked up"
