"""SEND over real sockets: documents uploaded with their digest, a request that is the same for the same attempt, a lost
answer looked up, a timeline that means the same in whatever order it comes.
"""

import base64
import hashlib
import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from dunning.channels.protocol import (
    Accepted,
    Attachment,
    Message,
    NoticeToPay,
    Particulars,
    Recipient,
    Rejected,
    Uncertain,
)
from dunning.channels.send import SendChannel
from dunning.channels.send_desk import SendDesk
from dunning.channels.send_order import Uploaded, request_body
from dunning.rules.delivery import DeliveryStatus
from dunning.rules.send import TimelineEvent, instant, standing_of
from dunning.rules.send_settings import SendSettings
from tests.platforms import SEND_KEY, Send
from tests.standins import until

NOTICE = NoticeToPay("301000000000012345", 12_050, "80012345678", attachment=1)
WHOM = Recipient("Rossi Maria", False, "Via Roma 1", "47900", "Rimini", "RN", "IT", "maria@pec.example")  # fmt: skip
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
_serial = iter(range(100, 1_000))


def person(surname: str = "PRSPRV") -> str:
    return f"{surname}82A01H{next(_serial)}X"


@pytest.fixture
def act() -> Callable[..., Message]:
    """A good act with its notice; override what matters."""

    def build(**changes: Any) -> Message:
        about = Particulars((NOTICE,), recipient=WHOM, sender_name="Comune di Borgo", sender_code="80012345678")  # fmt: skip
        files = (
            Attachment("atto.pdf", b"%PDF-1.7 atto", "application/pdf"),
            Attachment("avviso-301000000000012345.pdf", b"%PDF-1.7 avviso", "application/pdf"),
        )
        whole: dict[str, Any] = {
            "attempt_id": uuid4(), "to": person(), "subject": "Sollecito formale di pagamento", "text": "Testo",
            "html": "", "attachments": files, "sender": "", "callback_url": "", "particulars": about,
        }  # fmt: skip
        return Message(**{**whole, **changes})

    return build


Act = Callable[..., Message]


def channel_to(
    url: str, *, key: str = SEND_KEY, timeout: float = 20, **settings: Any
) -> SendChannel:
    return SendChannel(api_base=url, key=key, settings=SendSettings(**settings), timeout_seconds=timeout)  # fmt: skip


def desk_of(send: Send, *, key: str = SEND_KEY) -> SendDesk:
    return SendDesk(api_base=send.url, key=key, timeout_seconds=20)


class TestRequests:
    def test_the_act_and_its_notice_arrive_whole(self, send: Send, act: Act) -> None:
        message = act()
        outcome = channel_to(send.url).send(message)
        (kept,) = send.to(message.to)
        assert outcome == Accepted(kept["id"])
        said = kept["said"]
        assert (said["paProtocolNumber"], said["idempotenceToken"]) == (
            str(message.attempt_id),
        ) * 2
        digest = base64.b64encode(hashlib.sha256(b"%PDF-1.7 atto").digest()).decode()
        assert [one["digests"]["sha256"] for one in said["documents"]] == [digest]
        recipient = said["recipients"][0]
        assert recipient["physicalAddress"] == {
            "address": "Via Roma 1", "zip": "47900", "municipality": "Rimini", "province": "RN",
        }  # fmt: skip
        assert recipient["digitalDomicile"] == {"type": "PEC", "address": "maria@pec.example"}
        payment = recipient["payments"][0]["pagoPa"]
        assert (payment["noticeCode"], payment["creditorTaxId"], payment["applyCost"]) == (
            NOTICE.number, "80012345678", False,
        )  # fmt: skip
        assert payment["attachment"]["digests"]["sha256"] != digest
        assert "paFee" not in said

    def test_costs_that_follow_the_delivery_go_to_one_notice(self, send: Send, act: Act) -> None:
        two = Particulars((NOTICE, replace(NOTICE, number="301000000000012346")), recipient=WHOM, sender_name="Borgo", sender_code="80012345678")  # fmt: skip
        message = act(particulars=two)
        by_delivery = channel_to(send.url, policy="DELIVERY_MODE", fee_cents=90, vat=10)
        assert isinstance(by_delivery.send(message), Accepted)
        said = send.to(message.to)[0]["said"]
        assert (said["paFee"], said["vat"], said["pagoPaIntMode"]) == (90, 10, "ASYNC")
        applied = [p["pagoPa"]["applyCost"] for p in said["recipients"][0]["payments"]]
        assert applied == [True, False]

    def test_costs_that_are_in_the_act_are_not_added_again(self, send: Send, act: Act) -> None:
        bears = replace(act().particulars, costs_included=True)
        message = act(particulars=bears)
        channel_to(send.url, policy="DELIVERY_MODE").send(message)
        said = send.to(message.to)[0]["said"]
        assert (said["notificationFeePolicy"], said["pagoPaIntMode"], "paFee" in said) == ("FLAT_RATE", "NONE", False)  # fmt: skip

    def test_the_same_attempt_is_the_same_request(self, send: Send, act: Act) -> None:
        message = act()
        first = channel_to(send.url).send(message)
        assert channel_to(send.url).send(message) == first
        assert len(send.to(message.to)) == 1

    def test_a_lost_answer_is_uncertain_and_found_by_its_names(self, send: Send, act: Act) -> None:
        lost, broken, never = act(to=person("LENTOO")), act(to=person("ROTTOO")), act()
        channel = channel_to(send.url)
        assert isinstance(channel_to(send.url, timeout=1).send(lost), Uncertain)
        assert isinstance(channel.send(broken), Uncertain)
        for message in (lost, broken):
            (kept,) = until(lambda asked=message: send.to(asked.to))  # type: ignore[misc]  # a default of the loop's own
            assert channel.find_sent(message, since=LONG_AGO) == Accepted(kept["id"])
        assert channel.find_sent(never, since=LONG_AGO) is None
        away = channel_to(send.url, key="altra").find_sent(lost, since=LONG_AGO)
        assert isinstance(away, Uncertain)

    def test_haste_wrong_key_and_closed_door_leave_nothing(self, send: Send, act: Act) -> None:
        hasty = act(to=person("TROPPE"))
        slowed = channel_to(send.url).send(hasty)
        assert isinstance(slowed, Rejected)
        assert (slowed.code, slowed.permanent, slowed.wait_seconds) == ("429", False, 7)
        stranger = channel_to(send.url, key="altra").send(act())
        assert isinstance(stranger, Rejected)
        assert (stranger.code, stranger.permanent) == ("403", False)
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            closed = channel_to(f"http://127.0.0.1:{nobody.getsockname()[1]}").send(act())
        assert isinstance(closed, Rejected)
        assert (closed.code, closed.permanent) == ("COLLEGAMENTO", False)
        assert send.to(hasty.to) == []

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"particulars": Particulars((NOTICE,))}, "destinatario"),
            ({"attachments": ()}, "atto"),
            ({"subject": "x" * 135}, "134"),
            ({"particulars": Particulars(recipient=replace(WHOM, cap="479"))}, "CAP"),
            ({"particulars": Particulars(recipient=replace(WHOM, street="x" * 45))}, "44"),
        ],
    )
    def test_what_would_be_refused_is_not_uploaded(
        self, send: Send, act: Act, changes: dict[str, Any], words: str
    ) -> None:
        outcome = channel_to(send.url).send(act(**changes))
        assert isinstance(outcome, Rejected)
        assert (outcome.code, outcome.permanent) == ("SEND_DATI", True)
        assert words in outcome.words


class TestStandInIsStrict:
    @pytest.mark.parametrize(
        ("changed", "title"),
        [
            ({"subject": ""}, "PN_GENERIC_INVALIDPARAMETER_PATTERN"),
            ({"taxonomyCode": "breve"}, "PN_GENERIC_INVALIDPARAMETER_PATTERN"),
            ({"notificationFeePolicy": "DELIVERY_MODE"}, "PN_GENERIC_INVALIDPARAMETER"),
            ({"documents": []}, "PN_GENERIC_INVALIDPARAMETER_REQUIRED"),
            ({"colore": "rosso"}, "PN_GENERIC_INVALIDPARAMETER"),
            ({}, "PN_DELIVERY_ATTACHMENT_NOT_FOUND"),
        ],
    )
    def test_it_refuses_what_the_api_refuses(
        self, send: Send, act: Act, changed: dict[str, Any], title: str
    ) -> None:
        nowhere = [Uploaded(f"MAI-{n}", "v", "x" * 43 + "=") for n in range(2)]
        body = request_body(act(), nowhere, SendSettings()) | changed
        answer = httpx.post(
            f"{send.url}/delivery/v2.6/requests", json=body, headers={"x-api-key": SEND_KEY}, trust_env=False
        )  # fmt: skip
        assert (answer.status_code, answer.json()["title"]) == (400, title)

    def test_a_document_that_is_another_is_not_taken(self, send: Send) -> None:
        wanted = [{"preloadIdx": "0", "contentType": "application/pdf", "sha256": "x" * 43 + "="}]
        asked = httpx.post(
            f"{send.url}/delivery/attachments/preload", json=wanted, headers={"x-api-key": SEND_KEY}, trust_env=False
        )  # fmt: skip
        place = asked.json()[0]
        headers = {"x-amz-meta-secret": place["secret"], "x-amz-checksum-sha256": "x" * 43 + "=", "content-type": "application/pdf"}  # fmt: skip
        answer = httpx.put(place["url"], content=b"%PDF altro", headers=headers, trust_env=False)
        assert (answer.status_code, answer.text) == (403, "SignatureDoesNotMatch")


class TestNews:
    def notified(self, send: Send, act: Act, surname: str, **changes: Any) -> tuple[Message, str]:
        message = act(to=person(surname), **changes)
        taken = channel_to(send.url).send(message)
        assert isinstance(taken, Accepted)
        return message, taken.provider_ref

    def test_a_request_waits_then_is_accepted_or_refused(self, send: Send, act: Act) -> None:
        desk = desk_of(send)
        (_, good), (_, wrong) = (self.notified(send, act, one) for one in ("PRSPRV", "RIFIUT"))
        waiting = desk.request_state(good)
        assert waiting is not None
        assert (waiting.status, waiting.iun, waiting.retry_seconds) == ("WAITING", "", 10)
        send.push()
        accepted, refused = desk.request_state(good), desk.request_state(wrong)
        assert accepted is not None
        assert refused is not None
        assert accepted.status == "ACCEPTED"
        assert len(accepted.iun) == 25
        assert (refused.status, refused.errors[0][0]) == ("REFUSED", "NOT_VALID_ADDRESS")
        assert desk.request_state("mai" * 12) is None

    def test_the_stream_says_who_moved_and_the_notification_what_is_true(
        self, send: Send, act: Act
    ) -> None:
        desk = desk_of(send)
        stream = desk.open_stream("PayBox borgo", group="")
        assert desk.open_stream("PayBox borgo", group="") == stream
        _, request_id = self.notified(send, act, "PRSPRV")
        send.push(3)
        seen, after, more = [], "", True
        while more:
            lines, more = desk.moved(stream, after=after)
            after = lines[-1].event_id if lines else after
            seen += [one.iun for one in lines if one.request_id == request_id]
        assert len(seen) == 5
        assert desk.moved(stream, after=after) == ([], False)
        notification = desk.notification(seen[-1])
        stood = standing_of(notification.events)
        assert (stood.status, stood.cost_cents) == (DeliveryStatus.CONSEGNATO, 200)
        facts = [key for event in notification.events for key, _ in event.facts]
        name, content = desk.legal_fact(seen[-1], facts[0]) or ("", b"")
        assert name.startswith("PN_LEGAL_FACTS-")
        assert content.startswith(b"%PDF")

    def test_with_a_pace_of_its_own_it_goes_on_after_a_restart(
        self, tmp_path: Path, act: Act
    ) -> None:
        message = act()
        first = Send(tmp_path, pace_seconds=0.5)
        channel_to(first.url).send(message)
        until(lambda: first.to(message.to)[0]["stage"] > 0)
        first.process.kill()
        again = Send(tmp_path, pace_seconds=0.5)
        until(lambda: again.to(message.to)[0]["stage"] == 3)
        again.process.stop()

    def test_a_paid_notice_is_told(self, send: Send, act: Act) -> None:
        desk = desk_of(send)
        _, request_id = self.notified(send, act, "PRSPRV", particulars=Particulars((replace(NOTICE, number="399" + "7" * 15),), recipient=WHOM, sender_name="Borgo", sender_code="80012345678"))  # fmt: skip
        send.push()
        desk.tell_paid([{"noticeCode": "399" + "7" * 15, "creditorTaxId": "80012345678", "paymentDate": "2026-06-01T10:00:00Z", "amount": 12_050}])  # fmt: skip
        state = desk.request_state(request_id)
        assert state is not None
        assert "PAYMENT" in {event.category for event in desk.notification(state.iun).events}


def event(category: str, day: int, **details: Any) -> TimelineEvent:
    return TimelineEvent(category, category, datetime(2026, 6, day, 10, tzinfo=UTC), details)


class TestMeaning:
    PAPER = (
        event("REQUEST_ACCEPTED", 1), event("SEND_ANALOG_DOMICILE", 2, analogCost=614),
        event("COMPLETELY_UNREACHABLE", 9), event("REFINEMENT", 19, notificationCost=814),
    )  # fmt: skip

    def test_order_and_delay_change_nothing(self) -> None:
        meant = {standing_of(order) for order in permutations(self.PAPER)}
        (stood,) = meant
        assert stood.perfected_at == datetime(2026, 6, 19, 10, tzinfo=UTC)
        assert (stood.status, stood.unreachable, stood.cost_cents) == (DeliveryStatus.CONSEGNATO, True, 814)  # fmt: skip

    def test_the_first_of_reading_and_term_perfects(self) -> None:
        both = (event("REFINEMENT", 19), event("NOTIFICATION_VIEWED", 4))
        stood = standing_of(both)
        assert stood.perfected_at is not None
        assert (stood.perfected_at.date(), stood.perfected_by) == (date(2026, 6, 4), "presa visione del destinatario")  # fmt: skip
        late = standing_of((event("REFINEMENT", 19), event("NOTIFICATION_VIEWED", 25)))
        assert late.perfected_at is not None
        assert (late.perfected_at.date(), late.perfected_by) == (date(2026, 6, 19), "decorrenza dei termini")  # fmt: skip

    def test_a_pec_delivered_is_not_yet_an_act_served(self) -> None:
        stood = standing_of((event("REQUEST_ACCEPTED", 1), event("DIGITAL_SUCCESS_WORKFLOW", 1)))
        assert (stood.status, stood.perfected_at, stood.cost_cents) == (DeliveryStatus.INVIATO, None, 100)  # fmt: skip

    def test_the_dead_are_not_served_unless_it_was_before(self) -> None:
        dead = event("ANALOG_WORKFLOW_RECIPIENT_DECEASED", 5)
        assert standing_of((dead,)).status is DeliveryStatus.FALLITO_PERM
        assert standing_of((dead, event("NOTIFICATION_VIEWED", 3))).status is DeliveryStatus.CONSEGNATO  # fmt: skip

    @pytest.mark.parametrize(
        "said", ["2026-06-19T10:00:00Z", "2026-06-19T10:00:00.123456789Z", "2026-06-19T12:00:00.1+02:00"]
    )  # fmt: skip
    def test_instants_come_with_any_number_of_digits(self, said: str) -> None:
        assert abs(instant(said) - datetime(2026, 6, 19, 10, tzinfo=UTC)) < timedelta(seconds=1)
