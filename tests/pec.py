"""The certified-mail provider as a real process: SMTP, IMAP, its page, its certification authority."""

import re
from pathlib import Path
from typing import Any

import httpx

from dunning.channels.pec_account import PecAccount
from tests.standins import StandIn, until

PASSWORD = "parola-di-prova"
BOX = "tributi.borgo@pec.example"


class PecProvider:
    """One stand-in over one folder; receipts come at once unless ``delay`` (seconds)."""

    def __init__(self, folder: Path, *, delay: float = 0.0) -> None:
        self.folder = folder
        ports = ("--smtp-port", "0", "--imap-port", "0", "--http-port", "0")
        self.process = StandIn(
            "pec",
            *ports,
            "--dir",
            str(folder),
            "--password",
            PASSWORD,
            "--delay-seconds",
            str(delay),
        )
        self.smtp = int(self.process.said(r"smtp 127\.0\.0\.1:(\d+)"))
        self.imap = int(self.process.said(r"imap 127\.0\.0\.1:(\d+)"))
        self.url = self.process.url()

    @property
    def authority(self) -> Path:
        return self.folder / "ca.pem"

    def account(self, address: str = BOX, *, password: str = PASSWORD) -> PecAccount:
        return PecAccount(
            address,
            address,
            password,
            f"smtp://127.0.0.1:{self.smtp}",
            f"imap://127.0.0.1:{self.imap}",
        )

    def taken(self, to: str) -> list[dict[str, str]]:
        answer = httpx.get(f"{self.url}/messages", params={"to": to}, trust_env=False)
        return list(answer.raise_for_status().json()["messages"])

    def mailbox(self, address: str = BOX) -> dict[str, Any]:
        answer = httpx.get(f"{self.url}/mailbox", params={"account": address}, trust_env=False)
        return dict(answer.raise_for_status().json())

    def order(self, what: str, **order: Any) -> dict[str, Any]:
        """``letter``, ``receipt``: as the stand-in's page takes them."""
        answer = httpx.post(f"{self.url}/{what}", json=order, trust_env=False)
        return dict(answer.raise_for_status().json())

    def drop(self, raw: bytes, address: str = BOX) -> None:
        """Any bytes in the mailbox."""
        params = {"account": address}
        httpx.post(
            f"{self.url}/raw", params=params, content=raw, trust_env=False
        ).raise_for_status()

    def renumber(self, address: str = BOX) -> None:
        params = {"account": address}
        httpx.post(f"{self.url}/renumber", params=params, trust_env=False).raise_for_status()

    def wait_for(self, count: int, address: str = BOX) -> None:
        until(lambda: len(self.mailbox(address)["messages"]) >= count)


def tampered(raw: bytes) -> bytes:
    """The same message with one letter of its signed part changed."""
    return re.sub(rb'name="daticert.xml"', b'name="Daticert.xml"', raw, count=1)
