"""The far ends of the wires, really running: the mail sink and the SMS provider as processes, our
callback address.
"""

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

import httpx
import pytest
from django.conf import settings

from dunning.channels.protocol import Attachment, Message

if not settings.configured and not os.environ.get("DJANGO_SETTINGS_MODULE"):
    settings.configure(USE_TZ=True, TIME_ZONE="Europe/Rome")

ROOT = Path(__file__).resolve().parents[2]
SID, TOKEN = "AC" + "0" * 32, "un-segreto-di-prova"


def until(ask: Callable[[], Any], *, seconds: float = 20) -> Any:
    """Ask again and again until the answer is true; fail when it never is."""
    deadline = time.monotonic() + seconds
    while not (answer := ask()):
        assert time.monotonic() < deadline, "the awaited condition never came"
        time.sleep(0.02)
    return answer


class StandIn:
    """One stand-in process; ``addresses`` is what it says on its first line."""

    def __init__(self, module: str, *options: str) -> None:
        command = [sys.executable, "-m", f"dunning.channels.standins.{module}", *options]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.addresses = self._process.stdout.readline()
        assert self.addresses, f"{module} did not start"

    def said(self, pattern: str) -> str:
        found = re.search(pattern, self.addresses)
        assert found, self.addresses
        return found[1]

    def url(self) -> str:
        return self.said(r"(http://127\.0\.0\.1:\d+)")

    def stop(self) -> None:
        self._process.terminate()
        assert self._process.wait(timeout=20) == 0

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(timeout=20)


class Sink:
    """The mail sink over one folder, with ports of its own choosing."""

    def __init__(self, folder: Path) -> None:
        options = ("--smtp-port", "0", "--http-port", "0", "--dir", str(folder))
        self.process = StandIn("smtp_sink", *options, "--slow-seconds", "30")
        self.smtp_port = int(self.process.said(r"smtp 127\.0\.0\.1:(\d+)"))
        self.url = self.process.url()

    def get(self, path: str) -> httpx.Response:
        return httpx.get(self.url + path, trust_env=False)

    def to(self, address: str) -> list[dict[str, Any]]:
        answer = httpx.get(f"{self.url}/messages", params={"to": address}, trust_env=False)
        messages: list[dict[str, Any]] = answer.json()["messages"]
        return messages


class Provider:
    """The SMS provider over one folder."""

    def __init__(self, folder: Path) -> None:
        options = ("--port", "0", "--dir", str(folder), "--account-sid", SID, "--auth-token", TOKEN)
        quick = ("--pace-seconds", "0.02", "--retry-seconds", "0.05", "--slow-seconds", "30")
        self.process = StandIn("twilio", *options, *quick)
        self.url = self.process.url()

    def to(self, number: str) -> list[dict[str, Any]]:
        answer = httpx.get(f"{self.url}/messages", params={"to": number}, trust_env=False)
        messages: list[dict[str, Any]] = answer.json()["messages"]
        return messages


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


@pytest.fixture(scope="session")
def sink(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sink]:
    running = Sink(tmp_path_factory.mktemp("posta"))
    yield running
    running.process.stop()


@pytest.fixture(scope="session")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    running = Provider(tmp_path_factory.mktemp("sms"))
    yield running
    running.process.stop()


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
