"""The local providers of SMS and e-mail as processes, and what each was given."""

import re
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.ground import ROOT

SID, TOKEN = "AC" + "0" * 32, "un-segreto-di-misura"
_NEVER = "86400"  # no callbacks: they have a row of their own
_RECIPIENT = re.compile(rb'"recipients": \["([^"]+)"\]')


@dataclass(frozen=True, slots=True)
class FarEnds:
    """``environment`` names them to the product."""

    folder: Path
    environment: dict[str, str]

    def given(self) -> Counter[str]:
        """Address → how many messages."""
        counted: Counter[str] = Counter()
        with closing(sqlite3.connect(self.folder / "sms" / "twilio.sqlite3")) as database:
            counted.update(
                dict(database.execute("SELECT recipient, count(*) FROM message GROUP BY 1"))
            )
        for envelope in (self.folder / "mail").glob("*.json"):
            found = _RECIPIENT.search(envelope.read_bytes())
            assert found is not None
            counted[found[1].decode()] += 1
        return counted


@contextmanager
def far_ends(folder: Path) -> Iterator[FarEnds]:
    """Both of them, until the end."""
    sms = _start(
        "twilio", "--port", "0", "--dir", str(folder / "sms"), "--account-sid", SID, "--auth-token", TOKEN,
        "--pace-seconds", _NEVER,
    )  # fmt: skip
    mail = _start(
        "smtp_sink", "--smtp-port", "0", "--http-port", "0", "--dir", str(folder / "mail")
    )
    try:
        yield FarEnds(folder, _environment(_said(sms), _said(mail)))
    finally:
        for process in (sms, mail):
            process.terminate()
            process.wait(timeout=30)


def _environment(sms: str, mail: str) -> dict[str, str]:
    url, port = re.search(r"http://\S+:\d+", sms), re.search(r"smtp 127\.0\.0\.1:(\d+)", mail)
    assert url is not None
    assert port is not None
    return {
        "PAYBOX_TWILIO_URL": url[0],
        "PAYBOX_TWILIO_ACCOUNT_SID": SID,
        "PAYBOX_TWILIO_AUTH_TOKEN": TOKEN,
        "PAYBOX_EMAIL_PORT": port[1],
        "PAYBOX_MESSAGES_PER_SECOND": '{"SMS": 100000, "EMAIL": 100000}',  # asked for, never waited for
    }


def _start(module: str, *options: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", f"dunning.channels.standins.{module}", *options]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def _said(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline()
