"""A payment collected by the PSP, and the receipt it becomes."""

from base64 import b64encode
from dataclasses import dataclass
from datetime import date, datetime

from pagopa.simulator.orders import OutcomeOrder
from pagopa.simulator.world import World
from pagopa.wire.digital_stamp import DigitalStamp, write_digital_stamp
from pagopa.wire.requests import Receipt, ReceiptTransfer
from pagopa.wire.responses import PaymentData, PaymentTransfer, StampRequest

_NO_SIGNATURE = b64encode(b"simulata, senza valore").decode()


@dataclass(frozen=True, slots=True)
class Payment:
    """An activation the PSP has collected; ``late`` when its token had expired."""

    token: str
    fiscal_code: str
    notice_number: str
    id_psp: str
    payment_note: str
    data: PaymentData
    v2: bool
    late: bool
    paid_at: datetime
    transferred_on: date
    order: OutcomeOrder


def build_receipt(payment: Payment, world: World) -> Receipt:
    """What the PSP's outcome and the Ente's own activation answer make together."""
    data, order, psp = payment.data, payment.order, world.psp
    return Receipt(
        receipt_id=payment.token,
        notice_number=payment.notice_number,
        fiscal_code=payment.fiscal_code,
        outcome="OK",
        iuv=data.iuv,
        amount_cents=data.amount_cents,
        description=data.description,
        company_name=data.company_name or "Ente",
        office_name=data.office_name,
        debtor=data.debtor,
        transfers=tuple(_share(one, payment, world) for one in data.transfers),
        id_psp=payment.id_psp,
        psp_fiscal_code=psp.fiscal_code,
        psp_company_name=psp.name,
        id_channel=psp.id_channel,
        channel_description=order.channel,
        payer=data.debtor,
        payment_method=order.payment_method,
        payment_note=payment.payment_note,
        fee_cents=order.fee_cents,
        paid_at=payment.paid_at,
        applied_on=payment.paid_at.date(),
        transferred_on=payment.transferred_on,
        metadata=data.metadata,
        stand_in=order.stand_in,
    )


def _share(share: PaymentTransfer, payment: Payment, world: World) -> ReceiptTransfer:
    return ReceiptTransfer(
        id_transfer=share.id_transfer,
        amount_cents=share.amount_cents,
        fiscal_code=share.fiscal_code,
        company_name=share.company_name,
        iban=share.iban,
        stamp=_sold(share.stamp, share, payment, world) if share.stamp else b"",
        remittance=share.remittance,
        category=share.category,
        metadata=share.metadata,
    )


def _sold(asked: StampRequest, share: PaymentTransfer, payment: Payment, world: World) -> bytes:
    """A marca da bollo for the document that was asked for: the right shape, and no worth."""
    stamp = DigitalStamp(
        iubd=f"{payment.token[:12]}{share.id_transfer:02}".upper(),
        seller=world.psp.name,
        seller_code=world.psp.fiscal_code,
        bought_at=payment.paid_at.replace(microsecond=0),
        amount_cents=share.amount_cents,
        imprint=asked.document_hash,
    )
    return write_digital_stamp(stamp, signature=_NO_SIGNATURE)
