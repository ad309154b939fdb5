"""Flussi di rendicontazione: what the PSP pays over in one bank transfer, told row by row.

One flow per (Ente, credited IBAN, PSP, day). Payments that come later get the next one.
Source: FlussoRiversamento 1.0.5 and the rules of the credit's causale.
"""

import base64
import sqlite3
import uuid
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from pagopa.simulator.faults import OrderRefused
from pagopa.simulator.flow_document import Heading, Row, write_flow
from pagopa.simulator.orders import Json
from pagopa.simulator.store import Store
from pagopa.simulator.world import World

# A row of each kind that a PSP may write: paid, revoked, in stand-in, without receipt.
_ODD_CODES = ("0", "4", "8", "9", "3")
STRAY_CENTS = 1_000


class FlowMill:
    """Flows are stored: asking twice gives the same ones."""

    def __init__(self, world: World, store: Store) -> None:
        self._world = world
        self._store = store

    def flows_of(self, on: date, now: datetime) -> list[Json]:
        """Make what is missing for the payments of ``on``, and return every flow of that day."""
        with self._store.transaction() as db:
            for group in _groups(db, on):
                shares = _open_shares(db, group, on)
                self._make(db, group, on, now, shares, [_row(share) for share in shares])
            return _flows_on(db, on)

    def odd_flow(self, fiscal_code: str, on: date, now: datetime) -> Json:
        """The payments of ``on`` not yet in a flow, with every code in turn, a row without index and a stray row.

        Raises OrderRefused when there is no such payment.
        """
        with self._store.transaction() as db:
            group = next((g for g in _groups(db, on) if g["fiscal_code"] == fiscal_code), None)
            if group is None:
                raise OrderRefused("nessun pagamento di quel giorno attende un flusso")
            shares = _open_shares(db, group, on)
            rows = [_odd(number, share) for number, share in enumerate(shares)]
            unseen = uuid.uuid4().hex
            rows.append(Row(unseen[:17], unseen, STRAY_CENTS, "9", on.isoformat()))
            iuf = self._make(db, group, on, now, shares, rows)
            return _flow(db, iuf)

    def revise(self, iuf: str, now: datetime) -> Json:
        """The same flow again, later and without its last row, which goes to the next one.

        Raises OrderRefused when there is no such flow, or nothing would be left of it.
        """
        with self._store.transaction() as db:
            shares = _shares_in(db, iuf)
            if len(shares) < 2:
                raise OrderRefused("il flusso non esiste o ha una riga sola")
            gone = shares.pop()
            db.execute(
                "UPDATE shares SET iuf = '' WHERE token = ? AND id_transfer = ?",
                (gone["token"], gone["id_transfer"]),
            )
            self._rewrite(db, iuf, now, [_row(share) for share in shares])
            return _flow(db, iuf)

    def _rewrite(self, db: sqlite3.Connection, iuf: str, now: datetime, rows: list[Row]) -> None:
        flow = db.execute("SELECT * FROM flows WHERE iuf = ?", (iuf,)).fetchone()
        number = _revision(db, iuf)
        # Two revisions asked for in the same second still follow one another.
        heading = _heading(flow, now + timedelta(seconds=number))
        db.execute("INSERT OR REPLACE INTO revisions VALUES (?, ?)", (iuf, number + 1))
        db.execute(
            "UPDATE flows SET amount_cents = ?, xml = ? WHERE iuf = ?",
            (
                sum(row.amount_cents for row in rows),
                write_flow(heading, rows, self._world.psp),
                iuf,
            ),
        )

    def _make(
        self,
        db: sqlite3.Connection,
        group: sqlite3.Row,
        on: date,
        now: datetime,
        shares: Sequence[sqlite3.Row],
        rows: Sequence[Row],
    ) -> str:
        fiscal_code, iban, id_psp = group
        number = db.execute("SELECT count(*) + 1 FROM flows").fetchone()[0]
        settled_on = on + timedelta(days=1)
        iuf = f"{settled_on.isoformat()}{id_psp}-{number:010d}"
        trn = f"05034{number:011d}{settled_on:%Y%m%d}4890IT"
        xml = write_flow(Heading(iuf, trn, now, settled_on, fiscal_code), rows, self._world.psp)
        causale = f"/PUR/LGPE-RIVERSAMENTO/URI/{iuf}"
        total = sum(row.amount_cents for row in rows)
        db.execute(
            "INSERT INTO flows VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (iuf, fiscal_code, iban, id_psp, on.isoformat(), trn, causale, total, xml),
        )
        db.executemany(
            "UPDATE shares SET iuf = ? WHERE token = ? AND id_transfer = ?",
            [(iuf, share["token"], share["id_transfer"]) for share in shares],
        )
        return iuf


def _groups(db: sqlite3.Connection, on: date) -> list[sqlite3.Row]:
    return db.execute(
        "SELECT DISTINCT fiscal_code, iban, id_psp FROM shares"
        " WHERE applied_on = ? AND iuf = '' ORDER BY 1, 2, 3",
        (on.isoformat(),),
    ).fetchall()


def _open_shares(db: sqlite3.Connection, group: sqlite3.Row, on: date) -> list[sqlite3.Row]:
    return db.execute(
        "SELECT * FROM shares WHERE applied_on = ? AND iuf = '' AND fiscal_code = ?"
        " AND iban = ? AND id_psp = ? ORDER BY token, id_transfer",
        (on.isoformat(), *group),
    ).fetchall()


def _shares_in(db: sqlite3.Connection, iuf: str) -> list[sqlite3.Row]:
    return db.execute(
        "SELECT * FROM shares WHERE iuf = ? ORDER BY token, id_transfer", (iuf,)
    ).fetchall()


def _flows_on(db: sqlite3.Connection, on: date) -> list[Json]:
    found = db.execute(
        "SELECT iuf FROM flows WHERE applied_on = ? ORDER BY iuf", (on.isoformat(),)
    ).fetchall()
    return [_flow(db, row["iuf"]) for row in found]


def _flow(db: sqlite3.Connection, iuf: str) -> Json:
    row = db.execute("SELECT * FROM flows WHERE iuf = ?", (iuf,)).fetchone()
    return {
        "iuf": row["iuf"],
        "revision": _revision(db, iuf),
        "fiscal_code": row["fiscal_code"],
        "iban": row["iban"],
        "id_psp": row["id_psp"],
        "applied_on": row["applied_on"],
        "amount_cents": row["amount_cents"],
        "trn": row["trn"],
        "causale": row["causale"],
        "xml_base64": base64.b64encode(row["xml"]).decode(),
    }


def _revision(db: sqlite3.Connection, iuf: str) -> int:
    found = db.execute("SELECT revision FROM revisions WHERE iuf = ?", (iuf,)).fetchone()
    return int(found["revision"]) if found else 1


def _heading(flow: sqlite3.Row, flow_at: datetime) -> Heading:
    settled_on = date.fromisoformat(flow["applied_on"]) + timedelta(days=1)
    return Heading(flow["iuf"], flow["trn"], flow_at, settled_on, flow["fiscal_code"])


def _row(share: sqlite3.Row) -> Row:
    return Row(
        iuv=share["iuv"],
        iur=share["token"],
        amount_cents=share["amount_cents"],
        code=share["code"],
        paid_on=share["applied_on"],
        index=share["id_transfer"],
    )


def _odd(number: int, share: sqlite3.Row) -> Row:
    code = _ODD_CODES[number % len(_ODD_CODES)]
    index = None if number == 0 else share["id_transfer"]
    return Row(
        share["iuv"], share["token"], share["amount_cents"], code, share["applied_on"], index
    )
