"""App IO over real sockets: asked before every message, told apart from a person who is not there, never sent twice."""

import socket
from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import uuid4

import httpx
import pytest

from dunning.channels.app_io import IoChannel, order_of
from dunning.channels.platform_wire import PlatformAway
from dunning.channels.protocol import (
    Accepted,
    Message,
    NoticeToPay,
    Particulars,
    Rejected,
    Uncertain,
)
from dunning.rules.app_io import markdown_of, status_of
from dunning.rules.delivery import DeliveryStatus, advance
from tests.platforms import IO_KEY, AppIo
from tests.standins import until

NOTICE = NoticeToPay("301000000000012345", 12_050, "80012345678")
TEXT = (
    "Comune di Borgo: la TARI 2026 risulta non pagata. Se ha già pagato, ignori questo messaggio."
)


_serial = iter(range(100, 1_000))


def person(surname: str = "PRSPRV") -> str:
    return f"{surname}80A01H{next(_serial)}X"


@pytest.fixture
def io() -> Callable[..., Message]:
    """A good message; override what matters."""

    def build(**changes: Any) -> Message:
        whole: dict[str, Any] = {
            "attempt_id": uuid4(), "to": person(), "subject": "Comune di Borgo: promemoria di pagamento",
            "text": TEXT, "html": "", "attachments": (), "sender": "", "callback_url": "",
            "particulars": Particulars(notices=(NOTICE,)),
        }  # fmt: skip
        return Message(**{**whole, **changes})

    return build


Io = Callable[..., Message]


def channel_to(api: str, *, key: str = IO_KEY, timeout: float = 20) -> IoChannel:
    return IoChannel(api_base=api, key=key, timeout_seconds=timeout)


class TestSubmitting:
    def test_the_message_arrives_with_its_payment(self, app_io: AppIo, io: Io) -> None:
        message = io(particulars=Particulars(notices=(NOTICE,), due_on=date(2026, 6, 16)))
        outcome = channel_to(app_io.api).send(message)
        (kept,) = app_io.to(message.to)
        assert outcome == Accepted(kept["id"])
        content = kept["content"]
        assert content["payment_data"] == {
            "amount": 12_050,
            "notice_number": "301000000000012345",
            "invalid_after_due_date": False,
            "payee": {"fiscal_code": "80012345678"},
        }
        assert content["due_date"] == "2026-06-16T12:00:00.000Z"
        assert content["subject"] == message.subject
        assert kept["time_to_live"] == 604_800

    def test_two_notices_are_not_one_payment(self, io: Io) -> None:
        several = io(particulars=Particulars(notices=(NOTICE, NOTICE)))
        assert "payment_data" not in order_of(several)["content"]

    @pytest.mark.parametrize(
        ("surname", "code", "permanent"),
        [
            ("NONCEA", "IO_ASSENTE", True),
            ("BLOCCO", "IO_NON_CONSENTITO", True),
            ("TROPPE", "429", False),
            ("GUASTO", "COLLEGAMENTO", False),
            ("VIETAT", "403", False),
        ],
    )
    def test_a_refusal_says_whose_it_is(
        self, app_io: AppIo, io: Io, surname: str, code: str, permanent: bool
    ) -> None:
        message = io(to=person(surname))
        outcome = channel_to(app_io.api).send(message)
        assert isinstance(outcome, Rejected)
        assert (outcome.code, outcome.permanent) == (code, permanent)
        assert outcome.wait_seconds == (7 if surname == "TROPPE" else 0)
        assert app_io.to(message.to) == []

    def test_a_wrong_key_is_the_offices_matter(self, app_io: AppIo, io: Io) -> None:
        outcome = channel_to(app_io.api, key="altra").send(io())
        assert isinstance(outcome, Rejected)
        assert (outcome.code, outcome.permanent) == ("401", False)
        assert "chiave" in outcome.words

    def test_a_closed_door_is_for_now(self, io: Io) -> None:
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            outcome = channel_to(f"http://127.0.0.1:{nobody.getsockname()[1]}/api/v1").send(io())
        assert isinstance(outcome, Rejected)
        assert (outcome.code, outcome.permanent) == ("COLLEGAMENTO", False)

    def test_a_lost_answer_is_uncertain_though_the_message_left(
        self, app_io: AppIo, io: Io
    ) -> None:
        message = io(to=person("LENTOO"))
        assert isinstance(channel_to(app_io.api, timeout=1).send(message), Uncertain)
        assert len(until(lambda: app_io.to(message.to))) == 1

    def test_a_gateway_that_breaks_after_taking_it_proves_nothing(
        self, app_io: AppIo, io: Io
    ) -> None:
        message = io(to=person("ROTTOO"))
        assert isinstance(channel_to(app_io.api).send(message), Uncertain)
        assert len(app_io.to(message.to)) == 1


class TestSizes:
    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"subject": "x" * 9}, "oggetto"),
            ({"subject": "x" * 121}, "oggetto"),
            ({"text": "x" * 79}, "testo"),
            ({"text": "x" * 10_001}, "testo"),
        ],
    )
    def test_what_would_be_refused_is_not_even_asked(
        self, app_io: AppIo, io: Io, changes: dict[str, str], words: str
    ) -> None:
        message = io(**changes)
        outcome = channel_to(app_io.api).send(message)
        assert isinstance(outcome, Rejected)
        assert (outcome.code, outcome.permanent) == ("IO_TESTO", True)
        assert words in outcome.words

    @pytest.mark.parametrize(
        "changes", [{"subject": "x" * 10}, {"subject": "x" * 120}, {"text": "x" * 80}, {"text": "x" * 10_000}]
    )  # fmt: skip
    def test_the_extremes_are_good(self, app_io: AppIo, io: Io, changes: dict[str, str]) -> None:
        assert isinstance(channel_to(app_io.api).send(io(**changes)), Accepted)

    def test_no_word_becomes_markup(self) -> None:
        assert markdown_of("*Rossi* [qui](http://x)\nVia Roma_1") == (
            "\\*Rossi\\* \\[qui\\]\\(http://x\\)  \nVia Roma\\_1"
        )
        assert markdown_of("Uno\n\nDue") == "Uno\n\nDue"


class TestStandInIsStrict:
    @pytest.mark.parametrize(
        ("changed", "title"),
        [
            ({"subject": "corto"}, "Invalid subject"),
            ({"markdown": "corto"}, "Invalid markdown"),
            ({"due_date": "2026-06-16"}, "Invalid due_date"),
            ({"payment_data": {"amount": 0, "notice_number": "3" * 18}}, "Invalid amount"),
            ({"payment_data": {"amount": 1, "notice_number": "9" * 18}}, "Invalid notice_number"),
            ({"colore": "rosso"}, "Unexpected properties"),
        ],
    )
    def test_it_refuses_what_the_api_refuses(
        self, app_io: AppIo, io: Io, changed: dict[str, Any], title: str
    ) -> None:
        order = order_of(io())
        order["content"] |= changed
        answer = httpx.post(
            f"{app_io.api}/messages", json=order, headers={"Ocp-Apim-Subscription-Key": IO_KEY}, trust_env=False,
        )  # fmt: skip
        assert (answer.status_code, answer.json()["title"]) == (400, title)


class TestFate:
    def seen(self, app_io: AppIo, io: Io, surname: str, looks: int) -> list[str]:
        message, channel = io(to=person(surname)), channel_to(app_io.api)
        taken = channel.send(message)
        assert isinstance(taken, Accepted)
        fates = [channel.fate(message.to, taken.provider_ref) for _ in range(looks)]
        return [fate.status for fate in fates if fate]

    @pytest.mark.parametrize(
        ("surname", "statuses", "kept"),
        [
            ("PRSPRV", ["ACCEPTED", "PROCESSED"], DeliveryStatus.CONSEGNATO),
            ("RESPIN", ["ACCEPTED", "REJECTED"], DeliveryStatus.FALLITO_PERM),
            ("FALLIT", ["ACCEPTED", "FAILED"], DeliveryStatus.FALLITO_PERM),
            ("STROZZ", ["ACCEPTED", "THROTTLED", "THROTTLED", "PROCESSED"], DeliveryStatus.CONSEGNATO),
        ],
    )  # fmt: skip
    def test_each_status_advances_and_never_goes_back(
        self, app_io: AppIo, io: Io, surname: str, statuses: list[str], kept: DeliveryStatus
    ) -> None:
        assert self.seen(app_io, io, surname, len(statuses)) == statuses
        stood = DeliveryStatus.ACCETTATO
        for said in [*statuses, "ACCEPTED"]:
            status = status_of(said)
            assert status is not None
            stood = advance(stood, status)
        assert stood is kept

    def test_read_and_paid_are_told_to_who_may_know(self, app_io: AppIo, io: Io) -> None:
        message, channel = io(to=person("LETTOO")), channel_to(app_io.api)
        taken = channel.send(message)
        assert isinstance(taken, Accepted)
        fate = channel.fate(message.to, taken.provider_ref)
        assert fate is not None
        assert (fate.read, fate.paid) == (True, True)

    def test_a_message_nobody_knows_and_a_platform_that_is_away(self, app_io: AppIo) -> None:
        assert channel_to(app_io.api).fate(person(), "MAI") is None
        with pytest.raises(PlatformAway, match="401"):
            channel_to(app_io.api, key="altra").fate(person(), "MAI")
