"""A reporting flow (FdR) as the REST API tells it: a head and pages of payments become the same typed value as XML.

Amounts are JSON numbers of euro: read as decimals, never as floats. All instants are UTC.
Source: fdr_organization 1.2.4.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from pagopa.wire.flow_file import (
    MOST_PAYMENTS,
    UNREADABLE_OUTCOME,
    FlowFile,
    FlowFileRefused,
    FlowLine,
    psp_of,
    transfer_index,
)
from pagopa.wire.values import date_of, instant_of, whole_of
from paybox.kernel.money import MAX_CENTS

_OUTCOMES = {"EXECUTED": 0, "REVOKED": 3, "STAND_IN": 4, "STAND_IN_NO_RPT": 8, "NO_RPT": 9}


_UNREADABLE = (ValueError, KeyError, TypeError, ArithmeticError)


def open_flow_answers(answers: Iterable[bytes]) -> FlowFile:
    """The head; its pages of payments are read as the lines are asked for. Raises FlowFileRefused, here or on the way."""
    pages = iter(answers)
    try:
        return _flow(read_json(next(pages, b"")), _lines(pages)).checked()
    except _UNREADABLE as error:
        raise _refused(error) from error


def _refused(error: Exception) -> FlowFileRefused:
    words = f"manca {error.args[0]}" if isinstance(error, KeyError) else str(error)
    return FlowFileRefused(f"Il flusso non è leggibile: {words}")


def read_json(raw: bytes) -> Any:
    """JSON with its numbers exact. Raises ValueError, in Italian."""
    try:
        return json.loads(raw, parse_float=Decimal)
    except ValueError as error:
        raise ValueError("non è JSON, o è troncato") from error


def instant(text: str) -> datetime:
    """``2024-05-17T02:11:00Z``, as the API writes it. Raises ValueError."""
    return instant_of(text)


def cents(number: Any) -> int:
    """Euro as a JSON number → cents; a third decimal is refused, never rounded. Raises ValueError."""
    if isinstance(number, bool) or not isinstance(number, int | Decimal):
        raise ValueError("importo che non è un numero")
    exact = Decimal(number) * 100
    if exact != exact.to_integral_value() or abs(exact) > MAX_CENTS:
        raise ValueError(f"importo non ammesso: {number}")
    return int(exact)


def _flow(head: dict[str, Any], lines: Iterable[FlowLine]) -> FlowFile:
    return FlowFile(
        identifier=_name(head["fdr"]),
        psp_id=psp_of(head["fdr"]) or str(head["sender"]["pspId"]),
        flow_at=instant(head["fdrDate"]),
        regulation=str(head["regulation"])[:35],
        regulation_on=date_of(head["regulationDate"]),
        receiver=str(head["receiver"]["organizationId"]),
        total_cents=cents(head["sumPayments"]),
        payments=_count(head["totPayments"]),
        lines=lines,
        revision=_count(head["revision"]),
    )


def _lines(pages: Iterator[bytes]) -> Iterator[FlowLine]:
    """One page in memory at a time, each in the order of its index."""
    for page in pages:
        try:
            rows = sorted(map(_line, read_json(page)["data"]))
        except _UNREADABLE as error:
            raise _refused(error) from error
        yield from rows


def _line(row: dict[str, Any]) -> FlowLine:
    """``payDate`` is an instant whose day is the day of business."""
    return FlowLine(
        _count(row["index"]),
        _text(row["iuv"]),
        _text(row["iur"]),
        transfer_index(row.get("idTransfer") or 1),
        cents(row["pay"]),
        _OUTCOMES.get(row["payStatus"], UNREADABLE_OUTCOME),
        date_of(row["payDate"]),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise ValueError("un pagamento è senza IUV o IUR")
    return value.strip()[:35]


def _count(value: Any) -> int:
    return whole_of(str(value), most=MOST_PAYMENTS)


def _name(value: Any) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= 35:
        raise ValueError("identificativo del flusso non valido")
    return value
