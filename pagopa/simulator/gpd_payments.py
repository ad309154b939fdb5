"""The simulated receipts of GPD: the message of a payment as the Node made it, asked for by IUV.

Source: gpd_payments 0.12.50. The last receipt counts: the service keeps one for each IUV.
"""

from collections.abc import Callable

from werkzeug.wrappers import Request, Response

from pagopa.simulator.replies import json_reply
from pagopa.simulator.store import Store

GPD_PAYMENTS_PATH = "/gpdpayments"
_ONE = f"{GPD_PAYMENTS_PATH}/payments/<organization>/receipts/<iuv>"
_FIND = """
SELECT r.envelope FROM receipts r JOIN shares s ON s.token = r.token
WHERE r.fiscal_code = ? AND s.iuv = ? ORDER BY r.id DESC LIMIT 1"""


class GpdPaymentsDesk:
    """``doors`` is what the application adds to its own."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def doors(self) -> list[tuple[str, str, Callable[..., Response]]]:
        return [("GET", _ONE, self._receipt)]

    def _receipt(self, request: Request, organization: str, iuv: str) -> Response:
        with self._store.transaction() as db:
            row = db.execute(_FIND, (organization, iuv)).fetchone()
        if row is None:
            words = {"title": "Not Found", "status": 404, "detail": "nessuna ricevuta"}
            return json_reply(words, 404)
        return Response(row["envelope"], content_type="application/xml")
