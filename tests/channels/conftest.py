"""The far ends of the wires, really running: the mail sink and the SMS provider as processes, our
callback address.
"""

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

import pytest
from django.conf import settings

from dunning.channels.protocol import Attachment, Message
from tests.standins import ROOT, SID, TOKEN, Provider, Sink, StandIn, until

if not settings.configured and not os.environ.get("DJANGO_SETTINGS_MODULE"):
    settings.configure(USE_TZ=True, TIME_ZONE="Europe/Rome")


@dataclass
class Heard:
    """One request received on our side."""

    path: str
    form: dict[str, str]
    signature: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Ear:
    """Our public address, as a tiny server; ``answers`` are the next HTTP statuses (then 204)."""

    answers: list[int] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    reply: bytes = b""
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def statuses(self) -> list[str]:
        return [one.form["MessageStatus"] for one in self.heard]


@pytest.fixture
def ear() -> Iterator[Ear]:
    listening = Ear()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            signature = self.headers.get("X-Twilio-Signature", "")
            form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
            heard = Heard(self.path, form, signature, dict(self.headers), body)
            status = listening.answers.pop(0) if listening.answers else 204
            listening.heard.append(heard)
            self.send_response(status)
            self.send_header("Content-Length", str(len(listening.reply)))
            self.end_headers()
            self.wfile.write(listening.reply)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listening.port = server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield listening
    server.shutdown()
    server.server_close()


@pytest.fixture
def mail() -> Callable[..., Message]:
    """A good e-mail; override what matters."""

    def build(**changes: Any) -> Message:
        whole: dict[str, Any] = {
            "attempt_id": uuid4(),
            "to": f"ada.{uuid4().hex[:12]}@posta.example",
            "subject": "Avviso di pagamento: è in scadenza",
            "text": "Gentile Ada,\nin allegato trova l'avviso.\n",
            "html": "<p>Gentile Ada, in allegato trova l'avviso.</p>",
            "attachments": (Attachment("avviso.pdf", b"%PDF-1.7 prova", "application/pdf"),),
            "sender": "Comune di Borgo <tributi@borgo.example>",
            "callback_url": "",
        }
        return Message(**{**whole, **changes})

    return build


@pytest.fixture
def sms() -> Callable[..., Message]:
    """A good SMS; override what matters."""

    def build(**changes: Any) -> Message:
        whole: dict[str, Any] = {
            "attempt_id": uuid4(),
            "to": f"+39333{uuid4().int % 10**3:03d}1234",
            "subject": "",
            "text": f"Comune di Borgo: prova {uuid4()}",
            "html": "",
            "attachments": (),
            "sender": "ComuneBorgo",
            "callback_url": "",
        }
        return Message(**{**whole, **changes})

    return build


__all__ = ["ROOT", "SID", "TOKEN", "Provider", "Sink", "StandIn", "until"]
