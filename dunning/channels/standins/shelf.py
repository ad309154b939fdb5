"""What a stand-in of a platform remembers: named documents in one SQLite file, safe for several threads.

Before: the stand-ins of App IO and SEND.  After: their viewer pages; survives a restart.
"""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS document (
    id INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, said TEXT NOT NULL, UNIQUE (kind, name)
)
"""


class Shelf:
    """Documents (JSON objects) by kind and name, in order of arrival."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._lock = threading.RLock()
        with self._open() as database:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute(_SCHEMA)

    def put(self, kind: str, name: str, said: dict[str, Any]) -> None:
        """Keep it, in the place of an older one of that name."""
        with self._open() as database:
            database.execute(
                "INSERT INTO document (kind, name, said) VALUES (?, ?, ?)"
                " ON CONFLICT (kind, name) DO UPDATE SET said = excluded.said",
                (kind, name, json.dumps(said)),
            )

    def get(self, kind: str, name: str) -> dict[str, Any] | None:
        query = "SELECT said FROM document WHERE kind = ? AND name = ?"
        with self._open() as database:
            row = database.execute(query, (kind, name)).fetchone()
        return json.loads(row[0]) if row else None

    def all(self, kind: str) -> list[dict[str, Any]]:
        """Oldest first."""
        query = "SELECT said FROM document WHERE kind = ? ORDER BY id"
        with self._open() as database:
            return [json.loads(row[0]) for row in database.execute(query, (kind,))]

    def after(self, kind: str, name: str, *, most: int) -> list[dict[str, Any]]:
        """Those whose name comes after that one, in the order of their names."""
        query = "SELECT said FROM document WHERE kind = ? AND name > ? ORDER BY name LIMIT ?"
        with self._open() as database:
            return [json.loads(row[0]) for row in database.execute(query, (kind, name, most))]

    def count(self, kind: str) -> int:
        with self._open() as database:
            found = database.execute("SELECT count(*) FROM document WHERE kind = ?", (kind,))
            return int(found.fetchone()[0])

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            database = sqlite3.connect(self._path, timeout=10)
            database.execute(
                "PRAGMA synchronous = NORMAL"
            )  # the process may be killed, not the machine
            try:
                with database:
                    yield database
            finally:
                database.close()
