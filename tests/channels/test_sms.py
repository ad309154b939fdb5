"""SMS by the official client to the running provider, and its callbacks to a real address of
ours.
"""

import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from dunning.channels.protocol import Accepted, Message, Rejected, Uncertain
from dunning.channels.sms import SmsChannel
from dunning.channels.sms_callbacks import parse_status_callback, verify_callback
from dunning.rules.delivery import DeliveryStatus
from paybox.kernel.queue import RetryLater
from tests.channels.conftest import SID, TOKEN, Ear, Provider, until

Sms = Callable[..., Message]


def channel_to(url: str, *, token: str = TOKEN, timeout: float = 20) -> SmsChannel:
    return SmsChannel(account_sid=SID, auth_token=token, api_base=url, timeout_seconds=timeout)


class TestSending:
    def test_the_text_arrives_as_written(self, provider: Provider, sms: Sms) -> None:
        message = sms(text="Città di Borgo: 12,00 € già dovuti")
        outcome = channel_to(provider.url).send(message)
        stored = next(one for one in provider.to(message.to) if one["body"] == message.text)
        assert outcome == Accepted(stored["sid"])
        assert stored["sender"] == "ComuneBorgo"
        assert stored["parts"] == 1

    def test_how_long_the_operator_may_try_travels_with_it(self, ear: Ear, sms: Sms) -> None:
        ear.answers, ear.reply = [201], b'{"sid": "SM1"}'
        channel = SmsChannel(
            account_sid=SID, auth_token=TOKEN, api_base=ear.url, validity_seconds=90
        )
        assert channel.send(sms()) == Accepted("SM1")
        assert ear.heard[0].form["ValidityPeriod"] == "90"

    def test_a_messaging_service_may_send(self, provider: Provider, sms: Sms) -> None:
        message = sms(sender="MG" + "a" * 32)
        assert isinstance(channel_to(provider.url).send(message), Accepted)
        assert provider.to(message.to)[0]["sender"] == message.sender

    @pytest.mark.parametrize(
        ("change", "code", "permanent"),
        [
            ({"to": "333.123 (moglie)"}, "21211", True),
            ({"to": "+393330001610"}, "21610", True),
            ({"to": "+393330000429"}, "20429", False),
            ({"sender": "NomeTroppoLungo"}, "21212", False),
            ({"text": "x" * 1601}, "21617", False),
        ],
    )
    def test_a_refusal_says_its_code(
        self, provider: Provider, sms: Sms, change: dict[str, str], code: str, permanent: bool
    ) -> None:
        message = sms(**change)
        outcome = channel_to(provider.url).send(message)
        assert isinstance(outcome, Rejected)
        assert (outcome.code, outcome.permanent) == (code, permanent)
        assert [one for one in provider.to(message.to) if one["body"] == message.text] == []

    def test_a_wrong_token_is_our_fault_not_the_debtors(self, provider: Provider, sms: Sms) -> None:
        outcome = channel_to(provider.url, token="altro").send(sms())
        assert isinstance(outcome, Rejected)
        assert (outcome.code, outcome.permanent) == ("20003", False)

    def test_a_closed_door_is_for_now(self, sms: Sms) -> None:
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            outcome = channel_to(f"http://127.0.0.1:{nobody.getsockname()[1]}").send(sms())
        assert isinstance(outcome, Rejected)
        assert (outcome.code, outcome.permanent) == ("COLLEGAMENTO", False)

    def test_who_cannot_be_asked_is_asked_again_however_long(
        self, provider: Provider, sms: Sms
    ) -> None:
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            away = channel_to(f"http://127.0.0.1:{nobody.getsockname()[1]}")
            for channel in (away, channel_to(provider.url, token="altro")):
                with pytest.raises(RetryLater, match="non risponde"):
                    channel.find_sent(sms(), since=datetime.now(UTC))

    def test_a_lost_answer_is_uncertain_and_found_by_asking(
        self, provider: Provider, sms: Sms
    ) -> None:
        message, never_sent = sms(to="+393330000408"), sms(to="+393330000408")
        assert isinstance(channel_to(provider.url, timeout=1).send(message), Uncertain)
        stored = until(lambda: self.stored(provider, message))
        began, asking = datetime.fromisoformat(stored["created_at"]), channel_to(provider.url)
        assert asking.find_sent(message, since=began) == Accepted(stored["sid"])
        assert asking.find_sent(message, since=began + timedelta(days=1)) is None
        assert asking.find_sent(never_sent, since=began) is None

    def stored(self, provider: Provider, message: Message) -> dict[str, Any] | None:
        kept = provider.to(message.to)
        return next((one for one in kept if one["body"] == message.text), None)

    @pytest.mark.parametrize("status", [500, 503])
    def test_a_fault_of_the_provider_is_uncertain(self, ear: Ear, sms: Sms, status: int) -> None:
        ear.answers = [status]
        assert isinstance(channel_to(ear.url).send(sms()), Uncertain)
        assert len(ear.heard) == 1

    def test_an_answer_that_is_not_twilios_is_uncertain(self, ear: Ear, sms: Sms) -> None:
        ear.answers, ear.reply = [200], b"<html>proxy</html>"
        assert isinstance(channel_to(ear.url).send(sms()), Uncertain)


class TestCallbacks:
    def send(self, provider: Provider, ear: Ear, message: Message) -> str:
        outcome = channel_to(provider.url).send(message)
        assert isinstance(outcome, Accepted)
        return outcome.provider_ref

    def test_the_news_arrives_in_order_and_verifies(
        self, provider: Provider, ear: Ear, sms: Sms
    ) -> None:
        message = sms(callback_url=f"{ear.url}/notifiche/sms?canale=twilio")
        sid = self.send(provider, ear, message)
        until(lambda: len(ear.heard) == 3)
        assert ear.statuses() == ["queued", "sent", "delivered"]
        for heard in ear.heard:
            assert verify_callback(ear.url + heard.path, heard.form, heard.signature, TOKEN)
            query = parse_qs(urlsplit(heard.path).query)
            assert query == {"canale": ["twilio"], "attempt": [str(message.attempt_id)]}
        last = parse_status_callback(ear.heard[-1].form, attempt=str(message.attempt_id))
        assert (last.attempt_id, last.provider_ref) == (message.attempt_id, sid)
        assert (last.status, last.error_code) == (DeliveryStatus.CONSEGNATO, "")

    def test_a_tampered_callback_does_not_verify(
        self, provider: Provider, ear: Ear, sms: Sms
    ) -> None:
        self.send(provider, ear, sms(callback_url=f"{ear.url}/notifiche/sms"))
        heard = until(lambda: ear.heard)[0]
        url, form, signature = ear.url + heard.path, heard.form, heard.signature
        assert verify_callback(url, form, signature, TOKEN)
        assert not verify_callback(url, {**form, "MessageStatus": "delivered"}, signature, TOKEN)
        assert not verify_callback(url, {**form, "Altro": ""}, signature, TOKEN)
        assert not verify_callback(url[:-1] + "x", form, signature, TOKEN)
        assert not verify_callback(url.replace("http:", "https:"), form, signature, TOKEN)
        assert not verify_callback(url, form, signature, "altro segreto")
        assert not verify_callback(url, form, "", TOKEN)
        assert not verify_callback(url, form, signature, "")

    @pytest.mark.parametrize(
        ("ending", "words", "code"),
        [
            ("0001", ["queued", "sent", "undelivered"], "30003"),
            ("0002", ["queued", "failed"], "30008"),
        ],
    )
    def test_what_was_not_delivered_says_why(
        self, provider: Provider, ear: Ear, sms: Sms, ending: str, words: list[str], code: str
    ) -> None:
        self.send(provider, ear, sms(to=f"+39333123{ending}", callback_url=f"{ear.url}/sms"))
        until(lambda: len(ear.heard) == len(words))
        assert ear.statuses() == words
        report = parse_status_callback(ear.heard[-1].form)
        assert (report.status, report.error_code) == (DeliveryStatus.FALLITO_TEMP, code)

    def test_news_not_taken_is_told_again(self, provider: Provider, ear: Ear, sms: Sms) -> None:
        ear.answers = [500, 503, 204]
        self.send(provider, ear, sms(callback_url=f"{ear.url}/sms"))
        until(lambda: len(ear.heard) == 5)
        assert ear.statuses() == ["queued", "queued", "queued", "sent", "delivered"]

    def test_news_is_told_after_a_kill(self, tmp_path: Path, ear: Ear, sms: Sms) -> None:
        ear.answers = [500] * 3
        first = Provider(tmp_path)
        message = sms(callback_url=f"{ear.url}/sms")
        self.send(first, ear, message)
        until(lambda: len(ear.heard) >= 3)
        first.process.kill()
        heard_before = len(ear.heard)
        again = Provider(tmp_path)
        try:
            until(lambda: "delivered" in ear.statuses())
            assert len(ear.heard) > heard_before
            assert [one["body"] for one in again.to(message.to)] == [message.text]
        finally:
            again.process.stop()


def test_nothing_of_a_text_becomes_markup_on_the_page(provider: Provider, sms: Sms) -> None:
    assert isinstance(
        channel_to(provider.url).send(sms(text="<script>alert(1)</script>")), Accepted
    )
    page = httpx.get(provider.url, trust_env=False)
    assert "<script" not in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
