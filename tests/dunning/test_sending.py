"""Sending over real sockets: who paid gets nothing, who gets something gets it once, and everybody is told."""

import hashlib
from datetime import UTC, date, datetime
from email import message_from_bytes, policy

import pytest
from django.conf import settings
from django.utils import timezone
from django_tenants.utils import schema_context

from billing.models import Position, Service, TimelineEntry
from billing.selectors.ledger import ledger_problems, ledger_summary
from billing.services.positions import withdraw_position
from dunning.models import Attempt, Hold, Wave, WaveItem
from dunning.services.planning import plan_notices, plan_reminders
from dunning.services.waves import start_wave
from paybox.kernel.models import OutboxEntry
from tests.build import AT, make_position, pay
from tests.dunning.conftest import drain, go, loaded
from tests.standins import SID, TOKEN

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("borgo", "wired")]


TODAY = date(2026, 7, 1)


def whole(position: Position) -> str:
    return position.instalments.get(number=0).notice_number


def reminders(ada, service: str = "TARI", channel: str = "SMS") -> Wave:
    from paybox.kernel.clock import now

    key = Service.objects.get(code=service).pk
    return plan_reminders(service_id=key, channel=channel, actor=ada, at=now(), today=TODAY)


def kinds(position: Position) -> list[str]:
    told = TimelineEntry.objects.filter(position=position).order_by("pk")
    return list(told.values_list("kind", flat=True))


def mobile(position: Position) -> str:
    return position.subject.contacts.get(kind="MOBILE").value


class TestReminders:
    def test_unpaid_get_one_sms_and_the_late_payer_none(
        self, ada, elena, person, provider, valle
    ) -> None:
        owing, paying, gone = (make_position(subject=person()) for _ in range(3))
        wave = reminders(ada)
        pay(whole(paying), 12_000)
        withdraw_position(position_id=gone.pk, reason="sgravio", actor=ada, at=AT)
        go(wave, elena)
        sent = provider.to(mobile(owing))
        assert [(m["sender"], whole(owing) in m["body"], "120,00" in m["body"]) for m in sent] == [
            ("ComuneBorgo", True, True)
        ]
        assert provider.to(mobile(paying)) == provider.to(mobile(gone)) == []
        reasons = dict(wave.items.values_list("subject_id", "reason"))
        assert reasons == {
            owing.subject_id: "", paying.subject_id: "PAGATO", gone.subject_id: "RITIRATO",
        }  # fmt: skip
        attempt = Attempt.objects.get()
        assert (attempt.state, attempt.provider_ref) == ("ACCETTATO", sent[0]["sid"])
        told = TimelineEntry.objects.get(position=owing, kind="INVIATA")
        assert told.reference == str(attempt.uuid)
        wave.refresh_from_db()
        assert wave.state == "INVIATA"
        with schema_context("valle"):
            assert (Wave.objects.count(), Attempt.objects.count()) == (0, 0)
            assert set(ledger_summary().values()) == {0}
        assert list(ledger_problems()) == []

    def test_who_paid_one_rata_is_asked_for_less(self, ada, elena, person, provider) -> None:
        debtor = person()
        first, second = (make_position(subject=debtor, cents=c, rates=()) for c in (12_000, 5_000))
        wave = reminders(ada)
        pay(whole(first), 12_000)
        go(wave, elena)
        (sms,) = provider.to(mobile(first))
        assert "50,00" in sms["body"]
        assert whole(second) in sms["body"]
        assert wave.items.get().amount_cents == 17_000  # what was approved stays written

    def test_several_debts_one_message_with_the_total(self, ada, elena, person, provider) -> None:
        debtor = person()
        first, second = (make_position(subject=debtor, cents=c, rates=()) for c in (12_000, 5_000))
        go(reminders(ada), elena)
        (sms,) = provider.to(mobile(first))
        assert "170,00" in sms["body"]
        assert whole(first) not in sms["body"]
        assert kinds(first) == kinds(second) == ["APERTA", "INVIATA"]

    def test_a_hold_after_approval_stops_it(self, ada, elena, person, provider) -> None:
        position = make_position(subject=person())
        wave = reminders(ada)
        Hold.objects.create(
            subject=position.subject, reason="DECESSO", since=date(2020, 1, 1), actor_name="p",
            created_at=AT,
        )  # fmt: skip
        go(wave, elena)
        assert provider.to(mobile(position)) == []
        assert wave.items.get().reason == "DECESSO"

    def test_nobody_is_reminded_twice_in_a_week(self, ada, elena, person, provider) -> None:
        position = make_position(subject=person())
        second = reminders(ada)
        go(reminders(ada), elena)
        go(second, elena)
        assert len(provider.to(mobile(position))) == 1
        assert second.items.get().reason == "FREQUENZA"
        assert reminders(ada).items.get().reason == "FREQUENZA"

    def test_a_refused_number_is_not_tried_again(self, ada, elena, person, provider) -> None:
        opted_out = make_position(subject=person(mobile="+393331231610"))
        wave = reminders(ada)
        go(wave, elena)
        contact = opted_out.subject.contacts.get(kind="MOBILE")
        item = wave.items.get()
        assert (item.state, item.reason, contact.quality) == (
            "NON_RAGGIUNTO", "21610", "NON_RAGGIUNTO",
        )  # fmt: skip
        assert kinds(opted_out) == ["APERTA", "NON_RECAPITATA"]
        assert reminders(ada).items.get().reason == "DA_NON_DISTURBARE"

    def test_our_own_fault_pauses_the_wave_and_costs_nobody_a_message(
        self, ada, elena, person, provider, monkeypatch
    ) -> None:
        position = make_position(subject=person())
        right = settings.ENVIRONMENT.twilio_account_sid
        monkeypatch.setattr(settings.ENVIRONMENT, "twilio_account_sid", "AC" + "9" * 32)
        wave = reminders(ada)
        go(wave, elena)
        wave.refresh_from_db()
        assert (wave.state, wave.items.get().state) == ("IN_PAUSA", "PRONTO")
        assert "Credenziali" in wave.message
        monkeypatch.setattr(settings.ENVIRONMENT, "twilio_account_sid", right)
        start_wave(wave_id=wave.pk, actor=elena, at=AT)
        drain()
        assert len(provider.to(mobile(position))) == 1
        assert kinds(position) == ["APERTA", "INVIATA"]

    def test_a_provider_that_is_away_is_waited_for(
        self, ada, elena, person, provider, monkeypatch
    ) -> None:
        position = make_position(subject=person())
        monkeypatch.setattr(settings.ENVIRONMENT, "twilio_url", "http://127.0.0.1:9")
        wave = reminders(ada)
        go(wave, elena)
        wave.refresh_from_db()
        assert (wave.state, wave.items.get().state) == ("IN_INVIO", "PRONTO")
        waiting = OutboxEntry.objects.get(queue="waves", done_at=None)
        assert waiting.next_at > timezone.now()
        monkeypatch.setattr(settings.ENVIRONMENT, "twilio_url", provider.url)
        OutboxEntry.objects.filter(pk=waiting.pk).update(next_at=timezone.now())
        drain()
        assert len(provider.to(mobile(position))) == 1
        assert Attempt.objects.values_list("try_number", "state").count() == 2

    def test_quiet_hours_where_the_clock_is_real(self, ada, elena, person, provider) -> None:
        from dataclasses import replace

        from dunning.inbound.channels import channel_for
        from dunning.inbound.ways import sending_way
        from dunning.rules.quiet_hours import SendingHours
        from dunning.services.refusals import SendingMustWait
        from dunning.services.sending import send_next_items
        from dunning.services.waves import approve_wave
        from tenants.models import Ente

        position = make_position(subject=person())
        wave = reminders(ada)
        approve_wave(wave_id=wave.pk, actor=elena, at=AT)
        start_wave(wave_id=wave.pk, actor=elena, at=AT)
        way = sending_way(Ente.objects.get(schema_name="borgo"), "SMS")
        assert way.hours is None
        night = datetime(2026, 7, 1, 21, 0, tzinfo=UTC)
        with pytest.raises(SendingMustWait) as wait:
            send_next_items(
                wave_id=wave.pk, channel=channel_for("SMS"), at=night, limit=5,
                way=replace(way, hours=SendingHours()),
            )  # fmt: skip
        assert wait.value.until == datetime(2026, 7, 2, 7, 0, tzinfo=UTC)
        assert (provider.to(mobile(position)), wave.items.get().state) == ([], "PRONTO")

    def test_a_lost_answer_is_looked_up_and_not_repeated(
        self, ada, elena, person, provider
    ) -> None:
        from dunning.channels.sms import SmsChannel
        from dunning.inbound.ways import sending_way
        from dunning.services.outcomes import SENDER
        from dunning.services.reconciling import SETTLING, reconcile_attempts
        from dunning.services.sending import send_next_items
        from dunning.services.waves import approve_wave, finish_wave
        from paybox.kernel.clock import now
        from tenants.models import Ente

        position = make_position(subject=person(mobile="+393335550408"))
        wave = reminders(ada)
        approve_wave(wave_id=wave.pk, actor=elena, at=now())
        start_wave(wave_id=wave.pk, actor=elena, at=now())
        impatient = SmsChannel(
            account_sid=SID, auth_token=TOKEN, api_base=provider.url, timeout_seconds=1
        )
        way = sending_way(Ente.objects.get(schema_name="borgo"), "SMS")
        given = {"wave_id": wave.pk, "channel": impatient, "way": way}
        send_next_items(**given, at=now(), limit=5)
        assert (Attempt.objects.get().state, wave.items.get().state) == ("INCERTO", "INCERTO")
        assert kinds(position) == ["APERTA"]
        assert reconcile_attempts(**given, at=now()) == 1  # too early to ask
        assert not finish_wave(wave_id=wave.pk, actor=SENDER, at=now())
        later = now() + SETTLING
        assert reconcile_attempts(**given, at=later) == 0
        assert send_next_items(**given, at=later, limit=5) == 0
        (sms,) = provider.to(mobile(position))
        attempt = Attempt.objects.get()
        assert (attempt.state, attempt.provider_ref) == ("ACCETTATO", sms["sid"])
        assert kinds(position) == ["APERTA", "INVIATA"]
        assert finish_wave(wave_id=wave.pk, actor=SENDER, at=later)


class TestNotices:
    def test_the_email_arrives_with_the_pdf_byte_for_byte(self, ada, person, sink) -> None:
        position = make_position(subject=person())
        wave = plan_notices(load_id=loaded(position).pk, actor=ada, at=AT, today=AT.date())
        go(wave, ada)
        address = position.subject.contacts.get(kind="EMAIL").value
        (envelope,) = sink.to(address)
        mail = message_from_bytes(
            sink.get(f"/messages/{envelope['id']}.eml").content, policy=policy.default
        )
        (attachment,) = list(mail.iter_attachments())
        content = attachment.get_payload(decode=True)
        attempt = Attempt.objects.get()
        assert content.startswith(b"%PDF")
        assert hashlib.sha256(content).hexdigest() == attempt.attachment_sha256
        assert attachment.get_filename() == f"avviso-{whole(position)}.pdf"
        assert str(attempt.uuid) in mail["Message-ID"]
        text = mail.get_body(("plain",)).get_content()
        assert whole(position) in text
        assert "http://borgo.localhost" in text
        assert kinds(position) == ["APERTA", "INVIATA", "AVVISATA"]
        position.refresh_from_db()
        assert position.noticed_at is not None
        wave.refresh_from_db()
        assert wave.state == "INVIATA"
        assert list(ledger_problems()) == []

    def test_the_same_notice_never_leaves_twice(self, ada, person, sink) -> None:
        position = make_position(subject=person())
        load = loaded(position)
        first, second = (
            plan_notices(load_id=load.pk, actor=ada, at=AT, today=AT.date()) for _ in range(2)
        )
        go(first, ada)
        go(second, ada)
        assert len(sink.to(position.subject.contacts.get(kind="EMAIL").value)) == 1
        assert second.items.get().reason == "GIA_INVIATO"
        third = plan_notices(load_id=load.pk, actor=ada, at=AT, today=AT.date())
        assert third.items.get().reason == "GIA_INVIATO"

    def test_a_refused_mailbox_ends_there_and_the_others_go_on(self, ada, person, sink) -> None:
        refused = make_position(subject=person(email="rifiuta@posta.example"))
        fine = make_position(subject=person())
        wave = plan_notices(load_id=loaded(refused, fine).pk, actor=ada, at=AT, today=AT.date())
        go(wave, ada)
        states = dict(wave.items.values_list("subject_id", "state"))
        assert states == {refused.subject_id: "NON_RAGGIUNTO", fine.subject_id: "INVIATO"}
        assert refused.subject.contacts.get(kind="EMAIL").quality == "NON_RAGGIUNTO"
        assert kinds(refused) == ["APERTA", "NON_RECAPITATA"]
        refused.refresh_from_db()
        assert refused.noticed_at is None


def test_a_long_wave_goes_chunk_by_chunk(ada, elena, person, provider, monkeypatch) -> None:
    monkeypatch.setattr("dunning.inbound.wave_work.CHUNK", 2)
    for _ in range(5):
        make_position(subject=person())
    wave = reminders(ada)
    go(wave, elena)
    assert set(wave.items.values_list("state", flat=True)) == {WaveItem.State.SENT}
    assert OutboxEntry.objects.filter(queue="waves", attempts=1).count() == 3
