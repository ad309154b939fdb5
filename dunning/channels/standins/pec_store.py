"""The mailboxes of the certified-mail stand-in: numbered, flagged, on disk.

Before: ``pec_provider`` delivers.  After: ``pec_imap`` shows. Survives a restart, numbering included.
"""

import json
import threading
from bisect import bisect_left
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(slots=True)
class Stored:
    """One message of a mailbox, raw."""

    uid: int
    raw: bytes
    flags: set[str] = field(default_factory=set)


class Letterbox:
    """The INBOX of one account, and how it numbers."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._lock = threading.RLock()
        numbering = folder / "numbering.json"
        self.uidvalidity = int(json.loads(numbering.read_text())) if numbering.is_file() else 1
        found = sorted(folder.glob("*.eml"))
        self._messages = [Stored(int(path.stem), path.read_bytes()) for path in found]
        self._next = max((one.uid for one in self._messages), default=0) + 1

    def add(self, raw: bytes) -> int:
        with self._lock:
            uid, self._next = self._next, self._next + 1
            (self._folder / f"{uid:08d}.eml").write_bytes(raw)
            self._messages.append(Stored(uid, raw))
        return uid

    def messages(self) -> list[Stored]:
        with self._lock:
            return list(self._messages)

    def numbered(self, uid: int) -> tuple[int, Stored] | None:
        """Its place from 1 on and the message; UIDs only grow."""
        with self._lock:
            place = bisect_left(self._messages, uid, key=lambda one: one.uid)
            found = self._messages[place : place + 1]
        return (place + 1, found[0]) if found and found[0].uid == uid else None

    @property
    def next_uid(self) -> int:
        return self._next

    def renumber(self) -> None:
        """Everything gets a new number, as after a provider's restore: same messages, new UIDVALIDITY."""
        with self._lock:
            for path in self._folder.glob("*.eml"):
                path.unlink()
            before, self._messages, self._next = self._messages, [], 1
            self.uidvalidity += 1
            (self._folder / "numbering.json").write_text(json.dumps(self.uidvalidity))
            for one in before:
                self.add(one.raw)


class Letterboxes:
    """One for each account, made when first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._boxes: dict[str, Letterbox] = {}

    def of(self, account: str) -> Letterbox:
        name = account.strip().lower()
        if not name or "/" in name or name.startswith("."):
            raise ValueError(f"casella non valida: {account!r}")
        with self._lock:
            if name not in self._boxes:
                self._boxes[name] = Letterbox(self._folder / name)
            return self._boxes[name]
