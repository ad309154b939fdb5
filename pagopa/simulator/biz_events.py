"""The simulated service of payment events: the receipts the Node has made, one at a time, ten questions an hour.

Source: biz_events 0.1.89.
"""

import json
import time
from collections.abc import Callable
from typing import Any

from werkzeug.wrappers import Request, Response

from pagopa.simulator.store import Store
from pagopa.wire.reading import read_request
from pagopa.wire.requests import Party, Receipt, SendRtRequest

BIZ_EVENTS_PATH = "/bizevents"
_ONE = f"{BIZ_EVENTS_PATH}/organizations/<organization>/receipts/<iur>"
QUOTA, HOUR_S = 10, 3600.0


class BizEventsDesk:
    """``doors`` is what the application adds to its own."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._asked: list[float] = []

    def doors(self) -> list[tuple[str, str, Callable[..., Response]]]:
        return [
            ("GET", _ONE, self._receipt),
            ("GET", f"{_ONE}/paymentoptions/<iuv>", self._receipt),
        ]

    def _receipt(self, request: Request, organization: str, iur: str, iuv: str = "") -> Response:
        now = time.monotonic()
        self._asked = [at for at in self._asked if at > now - HOUR_S]
        if len(self._asked) >= QUOTA:
            return _json({"title": "Too Many Requests", "status": 429}, 429, str(int(HOUR_S)))
        self._asked.append(now)
        found = self._find(organization, iur)
        if found is None or (iuv and found.iuv != iuv):
            return _json({"title": "Not Found", "status": 404, "detail": "nessuna ricevuta"}, 404)
        return _json(_as_json(found), 200)

    def _find(self, organization: str, iur: str) -> Receipt | None:
        with self._store.transaction() as db:
            row = db.execute(
                "SELECT envelope, operation FROM receipts WHERE fiscal_code = ? AND token = ?",
                (organization, iur),
            ).fetchone()
        if row is None:
            return None
        asked = read_request(row["envelope"], soap_action=row["operation"])
        return asked.receipt if isinstance(asked, SendRtRequest) else None


def _as_json(receipt: Receipt) -> dict[str, Any]:
    said: dict[str, Any] = {
        "receiptId": receipt.receipt_id,
        "noticeNumber": receipt.notice_number,
        "fiscalCode": receipt.fiscal_code,
        "outcome": receipt.outcome,
        "creditorReferenceId": receipt.iuv,
        "paymentAmount": receipt.amount_cents / 100,
        "description": receipt.description,
        "companyName": receipt.company_name,
        "debtor": _party(receipt.debtor),
        "transferList": [
            {
                "idTransfer": one.id_transfer,
                "transferAmount": one.amount_cents / 100,
                "fiscalCodePA": one.fiscal_code,
                "iban": one.iban,
                "mbdAttachment": "",
                "remittanceInformation": one.remittance,
                "transferCategory": one.category,
            }
            for one in receipt.transfers
        ],
        "idPSP": receipt.id_psp,
        "pspCompanyName": receipt.psp_company_name,
        "idChannel": receipt.id_channel,
        "channelDescription": receipt.channel_description,
        "paymentMethod": receipt.payment_method,
    }
    if receipt.paid_at:
        said["paymentDateTimeFormatted"] = receipt.paid_at.isoformat()
    if receipt.applied_on:
        said["applicationDate"] = receipt.applied_on.isoformat()
    return said


def _party(party: Party) -> dict[str, str]:
    return {
        "entityUniqueIdentifierType": party.kind,
        "entityUniqueIdentifierValue": party.code,
        "fullName": party.full_name,
    }


def _json(content: dict[str, Any], status: int, retry_after: str = "") -> Response:
    headers = {"Retry-After": retry_after} if retry_after else {}
    text = json.dumps(content)
    return Response(text, status=status, headers=headers, content_type="application/json")
