"""Chapter 6 – what of a receipt is of one Ente, and the row that keeps it."""

from datetime import datetime
from typing import Any

from billing.models import Collection
from billing.services.collections import Received
from billing.services.given_away import GivenAway
from billing.services.receipts import APPLICATION_ON, PAYER_CODICE_FISCALE, PSP_ID, PSP_NAME
from pagopa.models import Receipt
from pagopa.rules.oddities import is_late
from pagopa.services.anomalies import open_different_copy
from pagopa.wire import requests as wire
from paybox.kernel.actor import PAGOPA
from paybox.kernel.audit import record_audit
from paybox.kernel.problems import Refused


class ReceiptRefused(Refused):
    """It says that nothing was paid to this Ente: there is no money to book."""


def share_of(receipt: wire.Receipt, id_pa: str) -> int:
    """Cents that are of this Ente: all, or its shares of a notice of another one. Raises ReceiptRefused."""
    if receipt.outcome != "OK":
        raise ReceiptRefused("La ricevuta ha esito negativo: non attesta alcun pagamento")
    cents = receipt.amount_cents
    if receipt.fiscal_code != id_pa:
        cents = sum(t.amount_cents for t in receipt.transfers if t.fiscal_code == id_pa)
    if cents <= 0:
        raise ReceiptRefused("Nessuna somma della ricevuta è di questo Ente")
    return cents


def given_away(receipt: wire.Receipt, id_pa: str) -> tuple[GivenAway, ...]:
    """What of a notice of this Ente the Node did not pay to it: shares of other bodies, and stamps."""
    if receipt.fiscal_code != id_pa:
        return ()
    return tuple(
        GivenAway(t.amount_cents, "" if t.stamp else t.fiscal_code)
        for t in receipt.transfers
        if t.amount_cents and (t.stamp or t.fiscal_code != id_pa)
    )


def receipt_fields(receipt: wire.Receipt, id_pa: str, cents: int, at: datetime) -> dict[str, Any]:
    """The columns of its row that the message itself says.

    Its amount is what flows and the treasurer will bring: without what went straight to others.
    """
    return {
        "receipt_id": receipt.receipt_id,
        "id_pa": id_pa,
        "notice_number": receipt.notice_number,
        "iuv": receipt.iuv,
        "amount_cents": max(0, cents - sum(one.cents for one in given_away(receipt, id_pa))),
        "psp_id": receipt.id_psp,
        "psp_name": receipt.psp_company_name,
        "payment_method": receipt.payment_method,
        "fee_cents": receipt.fee_cents or 0,
        "paid_at": receipt.paid_at or at,
        "applied_on": receipt.applied_on,
        "transferred_on": receipt.transferred_on,
        "stand_in": receipt.stand_in,
    }


def receipt_row(receipt: wire.Receipt, id_pa: str, cents: int, at: datetime) -> Receipt:
    return Receipt(**receipt_fields(receipt, id_pa, cents, at))


def received_money(receipt: wire.Receipt, id_pa: str, cents: int, at: datetime) -> Received:
    """The same for billing; what raw message it came in is not said yet."""
    return Received(
        channel=Collection.Channel.PAGOPA,
        reference=receipt.receipt_id,
        amount_cents=cents,
        # The number of another Ente's notice may be one of ours as well: it must not be looked up here.
        notice_number=receipt.notice_number if receipt.fiscal_code == id_pa else "",
        paid_at=receipt.paid_at or at,
        payer=(receipt.payer or receipt.debtor).full_name,
        details=_details(receipt, id_pa, at),
    )


def _details(receipt: wire.Receipt, id_pa: str, at: datetime) -> dict[str, object]:
    """What the quietanza and the board show of the payment, by the names billing reads."""
    details: dict[str, object] = {
        PSP_NAME: receipt.psp_company_name,
        PSP_ID: receipt.id_psp,
        "iuv": receipt.iuv,
        "iur": receipt.receipt_id,
        "channel_description": receipt.channel_description,
    }
    if receipt.payer:
        details[PAYER_CODICE_FISCALE] = receipt.payer.code
    if receipt.applied_on:
        details[APPLICATION_ON] = receipt.applied_on.isoformat()
    if receipt.stand_in:
        details["stand_in"] = True
    if is_late(receipt.paid_at or at, at):
        details["late"] = True
    if receipt.fiscal_code != id_pa:
        details |= {"issuer": receipt.fiscal_code, "notice_number": receipt.notice_number}
    return details


# Two copies of one receipt say the same of these.
SAME = ("notice_number", "iuv", "amount_cents", "psp_id", "applied_on")


def compare(first: Receipt, again: Receipt, raw_id: int, at: datetime) -> None:
    """The first one counts. One that says something else is kept raw, and somebody is told."""
    differing = [name for name in SAME if getattr(first, name) != getattr(again, name)]
    if differing:
        record_audit(
            action="pagopa.receipt.differed",
            actor=PAGOPA,
            at=at,
            subject=f"receipt:{first.receipt_id}",
            fields=differing,
            raw_message_id=raw_id,
        )
        open_different_copy(receipt=first, raw_message_id=raw_id, fields=differing, at=at)
