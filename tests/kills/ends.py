"""What the far ends got: how many messages to each address, read where the stand-ins keep them."""

import csv
import io
import json
import sqlite3
import zipfile
from collections import Counter
from contextlib import closing
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx

from dunning.models import Attempt, Letter, PrintBatch
from tests.stack import Stack

INVITED_AT = "@inviti.example"


def received(stack: Stack, channel: str) -> Counter[str]:
    """Messages by address, on the platforms by codice fiscale; letters by the person's place in the list for the printer."""
    match channel:
        case "SMS":
            return _sms(stack.var_dir / "sms")
        case "EMAIL":
            return _mail(stack.var_dir / "posta", "@posta.example")
        case "INVITO":
            return _mail(stack.var_dir / "posta", INVITED_AT)
        case "MEMO":
            return _mail(stack.var_dir / "posta", "")
        case "PEC":
            return _pec(stack.ports.pec)
        case "IO":
            return Counter(one["fiscal_code"] for one in _shelf(stack, "app-io/app_io", "message"))
        case "SEND":
            return Counter(
                whom["taxId"] for one in _shelf(stack, "send/send", "request") for whom in one["said"]["recipients"]
            )  # fmt: skip
    return _letters(stack.var_dir / "files")


def sids(stack: Stack) -> set[str]:
    """What the SMS provider calls each message it took."""
    with closing(sqlite3.connect(stack.var_dir / "sms" / "twilio.sqlite3")) as database:
        return {sid for (sid,) in database.execute("SELECT sid FROM message")}


def read_by_invited(stack: Stack) -> dict[str, str]:
    """Address → the words of the invitation that arrived there."""
    found = {}
    for path in (stack.var_dir / "posta").glob("*.json"):
        (to, *_) = json.loads(path.read_text())["recipients"]
        if to.endswith(INVITED_AT):
            message = message_from_bytes(
                path.with_suffix(".eml").read_bytes(), EmailMessage, policy=policy.default
            )
            body = message.get_body(("plain",))
            assert body is not None
            found[to] = body.get_content()
    return found


def _sms(folder: Path) -> Counter[str]:
    with closing(sqlite3.connect(folder / "twilio.sqlite3")) as database:
        return Counter(to for (to,) in database.execute("SELECT recipient FROM message"))


def _mail(folder: Path, ending: str) -> Counter[str]:
    kept = (json.loads(path.read_text()) for path in folder.glob("*.json"))
    return Counter(to for one in kept for to in one["recipients"] if to.endswith(ending))


def _pec(port: int) -> Counter[str]:
    taken = httpx.get(f"http://127.0.0.1:{port}/messages", trust_env=False, timeout=60).json()
    return Counter(one["to"] for one in taken["messages"])


def _shelf(stack: Stack, name: str, kind: str) -> list[dict[str, Any]]:
    """What a platform's stand-in keeps, each time it was given."""
    with closing(sqlite3.connect(stack.var_dir / f"{name}.sqlite3")) as database:
        kept = database.execute("SELECT said FROM document WHERE kind = ?", [kind])
        return [json.loads(said) for (said,) in kept]


def _letters(files: Path) -> Counter[str]:
    """By the item's address in the book; every row of the printer's list must be one of our letters, once."""
    found: Counter[str] = Counter()
    for batch in PrintBatch.objects.exclude(file=""):
        with zipfile.ZipFile(files / batch.file) as archive:
            (name,) = (one for one in archive.namelist() if one.endswith(".csv"))
            rows = list(csv.DictReader(io.StringIO(archive.read(name).decode("utf-8-sig")), delimiter=";"))  # fmt: skip
        codes = [row["id_invio"] for row in rows]
        owners = dict(Letter.objects.filter(batch=batch).values_list("code", "attempt__item__key"))
        assert len(codes) == len(set(codes)) == len(owners), "the list and the letters differ"
        found.update(owners[code] for code in codes)
    return found


def open_attempts(wave_id: int) -> Counter[str]:
    """Of each item, the attempts that may have left (not those proved never to have)."""
    gone = Attempt.objects.filter(item__wave_id=wave_id).exclude(state=Attempt.State.FAILED_NOW)
    return Counter(gone.values_list("item__key", flat=True))
