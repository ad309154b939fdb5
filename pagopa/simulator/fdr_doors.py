"""The doors of the simulated services of flows, and those by which they are told what to publish and when to fail."""

import json
from collections.abc import Callable

from werkzeug.wrappers import Request, Response

from pagopa.simulator.clock import Calendar
from pagopa.simulator.faults import OrderRefused
from pagopa.simulator.fdr import FdrDesk
from pagopa.simulator.fdr_answers import FdrAnswer
from pagopa.simulator.node_for_pa import NodeForPaDesk
from pagopa.simulator.orders import Json
from pagopa.simulator.store import Store

_LONGEST = 60_000_000  # a flow in base64
FDR_PATH = "/fdr"
NODE_FOR_PA_PATH = "/node-for-pa/v1"
_LIST = f"{FDR_PATH}/organizations/<organization>/fdrs"
_ONE = f"{_LIST}/<fdr>/revisions/<int:revision>/psps/<psp>"


class FdrDoors:
    """``doors`` is what the application adds to its own."""

    def __init__(self, store: Store, calendar: Calendar) -> None:
        self._desk = FdrDesk(store, calendar)
        self._node_for_pa = NodeForPaDesk(store, self._desk)

    def doors(self) -> list[tuple[str, str, Callable[..., Response]]]:
        return [
            ("GET", _LIST, self._list),
            ("GET", _ONE, self._head),
            ("GET", f"{_ONE}/payments", self._payments),
            ("POST", NODE_FOR_PA_PATH, self._soap),
            (
                "POST",
                "/node/node-for-pa/fault",
                lambda request: _json(self._node_for_pa.fault(_order(request))),
            ),
            ("POST", "/node/fdr", lambda request: _json(self._desk.publish(_order(request)))),
            (
                "POST",
                "/node/fdr/trouble",
                lambda request: _json(self._desk.trouble(_order(request))),
            ),
        ]

    def _list(self, request: Request, organization: str) -> Response:
        return self._said(request, lambda: self._desk.listed(organization, dict(request.args)))

    def _head(
        self, request: Request, organization: str, fdr: str, revision: int, psp: str
    ) -> Response:
        return self._said(request, lambda: self._desk.head(organization, fdr, revision, psp))

    def _payments(
        self, request: Request, organization: str, fdr: str, revision: int, psp: str
    ) -> Response:
        return self._said(
            request,
            lambda: self._desk.payments(organization, fdr, revision, psp, dict(request.args)),
        )

    def _soap(self, request: Request) -> Response:
        """``?mtom=1`` in the address: the flow comes as an attachment."""
        asked = request.get_data()
        status, kind, body = self._node_for_pa.answer(asked, mtom="mtom" in request.args)
        return Response(body, status=status, content_type=kind)

    def _said(self, request: Request, ask: Callable[[], FdrAnswer]) -> Response:
        """Unless this question is to fail."""
        asked = f"{request.path}?{request.query_string.decode()}"
        answer = self._desk.refusal(asked) or ask()
        return Response(answer.body, status=answer.status, content_type="application/json")


def _order(request: Request) -> Json:
    """Raises OrderRefused."""
    request.max_content_length = _LONGEST
    try:
        body = json.loads(request.get_data() or b"{}")
    except ValueError as error:
        raise OrderRefused("il corpo non è JSON") from error
    if not isinstance(body, dict):
        raise OrderRefused("il corpo deve essere un oggetto JSON")
    return body


def _json(content: Json) -> Response:
    return Response(json.dumps(content), content_type="application/json; charset=utf-8")
