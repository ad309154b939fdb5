"""Reminders that begin on App IO: who has the app reads them there, who has not by e-mail; nobody twice, nobody by guess."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone
from django_tenants.utils import schema_context

from billing.models import Position, Service
from billing.selectors.ledger import ledger_problems
from dunning.channels.app_io import IoChannel
from dunning.inbound.platform_rounds import platform_round, readings_round
from dunning.inbound.platforms import io_channel
from dunning.models import Attempt, ChannelAccess, DeliveryEvent, Wave, WaveItem
from dunning.rules.step_drafts import StepDraft
from dunning.rules.steps import StepsRefused
from dunning.selectors.channel_access import access_of
from dunning.services.app_io_news import GIVE_UP_AFTER, ask_app_io
from dunning.services.channel_access import AccessDraft, AccessRefused, write_access
from dunning.services.planning import plan_reminders, plan_step
from dunning.services.policies import write_policy
from dunning.services.refusals import WaveRefused
from dunning.services.waves import approve_wave, start_wave
from paybox.kernel.clock import move_clock_to, now, today
from paybox.kernel.models import AuditEntry, OutboxEntry
from paybox.kernel.sealing import SealBroken, seal, unseal
from tests.build import AT, make_position
from tests.dunning.conftest import drain
from tests.platforms import IO_KEY, AppIo

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("borgo", "wired")]
DUE = date(2026, 6, 16)
FIRST = StepDraft("CORTESIA", "SCADENZA", 10, ("IO", "EMAIL", "SMS"), needs_approval=True)


@pytest.fixture
def io_on(app_io: AppIo, ada: Any, monkeypatch: pytest.MonkeyPatch) -> ChannelAccess:
    """Borgo has written its key."""
    monkeypatch.setattr(settings.ENVIRONMENT, "io_url", app_io.api)
    return turn_on(ada)


def turn_on(ada: Any, key: str = IO_KEY, **changes: Any) -> ChannelAccess:
    draft = {"channel": "IO", "service_id": None, "key": key, "active": True, **changes}
    return write_access(draft=AccessDraft(**draft), actor=ada, at=AT)


_serial = iter(range(100, 1_000))


def debtor(person: Any, surname: str = "PRSPRV") -> Position:
    code = f"{surname}81A01H{next(_serial)}X"
    position = make_position(subject=person(codice_fiscale=code))
    Position.objects.filter(pk=position.pk).update(noticed_at=AT)
    return position


def code_of(position: Position) -> str:
    return position.subject.codice_fiscale


def planned(ada: Any, *steps: StepDraft) -> Wave:
    service = Service.objects.get(code="TARI")
    write_policy(service_id=service.pk, steps=steps or (FIRST,), actor=ada, at=AT)
    move_clock_to(DUE + timedelta(days=20))
    return plan_step(service_id=service.pk, number=1, actor=ada, at=now(), today=today())


def send(wave: Wave, approver: Any) -> None:
    approve_wave(wave_id=wave.pk, actor=approver, at=now())
    start_wave(wave_id=wave.pk, actor=approver, at=now())
    drain()


def item_of(position: Position) -> WaveItem:
    return WaveItem.objects.get(subject_id=position.subject_id, state__gt="")


def mails(sink: Any, position: Position) -> int:
    return len(sink.to(position.subject.contacts.get(kind="EMAIL").value))


class TestCascade:
    def test_who_has_the_app_reads_it_there_and_the_others_by_mail(
        self, io_on, ada, elena, person, app_io, sink, provider, valle
    ) -> None:
        there, absent, unwilling = (debtor(person, one) for one in ("PRSPRV", "NONCEA", "BLOCCO"))
        wave = planned(ada)
        assert (wave.recipients, wave.cost_mills) == (3, 0)
        send(wave, elena)
        (kept,) = app_io.to(code_of(there))
        notice = there.instalments.get(number=0).notice_number
        assert kept["content"]["payment_data"]["notice_number"] == notice
        assert kept["content"]["payment_data"]["amount"] == 12_000
        assert kept["content"]["payment_data"]["payee"]["fiscal_code"].isdecimal()
        assert "120,00" in kept["content"]["markdown"]
        assert [mails(sink, one) for one in (there, absent, unwilling)] == [0, 1, 1]
        assert [app_io.to(code_of(one)) for one in (absent, unwilling)] == [[], []]
        tried = Attempt.objects.filter(item=item_of(absent)).order_by("try_number")
        assert [(one.channel, one.error_code) for one in tried] == [
            ("IO", "IO_ASSENTE"),
            ("EMAIL", ""),
        ]
        assert item_of(unwilling).channel == "EMAIL"
        assert absent.subject.contacts.filter(quality="NON_RAGGIUNTO").count() == 0
        assert list(ledger_problems()) == []
        with schema_context("valle"):
            assert (ChannelAccess.objects.count(), Attempt.objects.count()) == (0, 0)

    def test_people_without_the_app_do_not_stop_the_wave(
        self, io_on, ada, elena, person, app_io, sink
    ) -> None:
        absent = [debtor(person, "NONCEA") for _ in range(12)]
        wave = planned(ada)
        send(wave, elena)
        wave.refresh_from_db()
        assert (wave.state, wave.message) == ("INVIATA", "")
        assert [mails(sink, one) for one in absent] == [1] * 12

    def test_its_news_is_asked_until_it_is_known(self, io_on, ada, elena, person, app_io) -> None:
        arrived, refused = debtor(person, "LETTOO"), debtor(person, "RESPIN")
        send(planned(ada), elena)
        assert {item_of(one).state for one in (arrived, refused)} == {"INVIATO"}
        platform_round()
        assert item_of(arrived).state == "INVIATO"
        platform_round()
        assert item_of(arrived).state == "RAGGIUNTO"
        assert item_of(refused).channel == "EMAIL"
        told = DeliveryEvent.objects.filter(attempt__item=item_of(arrived)).order_by("pk")
        assert list(told.values_list("status", flat=True)) == [
            "CONSEGNATO",
            "LETTO",
            "PAGATO_IN_APP",
        ]
        drain()
        platform_round()
        assert (
            len(app_io.to(code_of(arrived))),
            DeliveryEvent.objects.filter(status="LETTO").count(),
        ) == (1, 1)

    def test_opened_and_paid_later_is_known_later_and_shown(
        self, io_on, ada, elena, person, visit, app_io
    ) -> None:
        slow = debtor(person, "POIPOI")
        wave = planned(ada)
        send(wave, elena)
        platform_round()
        platform_round()
        item = item_of(slow)
        assert item.state == "RAGGIUNTO"
        told = DeliveryEvent.objects.filter(
            attempt__item=item, status__in=["LETTO", "PAGATO_IN_APP"]
        )
        assert (readings_round(), readings_round(), told.count()) == (0, 0, 0)
        assert (readings_round(), readings_round(), told.count()) == (1, 0, 2)
        assert Position.objects.get(pk=slow.pk).state == "APERTA"  # only a collection pays
        assert list(ledger_problems()) == []
        page = visit("ada@example.org").get(f"/ufficio/invii/{wave.uuid}/destinatari/{item.pk}/")
        assert "aperto dal destinatario" in page.content.decode()
        assert "pagato da App IO" in page.content.decode()

    def test_what_is_never_said_is_given_up(self, io_on, ada, elena, person) -> None:
        slow = debtor(person, "STROZZ")
        send(planned(ada), elena)
        later = now() + GIVE_UP_AFTER + timedelta(hours=1)
        platform_round()

        channel = io_channel(service_id=None)
        assert isinstance(channel, IoChannel)
        assert ask_app_io(channel_for=lambda service: channel, at=later) == 1
        assert Attempt.objects.get(item=item_of(slow)).state == "SCADUTO"


class TestTrouble:
    def test_a_lost_answer_waits_for_a_person_and_is_never_sent_again(
        self, io_on, ada, elena, person, app_io, sink
    ) -> None:
        lost = debtor(person, "ROTTOO")
        wave = planned(ada)
        send(wave, elena)
        assert item_of(lost).state == "INCERTO"
        move_clock_to(today() + timedelta(days=1))
        OutboxEntry.objects.filter(queue="waves").update(next_at=now())
        drain()
        wave.refresh_from_db()
        assert (len(app_io.to(code_of(lost))), mails(sink, lost)) == (1, 0)
        assert Attempt.objects.filter(item=item_of(lost)).count() == 1
        assert item_of(lost).state == "INCERTO"

    def test_too_much_haste_waits_as_long_as_it_is_asked(
        self, io_on, ada, elena, person, app_io
    ) -> None:
        hasty = debtor(person, "TROPPE")
        send(planned(ada), elena)
        assert item_of(hasty).state == "PRONTO"
        attempt = Attempt.objects.get(item=item_of(hasty))
        assert (attempt.state, attempt.error_code) == ("FALLITO_TEMP", "429")
        (bell,) = OutboxEntry.objects.filter(queue="waves", done_at=None)
        assert timedelta(seconds=2) < bell.next_at - timezone.now() <= timedelta(seconds=7)

    def test_a_wrong_key_stops_the_wave_in_words(self, io_on, ada, elena, person, app_io) -> None:
        turn_on(ada, key="una-chiave-sbagliata")
        safe = debtor(person)
        wave = planned(ada)
        send(wave, elena)
        wave.refresh_from_db()
        assert (wave.state, item_of(safe).state) == ("IN_PAUSA", "PRONTO")
        assert "chiave" in wave.message
        turn_on(ada)
        start_wave(wave_id=wave.pk, actor=elena, at=now())
        drain()
        assert len(app_io.to(code_of(safe))) == 1


class TestAccess:
    def test_off_it_is_as_if_it_were_not_there(self, ada, elena, person, sink) -> None:
        owing = debtor(person)
        wave = planned(ada)
        assert wave.channels == ["EMAIL", "SMS"]
        send(wave, elena)
        assert mails(sink, owing) == 1
        only = StepDraft("CORTESIA", "SCADENZA", 10, ("IO",), needs_approval=True)
        with pytest.raises(WaveRefused, match="App IO"):
            planned(ada, only)
        service = Service.objects.get(code="TARI")
        with pytest.raises(WaveRefused, match="App IO non è attivo"):
            plan_reminders(service_id=service.pk, channel="IO", actor=ada, at=now(), today=today())

    def test_a_service_with_its_own_key_uses_it_and_may_be_off_alone(self, io_on, ada) -> None:
        tari, other = Service.objects.order_by("code")[:2]
        own = turn_on(ada, key="chiave-sua-propria", service_id=tari.pk)
        assert access_of("IO", service_id=tari.pk) == own
        assert access_of("IO", service_id=other.pk) == io_on
        turn_on(ada, key="", service_id=tari.pk, active=False)
        assert access_of("IO", service_id=tari.pk) is None
        assert access_of("IO", service_id=other.pk) == io_on

    def test_the_key_is_nowhere_to_be_read(self, io_on, ada) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT row_to_json(a)::text FROM dunning_channelaccess a")
            (stored,) = cursor.fetchone()
        assert IO_KEY not in stored
        assert unseal(io_on.key_sealed) == IO_KEY
        written = AuditEntry.objects.filter(action="dunning.channel_access.written")
        assert IO_KEY not in str(list(written.values()))

    def test_a_seal_of_another_installation_is_not_opened(self, io_on, settings) -> None:
        stored = io_on.key_sealed
        settings.SECRET_KEY = "un'altra" * 8
        with pytest.raises(SealBroken):
            unseal(stored)
        settings.SECRET_KEY_FALLBACKS = ["un'altra" * 8]
        settings.SECRET_KEY = "nuova" * 12
        assert unseal(seal("prova")) == "prova"

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"channel": "SMS"}, "App IO e per SEND"),
            ({"key": ""}, "serve la chiave"),
            ({"key": "corta"}, "corta"),
            ({"key": "con spazio dentro"}, "spazi"),
            ({"service_id": 0}, "non esiste"),
            ({"channel": "SEND", "service_id": 1}, "chiave sola"),
        ],
    )
    def test_what_cannot_be_an_access(self, ada, changes, words) -> None:
        with pytest.raises(AccessRefused, match=words):
            turn_on(ada, **{"key": IO_KEY, **changes})
        assert ChannelAccess.objects.count() == 0

    def test_courtesy_and_acts_keep_to_their_channels(self, ada) -> None:
        formal = StepDraft("FORMALE", "SCADENZA", 60, ("IO", "PEC"), needs_approval=True)
        with pytest.raises(StepsRefused, match="cortesia"):
            planned(ada, formal)
        courtesy = StepDraft("CORTESIA", "SCADENZA", 10, ("SEND",), needs_approval=True)
        with pytest.raises(StepsRefused, match="SEND"):
            planned(ada, courtesy)
