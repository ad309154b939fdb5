"""The far ends of the wires as real processes: the mail sink and the SMS provider, each over one folder."""

import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[1]
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
        self.imap_port = int(self.process.said(r"imap 127\.0\.0\.1:(\d+)"))
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
