"""A receipt as the service of payment events tells it: JSON becomes the same typed value as the Node's own message.

Source: biz_events 0.1.89, CtReceiptModelResponse. Amounts are JSON numbers of euro, read as decimals.
"""

from datetime import date, datetime
from typing import Any

from pagopa.wire.flow_json import cents, read_json
from pagopa.wire.requests import Party, Receipt, ReceiptTransfer
from pagopa.wire.values import date_of, known_instant


class ReceiptAnswerRefused(ValueError):
    """The bytes are not a receipt that can be read."""


def read_receipt_answer(raw: bytes) -> Receipt:
    """Raises ReceiptAnswerRefused."""
    try:
        return _receipt(read_json(raw))
    except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError) as error:
        raise ReceiptAnswerRefused(f"ricevuta non leggibile: {error}") from error


def _receipt(said: dict[str, Any]) -> Receipt:
    fee, payer = said.get("fee"), said.get("payer")
    return Receipt(
        receipt_id=_text(said, "receiptId"),
        notice_number=_text(said, "noticeNumber"),
        fiscal_code=_text(said, "fiscalCode"),
        outcome="OK" if said["outcome"] == "OK" else "KO",
        iuv=_text(said, "creditorReferenceId"),
        amount_cents=cents(said["paymentAmount"]),
        description=_text(said, "description"),
        company_name=_text(said, "companyName"),
        debtor=_party(said["debtor"]),
        transfers=tuple(_transfer(n, one) for n, one in enumerate(said["transferList"], 1)),
        id_psp=_text(said, "idPSP"),
        psp_company_name=_text(said, "pspCompanyName"),
        id_channel=_text(said, "idChannel"),
        channel_description=str(said.get("channelDescription") or ""),
        psp_fiscal_code=str(said.get("pspFiscalCode") or ""),
        payer=_party(payer) if payer else None,
        payment_method=str(said.get("paymentMethod") or ""),
        fee_cents=None if fee is None else cents(fee),
        paid_at=_instant(said.get("paymentDateTimeFormatted")),
        applied_on=_day(said.get("applicationDate")),
        transferred_on=_day(said.get("transferDate")),
    )


def _transfer(place: int, said: dict[str, Any]) -> ReceiptTransfer:
    return ReceiptTransfer(
        id_transfer=int(said.get("idTransfer") or place),
        amount_cents=cents(said["transferAmount"]),
        fiscal_code=_text(said, "fiscalCodePA"),
        remittance=str(said.get("remittanceInformation") or ""),
        category=str(said.get("transferCategory") or ""),
        iban=str(said.get("iban") or ""),
    )


def _party(said: dict[str, Any]) -> Party:
    return Party(
        kind="G" if said["entityUniqueIdentifierType"] == "G" else "F",
        code=_text(said, "entityUniqueIdentifierValue"),
        full_name=_text(said, "fullName"),
        city=str(said.get("city") or ""),
    )


def _text(said: dict[str, Any], name: str) -> str:
    value = said[name]
    if not isinstance(value, str) or not value:
        raise ValueError(f"manca {name}")
    return value


def _instant(text: str | None) -> datetime | None:
    return known_instant(text or "")


def _day(text: str | None) -> date | None:
    return date_of(text) if text else None
