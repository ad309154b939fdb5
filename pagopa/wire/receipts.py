"""A receipt (RT) between XML and value: read from the Node, written by whoever plays it."""

import base64
from typing import Literal, cast

from lxml import etree

from pagopa.wire.parties import party_element, read_metadata, read_party
from pagopa.wire.requests import Receipt, ReceiptTransfer
from pagopa.wire.texts import element, metadata_element, required
from pagopa.wire.values import (
    Children,
    bytes_of,
    cents_of,
    is_true,
    optional_cents,
    optional_date,
    optional_instant,
    text_of,
)
from paybox.kernel.money import to_decimal_string


def read_receipt(node: etree._Element) -> Receipt:
    """A schema-valid ``receipt`` of either version. Raises ValueError on an unreadable value."""
    of = Children(node)
    receipt_id = text_of(of, "receiptId").strip()
    if not receipt_id:
        raise ValueError("receiptId vuoto")
    payer = node.find("payer")
    return Receipt(
        receipt_id=receipt_id,
        notice_number=text_of(of, "noticeNumber"),
        fiscal_code=text_of(of, "fiscalCode"),
        outcome=cast(Literal["OK", "KO"], text_of(of, "outcome")),
        iuv=text_of(of, "creditorReferenceId"),
        amount_cents=cents_of(text_of(of, "paymentAmount")),
        description=text_of(of, "description"),
        company_name=text_of(of, "companyName"),
        office_name=text_of(of, "officeName"),
        debtor=read_party(node.findall("debtor")[0]),
        transfers=tuple(_read_transfer(share) for share in node.findall("transferList/transfer")),
        id_psp=text_of(of, "idPSP"),
        psp_fiscal_code=text_of(of, "pspFiscalCode"),
        psp_vat_code=text_of(of, "pspPartitaIVA"),
        psp_company_name=text_of(of, "PSPCompanyName"),
        id_channel=text_of(of, "idChannel"),
        channel_description=text_of(of, "channelDescription"),
        payer=None if payer is None else read_party(payer),
        payment_method=text_of(of, "paymentMethod"),
        payment_note=text_of(of, "paymentNote"),
        fee_cents=optional_cents(of, "fee"),
        primary_fee_cents=optional_cents(of, "primaryCiIncurredFee"),
        id_bundle=text_of(of, "idBundle"),
        id_ci_bundle=text_of(of, "idCiBundle"),
        paid_at=optional_instant(of, "paymentDateTime"),
        applied_on=optional_date(of, "applicationDate"),
        transferred_on=optional_date(of, "transferDate"),
        metadata=read_metadata(node),
        stand_in=is_true(text_of(of, "standIn")),
    )


def _read_transfer(node: etree._Element) -> ReceiptTransfer:
    of = Children(node)
    return ReceiptTransfer(
        id_transfer=int(text_of(of, "idTransfer")),
        amount_cents=cents_of(text_of(of, "transferAmount")),
        fiscal_code=text_of(of, "fiscalCodePA"),
        company_name=text_of(of, "companyName"),
        iban=text_of(of, "IBAN"),
        stamp=bytes_of(text_of(of, "MBDAttachment")),
        remittance=text_of(of, "remittanceInformation"),
        category=text_of(of, "transferCategory"),
        metadata=read_metadata(node),
    )


def receipt_element(receipt: Receipt, *, v2: bool) -> str:
    """``<receipt>`` for paSendRT or paSendRTV2; fields of V2 alone are left out of V1."""
    shares = "".join(_transfer(share, v2=v2) for share in receipt.transfers)
    return (
        f"<receipt>{_head(receipt)}<transferList>{shares}</transferList>"
        f"{_psp(receipt)}{_v2_only(receipt) if v2 else _amount('fee', receipt.fee_cents)}"
        f"{_tail(receipt)}</receipt>"
    )


def _head(receipt: Receipt) -> str:
    return (
        f"{required('receiptId', receipt.receipt_id, 35)}"
        f"{required('noticeNumber', receipt.notice_number, 18)}"
        f"{required('fiscalCode', receipt.fiscal_code, 11)}"
        f"<outcome>{receipt.outcome}</outcome>"
        f"{required('creditorReferenceId', receipt.iuv, 35)}"
        f"{_amount('paymentAmount', receipt.amount_cents)}"
        f"{required('description', receipt.description, 140)}"
        f"{required('companyName', receipt.company_name, 140)}"
        f"{element('officeName', receipt.office_name, 140)}"
        f"{party_element('debtor', receipt.debtor)}"
    )


def _transfer(share: ReceiptTransfer, *, v2: bool) -> str:
    stamp = base64.b64encode(share.stamp).decode()
    where = f"<MBDAttachment>{stamp}</MBDAttachment>" if share.stamp and v2 else ""
    return (
        f"<transfer><idTransfer>{share.id_transfer}</idTransfer>"
        f"{_amount('transferAmount', share.amount_cents)}"
        f"{required('fiscalCodePA', share.fiscal_code, 11)}"
        f"{element('companyName', share.company_name, 140) if v2 else ''}"
        f"{where or required('IBAN', share.iban, 35)}"
        f"{required('remittanceInformation', share.remittance, 140)}"
        f"{required('transferCategory', share.category, 140)}"
        f"{metadata_element(share.metadata)}</transfer>"
    )


def _psp(receipt: Receipt) -> str:
    return (
        f"{required('idPSP', receipt.id_psp, 35)}"
        f"{element('pspFiscalCode', receipt.psp_fiscal_code, 70)}"
        f"{element('pspPartitaIVA', receipt.psp_vat_code, 20)}"
        f"{required('PSPCompanyName', receipt.psp_company_name, 70)}"
        f"{required('idChannel', receipt.id_channel, 35)}"
        f"{required('channelDescription', receipt.channel_description, 35)}"
        f"{party_element('payer', receipt.payer) if receipt.payer else ''}"
        f"{element('paymentMethod', receipt.payment_method, 35)}"
    )


def _v2_only(receipt: Receipt) -> str:
    return (
        f"{element('paymentNote', receipt.payment_note, 210)}"
        f"{_amount('fee', receipt.fee_cents)}"
        f"{_amount('primaryCiIncurredFee', receipt.primary_fee_cents)}"
        f"{element('idBundle', receipt.id_bundle, 70)}"
        f"{element('idCiBundle', receipt.id_ci_bundle, 70)}"
    )


def _tail(receipt: Receipt) -> str:
    paid_at = receipt.paid_at.isoformat() if receipt.paid_at else ""
    applied_on = receipt.applied_on.isoformat() if receipt.applied_on else ""
    transferred_on = receipt.transferred_on.isoformat() if receipt.transferred_on else ""
    return (
        f"{element('paymentDateTime', paid_at, 40)}"
        f"{element('applicationDate', applied_on, 10)}"
        f"{element('transferDate', transferred_on, 10)}"
        f"{metadata_element(receipt.metadata)}"
        f"<standIn>{'true' if receipt.stand_in else 'false'}</standIn>"
    )


def _amount(name: str, cents: int | None) -> str:
    return "" if cents is None else f"<{name}>{to_decimal_string(cents)}</{name}>"
