"""E-mail over a real socket to the running sink, and over real HTTP to an ESP's address."""

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from dunning.channels.email import EmailChannel, message_id
from dunning.channels.protocol import Accepted, Attachment, Message, Rejected, Uncertain
from tests.channels.conftest import Ear, Sink, until

Mail = Callable[..., Message]


def channel_to(port: int, *, timeout: float = 20) -> EmailChannel:
    return EmailChannel(options={"host": "127.0.0.1", "port": port, "timeout": timeout})


def caught(sink: Sink, address: str) -> EmailMessage:
    (one,) = sink.to(address)
    raw = sink.get(f"/messages/{one['id']}.eml").content
    return message_from_bytes(raw, _class=EmailMessage, policy=policy.default)


class TestWhatArrives:
    def test_the_pdf_arrives_byte_for_byte(self, sink: Sink, mail: Mail) -> None:
        pdf = b"%PDF-1.7\r\n.\r\n..\r\n\x00\xff\n" + os.urandom(200_000)
        message = mail(attachments=(Attachment("avviso n° 1.pdf", pdf, "application/pdf"),))
        assert channel_to(sink.smtp_port).send(message) == Accepted(message_id(message))
        (part,) = caught(sink, message.to).iter_attachments()
        assert part.get_filename() == "avviso n° 1.pdf"
        assert part.get_content_type() == "application/pdf"
        assert part.get_payload(decode=True) == pdf

    def test_text_html_and_headers_arrive(self, sink: Sink, mail: Mail) -> None:
        message = mail()
        channel_to(sink.smtp_port).send(message)
        arrived = caught(sink, message.to)
        assert arrived["Subject"] == message.subject
        assert arrived["From"] == message.sender
        assert arrived["To"] == message.to
        assert arrived["Message-ID"] == f"<{message.attempt_id}@borgo.example>"
        assert arrived["Auto-Submitted"] == "auto-generated"
        plain, rich = arrived.get_body(("plain",)), arrived.get_body(("html",))
        assert plain is not None
        assert rich is not None
        assert plain.get_content().splitlines() == message.text.splitlines()
        assert rich.get_content().strip() == message.html

    def test_the_same_attempt_has_the_same_message_id(self, mail: Mail) -> None:
        message = mail()
        again = mail(attempt_id=message.attempt_id, subject="Altro")
        assert message_id(message) == message_id(again)
        assert message_id(message) != message_id(mail())

    def test_djangos_own_smtp_backend_will_do(self, sink: Sink, mail: Mail) -> None:
        message = mail()
        options = {"host": "127.0.0.1", "port": sink.smtp_port, "timeout": 20}
        channel = EmailChannel(
            backend="django.core.mail.backends.smtp.EmailBackend", options=options
        )
        assert channel.send(message) == Accepted(message_id(message))
        assert len(sink.to(message.to)) == 1


class TestWhatIsRefused:
    def test_an_unknown_mailbox_is_refused_for_ever(self, sink: Sink, mail: Mail) -> None:
        outcome = channel_to(sink.smtp_port).send(mail(to="rifiuta@posta.example"))
        assert isinstance(outcome, Rejected)
        assert (outcome.code, outcome.permanent, outcome.blames_contact) == ("550", True, True)

    @pytest.mark.parametrize(
        ("verb", "reply", "permanent", "blames"),
        [
            (b"RCPT", b"550 5.1.1 unknown user", True, True),
            (b"RCPT", b"550 no such user", True, True),
            (b"RCPT", b"550 5.7.1 relaying denied", True, False),
            (b"RCPT", b"552 5.2.2 mailbox full", False, False),
            (b"MAIL", b"553 5.7.1 sender rejected", True, False),
            (b"DATA", b"552 5.3.4 message too big", True, False),
        ],
    )
    def test_only_what_is_said_of_the_recipient_blames_the_address(
        self, mail: Mail, verb: bytes, reply: bytes, permanent: bool, blames: bool
    ) -> None:
        with answering({verb: reply}) as port:
            outcome = channel_to(port).send(mail())
        assert isinstance(outcome, Rejected)
        assert (outcome.code, outcome.permanent) == (reply[:3].decode(), permanent)
        assert outcome.blames_contact is blames

    def test_a_full_mailbox_is_refused_for_now(self, sink: Sink, mail: Mail) -> None:
        outcome = channel_to(sink.smtp_port).send(mail(to="piena@posta.example"))
        assert isinstance(outcome, Rejected)
        assert (outcome.code, outcome.permanent) == ("452", False)

    def test_a_closed_door_is_for_now(self, mail: Mail) -> None:
        with socket.socket() as nobody:  # bound but not listening: the connection is refused
            nobody.bind(("127.0.0.1", 0))
            outcome = channel_to(nobody.getsockname()[1]).send(mail())
        assert isinstance(outcome, Rejected)
        assert (outcome.code, outcome.permanent) == ("COLLEGAMENTO", False)

    @pytest.mark.parametrize(
        "change",
        [
            {"subject": "Avviso\r\nBcc: tutti@posta.example"},
            {"subject": "Avviso\nX-Altro: 1"},
            {"to": "ada@posta.example\r\nBcc: tutti@posta.example"},
            {"sender": "Comune\r\nX: 1 <tributi@borgo.example>"},
            {"attachments": (Attachment('a.pdf"\r\nX-Altro: 1', b"x", "application/pdf"),)},
            {"attachments": (Attachment("a.pdf", b"x", "application/pdf\r\nX-Altro: 1"),)},
        ],
    )
    def test_a_header_cannot_be_smuggled_in(
        self, sink: Sink, mail: Mail, change: dict[str, object]
    ) -> None:
        before = sink.get("/messages").json()["messages"]
        outcome = channel_to(sink.smtp_port).send(mail(**change))
        assert isinstance(outcome, Rejected)
        assert (outcome.code, outcome.permanent) == ("INTESTAZIONE", True)
        assert sink.get("/messages").json()["messages"] == before

    @pytest.mark.parametrize(
        "to", ["", "ada", "ada@", "a@b.example, c@d.example", "Ada <ada@b.example>"]
    )
    def test_what_is_not_one_address_is_refused(self, sink: Sink, mail: Mail, to: str) -> None:
        outcome = channel_to(sink.smtp_port).send(mail(to=to))
        assert isinstance(outcome, Rejected)
        assert (outcome.code, outcome.permanent, outcome.blames_contact) == (
            "INDIRIZZO",
            True,
            True,
        )

    def test_a_sender_that_is_no_address_is_not_the_recipients_fault(
        self, sink: Sink, mail: Mail
    ) -> None:
        outcome = channel_to(sink.smtp_port).send(mail(sender="Comune di Borgo"))
        assert isinstance(outcome, Rejected)
        assert (outcome.code, outcome.permanent, outcome.blames_contact) == (
            "MITTENTE",
            False,
            False,
        )


class TestWhatIsUncertain:
    def test_no_answer_after_the_text_is_uncertain_and_it_did_arrive(
        self, sink: Sink, mail: Mail
    ) -> None:
        message = mail(to=f"lento@{mail().attempt_id}.example")
        outcome = channel_to(sink.smtp_port, timeout=1).send(message)
        assert isinstance(outcome, Uncertain)
        assert until(lambda: sink.to(message.to))[0]["message_id"] == message_id(message)

    def test_a_server_that_hangs_up_after_the_text_leaves_us_uncertain(self, mail: Mail) -> None:
        with hanging_up_after(b"DATA") as port:
            assert isinstance(channel_to(port).send(mail()), Uncertain)

    def test_a_server_that_hangs_up_before_the_text_has_nothing_of_ours(self, mail: Mail) -> None:
        with hanging_up_after(b"MAIL") as port:
            outcome = channel_to(port).send(mail())
        assert isinstance(outcome, Rejected)
        assert (outcome.code, outcome.permanent) == ("COLLEGAMENTO", False)


class TestThroughAnEsp:
    """Postmark's backend of django-anymail, pointed at an address of ours."""

    def channel(self, ear: Ear) -> EmailChannel:
        options = {"server_token": "segreto", "api_url": ear.url, "timeout": 5}
        return EmailChannel(backend="anymail.backends.postmark.EmailBackend", options=options)

    def test_the_attempt_travels_as_metadata(self, ear: Ear, mail: Mail) -> None:
        ear.answers = [200]
        message = mail()
        ear.reply = (
            f'{{"To": "{message.to}", "MessageID": "esp-1", "ErrorCode": 0, "Message": "OK"}}'
        ).encode()
        assert self.channel(ear).send(message) == Accepted("esp-1")
        (heard,) = ear.heard
        assert str(message.attempt_id).encode() in heard.body
        assert b'"attempt_id"' in heard.body

    @pytest.mark.parametrize(("status", "permanent"), [(400, True), (401, False), (429, False)])
    def test_an_explicit_refusal_is_a_refusal(
        self, ear: Ear, mail: Mail, status: int, permanent: bool
    ) -> None:
        ear.answers = [status]
        outcome = self.channel(ear).send(mail())
        assert isinstance(outcome, Rejected)
        assert (outcome.code, outcome.permanent) == (str(status), permanent)
        assert not outcome.blames_contact, (
            "a request the ESP cannot take says nothing of the address"
        )

    def test_a_fault_of_the_esp_is_uncertain(self, ear: Ear, mail: Mail) -> None:
        ear.answers = [500]
        assert isinstance(self.channel(ear).send(mail()), Uncertain)
        assert len(ear.heard) == 1

    def test_an_esp_that_is_not_there_took_nothing(self, mail: Mail) -> None:
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            outcome = self.channel(Ear(port=nobody.getsockname()[1])).send(mail())
        assert isinstance(outcome, Rejected)
        assert (outcome.code, outcome.permanent) == ("COLLEGAMENTO", False)


@contextmanager
def hanging_up_after(verb: bytes) -> Iterator[int]:
    """A server on a real socket that answers until ``verb`` and then hangs up.

    After DATA it first asks for the text and reads its beginning.
    """
    with socket.create_server(("127.0.0.1", 0)) as door:
        thread = threading.Thread(target=_converse, args=(door, verb))
        thread.start()
        yield door.getsockname()[1]
        thread.join(timeout=20)


def _converse(door: socket.socket, verb: bytes) -> None:
    line, _ = door.accept()
    with line, line.makefile("rb") as incoming:
        line.sendall(b"220 prova\r\n")
        for order in incoming:
            if order.upper().startswith(verb):
                if verb == b"DATA":
                    line.sendall(b"354 avanti\r\n")
                    incoming.readline()
                return
            line.sendall(b"250 OK\r\n")


@contextmanager
def answering(replies: dict[bytes, bytes]) -> Iterator[int]:
    """A server on a real socket that says ``replies`` to the verbs it names, and 250 to the others."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        thread = threading.Thread(target=_say, args=(door, replies))
        thread.start()
        yield door.getsockname()[1]
        thread.join(timeout=20)


def _say(door: socket.socket, replies: dict[bytes, bytes]) -> None:
    line, _ = door.accept()
    with line, line.makefile("rb") as incoming:
        line.sendall(b"220 prova\r\n")
        for order in incoming:
            verb = order[:4].upper()
            line.sendall(
                replies.get(verb, b"221 a presto" if verb == b"QUIT" else b"250 OK") + b"\r\n"
            )
            if verb == b"QUIT":
                return
