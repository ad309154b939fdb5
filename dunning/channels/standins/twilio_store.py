"""What the Twilio stand-in remembers: messages, and the callbacks it still owes. One SQLite file,
survives a restart.

Before: ``twilio`` (REST).  After: ``twilio_caller`` and the viewer page.
"""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS message (
    sid TEXT PRIMARY KEY, recipient TEXT NOT NULL, sender TEXT NOT NULL, body TEXT NOT NULL,
    parts INTEGER NOT NULL, status TEXT NOT NULL, error_code TEXT NOT NULL,
    callback TEXT NOT NULL, created_at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS message_recipient ON message (recipient);
CREATE TABLE IF NOT EXISTS news (
    id INTEGER PRIMARY KEY, sid TEXT NOT NULL REFERENCES message (sid), status TEXT NOT NULL,
    error_code TEXT NOT NULL, tries INTEGER NOT NULL DEFAULT 0, due REAL NOT NULL,
    settled INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS news_open ON news (due) WHERE NOT settled;
"""


@dataclass(frozen=True, slots=True)
class StoredSms:
    """``created_at`` is ISO 8601 in UTC; ``parts`` are billed segments."""

    sid: str
    recipient: str
    sender: str
    body: str
    parts: int
    status: str
    error_code: str
    callback: str
    created_at: str


@dataclass(frozen=True, slots=True)
class News:
    """One step of a message's life, to be told to ``callback`` when there is one."""

    id: int
    sid: str
    status: str
    error_code: str
    tries: int


class SmsStore:
    """Messages and news in ``folder/twilio.sqlite3``. Safe for several threads."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / "twilio.sqlite3"
        self._lock = threading.Lock()
        with self._open() as database:
            database.execute("PRAGMA journal_mode = WAL")
            database.executescript(_SCHEMA)

    def keep(self, sms: StoredSms, steps: Sequence[tuple[str, str]], *, due: float) -> None:
        """Store a message and the (status, error code) steps it will go through."""
        values = (
            sms.sid, sms.recipient, sms.sender, sms.body, sms.parts,
            sms.status, sms.error_code, sms.callback, sms.created_at,
        )  # fmt: skip
        with self._open() as database:
            database.execute("INSERT INTO message VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
            rows = [(sms.sid, status, code, due) for status, code in steps]
            database.executemany(
                "INSERT INTO news (sid, status, error_code, due) VALUES (?, ?, ?, ?)", rows
            )

    def find(self, sid: str) -> StoredSms | None:
        with self._open() as database:
            row = database.execute("SELECT * FROM message WHERE sid = ?", (sid,)).fetchone()
        return StoredSms(**row) if row else None

    def messages(self, to: str = "", *, limit: int = 1000) -> list[StoredSms]:
        """Newest first; ``to`` keeps those for one number."""
        query = "SELECT * FROM message WHERE ? IN ('', recipient) ORDER BY rowid DESC LIMIT ?"
        with self._open() as database:
            return [StoredSms(**row) for row in database.execute(query, (to, limit))]

    def owed(self, *, now: float) -> list[News]:
        """The first open step of every message, when it is due."""
        query = """
            SELECT id, sid, status, error_code, tries FROM news
            WHERE id IN (SELECT min(id) FROM news WHERE NOT settled GROUP BY sid) AND due <= ?
            ORDER BY id LIMIT 100
        """
        with self._open() as database:
            return [News(**row) for row in database.execute(query, (now,))]

    def settle(self, news: News) -> None:
        """The step was told (or given up)."""
        with self._open() as database:
            database.execute("UPDATE news SET settled = 1 WHERE id = ?", (news.id,))

    def enter(self, news: News) -> None:
        """The message takes the status of this step."""
        change = "UPDATE message SET status = ?, error_code = ? WHERE sid = ?"
        with self._open() as database:
            database.execute(change, (news.status, news.error_code, news.sid))

    def postpone(self, news: News, *, due: float) -> None:
        with self._open() as database:
            database.execute(
                "UPDATE news SET tries = tries + 1, due = ? WHERE id = ?", (due, news.id)
            )

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            database = sqlite3.connect(self._path, timeout=10)
            database.row_factory = lambda cursor, row: dict(
                zip((column[0] for column in cursor.description), row, strict=True)
            )
            try:
                with database:
                    yield database
            finally:
                database.close()
