"""ACA and GPD v3 as seen from outside: positions put, changed, taken off and remembered; trouble on demand.

They hear of what was paid at the Node: such a position is PAID, or PARTIALLY_PAID, and stays as it is.

``POST /rest/trouble`` arms it: ``{"archive": "gpd", "status": 429, "times": 2, "retry_after": 1, "hang_s": 0}``.
"""

import json
import sqlite3
from typing import Protocol

from pagopa.simulator.archive_trouble import Reply, Trouble, problem
from pagopa.simulator.faults import OrderRefused
from pagopa.simulator.orders import Json
from pagopa.simulator.position_checks import SHAPES, notices_of, ways_to_pay, wrong_in
from pagopa.simulator.store import Store

INTERMEDIARY = "soap"
KEY_HEADER = "Ocp-Apim-Subscription-Key"
_TABLES = """
CREATE TABLE IF NOT EXISTS debt_positions (
  archive TEXT, fiscal_code TEXT, iupd TEXT, content TEXT, status TEXT, changes INTEGER DEFAULT 0,
  PRIMARY KEY (archive, fiscal_code, iupd));
CREATE TABLE IF NOT EXISTS debt_notices (
  archive TEXT, fiscal_code TEXT, iuv TEXT, iupd TEXT, PRIMARY KEY (archive, fiscal_code, iuv));
"""
_FIND = "SELECT * FROM debt_positions WHERE archive = ? AND fiscal_code = ? AND iupd = ?"
_CHANGE = (
    "UPDATE debt_positions SET content = ?, changes = changes + 1"
    " WHERE archive = ? AND fiscal_code = ? AND iupd = ?"
)
_INVALIDATE = (
    "UPDATE debt_positions SET status = 'INVALID'"
    " WHERE archive = ? AND fiscal_code = ? AND iupd = ?"
)
_DELETE = "DELETE FROM debt_positions WHERE archive = ? AND fiscal_code = ? AND iupd = ?"
_FREE = "DELETE FROM debt_notices WHERE archive = ? AND fiscal_code = ? AND iupd = ?"
_PAID = ("PAID", "PARTIALLY_PAID")
_TELL_PAID = (
    "UPDATE debt_positions SET status = ? WHERE archive = ? AND fiscal_code = ? AND iupd = ?"
)
_PAID_NOTICES = """
SELECT DISTINCT n.iuv FROM debt_notices n JOIN shares s ON s.iuv = n.iuv AND s.fiscal_code = n.fiscal_code
WHERE n.archive = ? AND n.fiscal_code = ? AND n.iupd = ?"""
_MAYBE_PAID = """
SELECT DISTINCT n.archive, n.fiscal_code, n.iupd FROM debt_notices n
JOIN shares s ON s.iuv = n.iuv AND s.fiscal_code = n.fiscal_code"""
Name = tuple[str, str, str]  # archive, codice fiscale of the Ente, iupd


class Headers(Protocol):
    """Anything that knows its headers by name."""

    def get(self, key: str, /) -> str | None: ...


class Refusal(Exception):
    """A position is not taken; carries the reply."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.reply = problem(status, words)


class PositionArchives:
    """Answers both services over the simulator's own memory; ``calls`` counts every message that came."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._trouble = {archive: Trouble() for archive in (*SHAPES, INTERMEDIARY)}
        self._calls = dict.fromkeys(SHAPES, 0)
        with store.transaction() as db:
            for table in filter(str.strip, _TABLES.split(";")):
                db.execute(table)

    def arm(self, order: Json) -> Json:
        """Raises OrderRefused for an archive that does not exist."""
        archive = str(order.get("archive", ""))
        if archive not in self._trouble:
            raise OrderRefused("archive: aca, gpd o soap")
        trouble = self._trouble[archive]
        with trouble.lock:
            trouble.times = int(order.get("times", 1))
            trouble.status = int(order.get("status", 500))
            trouble.retry_after = int(order.get("retry_after", 0))
            trouble.hang_s = float(order.get("hang_s", 0))
        return {"armed": archive, "times": trouble.times}

    def met_at(self, archive: str) -> Reply | None:
        """The trouble that a call at that door meets, used up by it."""
        return self._trouble[archive].take()

    def state(self) -> Json:
        """For each archive: calls received, positions by status, notices, changes made."""
        with self._store.transaction() as db:
            for row in db.execute(_MAYBE_PAID).fetchall():
                _hear(db, (row["archive"], row["fiscal_code"], row["iupd"]))
            return {archive: self._state_of(db, archive) for archive in SHAPES}

    def _state_of(self, db: sqlite3.Connection, archive: str) -> Json:
        count = "SELECT status, count(*) FROM debt_positions WHERE archive = ? GROUP BY status"
        changes = "SELECT coalesce(sum(changes), 0) FROM debt_positions WHERE archive = ?"
        notices = "SELECT count(*) FROM debt_notices WHERE archive = ?"
        return {
            "calls": self._calls[archive],
            "positions": dict(db.execute(count, (archive,)).fetchall()),
            "notices": db.execute(notices, (archive,)).fetchone()[0],
            "changes": db.execute(changes, (archive,)).fetchone()[0],
        }

    def answer(self, archive: str, method: str, path: str, headers: Headers, raw: bytes) -> Reply:
        """``path`` from ``organizations/`` on."""
        self._calls[archive] += 1
        if (met := self._trouble[archive].take()) is not None:
            return met
        if not headers.get(KEY_HEADER):
            return problem(401, "subscription key missing")
        try:
            return self._act(archive, method, path.split("/"), raw)
        except Refusal as refusal:
            return refusal.reply

    def _act(self, archive: str, method: str, parts: list[str], raw: bytes) -> Reply:
        match method, parts:
            case "POST", ["organizations", ente, "debtpositions"]:
                return self._create((archive, ente, ""), raw)
            case "PUT", ["organizations", ente, "debtpositions", iupd]:
                return self._change((archive, ente, iupd), raw)
            case "GET", ["organizations", ente, "debtpositions", iupd]:
                return self._show((archive, ente, iupd))
            case "POST", ["organizations", ente, "debtpositions", iupd, "invalidate"] if (
                archive == "aca"
            ):
                return self._invalidate((archive, ente, iupd))
            case "DELETE", ["organizations", ente, "debtpositions", iupd]:
                return self._delete((archive, ente, iupd))
        raise Refusal(404, "no such operation")

    def _create(self, name: Name, raw: bytes) -> Reply:
        body = _body(name[0], raw)
        name = (name[0], name[1], body["iupd"])
        with self._store.transaction() as db:
            if _find(db, name) is not None:
                raise Refusal(409, f"debt position {name[2]} exists already")
            _take_notices(db, name, body)
            db.execute(
                "INSERT INTO debt_positions VALUES (?, ?, ?, ?, 'VALID', 0)",
                (*name, json.dumps(body)),
            )
        return Reply(201, body | {"status": "VALID"})

    def _change(self, name: Name, raw: bytes) -> Reply:
        body = _body(name[0], raw)
        with self._store.transaction() as db:
            row = _known(db, name)
            if row["status"] != "VALID" or body["iupd"] != name[2]:
                raise Refusal(409, f"debt position {name[2]} cannot be changed")
            if json.loads(row["content"]) == body:
                return Reply(200, body | {"status": "VALID"})
            db.execute(_FREE, name)
            _take_notices(db, name, body)
            db.execute(_CHANGE, (json.dumps(body), *name))
        return Reply(200, body | {"status": "VALID"})

    def _show(self, name: Name) -> Reply:
        with self._store.transaction() as db:
            row = _known(db, name)
        return Reply(200, json.loads(row["content"]) | {"status": row["status"]})

    def _invalidate(self, name: Name) -> Reply:
        with self._store.transaction() as db:
            row = _known(db, name)
            if row["status"] != "VALID":
                raise Refusal(409, f"debt position {name[2]} cannot be invalidated")
            db.execute(_INVALIDATE, name)
        return Reply(200, json.loads(row["content"]) | {"status": "INVALID"})

    def _delete(self, name: Name) -> Reply:
        with self._store.transaction() as db:
            if _known(db, name)["status"] in _PAID:
                raise Refusal(409, f"debt position {name[2]} was paid")
            db.execute(_FREE, name)
            db.execute(_DELETE, name)
        return Reply(200, {})


def _body(archive: str, raw: bytes) -> Json:
    try:
        body = json.loads(raw)
    except ValueError:
        raise Refusal(400, "the body is not JSON") from None
    if wrong := wrong_in(archive, body):
        raise Refusal(400, wrong)
    checked: Json = body
    return checked


def _find(db: sqlite3.Connection, name: Name) -> sqlite3.Row | None:
    row: sqlite3.Row | None = db.execute(_FIND, name).fetchone()
    return row


def _known(db: sqlite3.Connection, name: Name) -> sqlite3.Row:
    _hear(db, name)
    if (row := _find(db, name)) is None:
        raise Refusal(404, f"debt position {name[2]} not found")
    return row


def _hear(db: sqlite3.Connection, name: Name) -> None:
    """A position is paid by all the notices of one of its ways to pay."""
    row = _find(db, name)
    if row is None or row["status"] == "INVALID":
        return
    paid = {one["iuv"] for one in db.execute(_PAID_NOTICES, name).fetchall()}
    if not paid:
        return
    ways = ways_to_pay(name[0], json.loads(row["content"]))
    whole = any({notice["iuv"] for notice in way} <= paid for way in ways)
    db.execute(_TELL_PAID, ("PAID" if whole else "PARTIALLY_PAID", *name))


def _take_notices(db: sqlite3.Connection, name: Name, body: Json) -> None:
    """An iuv belongs to one position of its Ente."""
    archive, ente, iupd = name
    for notice in notices_of(archive, body):
        try:
            row = (archive, ente, notice["iuv"], iupd)
            db.execute("INSERT INTO debt_notices VALUES (?, ?, ?, ?)", row)
        except sqlite3.IntegrityError:
            raise Refusal(409, f"iuv {notice['iuv']} belongs to another position") from None
