"""The local platforms of the State as processes, for the tests of channels and of waves."""

from pathlib import Path
from typing import Any

import httpx

from tests.standins import StandIn

IO_KEY = "chiave-io-di-prova"
SEND_KEY = "chiave-send-di-prova"


class AppIo:
    """The stand-in of App IO over one folder."""

    def __init__(self, folder: Path) -> None:
        options = ("--port", "0", "--dir", str(folder), "--key", IO_KEY, "--slow-seconds", "30")
        self.process = StandIn("app_io", *options)
        self.url = self.process.url()
        self.api = f"{self.url}/api/v1"

    def to(self, codice_fiscale: str) -> list[dict[str, Any]]:
        answer = httpx.get(f"{self.url}/messages", params={"to": codice_fiscale}, trust_env=False)
        found: list[dict[str, Any]] = answer.json()["messages"]
        return found


class Send:
    """The stand-in of SEND over one folder; nothing moves unless it is pushed, or has a pace of its own."""

    def __init__(self, folder: Path, *, pace_seconds: float = 0) -> None:
        options = ("--port", "0", "--dir", str(folder), "--key", SEND_KEY, "--slow-seconds", "30")
        self.process = StandIn("send", *options, "--pace-seconds", str(pace_seconds))
        self.url = self.process.url().rstrip("/")

    def to(self, codice_fiscale: str) -> list[dict[str, Any]]:
        answer = httpx.get(f"{self.url}/notifications", params={"to": codice_fiscale}, trust_env=False)  # fmt: skip
        found: list[dict[str, Any]] = answer.json()["notifications"]
        return found

    def push(self, stages: int = 1) -> None:
        """Everything comes that many stages further."""
        for _ in range(stages):
            httpx.post(f"{self.url}/avanti", trust_env=False).raise_for_status()
