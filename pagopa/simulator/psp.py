"""The PSP's till: verify, activate, outcome, and all of it at once (pay)."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from pagopa.simulator.census import judge_ibans
from pagopa.simulator.clock import Calendar
from pagopa.simulator.ec import EnteClient
from pagopa.simulator.faults import NodeFault, bad_answer
from pagopa.simulator.orders import Json, NoticeOrder, OutcomeOrder, read_outcome_order
from pagopa.simulator.payments import Payment
from pagopa.simulator.receipts import Delivery, ReceiptOffice
from pagopa.simulator.stations import station_of
from pagopa.simulator.store import Store
from pagopa.simulator.tokens import Tokens
from pagopa.simulator.world import World
from pagopa.wire.answers import read_answer
from pagopa.wire.requests import GetPaymentRequest, Operation, VerifyRequest
from pagopa.wire.responses import PaymentData


class PspTill:
    """Answers are JSON ready; every refusal of the Node is raised as NodeFault."""

    def __init__(
        self, world: World, store: Store, ente: EnteClient, receipts: ReceiptOffice
    ) -> None:
        self._world = world
        self._calendar = Calendar(world.state_dir)
        self._store = store
        self.ente = ente
        self._receipts = receipts
        self.tokens = Tokens(store, world)

    def verify(self, order: NoticeOrder) -> Json:
        """Ask the Ente what is due; nothing changes anywhere."""
        station = station_of(self._store, self._world, order.fiscal_code)
        request = VerifyRequest(
            order.fiscal_code,
            station.broker,
            station.station,
            order.fiscal_code,
            order.notice_number,
        )
        answer, _ = self.ente.ask(request, station, timeout_s=self._world.ask_timeout_s)
        offer = answer.offer
        if offer is None:  # the checks have refused it already
            raise bad_answer("manca l'offerta")
        return {
            "outcome": "OK",
            "amount_cents": offer.amount_cents,
            "due_on": offer.due_on.isoformat() if offer.due_on else None,
            "all_ccp": offer.all_ccp,
            "description": offer.description,
            "fiscal_code": offer.fiscal_code,
            "company_name": offer.company_name,
            "office_name": offer.office_name,
        }

    def activate(self, order: NoticeOrder) -> Json:
        """Get a token. The Ente's amount counts, whatever was proposed."""
        earlier = self.tokens.earlier_reply(order)
        if earlier is not None:
            return earlier
        station = station_of(self._store, self._world, order.fiscal_code)
        version = order.version or station.version
        token = self.tokens.reserve(order, version)
        try:
            payment, raw = self._ask_payment(order, v2=version == "V2")
        except BaseException:
            self.tokens.release(token)
            raise
        reply = {"outcome": "OK", "token": token, **_payment_json(payment)}
        self.tokens.activate(token, amount_cents=payment.amount_cents, answer=raw, reply=reply)
        return reply

    def _ask_payment(self, order: NoticeOrder, *, v2: bool) -> tuple[PaymentData, bytes]:
        station = station_of(self._store, self._world, order.fiscal_code)
        request = GetPaymentRequest(
            order.fiscal_code,
            station.broker,
            station.station,
            order.fiscal_code,
            order.notice_number,
            amount_cents=order.amount_cents,
            payment_note=order.payment_note,
            transfer_type=order.transfer_type,
            v2=v2,
        )
        answer, raw = self.ente.ask(request, station, timeout_s=self._world.ask_timeout_s)
        if answer.payment is None:  # the checks have refused it already
            raise bad_answer("manca data")
        wrong = judge_ibans(self._store, answer.payment)
        if wrong:
            raise bad_answer(wrong)
        return answer.payment, raw

    def outcome(self, order: OutcomeOrder) -> Json:
        """Close a token; an OK sends the receipts before answering. Raises NodeFault.

        A late OK is refused to the PSP and yet its receipts leave.
        """
        row, fault, receipt_due = self.tokens.settle(order.token, ok=order.ok)
        deliveries: list[Delivery] = []
        if receipt_due:
            deliveries = self._receipts.issue(
                payment_of(row, order, self._calendar.now(), late=fault is not None)
            )
        elif order.ok:
            self._receipts.remember_for_flow(
                payment_of(row, order, self._calendar.now(), late=True)
            )
        if fault is not None:
            raise fault
        sent = [delivery.as_json() for delivery in deliveries]
        return {"outcome": "OK", "token": order.token, "receipts": sent}

    def pay(self, order: NoticeOrder, closing: Json) -> Json:
        """Verify, activate, outcome OK; ``closing`` holds the optional fields of the outcome."""
        shown = self.verify(order)
        activated = self.activate(order)
        done = self.outcome(read_outcome_order({**closing, "token": activated["token"]}))
        return {**activated, "shown_cents": shown["amount_cents"], "receipts": done["receipts"]}

    def expire(self, token: str) -> Json:
        self.tokens.expire(token)
        return {"outcome": "OK", "token": token}

    def paid_data(self, token: str) -> PaymentData:
        """What the Ente answered to this activation. Raises NodeFault."""
        row = self.tokens.find(token)
        if row is None:
            raise NodeFault("PPT_TOKEN_SCONOSCIUTO", "Token sconosciuto")
        return payment_of(row, OutcomeOrder(token, True), self._calendar.now(), late=False).data

    def close_with(self, token: str, data: PaymentData, order: OutcomeOrder) -> list[Delivery]:
        """Close an activation as paid, but with other figures than the Ente's. Raises NodeFault."""
        row, fault, _ = self.tokens.settle(token, ok=True)
        if fault is not None:
            raise fault
        payment = payment_of(row, order, self._calendar.now(), late=False)
        return self._receipts.issue(replace(payment, data=data))

    def cancel(self, token: str) -> None:
        """Give an activation up, as a PSP does when the payer walks away."""
        try:
            self.tokens.settle(token, ok=False)
        except NodeFault:
            return


def _payment_json(payment: PaymentData) -> dict[str, Any]:
    return {
        "iuv": payment.iuv,
        "amount_cents": payment.amount_cents,
        "due_on": payment.due_on.isoformat() if payment.due_on else None,
        "description": payment.description,
        "company_name": payment.company_name,
        "transfers": [
            {
                "id_transfer": share.id_transfer,
                "amount_cents": share.amount_cents,
                "fiscal_code": share.fiscal_code,
                "iban": share.iban,
                "category": share.category,
            }
            for share in payment.transfers
        ],
    }


def payment_of(row: Any, order: OutcomeOrder, now: datetime, *, late: bool) -> Payment:
    """The payment that closing this activation makes. Raises NodeFault when its answer cannot be read."""
    v2 = row["version"] == "V2"
    operation = Operation.GET_PAYMENT_V2 if v2 else Operation.GET_PAYMENT
    data = read_answer(row["answer"], operation).payment
    if data is None:
        raise bad_answer("manca data")
    paid_at = order.paid_at or now
    return Payment(
        token=row["token"],
        fiscal_code=row["fiscal_code"],
        notice_number=row["notice_number"],
        id_psp=row["id_psp"],
        payment_note=row["payment_note"],
        data=data,
        v2=v2,
        late=late,
        paid_at=paid_at,
        transferred_on=paid_at.date() + timedelta(days=1),
        order=order,
    )
