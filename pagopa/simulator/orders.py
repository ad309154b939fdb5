"""Control calls as typed orders: JSON of whoever drives the simulator, read strictly."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, cast

from pagopa.simulator.faults import OrderRefused
from pagopa.wire.values import ROME

Json = dict[str, Any]

_DIGITS = {"fiscal_code": 11, "notice_number": 18}
_ID_PSP = re.compile(r"[A-Za-z0-9_]{1,14}")
TransferType = Literal["", "POSTAL", "PAGOPA"]


@dataclass(frozen=True, slots=True)
class NoticeOrder:
    """Verify or activate. ``amount_cents`` None: as the Ente says; ``validity_s`` None: 30 min."""

    fiscal_code: str
    notice_number: str
    amount_cents: int | None = None
    version: str = ""
    transfer_type: TransferType = ""
    payment_note: str = ""
    idempotency_key: str = ""
    id_psp: str = ""
    validity_s: float | None = None


@dataclass(frozen=True, slots=True)
class OutcomeOrder:
    """What became of an activation. ``paid_at`` None: now; ``hang_up``: leave before the receipt is answered."""

    token: str
    ok: bool
    paid_at: datetime | None = None
    fee_cents: int = 150
    payment_method: str = "creditCard"
    channel: str = "onLine"
    stand_in: bool = False
    hang_up: bool = False


def read_notice_order(body: Json) -> NoticeOrder:
    """Raises OrderRefused."""
    version = text(body, "version").upper()
    if version not in {"", "V1", "V2"}:
        raise OrderRefused("version deve essere V1 o V2")
    id_psp = text(body, "id_psp")
    if id_psp and not _ID_PSP.fullmatch(id_psp):
        raise OrderRefused("id_psp deve essere di 1-14 lettere, cifre o _")
    expires_in = number(body, "expiration_ms")
    return NoticeOrder(
        fiscal_code=digits(body, "fiscal_code"),
        notice_number=digits(body, "notice_number"),
        amount_cents=number(body, "amount_cents"),
        version=version,
        transfer_type=_transfer_type(body),
        payment_note=text(body, "payment_note")[:210],
        idempotency_key=text(body, "idempotency_key"),
        id_psp=id_psp,
        validity_s=None if expires_in is None else min(expires_in, 1_800_000) / 1000,
    )


def read_outcome_order(body: Json) -> OutcomeOrder:
    """Raises OrderRefused."""
    outcome = text(body, "outcome") or "OK"
    if outcome not in {"OK", "KO"}:
        raise OrderRefused("outcome deve essere OK o KO")
    fee = number(body, "fee_cents")
    return OutcomeOrder(
        token=text(body, "token"),
        ok=outcome == "OK",
        paid_at=_instant(body, "paid_at"),
        fee_cents=150 if fee is None else fee,
        payment_method=text(body, "payment_method") or "creditCard",
        channel=text(body, "channel") or "onLine",
        stand_in=body.get("stand_in") is True,
        hang_up=body.get("hang_up") is True,
    )


def _transfer_type(body: Json) -> TransferType:
    said = text(body, "transfer_type")
    if said not in {"", "POSTAL", "PAGOPA"}:
        raise OrderRefused("transfer_type deve essere POSTAL o PAGOPA")
    return cast(TransferType, said)


def digits(body: Json, name: str) -> str:
    said = text(body, name)
    if not re.fullmatch(rf"[0-9]{{{_DIGITS[name]}}}", said):
        raise OrderRefused(f"{name} deve essere di {_DIGITS[name]} cifre")
    return said


def day(body: Json, name: str, default: date) -> date:
    said = text(body, name)
    try:
        return date.fromisoformat(said) if said else default
    except ValueError as error:
        raise OrderRefused(f"{name} deve essere una data AAAA-MM-GG") from error


def _instant(body: Json, name: str) -> datetime | None:
    said = text(body, name)
    try:
        read = datetime.fromisoformat(said) if said else None
    except ValueError as error:
        raise OrderRefused(f"{name} deve essere un istante ISO 8601") from error
    if read is None:
        return None
    # In Italian time, whatever the zone it was said in: the day of a payment is the Italian day.
    return read.replace(tzinfo=ROME) if read.tzinfo is None else read.astimezone(ROME)


def text(body: Json, name: str) -> str:
    value = body.get(name, "")
    if not isinstance(value, str):
        raise OrderRefused(f"{name} deve essere un testo")
    return value


def number(body: Json, name: str) -> int | None:
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 99_999_999_999:
        raise OrderRefused(f"{name} deve essere un intero positivo")
    return value
