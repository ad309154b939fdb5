"""Receipts that only trouble brings: second payments, strays, other Enti's notices, stale amounts.

The Node itself would not let some of them happen on one circuit; an Ente meets all of them.
"""

import uuid
from dataclasses import replace
from datetime import timedelta

from pagopa.simulator.clock import Calendar
from pagopa.simulator.faults import OrderRefused
from pagopa.simulator.orders import Json, NoticeOrder, OutcomeOrder
from pagopa.simulator.payments import Payment
from pagopa.simulator.psp import PspTill, payment_of
from pagopa.simulator.receipts import Delivery, ReceiptOffice
from pagopa.simulator.stations import station_of
from pagopa.simulator.store import Store
from pagopa.simulator.world import World
from pagopa.wire.requests import Party
from pagopa.wire.responses import PaymentData, PaymentTransfer

# Another Ente of this little world, whose notices also owe something to ours.
OTHER_ENTE, OTHER_NOTICE = "80011111112", "301000000000009992"
THEIR_CENTS = 10_000
_IBAN = "IT60X0542811101000000123456"
_PAYER = Party(kind="F", code="RSSMRA80A01H501U", full_name="Mario Rossi")


class Forcing:
    """Every method sends real receipts and remembers their money for the flows; amounts in cents."""

    def __init__(self, world: World, store: Store, till: PspTill, receipts: ReceiptOffice) -> None:
        self._world = world
        self._store = store
        self._till = till
        self._receipts = receipts
        self._calendar = Calendar(world.state_dir)

    def second(self, token: str, order: OutcomeOrder) -> list[Delivery]:
        """Pay once more what ``token`` has paid, under a name of its own. Raises OrderRefused."""
        row = self._till.tokens.find(token)
        if row is None or row["answer"] is None:
            raise OrderRefused("nessuna attivazione con questo token")
        payment = payment_of(row, order, self._calendar.now(), late=False)
        return self._receipts.issue(replace(payment, token=uuid.uuid4().hex))

    def stray(
        self, fiscal_code: str, notice_number: str, cents: int, order: OutcomeOrder
    ) -> list[Delivery]:
        """The receipt of a notice that the Ente does not know, or no longer."""
        share = self._share(1, fiscal_code, cents)
        return self._receipts.issue(self._payment(fiscal_code, notice_number, order, share))

    def third_party(self, fiscal_code: str, cents: int, order: OutcomeOrder) -> list[Delivery]:
        """The receipt of another Ente's notice, ``cents`` of which belong to ours."""
        number = f"3{uuid.uuid4().int % 10**17:017d}"
        theirs = self._share(1, OTHER_ENTE, THEIR_CENTS)
        ours = self._share(2, fiscal_code, cents)
        payment = self._payment(OTHER_ENTE, number, order, theirs, ours)
        return self._receipts.issue(payment, [station_of(self._store, self._world, fiscal_code)])

    def stale(self, notice: NoticeOrder, short_cents: int, order: OutcomeOrder) -> Json:
        """A payment in stand-in, ``short_cents`` less than the Ente would ask. Raises NodeFault, OrderRefused."""
        activated = self._till.activate(notice)
        token = str(activated["token"])
        data = self._till.paid_data(token)
        first = data.transfers[0]
        if first.amount_cents <= short_cents:
            self._till.cancel(token)
            raise OrderRefused("l'avviso vale meno della differenza chiesta")
        shares = (
            first._replace(amount_cents=first.amount_cents - short_cents),
            *data.transfers[1:],
        )
        less = data._replace(amount_cents=data.amount_cents - short_cents, transfers=shares)
        closing = replace(order, token=token, stand_in=True)
        sent = self._till.close_with(token, less, closing)
        receipts = [one.as_json() for one in sent]
        return {**activated, "paid_cents": less.amount_cents, "receipts": receipts}

    def _share(self, number: int, fiscal_code: str, cents: int) -> PaymentTransfer:
        return PaymentTransfer(
            id_transfer=number,
            amount_cents=cents,
            fiscal_code=fiscal_code,
            remittance="Pagamento simulato",
            category="9/0101100IM/",
            iban=_IBAN,
            company_name="Ente di prova",
        )

    def _payment(
        self, issuer: str, notice_number: str, order: OutcomeOrder, *shares: PaymentTransfer
    ) -> Payment:
        paid_at = order.paid_at or self._calendar.now()
        data = PaymentData(
            iuv=notice_number[1:],
            amount_cents=sum(share.amount_cents for share in shares),
            due_on=None,
            description="Pagamento simulato",
            company_name="Ente di prova",
            debtor=_PAYER,
            transfers=shares,
        )
        return Payment(
            token=uuid.uuid4().hex,
            fiscal_code=issuer,
            notice_number=notice_number,
            id_psp=self._world.psp.id_psp,
            payment_note="",
            data=data,
            v2=True,
            late=False,
            paid_at=paid_at,
            transferred_on=paid_at.date() + timedelta(days=1),
            order=order,
        )
