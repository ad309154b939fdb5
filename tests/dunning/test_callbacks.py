"""Callbacks: signed by the real stand-in, heard on a real socket, handed to our door as they came."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django_tenants.utils import schema_context

from billing.models import Position, Service, TimelineEntry
from billing.selectors.ledger import ledger_problems
from dunning.models import Attempt, DeliveryEvent, WaveItem
from dunning.services.planning import plan_reminders
from paybox.kernel.clock import now
from paybox.kernel.models import RawMessage
from tests.build import make_position
from tests.channels.conftest import Ear, Heard, ear
from tests.dunning.conftest import go
from tests.standins import until

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wired")]
__all__ = ["ear"]


@dataclass
class Sent:
    """One position reminded, and what Twilio's stand-in called back about it, not yet told to us."""

    position: Position
    calls: list[Heard]

    def tell(self, status: str, *, signature: str = "", path: str = "", body: bytes = b"") -> int:
        """Hand our door the call with that status. Returns the HTTP status."""
        call = next(c for c in self.calls if c.form["MessageStatus"] == status)
        where = urlsplit(path or call.path)
        client = Client(headers={"host": "127.0.0.1"})
        answer = client.post(
            f"{where.path}?{where.query}",
            body or call.body,
            content_type="application/x-www-form-urlencoded",
            headers={"X-Twilio-Signature": signature or call.signature},
        )
        connection.set_schema("borgo")
        return answer.status_code

    @property
    def kinds(self) -> list[str]:
        told = TimelineEntry.objects.filter(position=self.position).order_by("pk")
        return list(told.values_list("kind", flat=True))

    @property
    def states(self) -> tuple[str, str]:
        return Attempt.objects.get().state, WaveItem.objects.get().state


@pytest.fixture
def send(borgo, ada, elena, person, ear: Ear, monkeypatch) -> Iterator[object]:
    """Send one reminder with our public address at the ear."""
    monkeypatch.setattr(settings, "PLATFORM_HOSTS", ["127.0.0.1"])
    monkeypatch.setattr(settings.ENVIRONMENT, "port", ear.port)

    def sending(mobile: str, statuses: int = 3) -> Sent:
        position = make_position(subject=person(mobile=mobile))
        service = Service.objects.get(code="TARI")
        wave = plan_reminders(
            service_id=service.pk, channel="SMS", actor=ada, at=now(), today=date(2026, 7, 1)
        )
        go(wave, elena)
        until(lambda: len(ear.heard) >= statuses)
        return Sent(position, list(ear.heard))

    yield sending
    assert list(ledger_problems()) == []


def test_in_order(send) -> None:
    sent = send("+393334440003")
    assert [sent.tell(s) for s in ("queued", "sent", "delivered")] == [204, 204, 204]
    assert sent.states == ("CONSEGNATO", "RAGGIUNTO")
    assert sent.kinds == ["APERTA", "INVIATA", "RECAPITATA"]
    assert list(DeliveryEvent.objects.order_by("pk").values_list("status", flat=True)) == [
        "ACCETTATO", "INVIATO", "CONSEGNATO",
    ]  # fmt: skip
    raw = RawMessage.objects.filter(kind="dunning.twilio").order_by("pk")
    assert [bytes(r.body) for r in raw] == [c.body for c in sent.calls]
    reference = TimelineEntry.objects.get(kind="RECAPITATA").reference
    assert reference == str(Attempt.objects.get().uuid)


def test_late_and_repeated_news_take_nothing_back(send) -> None:
    sent = send("+393334440004")
    for status in ("delivered", "queued", "sent", "delivered", "sent"):
        assert sent.tell(status) == 204
    assert sent.states == ("CONSEGNATO", "RAGGIUNTO")
    assert sent.kinds == ["APERTA", "INVIATA", "RECAPITATA"]
    assert DeliveryEvent.objects.count() == 5


def test_not_delivered(send) -> None:
    sent = send("+393334440001")
    assert sent.tell("undelivered") == 204
    assert sent.states == ("FALLITO_TEMP", "NON_RAGGIUNTO")
    assert sent.tell("sent") == 204
    assert sent.states == ("FALLITO_TEMP", "NON_RAGGIUNTO")
    assert sent.kinds == ["APERTA", "INVIATA", "NON_RECAPITATA"]
    # 30003: the phone was off; the number itself is not to blame
    assert sent.position.subject.contacts.get(kind="MOBILE").quality == "DICHIARATO"


@pytest.mark.parametrize(("code", "quality"), [("30005", "NON_RAGGIUNTO"), ("30007", "DICHIARATO")])
def test_a_number_is_to_blame_only_when_no_message_would_arrive(send, code, quality) -> None:
    """30005: nobody has that number any more. 30007: an operator did not like the words."""
    sent = send("+393334440009")
    call = next(c for c in sent.calls if c.form["MessageStatus"] == "sent")
    form = call.form | {"MessageStatus": "undelivered", "ErrorCode": code}
    assert sent.tell("sent", **signed(call.path, form)) == 204
    assert sent.states == ("FALLITO_PERM", "NON_RAGGIUNTO")
    assert sent.position.subject.contacts.get(kind="MOBILE").quality == quality


def signed(path: str, form: dict[str, str]) -> dict[str, Any]:
    """The form as Twilio would sign it for our address."""
    from twilio.request_validator import RequestValidator

    from dunning.inbound.addresses import callback_url

    token = settings.ENVIRONMENT.twilio_auth_token.get_secret_value()
    url = f"{callback_url('borgo')}?{urlsplit(path).query}"
    signature = RequestValidator(token).compute_signature(url, form)
    return {"signature": signature, "body": urlencode(form).encode()}


def test_news_that_arrive_before_our_own_record(send) -> None:
    """As when we crashed between the provider's answer and our commit."""
    sent = send("+393334440005")
    Attempt.objects.update(state="IN_INVIO", provider_ref="", sent_at=None)
    WaveItem.objects.update(state="IN_INVIO")
    assert sent.tell("delivered") == 204
    assert sent.states == ("CONSEGNATO", "RAGGIUNTO")
    assert Attempt.objects.get().provider_ref == sent.calls[0].form["MessageSid"]


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        ({"signature": "AAAAAAAAAAAAAAAAAAAAAAAAAAA="}, 403),
        ({"body": b"MessageSid=SM1&MessageStatus=delivered"}, 403),
        ({"path": "/dunning/twilio/borgo/?attempt=00000000-0000-0000-0000-000000000000"}, 403),
        ({"path": "/dunning/twilio/borgo/"}, 403),
    ],
)
def test_what_twilio_did_not_sign_stays_out(send, change, answer) -> None:
    sent = send("+393334440006")
    assert sent.tell("delivered", **change) == answer
    assert sent.states == ("ACCETTATO", "INVIATO")
    assert not RawMessage.objects.filter(kind="dunning.twilio").exists()
    assert DeliveryEvent.objects.count() == 0


def test_another_ente_does_not_take_them(send) -> None:
    """Signed for Borgo's address, brought to Valle's: refused. Signed for Valle's: nothing there to advance."""
    from twilio.request_validator import RequestValidator

    from dunning.inbound.addresses import callback_url

    sent = send("+393334440007")
    path = sent.calls[0].path.replace("/borgo/", "/valle/")
    assert sent.tell("delivered", path=path) == 403
    url = callback_url("valle") + "?" + urlsplit(path).query
    form = next(c for c in sent.calls if c.form["MessageStatus"] == "delivered").form
    token = settings.ENVIRONMENT.twilio_auth_token.get_secret_value()
    signature = RequestValidator(token).compute_signature(url, form)
    assert sent.tell("delivered", path=path, signature=signature) == 404
    assert sent.states == ("ACCETTATO", "INVIATO")
    with schema_context("valle"):
        assert DeliveryEvent.objects.count() == 0


def test_only_post(db) -> None:
    answer = Client(headers={"host": "127.0.0.1"}).get("/dunning/twilio/borgo/")
    assert answer.status_code == 405


def test_behind_a_proxy_that_ends_https(send, monkeypatch) -> None:
    """Twilio signs our public address: https and no port, whatever the socket behind the proxy says."""
    from twilio.request_validator import RequestValidator

    from dunning.inbound.addresses import callback_url

    sent = send("+393334440008")
    plain = callback_url("borgo")
    monkeypatch.setattr(settings.ENVIRONMENT, "public_scheme", "https")
    public = callback_url("borgo")
    assert (plain[:7], public) == ("http://", "https://127.0.0.1/dunning/twilio/borgo/")
    call = next(c for c in sent.calls if c.form["MessageStatus"] == "delivered")
    query = urlsplit(call.path).query
    token = settings.ENVIRONMENT.twilio_auth_token.get_secret_value()

    def signed(root: str) -> str:
        return str(RequestValidator(token).compute_signature(f"{root}?{query}", call.form))

    assert sent.tell("delivered", signature=signed(plain)) == 403
    assert sent.tell("delivered", signature=signed(public.replace("/borgo/", ":443/borgo/"))) == 403
    assert sent.tell("delivered", signature=signed(public)) == 204
    assert sent.states == ("CONSEGNATO", "RAGGIUNTO")
