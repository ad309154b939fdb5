"""What an Ente answers the Node: SOAP envelopes built from strings, since verify must be fast.

Before: pagopa/inbound has the answer.  After: bytes for HTTP 200.  A trouble of ours is never built
here: it leaves as HTTP 5xx, because a KO to a receipt would lose it.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from xml.sax.saxutils import escape

from pagopa.rules.faults import FaultCode
from pagopa.wire.parties import party_element
from pagopa.wire.requests import MetadataPair, Operation, Party
from pagopa.wire.soap import wrap
from pagopa.wire.texts import clip, element, metadata_element, required
from paybox.kernel.money import to_decimal_string

NO_DUE_DATE = date(2099, 12, 31)  # dueDate is mandatory in an activation
_OK = "<outcome>OK</outcome>"


@dataclass(frozen=True, slots=True)
class StampRequest:
    """Ask for a digital stamp: ``document_hash`` base64 of SHA-256, ``province`` two letters."""

    document_hash: str
    province: str
    kind: str = "01"


class PaymentTransfer(NamedTuple):
    """One share to be paid: ``iban`` or ``stamp`` (V2 only). The shares add up."""

    id_transfer: int
    amount_cents: int
    fiscal_code: str
    remittance: str
    category: str
    iban: str = ""
    stamp: StampRequest | None = None
    company_name: str = ""
    metadata: tuple[MetadataPair, ...] = ()


class PaymentData(NamedTuple):
    """The answer to an activation; ``transfers`` 1 to 5. No personal data in ``description``."""

    iuv: str
    amount_cents: int
    due_on: date | None
    description: str
    company_name: str
    debtor: Party
    transfers: tuple[PaymentTransfer, ...]
    office_name: str = ""
    retention_at: datetime | None = None
    last_payment: bool | None = None
    metadata: tuple[MetadataPair, ...] = ()


def verify_ok(
    *,
    amount_cents: int,
    due_on: date | None,
    description: str,
    fiscal_code: str,
    company_name: str,
    office_name: str = "",
    detail: str = "",
    all_ccp: bool = False,
) -> bytes:
    """The notice can be paid for ``amount_cents`` today. ``all_ccp``: all IBANs are postal."""
    offer = _offer(
        amount_cents,
        due_on,
        description,
        fiscal_code,
        company_name,
        office_name,
        detail or description,
        all_ccp,
    )
    return wrap(Operation.VERIFY.response_root, _OK + offer)


def demand_ok(
    *,
    notice_number: str,
    amount_cents: int,
    due_on: date | None,
    description: str,
    fiscal_code: str,
    company_name: str,
    office_name: str = "",
    all_ccp: bool = False,
) -> bytes:
    """A notice made on the spot for a spontaneous payment of the catalogue."""
    qr_code = (
        f"<qrCode>{required('fiscalCode', fiscal_code, 11)}"
        f"{required('noticeNumber', notice_number, 18)}</qrCode>"
    )
    offer = _offer(
        amount_cents,
        due_on,
        description,
        fiscal_code,
        company_name,
        office_name,
        description,
        all_ccp,
    )
    return wrap(Operation.DEMAND.response_root, _OK + qr_code + offer)


def _offer(
    amount_cents: int,
    due_on: date | None,
    description: str,
    fiscal_code: str,
    company_name: str,
    office_name: str,
    detail: str,
    all_ccp: bool,
) -> str:
    due = f"<dueDate>{due_on.isoformat()}</dueDate>" if due_on else ""
    return (
        "<paymentList><paymentOptionDescription>"
        f"<amount>{to_decimal_string(amount_cents)}</amount><options>EQ</options>{due}"
        f"{element('detailDescription', detail, 140)}"
        f"<allCCP>{'true' if all_ccp else 'false'}</allCCP>"
        "</paymentOptionDescription></paymentList>"
        f"{required('paymentDescription', description, 140)}"
        f"<fiscalCodePA>{escape(fiscal_code)}</fiscalCodePA>"
        f"{required('companyName', company_name, 140)}"
        f"{element('officeName', office_name, 140)}"
    )


def get_payment_ok(data: PaymentData, *, v2: bool) -> bytes:
    """Answer paGetPayment or paGetPaymentV2; no digital stamp in V1 (ValueError)."""
    operation = Operation.GET_PAYMENT_V2 if v2 else Operation.GET_PAYMENT
    shares = "".join(_transfer(share, v2=v2) for share in data.transfers)
    retention = data.retention_at.isoformat() if data.retention_at else ""
    children = (
        f"{_OK}<data>{required('creditorReferenceId', data.iuv, 35)}"
        f"<paymentAmount>{to_decimal_string(data.amount_cents)}</paymentAmount>"
        f"<dueDate>{(data.due_on or NO_DUE_DATE).isoformat()}</dueDate>"
        f"{element('retentionDate', retention, 40)}{_last_payment(data.last_payment)}"
        f"{required('description', data.description, 140)}"
        f"{required('companyName', data.company_name, 140)}"
        f"{element('officeName', data.office_name, 140)}"
        f"{party_element('debtor', data.debtor)}"
        f"<transferList>{shares}</transferList>{metadata_element(data.metadata)}</data>"
    )
    return wrap(operation.response_root, children)


def _last_payment(last: bool | None) -> str:
    return "" if last is None else f"<lastPayment>{'true' if last else 'false'}</lastPayment>"


def _transfer(share: PaymentTransfer, *, v2: bool) -> str:
    if share.stamp and not v2:
        raise ValueError("paGetPayment non può chiedere una marca da bollo")
    return (
        f"<transfer><idTransfer>{share.id_transfer}</idTransfer>"
        f"<transferAmount>{to_decimal_string(share.amount_cents)}</transferAmount>"
        f"<fiscalCodePA>{escape(share.fiscal_code)}</fiscalCodePA>"
        f"{element('companyName', share.company_name, 140) if v2 else ''}"
        f"{_stamp(share.stamp) if share.stamp else required('IBAN', share.iban, 35)}"
        f"{required('remittanceInformation', share.remittance, 140)}"
        f"{required('transferCategory', share.category, 140)}"
        f"{metadata_element(share.metadata)}</transfer>"
    )


def _stamp(stamp: StampRequest) -> str:
    return (
        f"<richiestaMarcaDaBollo>{required('hashDocumento', stamp.document_hash, 72)}"
        f"{required('tipoBollo', stamp.kind, 2)}"
        f"{required('provinciaResidenza', stamp.province, 2)}</richiestaMarcaDaBollo>"
    )


def send_rt_ok(*, v2: bool) -> bytes:
    """The receipt is stored; say so only after it is."""
    operation = Operation.SEND_RT_V2 if v2 else Operation.SEND_RT
    return wrap(operation.response_root, _OK)


def ko(
    operation: Operation | None, fault: FaultCode, *, id_pa: str, description: str = ""
) -> bytes:
    """Refuse in the answer of ``operation``; ``id_pa`` is the Ente called.

    None, when not even the operation could be told, answers in the shape of a verify: every answer
    of the interface carries outcome and fault alike.
    """
    root = (operation or Operation.VERIFY).response_root
    return wrap(
        root,
        f"<outcome>KO</outcome><fault><faultCode>{fault.value}</faultCode>"
        f"<faultString>{escape(fault.fault_string)}</faultString>"
        f"<id>{escape(clip(id_pa, 35))}</id>{element('description', description, 1024)}</fault>",
    )
