"""E-mail through a provider: sent by its real client, its signed webhooks handed to our door as they came."""

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django_tenants.utils import schema_context

from billing.models import Service
from billing.selectors.ledger import ledger_problems
from dunning.channels.protocol import Accepted, Uncertain
from dunning.inbound.channels import channel_for
from dunning.models import Attempt, DeliveryEvent, Suppression, WaveItem
from dunning.rules.email_events import email_meaning
from dunning.services.planning import plan_reminders
from paybox.kernel.clock import now
from paybox.kernel.models import RawMessage
from registry.models import Contact
from tests.build import make_position
from tests.channels.conftest import Ear, Heard, ear
from tests.dunning.conftest import go
from tests.standins import StandIn, until

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("borgo")]
__all__ = ["ear"]
KEY, SIGNING = "chiave-di-prova", "firma-di-prova"


@dataclass
class Post:
    """The provider, and what it told our public address."""

    url: str
    ear: Ear

    def kept(self, to: str) -> list[dict[str, Any]]:
        answer = httpx.get(f"{self.url}/messages", params={"to": to}, trust_env=False)
        return list(answer.json()["messages"])

    def tell(self, body: bytes) -> int:
        client = Client(headers={"host": "127.0.0.1"})
        answer = client.post("/dunning/mailgun/", body, content_type="application/json")
        connection.set_schema("borgo")
        return answer.status_code

    def tell_all(self, count: int) -> list[int]:
        until(lambda: len(self.ear.heard) >= count)
        return [self.tell(heard.body) for heard in self.ear.heard[:count]]


@pytest.fixture
def post(ear: Ear, monkeypatch: pytest.MonkeyPatch) -> Iterator[Post]:
    from pydantic import SecretStr

    running = StandIn(
        "mailgun", "--port", "0", "--api-key", KEY, "--signing-key", SIGNING, "--webhook", ear.url
    )
    given: dict[str, Any] = {
        "mailgun_domain": "avvisi.borgo.example",
        "mailgun_url": f"{running.url()}/v3",
        "mailgun_api_key": SecretStr(KEY),
        "mailgun_signing_key": SecretStr(SIGNING),
    }
    for name, value in given.items():
        monkeypatch.setattr(settings.ENVIRONMENT, name, value)
    monkeypatch.setattr(settings, "PLATFORM_HOSTS", ["127.0.0.1"])
    yield Post(running.url(), ear)
    running.stop()


@pytest.fixture
def sent(ada, elena, person) -> Callable[[str], Attempt]:
    def send(address: str) -> Attempt:
        make_position(subject=person(email=address))
        key = Service.objects.get(code="TARI").pk
        wave = plan_reminders(
            service_id=key, channel="EMAIL", actor=ada, at=now(), today=date(2026, 7, 1)
        )
        go(wave, elena)
        return Attempt.objects.get(address=address)

    return send


def state(attempt: Attempt) -> tuple[str, str]:
    attempt.refresh_from_db()
    return attempt.state, attempt.error_code


def forged(heard: Heard, *, age: int = 0, key: str = SIGNING, **changes: Any) -> bytes:
    """The same news signed with ``key``, ``age`` seconds ago, with ``changes`` in its event."""
    told = json.loads(heard.body)
    told["event-data"].update(changes)
    stamp, token = str(int(time.time()) - age), uuid4().hex
    seal = hmac.new(key.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
    told["signature"] = {"timestamp": stamp, "token": token, "signature": seal}
    return json.dumps(told).encode()


def test_delivered_as_the_provider_says(post: Post, sent, valle) -> None:
    attempt = sent("mario@posta.example")
    (kept,) = post.kept("mario@posta.example")
    assert kept["form"]["v:ente"] == "borgo"
    assert kept["form"]["html"].count("<p>") >= 1
    assert attempt.body.split(".")[0] in kept["form"]["text"]
    assert attempt.provider_ref == kept["id"] == f"<{attempt.uuid}@paybox.example>"
    assert state(attempt) == ("ACCETTATO", "")
    assert post.tell_all(1) == [204]
    assert state(attempt) == ("CONSEGNATO", "")
    assert WaveItem.objects.get().state == "RAGGIUNTO"
    event = DeliveryEvent.objects.get()
    assert event.raw_message_id is not None
    assert b"event-data" in bytes(RawMessage.objects.get(pk=event.raw_message_id).body)
    with schema_context("valle"):
        assert (
            Attempt.objects.count(),
            RawMessage.objects.filter(kind="dunning.email").count(),
        ) == (0, 0)
    assert list(ledger_problems()) == []


@pytest.mark.parametrize(
    ("to", "news", "ends", "quality"),
    [
        ("inesistente@posta.example", 1, ("FALLITO_PERM", "RIMBALZATO"), "NON_RAGGIUNTO"),
        ("piena@posta.example", 1, ("FALLITO_TEMP", "CASELLA_PIENA"), "DICHIARATO"),
        ("rimanda@posta.example", 2, ("CONSEGNATO", ""), "DICHIARATO"),
    ],
)
def test_bounces_and_delays(post: Post, sent, to, news, ends, quality) -> None:
    attempt = sent(to)
    assert post.tell_all(news) == [204] * news
    assert state(attempt) == ends
    assert Contact.objects.get(kind="EMAIL", value=to).quality == quality


@pytest.mark.parametrize(
    ("to", "reason"), [("lamenta@posta.example", "RECLAMO"), ("basta@posta.example", "OPPOSIZIONE")]
)
def test_who_wants_no_more_is_not_written_to_again(
    post: Post, sent, ada, valle, to, reason
) -> None:
    attempt = sent(to)
    assert post.tell_all(2) == [204, 204]
    assert post.tell(post.ear.heard[1].body) == 204  # told twice, remembered once
    assert state(attempt) == ("CONSEGNATO", "")
    assert Suppression.objects.get().reason == reason
    later = now() + timedelta(days=8)
    again = plan_reminders(
        service_id=Service.objects.get(code="TARI").pk, channel="EMAIL", actor=ada, at=later,
        today=later.date(),
    )  # fmt: skip
    assert again.items.get().state == "ESCLUSO"
    with schema_context("valle"):
        assert Suppression.objects.count() == 0


def test_what_is_not_signed_or_is_old_does_nothing(post: Post, sent) -> None:
    attempt = sent("mario@posta.example")
    until(lambda: post.ear.heard)
    heard = post.ear.heard[0]
    assert post.tell(forged(heard, key="un'altra")) == 403
    assert post.tell(forged(heard, age=13 * 3600)) == 403
    assert post.tell(b"{}") == 403
    assert post.tell(b"\xff") == 403
    assert state(attempt) == ("ACCETTATO", "")
    settings.ENVIRONMENT.mailgun_signing_key = type(settings.ENVIRONMENT.mailgun_signing_key)("")
    assert post.tell(heard.body) == 403


def test_news_of_others_is_declined_for_good(post: Post, sent) -> None:
    attempt = sent("mario@posta.example")
    until(lambda: post.ear.heard)
    heard = post.ear.heard[0]
    mine = {"attempt_id": str(attempt.uuid), "ente": "borgo"}
    others: tuple[dict[str, Any], ...] = (
        {"user-variables": {}},
        {"user-variables": {**mine, "ente": "nessuno"}},
        {"user-variables": {**mine, "ente": "valle"}},
        {"user-variables": {**mine, "attempt_id": str(uuid4())}},
        {"user-variables": mine, "recipient": "altri@posta.example"},
    )
    for changes in others:
        assert post.tell(forged(heard, **changes)) == 406
    assert state(attempt) == ("ACCETTATO", "")


def test_a_lost_answer_is_found_in_the_log_and_never_sent_again(post: Post, sent) -> None:
    attempt = sent("cade@posta.example")
    assert state(attempt) == ("INCERTO", "")
    from dunning.inbound.ways import sending_way
    from dunning.services.attempts import message_of
    from tenants.models import Ente

    way = sending_way(Ente.objects.get(schema_name="borgo"), "EMAIL")
    channel: Any = channel_for("EMAIL")
    found = channel.find_sent(message_of(attempt, way), since=now() - timedelta(hours=1))
    assert found == Accepted(f"<{attempt.uuid}@paybox.example>")
    attempt.uuid = uuid4()
    assert isinstance(channel.find_sent(message_of(attempt, way), since=now()), Uncertain)
    assert len(post.kept("cade@posta.example")) == 1


@pytest.mark.parametrize(
    ("kind", "said", "code", "blames"),
    [
        ("bounced", "550 5.1.1 no such user", "RIMBALZATO", True),
        ("bounced", "554 5.7.1 blocked by policy", "RIFIUTATO", False),
        ("rejected", "", "RIFIUTATO", False),
        ("bounced", "5.2.2 mailbox full", "CASELLA_PIENA", False),
        ("opened", "", "", False),
        ("deferred", "4.2.2 later", "", False),
    ],
)
def test_whose_fault_it_is(kind, said, code, blames) -> None:
    told = email_meaning(kind, said=said)
    assert (told.code, told.blames_contact) == (code, blames)


class TestFarewell:
    def test_one_press_in_the_mail_program(self, post: Post, sent, visit, ada) -> None:
        attempt = sent("mario@posta.example")
        form = post.kept("mario@posta.example")[0]["form"]
        assert form["h:List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        here = form["h:List-Unsubscribe"].strip("<>").partition("borgo.localhost")[2]
        path = here[here.index("/") :]
        reader = Client(headers={"host": "borgo.localhost"}, enforce_csrf_checks=True)
        assert "Non inviatemi altri promemoria" in reader.get(path).content.decode()
        assert silenced() == []  # looking at it is not asking
        for _ in range(2):
            assert reader.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
        assert silenced() == [(attempt.address, "OPPOSIZIONE")]
        assert reader.post(path.replace(":", "x:")).status_code == 404
        valle = Client(headers={"host": "valle.localhost"})
        assert valle.post(path).status_code == 404

    def test_a_notice_is_not_refused(self, post: Post, person, ada) -> None:
        from dunning.services.planning import plan_notices
        from tests.dunning.conftest import loaded

        position = make_position(subject=person(email="avviso@posta.example"))
        go(plan_notices(load_id=loaded(position).pk, actor=ada, at=now(), today=now().date()), ada)
        form = post.kept("avviso@posta.example")[0]["form"]
        assert "h:List-Unsubscribe" not in form


def silenced() -> list[tuple[str, str]]:
    with schema_context("borgo"):
        return list(Suppression.objects.values_list("address", "reason"))
