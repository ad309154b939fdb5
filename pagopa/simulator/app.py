"""The simulator's doors: PSP driver, Node, intermediary and checkout on one port.

``docs/howto/node-simulator.md`` describes every one of them.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from pagopa.simulator import pages
from pagopa.simulator.archive_trouble import Reply
from pagopa.simulator.biz_events import BizEventsDesk
from pagopa.simulator.carts import OPEN, PAYING, Checkout
from pagopa.simulator.census import declare_ibans
from pagopa.simulator.clock import Calendar
from pagopa.simulator.dovuti import DovutoRefused
from pagopa.simulator.ec import EnteClient
from pagopa.simulator.faults import NodeFault, OrderRefused
from pagopa.simulator.fdr_doors import FdrDoors
from pagopa.simulator.gpd_payments import GpdPaymentsDesk
from pagopa.simulator.injections import Injections
from pagopa.simulator.intermediary import REJECTS_PATH, UPLOAD_PATH, Intermediary
from pagopa.simulator.orders import day, read_notice_order, read_outcome_order
from pagopa.simulator.outages import Outages
from pagopa.simulator.position_archives import INTERMEDIARY, PositionArchives
from pagopa.simulator.psp import PspTill
from pagopa.simulator.receipts import ReceiptOffice
from pagopa.simulator.replies import html_reply as _html
from pagopa.simulator.replies import json_body as _body
from pagopa.simulator.replies import json_reply as _json
from pagopa.simulator.replies import redirect_reply as _redirect
from pagopa.simulator.settlement import Settlement
from pagopa.simulator.stations import declare_station
from pagopa.simulator.store import Store
from pagopa.simulator.training import Training
from pagopa.simulator.world import World
from pagopa.wire.soap import CONTENT_TYPE

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

INTERMEDIARY_PATH = "/intermediary/ws/pa"
ARCHIVE_PATH = "/<any(aca, gpd):archive>/debt-positions-service/<version>/<path:rest>"
_MAX_BODY = 2_000_000
_SAFE = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}


class Simulator:
    """A WSGI application; safe in threads."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.store = Store(world.state_dir)
        self._calendar = Calendar(world.state_dir)
        self.ente = EnteClient()
        self.receipts = ReceiptOffice(world, self.store, self.ente)
        self.till = PspTill(world, self.store, self.ente, self.receipts)
        self.checkout = Checkout(self.store, self.till)
        self._intermediary = Intermediary(self.store)
        self._fdr = FdrDoors(self.store, self._calendar)
        self._archives = PositionArchives(self.store)
        self._settlement = Settlement(world, self.store, self._calendar)
        self._outages = Outages()
        injections = Injections(
            world, self.store, self.till, self.receipts, self._settlement, self._outages
        )
        self._training = Training(injections, self.store)
        self._map = Map(
            [
                Rule(path, endpoint=endpoint, methods=[method])
                for method, path, endpoint in self._doors()
            ]
        )

    def _doors(self) -> list[tuple[str, str, Callable[..., Response]]]:
        return [
            ("GET", "/", self._index),
            ("GET", "/health", self._health),
            ("GET", "/state", self._state),
            ("POST", INTERMEDIARY_PATH, self._import_dovuto),
            ("POST", UPLOAD_PATH, self._take_import),
            ("GET", f"{REJECTS_PATH}/<token>", self._import_rejects),
            ("POST", "/psp/verify", self._verify),
            ("POST", "/psp/activate", self._activate),
            ("POST", "/psp/outcome", self._outcome),
            ("POST", "/psp/pay", self._pay),
            ("POST", "/psp/expire", self._expire),
            ("POST", "/node/stations", self._stations),
            ("POST", "/node/retry-receipts", self._retry),
            ("POST", "/node/replay-receipt", self._replay),
            ("POST", "/node/flows", self._node_flows),
            ("POST", "/node/flows/revise", self._revise_flow),
            ("POST", "/node/treasury", self._treasury),
            ("POST", "/node/ibans", self._ibans),
            ("POST", "/node/clock", self._clock),
            *self._fdr.doors(),
            *BizEventsDesk(self.store).doors(),
            *GpdPaymentsDesk(self.store).doors(),
            *((method, ARCHIVE_PATH, self._archive) for method in ("GET", "POST", "PUT", "DELETE")),
            ("GET", "/rest/state", self._archives_state),
            ("POST", "/rest/trouble", self._archives_trouble),
            ("POST", "/checkout/ec/v<any('1','2'):version>/carts", self._open_cart),
            ("GET", "/checkout/<cart_id>", self._show_cart),
            ("POST", "/checkout/<cart_id>", self._close_cart),
            *self._training.doors(),
        ]

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Any:
        request = Request(environ)
        request.max_content_length = _MAX_BODY
        return self._answer(request)(environ, start_response)

    def _answer(self, request: Request) -> Response:
        outage = self._outages.of(request.path)
        if outage is not None:
            failed = _json({"error": "disservizio simulato"}, outage.status)
            failed.headers["Retry-After"] = str(outage.retry_after)
            return failed
        try:
            endpoint, arguments = self._map.bind_to_environ(request.environ).match()
            response: Response = endpoint(request, **arguments)
        except NodeFault as fault:
            response = _json(fault.as_json())
        except OrderRefused as refusal:
            response = _json({"error": str(refusal)}, 400)
        except HTTPException as error:
            response = _json({"error": error.description}, error.code or 500)
        response.headers.update(_SAFE)
        return response

    # --- PSP

    def _verify(self, request: Request) -> Response:
        return _json(self.till.verify(read_notice_order(_body(request))))

    def _activate(self, request: Request) -> Response:
        return _json(self.till.activate(read_notice_order(_body(request))))

    def _outcome(self, request: Request) -> Response:
        return _json(self.till.outcome(read_outcome_order(_body(request))))

    def _pay(self, request: Request) -> Response:
        body = _body(request)
        return _json(self.till.pay(read_notice_order(body), body))

    def _expire(self, request: Request) -> Response:
        return _json(self.till.expire(str(_body(request).get("token", ""))))

    # --- Node

    def _stations(self, request: Request) -> Response:
        station = declare_station(self.store, self.world, _body(request))
        return _json(
            {
                "fiscal_code": station.fiscal_code,
                "broker": station.broker,
                "station": station.station,
                "ec_url": station.ec_url,
                "version": station.version,
                "broadcast": station.broadcast,
            }
        )

    def _retry(self, request: Request) -> Response:
        force = _body(request).get("force") is True
        sent = self.receipts.retry(force=force)
        return _json({"receipts": [delivery.as_json() for delivery in sent]})

    def _replay(self, request: Request) -> Response:
        body = _body(request)
        sent = self.receipts.replay(
            str(body.get("token", "")),
            str(body.get("fiscal_code", "")),
            hang_up=body.get("hang_up") is True,
        )
        return _json({"receipts": [delivery.as_json() for delivery in sent]})

    def _node_flows(self, request: Request) -> Response:
        return _json(self._settlement.all_flows(_body(request)))

    def _revise_flow(self, request: Request) -> Response:
        return _json(self._settlement.revise(str(_body(request).get("iuf", ""))))

    def _treasury(self, request: Request) -> Response:
        return _json(self._settlement.treasury(_body(request)))

    def _ibans(self, request: Request) -> Response:
        return _json({"ibans": declare_ibans(self.store, _body(request))})

    def _clock(self, request: Request) -> Response:
        today = self._calendar.now().date()
        self._calendar.move_to(day(_body(request), "date", today))
        return _json({"now": self._calendar.now().isoformat()})

    # --- intermediary

    def _import_dovuto(self, request: Request) -> Response:
        if (met := self._archives.met_at(INTERMEDIARY)) is not None:
            return _replied(met)
        status, body = self._intermediary.answer(request.get_data(), request.host_url.rstrip("/"))
        return Response(body, status=status, content_type=CONTENT_TYPE)

    def _take_import(self, request: Request) -> Response:
        uploaded = request.files.get("file")
        token = request.form.get("authorizationToken", "")
        if uploaded is None or not self._intermediary.imports.take(token, uploaded.read()):
            return _json({"error": "upload non autorizzato"}, 403)
        return _json({"status": "ok"})

    def _import_rejects(self, request: Request, token: str) -> Response:
        try:
            packed = self._intermediary.imports.rejects(token)
        except DovutoRefused as refusal:
            return _json({"error": str(refusal)}, 404)
        return Response(packed, content_type="application/zip")

    # --- ACA and GPD

    def _archive(self, request: Request, archive: str, version: str, rest: str) -> Response:
        raw = request.get_data()
        return _replied(self._archives.answer(archive, request.method, rest, request.headers, raw))

    def _archives_state(self, request: Request) -> Response:
        files = {INTERMEDIARY: {"files": self._intermediary.imports.files}}
        return _json(self._archives.state() | files)

    def _archives_trouble(self, request: Request) -> Response:
        return _json(self._archives.arm(_body(request)))

    # --- checkout

    def _open_cart(self, request: Request, version: str) -> Response:
        try:
            cart = self.checkout.open(_body(request), version=int(version))
        except OrderRefused as refusal:
            problem = {"title": "Bad Request", "status": 400, "detail": str(refusal)}
            return _json(problem, 400)
        base = (self.world.public_url or request.host_url).rstrip("/")
        return _redirect(f"{base}/checkout/{cart.id}", 302)

    def _show_cart(self, request: Request, cart_id: str) -> Response:
        cart = self.checkout.find(cart_id)
        if cart is None:
            return _html(pages.lost_page(), 404)
        if cart.state in {OPEN, PAYING}:
            return _html(pages.cart_page(cart))
        return _redirect(cart.return_url, 303)

    def _close_cart(self, request: Request, cart_id: str) -> Response:
        cart = self.checkout.find(cart_id)
        if cart is None:
            return _html(pages.lost_page(), 404)
        paying = request.form.get("choice") == "pay"
        closed = self.checkout.pay(cart) if paying else self.checkout.leave(cart)
        return _redirect(closed.return_url, 303)

    # --- watching

    def _index(self, request: Request) -> Response:
        return _html(pages.index_page(self.store.counts()))

    def _health(self, request: Request) -> Response:
        return _json({"status": "ok"})

    def _state(self, request: Request) -> Response:
        return _json(self.store.counts())


def _replied(reply: Reply) -> Response:
    response = _json(reply.content, reply.status)
    if reply.retry_after:
        response.headers["Retry-After"] = str(reply.retry_after)
    return response
