"""The local platforms of the State as processes, for the tests of channels and of waves."""

from pathlib import Path
from typing import Any

import httpx

from tests.standins import StandIn

IO_KEY = "chiave-io-di-prova"


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
