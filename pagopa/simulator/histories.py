"""What the Node knows of a notice: the life of its activations and of its receipts, and its money by Ente.

Source: SANP, states of a payment at the Node: INSERTED, PAYING, PAID, NOTIFIED.
"""

import sqlite3

from pagopa.simulator.orders import Json
from pagopa.simulator.receipts import NOTIFIED
from pagopa.simulator.store import Store
from pagopa.simulator.tokens import ACTIVE, LATE_DOUBLE, PAID, RESERVED

_LAST = 50
_FIGURES = """
SELECT i.fiscal_code, count(*) AS receipts, sum(i.amount_cents) AS paid_cents FROM incomes i
WHERE EXISTS (SELECT 1 FROM receipts r WHERE r.token = i.token AND r.fiscal_code = i.fiscal_code)
GROUP BY i.fiscal_code"""
_UNTOLD = """
SELECT s.fiscal_code, sum(s.amount_cents) AS cents FROM shares s
WHERE NOT EXISTS (SELECT 1 FROM receipts r WHERE r.token = s.token AND r.fiscal_code = s.fiscal_code)
GROUP BY s.fiscal_code"""


def notices_seen(store: Store, fiscal_code: str = "", notice_number: str = "") -> list[Json]:
    """The notices last activated or paid, newest first, with their state at the Node."""
    with store.transaction() as db:
        keys = db.execute(
            "SELECT fiscal_code, notice_number, max(created_at) AS last FROM tokens"
            " WHERE (? = '' OR fiscal_code = ?) AND (? = '' OR notice_number = ?)"
            " GROUP BY 1, 2 ORDER BY last DESC LIMIT ?",
            (fiscal_code, fiscal_code, notice_number, notice_number, _LAST),
        ).fetchall()
        return [_notice(db, key["fiscal_code"], key["notice_number"]) for key in keys]


def figures(store: Store) -> dict[str, Json]:
    """By Ente, in cents: what its receipts say was paid, and what only the flows will tell."""
    found: dict[str, Json] = {}
    with store.transaction() as db:
        for row in db.execute(_FIGURES):
            told = {"receipts": row["receipts"], "paid_cents": row["paid_cents"]}
            found[row["fiscal_code"]] = {**told, "without_receipt_cents": 0}
        for row in db.execute(_UNTOLD):
            nothing = {"receipts": 0, "paid_cents": 0}
            one = found.setdefault(row["fiscal_code"], nothing)
            one["without_receipt_cents"] = row["cents"]
    return found


def _notice(db: sqlite3.Connection, fiscal_code: str, notice_number: str) -> Json:
    tokens = db.execute(
        "SELECT token, state, amount_cents FROM tokens WHERE fiscal_code = ? AND notice_number = ?"
        " ORDER BY created_at",
        (fiscal_code, notice_number),
    ).fetchall()
    receipts = db.execute(
        "SELECT r.token, r.fiscal_code, r.station, r.state, r.attempts, r.answer FROM receipts r"
        " JOIN tokens t USING (token) WHERE t.fiscal_code = ? AND t.notice_number = ? ORDER BY r.id",
        (fiscal_code, notice_number),
    ).fetchall()
    return {
        "fiscal_code": fiscal_code,
        "notice_number": notice_number,
        "state": _state({row["state"] for row in tokens}, [row["state"] for row in receipts]),
        "activations": [dict(row) for row in tokens],
        "receipts": [dict(row) for row in receipts],
    }


def _state(tokens: set[str], receipts: list[str]) -> str:
    if PAID in tokens or LATE_DOUBLE in tokens:
        return "NOTIFIED" if receipts and set(receipts) == {NOTIFIED} else "PAID"
    return "PAYING" if tokens & {RESERVED, ACTIVE} else "INSERTED"
