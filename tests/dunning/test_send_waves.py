"""Formal steps served through SEND: the day they count from, what proves it, what a person must do, and nobody twice."""

import base64
import hashlib
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.utils import timezone
from django_tenants.utils import schema_context

from billing.models import Position, Service
from billing.selectors.ledger import ledger_problems
from dunning.channels.library import ready_text
from dunning.inbound import platform_rounds
from dunning.inbound.platform_rounds import platform_round
from dunning.inbound.platforms import send_desk
from dunning.models import (
    AddressTask,
    Attempt,
    DeliveryEvent,
    Hold,
    SendEvent,
    SendFact,
    SendNotification,
    StepTaken,
    Wave,
    WaveItem,
)
from dunning.rules.step_drafts import StepDraft
from dunning.rules.template_checks import Act, Form
from dunning.selectors.evidence_pieces import evidence_pieces
from dunning.selectors.served import proved_steps
from dunning.services import send_payments
from dunning.services.channel_access import AccessDraft, write_access
from dunning.services.planning import plan_step
from dunning.services.policies import write_policy
from dunning.services.post_addresses import correct_address
from dunning.services.refusals import WaveRefused
from dunning.services.send_news import look_at_one
from dunning.services.texts import approve_text, write_text
from dunning.services.waves import approve_wave, start_wave
from paybox.kernel.clock import ROME, move_clock_to, now, today
from paybox.kernel.models import OutboxEntry
from paybox.kernel.rounds import reading_alone
from registry.rules.addresses import PostalAddress
from tests.build import AT, make_position, pay
from tests.dunning.conftest import drain
from tests.platforms import SEND_KEY, Send

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("borgo", "wired")]
DUE = date(2026, 6, 16)
FORMAL = StepDraft("FORMALE", "SCADENZA", 60, ("SEND",), needs_approval=True)
_serial = iter(range(100, 1_000))
Served = Callable[..., list[Position]]


@pytest.fixture
def served(
    send: Send, ada: Any, elena: Any, person: Any, monkeypatch: pytest.MonkeyPatch
) -> Served:
    """Borgo with SEND on and an authorised text: ``served("IRREPE", …)`` sends a formal step to such people."""
    monkeypatch.setattr(settings.ENVIRONMENT, "send_url", send.url)
    write_access(draft=AccessDraft("SEND", None, SEND_KEY, True), actor=ada, at=AT)
    service = Service.objects.get(code="TARI")
    draft = ready_text("TARI", Act.DEMAND, Form.LETTER)
    assert draft is not None
    version = write_text(service_id=service.pk, draft=draft, actor=ada, at=AT)
    approve_text(version_id=version.pk, actor=elena, at=AT, seen=version.sha256)

    def go(*surnames: str, **changes: Any) -> list[Position]:
        codes = [f"{one}83A01H{next(_serial)}X" for one in surnames]
        debts = [make_position(subject=person(codice_fiscale=code, **changes)) for code in codes]
        Position.objects.update(noticed_at=AT)
        write_policy(service_id=service.pk, steps=[FORMAL], actor=ada, at=AT)
        move_clock_to(DUE + timedelta(days=70))
        wave = plan_step(service_id=service.pk, number=1, actor=ada, at=now(), today=today())
        approve_wave(wave_id=wave.pk, actor=elena, at=now())
        start_wave(wave_id=wave.pk, actor=elena, at=now())
        drain()
        return debts

    return go


def item_of(position: Position) -> WaveItem:
    return WaveItem.objects.get(subject_id=position.subject_id)


def act_of(position: Position) -> SendNotification:
    return SendNotification.objects.get(attempt__item=item_of(position))


def whole(position: Position) -> str:
    return position.instalments.get(number=0).notice_number


def rounds(send: Send, stages: int) -> None:
    """The platform goes on, and we ask after each stage."""
    for _ in range(stages):
        send.push()
        platform_round()


def test_an_act_is_served_on_the_day_the_law_counts(served, send, borgo, valle) -> None:
    (debt,) = served("PRSPRV")
    (kept,) = send.to(debt.subject.codice_fiscale)
    said = kept["said"]
    assert (said["recipients"][0]["payments"][0]["pagoPa"]["noticeCode"], len(said["documents"])) == (whole(debt), 1)  # fmt: skip
    assert said["recipients"][0]["physicalAddress"]["municipality"] == "Borgo"
    assert item_of(debt).state == "INVIATO"
    platform_round()
    assert act_of(debt).iun == ""
    rounds(send, 2)
    assert (item_of(debt).state, act_of(debt).perfected_at) == ("INVIATO", None)
    rounds(send, 5)
    act = act_of(debt)
    created = datetime.fromisoformat(kept["created_at"])
    expected = created + timedelta(days=14, hours=1)
    assert act.perfected_at is not None
    assert abs(act.perfected_at - expected) < timedelta(seconds=2)
    assert (act.perfected_by, act.cost_cents, item_of(debt).state) == (
        "decorrenza dei termini", 814, "RAGGIUNTO",
    )  # fmt: skip
    assert Attempt.objects.get(item=item_of(debt)).cost_mills == 8_140
    (step,) = proved_steps().filter(position=debt)
    assert step.delivered_on == expected.astimezone(ROME).date()
    facts = SendFact.objects.filter(notification=act)
    assert {fact.category for fact in facts} == {"SENDER_ACK", "ANALOG_DELIVERY"}
    for fact in facts:
        with default_storage.open(fact.file) as stored:
            assert hashlib.sha256(stored.read()).hexdigest() == fact.sha256
    pieces = {piece.what.partition(":")[2].strip(): piece for piece in evidence_pieces(debt, borgo)}
    assert {"atto notificato", "attestazione SENDER_ACK", "attestazione ANALOG_DELIVERY"} <= set(
        pieces
    )
    asked = base64.b64decode(said["documents"][0]["digests"]["sha256"]).hex()
    assert pieces["atto notificato"].sha256 == asked
    told = DeliveryEvent.objects.filter(attempt__item=item_of(debt)).order_by("pk")
    assert list(told.values_list("status", flat=True)) == ["INVIATO", "CONSEGNATO"]
    assert list(ledger_problems()) == []
    with schema_context("valle"):
        assert (SendNotification.objects.count(), SendFact.objects.count()) == (0, 0)


def test_each_end_of_a_paper_and_what_it_asks_of_the_office(served, send, ada) -> None:
    read, nobody, dead, wrong, late = served("VISTAA", "IRREPE", "DECEDU", "RIFIUT", "RITARD")
    rounds(send, 2)
    assert (item_of(wrong).state, item_of(wrong).reason) == ("NON_RAGGIUNTO", "SEND_RIFIUTATA")
    rounds(send, 1)
    early = StepTaken.objects.get(item=item_of(late)).delivered_on
    assert (early is not None, item_of(late).state) == (True, "RAGGIUNTO")
    rounds(send, 4)
    act = act_of(read)
    assert act.sent_at is not None
    assert act.perfected_at is not None
    assert act.perfected_by == "presa visione del destinatario"
    assert act.perfected_at - act.sent_at < timedelta(days=2)
    assert StepTaken.objects.get(item=item_of(read)).delivered_on == act.perfected_at.astimezone(ROME).date()  # fmt: skip
    assert (act_of(nobody).unreachable, item_of(nobody).state) == (True, "RAGGIUNTO")
    assert item_of(dead).state == "NON_RAGGIUNTO"
    assert Hold.objects.get(subject=dead.subject).reason == Hold.Reason.DEATH
    tasks = {task.item_id: task for task in AddressTask.objects.all()}
    assert set(tasks) == {item_of(one).pk for one in (nobody, dead, wrong)}
    new = PostalAddress("Via Nuova", "2", "00010", "Borgo", "RM")
    for one in (nobody, wrong):
        correct_address(task_id=tasks[item_of(one).pk].pk, address=new, note="anagrafe", actor=ada, at=now())  # fmt: skip
    assert (item_of(nobody).state, item_of(wrong).state) == ("RAGGIUNTO", "PRONTO")
    drain()
    assert len(send.to(nobody.subject.codice_fiscale)) == 1
    again = send.to(wrong.subject.codice_fiscale)
    assert [one["said"]["recipients"][0]["physicalAddress"]["address"] for one in again] == [
        "Via Roma 1", "Via Nuova 2",
    ]  # fmt: skip


def test_a_lost_answer_is_looked_up_and_sent_once(served, send, elena) -> None:
    (lost,) = served("ROTTOO")
    assert item_of(lost).state == "INCERTO"
    move_clock_to(today() + timedelta(days=1))
    OutboxEntry.objects.filter(queue="waves", done_at=None).update(next_at=timezone.now())
    drain()
    assert (item_of(lost).state, len(send.to(lost.subject.codice_fiscale))) == ("INVIATO", 1)
    assert Attempt.objects.filter(item=item_of(lost)).count() == 1


def test_one_round_at_a_time_and_no_longer_than_its_turn(served, send, monkeypatch) -> None:
    """A slow platform must not take one worker after the other."""
    first, second = served("PRSPRV", "PRSPRV")
    send.push()
    with reading_alone("send/borgo"):
        platform_round()
        assert not SendNotification.objects.exclude(iun="").exists()
    monkeypatch.setattr(platform_rounds, "turn_over", lambda: lambda: True)
    platform_round()
    assert SendNotification.objects.exclude(iun="").count() == 1
    platform_round()
    assert {act_of(first).iun, act_of(second).iun}.isdisjoint({""})


def test_who_pays_meanwhile_gets_no_more_paper(served, send) -> None:
    (debt,) = served("PRSPRV")
    rounds(send, 1)
    platform_round()
    pay(whole(debt), 12_000, at=now())
    platform_round()
    act = act_of(debt)
    assert act.paid_told_at is not None
    platform_round()
    SendNotification.objects.update(look_at=now())
    platform_round()
    assert SendEvent.objects.filter(notification=act, category="PAYMENT").count() == 1
    assert list(ledger_problems()) == []


def test_who_pays_is_told_however_many_others_do_not(served, send, monkeypatch) -> None:
    """A round tells so many: those who have not paid take nobody's place."""
    monkeypatch.setattr(send_payments, "MANY", 1)
    waiting, debt = served("PRSPRV", "PRSPRV")
    rounds(send, 1)
    platform_round()
    pay(whole(debt), 12_000, at=now())
    platform_round()
    assert (act_of(waiting).paid_told_at, act_of(debt).paid_told_at is not None) == (None, True)


def test_what_is_told_twice_or_by_a_stranger_changes_nothing(served, send, monkeypatch) -> None:
    (debt,) = served("PRSPRV")
    rounds(send, 4)
    act, known = act_of(debt), send_desk()
    assert known is not None
    counted = (SendEvent.objects.count(), SendFact.objects.count(), DeliveryEvent.objects.count())
    for _ in range(2):
        look_at_one(notification_id=act.pk, desk=known[0], payee="", at=now())
    assert (SendEvent.objects.count(), SendFact.objects.count(), DeliveryEvent.objects.count()) == counted  # fmt: skip
    monkeypatch.setattr(settings.ENVIRONMENT, "send_url", "http://127.0.0.1:9")
    platform_round()
    assert act_of(debt).perfected_at == act.perfected_at


def test_a_step_without_an_address_or_with_send_off_leaves_nobody_in_doubt(served, ada) -> None:
    (homeless,) = served("PRSPRV", street="")
    assert (item_of(homeless).state, item_of(homeless).reason) == ("ESCLUSO", "SENZA_RECAPITO")
    write_access(draft=AccessDraft("SEND", None, "", False), actor=ada, at=AT)
    with pytest.raises(WaveRefused, match="SEND"):
        plan_step(service_id=homeless.service_id, number=1, actor=ada, at=now(), today=today())
    assert Wave.objects.count() == 1
