"""The life of an activation at the Node: reserved, active, paid, cancelled or expired.

One notice has at most one live token; whoever comes second is told so without asking the Ente.
Source: SANP and the Node's regression tests on activatePaymentNotice and sendPaymentOutcome.
"""

import json
import sqlite3
import time
import uuid
from dataclasses import asdict

from pagopa.simulator import faults
from pagopa.simulator.faults import NodeFault
from pagopa.simulator.orders import Json, NoticeOrder
from pagopa.simulator.store import Store
from pagopa.simulator.world import World

RESERVED, ACTIVE, PAID, CANCELLED = "RESERVED", "ACTIVE", "PAID", "CANCELLED"
EXPIRED, LATE_DOUBLE = "EXPIRED", "LATE_DOUBLE"


class Tokens:
    """Every method is one transaction."""

    def __init__(self, store: Store, world: World) -> None:
        self._store = store
        self._world = world

    def earlier_reply(self, order: NoticeOrder) -> Json | None:
        """The answer already given to this activation. NodeFault if the key was for another."""
        if not order.idempotency_key:
            return None
        since = time.time() - self._world.idempotency_s
        with self._store.transaction() as db:
            row = db.execute(
                "SELECT * FROM tokens WHERE idempotency_key = ? AND id_psp = ? AND created_at > ?"
                " AND reply IS NOT NULL ORDER BY created_at DESC",
                (order.idempotency_key, self._id_psp(order), since),
            ).fetchone()
        if row is None:
            return None
        if row["idempotency_body"] != _fingerprint(order):
            raise NodeFault("PPT_ERRORE_IDEMPOTENZA", "Chiave di idempotenza già usata")
        found: Json = json.loads(row["reply"])
        return found

    def reserve(self, order: NoticeOrder, version: str) -> str:
        """A new token for the notice. Raises NodeFault if it is paid or being paid."""
        now = time.time()
        validity = self._world.token_validity_s if order.validity_s is None else order.validity_s
        token = uuid.uuid4().hex
        with self._store.transaction() as db:
            self._refuse_if_taken(db, order, now)
            db.execute(
                "INSERT INTO tokens (token, fiscal_code, notice_number, state, id_psp, version,"
                " idempotency_key, idempotency_body, created_at, expires_at, payment_note)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    token,
                    order.fiscal_code,
                    order.notice_number,
                    RESERVED,
                    self._id_psp(order),
                    version,
                    order.idempotency_key,
                    _fingerprint(order),
                    now,
                    now + validity,
                    order.payment_note,
                ),
            )
        return token

    def _refuse_if_taken(self, db: sqlite3.Connection, order: NoticeOrder, now: float) -> None:
        self._expire_old(db, now)
        states = {
            row["state"]
            for row in db.execute(
                "SELECT state FROM tokens WHERE fiscal_code = ? AND notice_number = ?",
                (order.fiscal_code, order.notice_number),
            )
        }
        if PAID in states:
            raise faults.already_paid()
        if states & {RESERVED, ACTIVE}:
            raise faults.being_paid()

    def _expire_old(self, db: sqlite3.Connection, now: float) -> None:
        """A reservation whose process died is dropped once no answer can come any more."""
        db.execute(
            "DELETE FROM tokens WHERE state = ? AND created_at < ?",
            (RESERVED, now - 4 * self._world.ask_timeout_s),
        )
        db.execute(
            "UPDATE tokens SET state = ? WHERE state = ? AND expires_at <= ?",
            (EXPIRED, ACTIVE, now),
        )

    def activate(self, token: str, *, amount_cents: int, answer: bytes, reply: Json) -> None:
        with self._store.transaction() as db:
            db.execute(
                "UPDATE tokens SET state = ?, amount_cents = ?, answer = ?, reply = ?"
                " WHERE token = ?",
                (ACTIVE, amount_cents, answer, json.dumps(reply), token),
            )

    def release(self, token: str) -> None:
        """The Ente refused: the reservation never was."""
        with self._store.transaction() as db:
            db.execute("DELETE FROM tokens WHERE token = ? AND state = ?", (token, RESERVED))

    def expire(self, token: str) -> None:
        """Raises NodeFault when there is no such live token."""
        with self._store.transaction() as db:
            changed = db.execute(
                "UPDATE tokens SET state = ? WHERE token = ? AND state = ?",
                (EXPIRED, token, ACTIVE),
            ).rowcount
        if not changed:
            raise NodeFault("PPT_TOKEN_SCONOSCIUTO", "Token sconosciuto")

    def settle(self, token: str, *, ok: bool) -> tuple[sqlite3.Row, NodeFault | None, bool]:
        """Close a token: its row, what the PSP must hear if not OK, and whether a receipt is due.

        Raises NodeFault when the token is unknown or already closed.
        """
        with self._store.transaction() as db:
            self._expire_old(db, time.time())
            row = db.execute(
                "SELECT * FROM tokens WHERE token = ? AND state != ?", (token, RESERVED)
            ).fetchone()
            state, fault, receipt_due = _verdict(db, row, ok=ok)
            db.execute("UPDATE tokens SET state = ? WHERE token = ?", (state, token))
        return row, fault, receipt_due

    def find(self, token: str) -> sqlite3.Row | None:
        with self._store.transaction() as db:
            row: sqlite3.Row | None = db.execute(
                "SELECT * FROM tokens WHERE token = ?", (token,)
            ).fetchone()
        return row

    def _id_psp(self, order: NoticeOrder) -> str:
        return order.id_psp or self._world.psp.id_psp


def _verdict(
    db: sqlite3.Connection, row: sqlite3.Row | None, *, ok: bool
) -> tuple[str, NodeFault | None, bool]:
    """New state, fault for the PSP, whether a receipt leaves (even a late OK has one)."""
    if row is None:
        raise NodeFault("PPT_TOKEN_SCONOSCIUTO", "Token sconosciuto")
    if row["state"] in {PAID, CANCELLED, LATE_DOUBLE}:
        agrees = (row["state"] != CANCELLED) == ok
        words = "esito concorde" if agrees else "esito discorde"
        raise NodeFault("PPT_ESITO_GIA_ACQUISITO", "Esito già acquisito", description=words)
    if row["state"] == ACTIVE:
        return (PAID, None, True) if ok else (CANCELLED, None, False)
    if not ok:
        return CANCELLED, NodeFault("PPT_TOKEN_SCADUTO_KO", "Token scaduto, esito KO"), False
    if _paid_by_another(db, row):
        return LATE_DOUBLE, faults.already_paid(), False
    return PAID, NodeFault("PPT_TOKEN_SCADUTO", "Token scaduto"), True


def _paid_by_another(db: sqlite3.Connection, row: sqlite3.Row) -> bool:
    found = db.execute(
        "SELECT 1 FROM tokens WHERE fiscal_code = ? AND notice_number = ? AND state = ?",
        (row["fiscal_code"], row["notice_number"], PAID),
    ).fetchone()
    return found is not None


def _fingerprint(order: NoticeOrder) -> str:
    return json.dumps(asdict(order), sort_keys=True)
