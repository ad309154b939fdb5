"""What the Node asks of an Ente: the requests of paForNode as typed values.

Before: bytes read by ``pagopa/wire/reading``.  After: pagopa/inbound answers them.
Amounts are cents; ``*_at`` are aware instants; optional texts that were absent are empty strings.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Literal

PartyKind = Literal["F", "G"]
MetadataPair = tuple[str, str]


class Operation(StrEnum):
    """An operation of paForNode; the value is its SOAPAction."""

    VERIFY = "paVerifyPaymentNotice"
    GET_PAYMENT = "paGetPayment"
    GET_PAYMENT_V2 = "paGetPaymentV2"
    SEND_RT = "paSendRT"
    SEND_RT_V2 = "paSendRTV2"
    DEMAND = "paDemandPaymentNotice"

    @property
    def request_root(self) -> str:
        return self.value + ("Req" if self in _SHORT_ROOTS else "Request")

    @property
    def response_root(self) -> str:
        return self.value + ("Res" if self in _SHORT_ROOTS else "Response")


_SHORT_ROOTS = frozenset({Operation.VERIFY, Operation.GET_PAYMENT, Operation.SEND_RT})


@dataclass(frozen=True, slots=True)
class VerifyRequest:
    """``id_pa`` is the Ente called, ``fiscal_code`` the one on the notice: they must agree."""

    id_pa: str
    id_broker: str
    id_station: str
    fiscal_code: str
    notice_number: str

    @property
    def operation(self) -> Operation:
        return Operation.VERIFY


@dataclass(frozen=True, slots=True)
class GetPaymentRequest:
    """Activation. ``amount_cents``: what the payer was shown; ``v2``: the answer's shape."""

    id_pa: str
    id_broker: str
    id_station: str
    fiscal_code: str
    notice_number: str
    amount_cents: int | None = None
    payment_note: str = ""
    transfer_type: Literal["", "POSTAL", "PAGOPA"] = ""
    due_on: date | None = None
    v2: bool = True

    @property
    def operation(self) -> Operation:
        return Operation.GET_PAYMENT_V2 if self.v2 else Operation.GET_PAYMENT


@dataclass(frozen=True, slots=True)
class Party:
    """A debtor or payer (ctSubject); ``code`` 2–16 characters, ``ANONIMO`` when there is none."""

    kind: PartyKind
    code: str
    full_name: str
    street: str = ""
    civic_number: str = ""
    postal_code: str = ""
    city: str = ""
    province: str = ""
    country: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptTransfer:
    """One share of a receipt: ``iban``, or ``stamp`` (a digital stamp's signed document)."""

    id_transfer: int
    amount_cents: int
    fiscal_code: str
    remittance: str
    category: str
    iban: str = ""
    stamp: bytes = b""
    company_name: str = ""
    metadata: tuple[MetadataPair, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """ctReceipt and ctReceiptV2 in one; fields of V2 alone stay empty in V1.

    ``fiscal_code`` is the Ente that issued the notice, which is not the recipient when that is a
    secondary beneficiary. ``fee_cents`` is the PSP's own and not part of ``amount_cents``.
    """

    receipt_id: str
    notice_number: str
    fiscal_code: str
    outcome: Literal["OK", "KO"]
    iuv: str
    amount_cents: int
    description: str
    company_name: str
    debtor: Party
    transfers: tuple[ReceiptTransfer, ...]
    id_psp: str
    psp_company_name: str
    id_channel: str
    channel_description: str
    office_name: str = ""
    psp_fiscal_code: str = ""
    psp_vat_code: str = ""
    payer: Party | None = None
    payment_method: str = ""
    payment_note: str = ""
    fee_cents: int | None = None
    primary_fee_cents: int | None = None
    id_bundle: str = ""
    id_ci_bundle: str = ""
    paid_at: datetime | None = None
    applied_on: date | None = None
    transferred_on: date | None = None
    metadata: tuple[MetadataPair, ...] = ()
    stand_in: bool = False


@dataclass(frozen=True, slots=True)
class SendRtRequest:
    """``id_pa`` is the recipient, see Receipt.fiscal_code."""

    id_pa: str
    id_broker: str
    id_station: str
    receipt: Receipt
    v2: bool = True

    @property
    def operation(self) -> Operation:
        return Operation.SEND_RT_V2 if self.v2 else Operation.SEND_RT


@dataclass(frozen=True, slots=True)
class DemandRequest:
    """Spontaneous payment from the national catalogue; ``service_data``: the service's own XML."""

    id_pa: str
    id_broker: str
    id_station: str
    service_id: str
    service_party_id: str
    service_data: bytes

    @property
    def operation(self) -> Operation:
        return Operation.DEMAND


Request = VerifyRequest | GetPaymentRequest | SendRtRequest | DemandRequest
