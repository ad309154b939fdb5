"""Receipts on their way to the Enti: made once, sent at once, sent again only when not understood.

An Ente cannot refuse a receipt: a well-formed KO ends its journey like an OK. Time-outs, broken
connections and malformed answers leave it NOTICE_PENDING for the retry (SANP; five attempts).
"""

import sqlite3
import time
from dataclasses import dataclass

from pagopa.simulator.ec import EnteClient
from pagopa.simulator.faults import NodeFault, OrderRefused
from pagopa.simulator.orders import Json
from pagopa.simulator.payments import Payment, build_receipt
from pagopa.simulator.stations import broadcast_stations, station_of
from pagopa.simulator.store import Store
from pagopa.simulator.world import Station, World
from pagopa.wire.answers import AnswerRefused, read_answer
from pagopa.wire.asking import write_request
from pagopa.wire.requests import Operation, Receipt, SendRtRequest

GENERATED, SENT, NOTIFIED, PENDING = (
    "NOTICE_GENERATED",
    "NOTICE_SENT",
    "NOTIFIED",
    "NOTICE_PENDING",
)
# Long enough to hand the message over, too short for any answer.
HANG_UP_S = 0.001


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where one copy of a receipt stands; ``answer``: OK, the Ente's code or the Node's."""

    receipt_id: str
    fiscal_code: str
    station: str
    state: str
    attempts: int
    answer: str

    def as_json(self) -> Json:
        return {
            "receipt_id": self.receipt_id,
            "fiscal_code": self.fiscal_code,
            "station": self.station,
            "state": self.state,
            "attempts": self.attempts,
            "answer": self.answer,
        }


class ReceiptOffice:
    """Stores every copy before it is sent, so that nothing is lost with the process."""

    def __init__(self, world: World, store: Store, ente: EnteClient) -> None:
        self._world = world
        self._store = store
        self._ente = ente

    def issue(self, payment: Payment, recipients: list[Station] | None = None) -> list[Delivery]:
        """Make the copies, remember the shares for the flow, send. No Ente makes it raise."""
        receipt = build_receipt(payment, self._world)
        copies = [
            (station, _envelope(receipt, station, v2=payment.v2))
            for station in recipients or self._recipients(payment)
        ]
        operation = Operation.SEND_RT_V2 if payment.v2 else Operation.SEND_RT
        with self._store.transaction() as db:
            _keep_shares(db, payment)
            _keep_incomes(db, payment)
            ids = [
                _keep_copy(db, payment.token, station, operation, raw) for station, raw in copies
            ]
        return [self._send(number, hang_up=payment.order.hang_up) for number in ids]

    def remember_for_flow(self, payment: Payment) -> None:
        """Money that will arrive without a receipt: the flow alone will tell (code 9)."""
        with self._store.transaction() as db:
            _keep_shares(db, payment)

    def _recipients(self, payment: Payment) -> list[Station]:
        """The station that answered, then every broadcast station of every beneficiary."""
        beneficiaries = dict.fromkeys(
            [payment.fiscal_code, *(share.fiscal_code for share in payment.data.transfers)]
        )
        first = station_of(self._store, self._world, payment.fiscal_code)
        others = [one for code in beneficiaries for one in broadcast_stations(self._store, code)]
        return [first, *others]

    def retry(self, *, force: bool = False) -> list[Delivery]:
        """Send again what is pending, and what a killed process left half sent."""
        stuck = time.time() - 4 * self._world.receipt_timeout_s
        limit = 1_000_000 if force else self._world.max_receipt_attempts
        with self._store.transaction() as db:
            rows = db.execute(
                "SELECT id FROM receipts WHERE attempts < ? AND (state IN (?, ?)"
                " OR (state = ? AND sent_at < ?)) ORDER BY id",
                (limit, GENERATED, PENDING, SENT, stuck),
            ).fetchall()
        return [self._send(row["id"]) for row in rows]

    def replay(self, token: str, fiscal_code: str = "", *, hang_up: bool = False) -> list[Delivery]:
        """Send the same receipt again, delivered or not. Raises OrderRefused if there is none.

        ``hang_up``: hand it over and go before the Ente has answered, as after a time-out.
        """
        with self._store.transaction() as db:
            rows = db.execute(
                "SELECT id FROM receipts WHERE token = ? AND (? = '' OR fiscal_code = ?)",
                (token, fiscal_code, fiscal_code),
            ).fetchall()
        if not rows:
            raise OrderRefused("nessuna ricevuta con questo token")
        return [self._send(row["id"], hang_up=hang_up) for row in rows]

    def of_token(self, token: str) -> list[Delivery]:
        """Where the copies of a payment's receipt stand."""
        with self._store.transaction() as db:
            rows = db.execute(
                "SELECT * FROM receipts WHERE token = ? ORDER BY id", (token,)
            ).fetchall()
        return [_delivery(row, row["state"], row["answer"]) for row in rows]

    def _send(self, number: int, *, hang_up: bool = False) -> Delivery:
        with self._store.transaction() as db:
            db.execute(
                "UPDATE receipts SET state = ?, attempts = attempts + 1, sent_at = ? WHERE id = ?",
                (SENT, time.time(), number),
            )
            row = db.execute("SELECT * FROM receipts WHERE id = ?", (number,)).fetchone()
        state, answer = self._deliver(row, HANG_UP_S if hang_up else None)
        with self._store.transaction() as db:
            db.execute(
                "UPDATE receipts SET state = ?, answer = ? WHERE id = ?", (state, answer, number)
            )
        return _delivery(row, state, answer)

    def _deliver(self, row: sqlite3.Row, patience_s: float | None = None) -> tuple[str, str]:
        operation = Operation(row["operation"])
        try:
            raw = self._ente.post(
                row["ec_url"],
                operation,
                row["envelope"],
                self._world.receipt_timeout_s,
                patience_s=patience_s,
            )
            said = read_answer(raw, operation)
        except NodeFault as fault:
            return PENDING, fault.faultCode
        except AnswerRefused:
            return PENDING, "PPT_STAZIONE_INT_PA_ERRORE_RESPONSE"
        if said.ok == (said.fault is not None):
            return PENDING, "PPT_STAZIONE_INT_PA_ERRORE_RESPONSE"
        return NOTIFIED, said.fault.code if said.fault else "OK"


def _delivery(row: sqlite3.Row, state: str, answer: str) -> Delivery:
    return Delivery(
        row["token"], row["fiscal_code"], row["station"], state, row["attempts"], answer
    )


def _envelope(receipt: Receipt, station: Station, *, v2: bool) -> bytes:
    return write_request(
        SendRtRequest(station.fiscal_code, station.broker, station.station, receipt, v2=v2)
    )


def _keep_copy(
    db: sqlite3.Connection, token: str, station: Station, operation: Operation, raw: bytes
) -> int:
    cursor = db.execute(
        "INSERT INTO receipts (token, fiscal_code, station, ec_url, operation, envelope, state)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            token,
            station.fiscal_code,
            station.station,
            station.ec_url,
            operation.value,
            raw,
            GENERATED,
        ),
    )
    return int(cursor.lastrowid or 0)


def _keep_incomes(db: sqlite3.Connection, payment: Payment) -> None:
    """What each beneficiary is told was paid to it, digital stamps and all."""
    sums: dict[str, int] = {}
    for share in payment.data.transfers:
        sums[share.fiscal_code] = sums.get(share.fiscal_code, 0) + share.amount_cents
    db.executemany(
        "INSERT INTO incomes VALUES (?, ?, ?)",
        [(payment.token, fiscal_code, cents) for fiscal_code, cents in sums.items()],
    )


def _keep_shares(db: sqlite3.Connection, payment: Payment) -> None:
    """A digital stamp never appears in a flow."""
    code = "9" if payment.late else "4" if payment.order.stand_in else "0"
    applied_on = payment.paid_at.date().isoformat()
    db.executemany(
        "INSERT INTO shares (token, id_transfer, fiscal_code, iban, amount_cents, iuv, id_psp,"
        " applied_on, code) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                payment.token,
                one.id_transfer,
                one.fiscal_code,
                one.iban,
                one.amount_cents,
                payment.data.iuv,
                payment.id_psp,
                applied_on,
                code,
            )
            for one in payment.data.transfers
            if one.iban
        ],
    )
