"""The simulated API of flows: what the Node has published for an Ente, by list, head and pages of payments.

Flows are those of the mill, or any FlussoRiversamento handed over; a flow handed over again is its next revision.
Source: fdr_organization 1.2.4.
"""

import base64
import binascii
import sqlite3
from datetime import UTC, datetime, timedelta

from pagopa.simulator.clock import Calendar
from pagopa.simulator.faults import OrderRefused
from pagopa.simulator.fdr_answers import FdrAnswer, as_listed, flow_head, paged, payment, problem
from pagopa.simulator.orders import Json
from pagopa.simulator.store import Store
from pagopa.wire.flow_file import FlowFile, FlowFileRefused
from pagopa.wire.flow_xml import read_flow

_TABLES = (
    "CREATE TABLE IF NOT EXISTS fdr (iuf TEXT, fiscal_code TEXT, id_psp TEXT, revision INTEGER,"
    " published TEXT, flow_at TEXT, xml BLOB, PRIMARY KEY (iuf, revision))",
    "CREATE TABLE IF NOT EXISTS fdr_troubles (path TEXT, status INTEGER, times INTEGER, after INTEGER)",
)
_MOST = 1000
_FURTHEST = timedelta(days=30)


class FdrDesk:
    """Publishes, revises, answers, and fails when it is told to."""

    def __init__(self, store: Store, calendar: Calendar) -> None:
        self._store, self._calendar = store, calendar
        with store.transaction() as db:
            for table in _TABLES:
                db.execute(table)

    # --- orders

    def publish(self, body: Json) -> Json:
        """``xml_base64``: a FlussoRiversamento, published now. Raises OrderRefused."""
        try:
            xml = base64.b64decode(str(body.get("xml_base64", "")), validate=True)
            flow = read_flow(xml)
        except (binascii.Error, FlowFileRefused) as error:
            raise OrderRefused(f"flusso non valido: {error}") from error
        with self._store.transaction() as db:
            revision = self._publish(db, flow, xml)
        return {"fdr": flow.identifier, "pspId": flow.psp_id, "revision": revision}

    def trouble(self, body: Json) -> Json:
        """The next ``times`` questions whose path holds ``path`` get ``status``, once ``after`` others have passed."""
        row = (
            str(body.get("path", "")), int(body.get("status", 500)), int(body.get("times", 1)),
            int(body.get("after", 0)),
        )  # fmt: skip
        with self._store.transaction() as db:
            db.execute("INSERT INTO fdr_troubles VALUES (?, ?, ?, ?)", row)
        return {"path": row[0], "status": row[1], "times": row[2], "after": row[3]}

    # --- the API

    def listed(self, organization: str, query: dict[str, str]) -> FdrAnswer:
        page, size = _page(query)
        if size > _MOST or page < 1:
            return problem(400, "FDR-1000", "size: al massimo 1000")
        since = query.get("publishedGt", "")
        now = self._calendar.now()
        if since and datetime.fromisoformat(since) < now - _FURTHEST:
            return problem(400, "FDR-1000", "publishedGt: al massimo 30 giorni fa")
        with self._store.transaction() as db:
            self._publish_new(db)
            rows = _newest(db, organization)
        found = [row for row in rows if not since or _is_after(row["published"], since)]
        return FdrAnswer(paged([as_listed(row) for row in found], page, size))

    def head(self, organization: str, fdr: str, revision: int, psp: str) -> FdrAnswer:
        row = self._row(organization, fdr, revision, psp)
        if row is None:
            return problem(404, "FDR-3001", "flusso non trovato")
        return FdrAnswer(flow_head(read_flow(row["xml"]), row))

    def payments(
        self, organization: str, fdr: str, revision: int, psp: str, query: dict[str, str]
    ) -> FdrAnswer:
        page, size = _page(query)
        row = self._row(organization, fdr, revision, psp)
        if row is None:
            return problem(404, "FDR-3001", "flusso non trovato")
        lines = read_flow(row["xml"]).lines
        return FdrAnswer(paged([payment(one) for one in lines], page, size))

    def refusal(self, path: str) -> FdrAnswer | None:
        """The trouble this question is to meet, if any."""
        with self._store.transaction() as db:
            for row in db.execute("SELECT rowid, * FROM fdr_troubles").fetchall():
                if row["path"] not in path or row["times"] < 1:
                    continue
                left = (max(0, row["after"] - 1), row["times"] - (not row["after"]))
                db.execute(
                    "UPDATE fdr_troubles SET after = ?, times = ? WHERE rowid = ?",
                    (*left, row["rowid"]),
                )
                if not row["after"]:
                    return problem(row["status"], "FDR-0500", "guasto richiesto dal simulatore")
        return None

    def recent(self, organization: str) -> list[sqlite3.Row]:
        """The newest revision of each flow published in the last thirty days."""
        oldest = (self._calendar.now() - _FURTHEST).isoformat()
        with self._store.transaction() as db:
            self._publish_new(db)
            return [row for row in _newest(db, organization) if _is_after(row["published"], oldest)]

    # --- inside

    def _row(self, organization: str, fdr: str, revision: int, psp: str) -> sqlite3.Row | None:
        with self._store.transaction() as db:
            found: sqlite3.Row | None = db.execute(
                "SELECT * FROM fdr WHERE fiscal_code = ? AND iuf = ? AND revision = ? AND id_psp = ?",
                (organization, fdr, revision, psp),
            ).fetchone()
        return found

    def _publish_new(self, db: sqlite3.Connection) -> None:
        """The flows of the mill that nobody has published yet."""
        rows = db.execute("SELECT xml FROM flows WHERE iuf NOT IN (SELECT iuf FROM fdr)").fetchall()
        for row in rows:
            self._publish(db, read_flow(row["xml"]), row["xml"])

    def _publish(self, db: sqlite3.Connection, flow: FlowFile, xml: bytes) -> int:
        known = db.execute("SELECT count(*) FROM fdr WHERE iuf = ?", (flow.identifier,))
        revision = int(known.fetchone()[0]) + 1
        db.execute(
            "INSERT INTO fdr VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                flow.identifier, flow.receiver, flow.psp_id, revision,
                _utc(self._calendar.now()), _utc(flow.flow_at), xml,
            ),
        )  # fmt: skip
        return revision


def _page(query: dict[str, str]) -> tuple[int, int]:
    try:
        return int(query.get("page", "1")), int(query.get("size", "1000"))
    except ValueError:
        return 0, 0


def _is_after(published: str, since: str) -> bool:
    return datetime.fromisoformat(published) > datetime.fromisoformat(since)


def _newest(db: sqlite3.Connection, organization: str) -> list[sqlite3.Row]:
    return db.execute(
        "SELECT * FROM fdr f WHERE fiscal_code = ? AND revision ="
        " (SELECT max(revision) FROM fdr g WHERE g.iuf = f.iuf) ORDER BY published, iuf",
        (organization,),
    ).fetchall()


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
