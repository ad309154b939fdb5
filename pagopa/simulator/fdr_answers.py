"""What the simulated API of flows says, as JSON text: amounts must be written with their two decimals.

Source: fdr_organization 1.2.4.
"""

import json
import sqlite3
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from pagopa.wire.flow_file import FlowFile, FlowLine
from paybox.kernel.money import to_decimal_string

_STATUSES = {0: "EXECUTED", 4: "STAND_IN", 8: "STAND_IN_NO_RPT", 9: "NO_RPT", 3: "REVOKED"}


@dataclass(frozen=True, slots=True)
class FdrAnswer:
    """``body`` is JSON text: amounts must be written with their two decimals."""

    body: str
    status: int = 200


def as_listed(row: sqlite3.Row) -> str:
    return (
        f'{{"fdr": "{row["iuf"]}", "pspId": "{row["id_psp"]}", "revision": {row["revision"]},'
        f' "published": "{row["published"]}", "flowDate": "{row["flow_at"]}"}}'
    )


def flow_head(flow: FlowFile, row: sqlite3.Row) -> str:
    count, total = flow.payments, to_decimal_string(flow.total_cents)
    return (
        f'{{"status": "PUBLISHED", "revision": {row["revision"]}, "created": "{row["published"]}",'
        f' "updated": "{row["published"]}", "published": "{row["published"]}",'
        f' "fdr": "{flow.identifier}", "fdrDate": "{row["flow_at"]}",'
        f' "regulation": "{flow.regulation}", "regulationDate": "{flow.regulation_on}",'
        ' "bicCodePouringBank": "ESEMITMMXXX", "sender": {"type": "BIC_CODE", "id": "ESEMITMMXXX",'
        f' "pspId": "{flow.psp_id}", "pspName": "Banca di Esempio", "pspBrokerId": "99999999990",'
        ' "channelId": "99999999990_01"}, "receiver": {"id": "' + flow.receiver + '",'
        f' "organizationId": "{flow.receiver}", "organizationName": "Ente di Esempio"}},'
        f' "computedTotPayments": {count}, "computedSumPayments": {total},'
        f' "totPayments": {count}, "sumPayments": {total}}}'
    )


def payment(line: FlowLine) -> str:
    return (
        f'{{"index": {line.number}, "iuv": "{line.iuv}", "iur": "{line.iur}",'
        f' "idTransfer": {line.transfer_index}, "pay": {to_decimal_string(line.amount_cents)},'
        f' "payStatus": "{_STATUSES.get(line.outcome, "EXECUTED")}",'
        f' "payDate": "{line.paid_on}T10:00:00Z"}}'
    )


def paged(items: list[str], page: int, size: int) -> str:
    shown = items[(page - 1) * size : page * size]
    pages = max(1, -(-len(items) // size))
    return (
        f'{{"metadata": {{"pageSize": {len(shown)}, "pageNumber": {page}, "totPage": {pages}}},'
        f' "count": {len(shown)}, "data": [{", ".join(shown)}]}}'
    )


def problem(status: int, code: str, message: str) -> FdrAnswer:
    said: dict[str, Any] = {
        "errorId": str(uuid4()),
        "httpStatusCode": status,
        "httpStatusDescription": "Error",
        "appErrorCode": code,
        "errors": [{"path": "", "message": message}],
    }
    return FdrAnswer(json.dumps(said), status)
