"""Where the SMTP sink keeps what it received: each message raw, as it came, beside its envelope.

Before: ``smtp_sink``, when a message ends.  After: the viewer, the tests, the demo. Survives a
restart.
"""

import json
import os
import re
import threading
from dataclasses import asdict, dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

_ID = re.compile(r"[0-9]{8}")


@dataclass(frozen=True, slots=True)
class Envelope:
    """One stored message. ``received_at`` is ISO 8601 in UTC; ``recipients`` are the RCPT TO
    addresses.
    """

    id: str
    received_at: str
    sender: str
    recipients: tuple[str, ...]
    subject: str
    message_id: str


class Mailbox:
    """Messages numbered from 00000001 in ``folder``: ``N.eml`` (raw bytes) and ``N.json``
    (envelope).
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._lock = threading.Lock()
        self._kept = [_read_envelope(path) for path in sorted(folder.glob("*.json"))]

    def keep(
        self, raw: bytes, *, sender: str, recipients: tuple[str, ...], received_at: str
    ) -> Envelope:
        """Write the message to disk before it is acknowledged."""
        headers = message_from_bytes(raw, policy=policy.compat32)
        subject, message_id = (_plain(headers.get(name)) for name in ("Subject", "Message-ID"))
        with self._lock:
            number = f"{int(self._kept[-1].id) + 1 if self._kept else 1:08d}"
            envelope = Envelope(number, received_at, sender, recipients, subject, message_id)
            _write(self._folder / f"{number}.eml", raw)
            _write(self._folder / f"{number}.json", json.dumps(asdict(envelope)).encode())
            self._kept.append(envelope)
        return envelope

    def envelopes(self, to: str = "") -> list[Envelope]:
        """Newest first; ``to`` keeps those for one address (whole, any case)."""
        wanted = to.strip().lower()
        with self._lock:
            kept = list(reversed(self._kept))
        return [
            one
            for one in kept
            if not wanted or wanted in (address.lower() for address in one.recipients)
        ]

    def raw(self, number: str) -> bytes:
        """The bytes as received. Raises KeyError."""
        path = self._folder / f"{number}.eml"
        if not _ID.fullmatch(number) or not path.is_file():
            raise KeyError(number)
        return path.read_bytes()

    def parsed(self, number: str) -> EmailMessage:
        """The message read with the modern parser. Raises KeyError."""
        return message_from_bytes(self.raw(number), _class=EmailMessage, policy=policy.default)


def _plain(value: object) -> str:
    from email.header import decode_header, make_header

    try:
        return " ".join(str(make_header(decode_header(str(value or "")))).split())
    except (ValueError, LookupError):
        return " ".join(str(value).split())


def _read_envelope(path: Path) -> Envelope:
    stored = json.loads(path.read_text())
    return Envelope(**{**stored, "recipients": tuple(stored["recipients"])})


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, and on the disk."""
    draft = path.with_suffix(path.suffix + ".part")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
