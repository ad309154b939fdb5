"""The simulated Node's memory: one SQLite file, short transactions, none across HTTP."""

import sqlite3
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_TABLES = """
CREATE TABLE IF NOT EXISTS stations (
  fiscal_code TEXT, broker TEXT, station TEXT, ec_url TEXT, version TEXT, broadcast INTEGER,
  PRIMARY KEY (fiscal_code, station));
CREATE TABLE IF NOT EXISTS notices (
  ente_code TEXT, iud TEXT, iuv TEXT, content TEXT, amount_cents INTEGER, state TEXT,
  PRIMARY KEY (ente_code, iud));
CREATE UNIQUE INDEX IF NOT EXISTS one_notice_per_iuv ON notices (ente_code, iuv);
CREATE TABLE IF NOT EXISTS tokens (
  token TEXT PRIMARY KEY, fiscal_code TEXT, notice_number TEXT, state TEXT, id_psp TEXT,
  version TEXT, idempotency_key TEXT, idempotency_body TEXT, created_at REAL, expires_at REAL,
  amount_cents INTEGER, payment_note TEXT, answer BLOB, reply TEXT);
CREATE INDEX IF NOT EXISTS tokens_of_notice ON tokens (fiscal_code, notice_number);
CREATE INDEX IF NOT EXISTS tokens_in_state ON tokens (state, expires_at);
CREATE TABLE IF NOT EXISTS receipts (
  id INTEGER PRIMARY KEY, token TEXT, fiscal_code TEXT, station TEXT, ec_url TEXT, operation TEXT,
  envelope BLOB, state TEXT, attempts INTEGER DEFAULT 0, sent_at REAL DEFAULT 0,
  answer TEXT DEFAULT '', UNIQUE (token, fiscal_code, station));
CREATE TABLE IF NOT EXISTS shares (
  token TEXT, id_transfer INTEGER, fiscal_code TEXT, iban TEXT, amount_cents INTEGER, iuv TEXT,
  id_psp TEXT, applied_on TEXT, code TEXT, iuf TEXT DEFAULT '', PRIMARY KEY (token, id_transfer));
CREATE INDEX IF NOT EXISTS shares_of_iuv ON shares (fiscal_code, iuv);
CREATE TABLE IF NOT EXISTS flows (
  iuf TEXT PRIMARY KEY, fiscal_code TEXT, iban TEXT, id_psp TEXT, applied_on TEXT, trn TEXT,
  causale TEXT, amount_cents INTEGER, xml BLOB);
CREATE TABLE IF NOT EXISTS revisions (iuf TEXT PRIMARY KEY, revision INTEGER);
CREATE TABLE IF NOT EXISTS incomes (
  token TEXT, fiscal_code TEXT, amount_cents INTEGER, PRIMARY KEY (token, fiscal_code));
CREATE TABLE IF NOT EXISTS ibans (fiscal_code TEXT, iban TEXT, PRIMARY KEY (fiscal_code, iban));
CREATE TABLE IF NOT EXISTS carts (id TEXT PRIMARY KEY, content TEXT, state TEXT, words TEXT);
"""

_COUNTS = {
    "notices": "SELECT state, count(*) FROM notices GROUP BY state",
    "tokens": "SELECT state, count(*) FROM tokens GROUP BY state",
    "receipts": "SELECT state, count(*) FROM receipts GROUP BY state",
    "carts": "SELECT state, count(*) FROM carts GROUP BY state",
}


class Store:
    """Safe from any thread: a connection serves one transaction at a time, then waits for the next one.

    Closing the last connection would write the whole journal back, each time. A killed process loses nothing.
    """

    def __init__(self, state_dir: Path) -> None:
        state_dir.mkdir(parents=True, exist_ok=True)
        self._path = state_dir / "node.sqlite3"
        self._idle: deque[sqlite3.Connection] = deque()
        db = self._connect()
        db.execute("PRAGMA journal_mode=WAL")
        db.executescript(_TABLES)
        self._idle.append(db)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Writers queue up; an exception rolls back."""
        db = self._take()
        try:
            db.execute("BEGIN IMMEDIATE")
            yield db
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise
        finally:
            self._idle.append(db)

    def _take(self) -> sqlite3.Connection:
        try:
            return self._idle.pop()
        except IndexError:
            return self._connect()

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._path, timeout=30, isolation_level=None, check_same_thread=False)
        db.row_factory = sqlite3.Row
        db.execute("PRAGMA synchronous=NORMAL")
        return db

    def counts(self) -> dict[str, dict[str, int]]:
        """How many notices, tokens, receipts and carts stand in each state, and how many flows."""
        with self.transaction() as db:
            found = {table: dict(db.execute(question)) for table, question in _COUNTS.items()}
            found["flows"] = {"total": db.execute("SELECT count(*) FROM flows").fetchone()[0]}
        return found
