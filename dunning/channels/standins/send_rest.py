"""SEND's B2B API as the stand-in speaks it, and the page that shows what was notified.

Before: ``send`` serves it.  After: ``send_store``. The key is checked, and so is every document that is uploaded.
"""

import hmac
import time
from functools import partial
from typing import Any

from markupsafe import Markup
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from dunning.channels.standins.io_orders import NotTaken
from dunning.channels.standins.pages import page, table
from dunning.channels.standins.send_lives import refusal_of
from dunning.channels.standins.send_orders import judge_request
from dunning.channels.standins.send_side import SideDoors, as_json
from dunning.channels.standins.send_store import SendStore, names_of

RETRY_AFTER = 7
_OPEN = ("page", "kept", "push", "upload", "fact")
_ROUTES = Map([
    Rule("/", endpoint="page", methods=["GET"]),
    Rule("/notifications", endpoint="kept", methods=["GET"]),
    Rule("/avanti", endpoint="push", methods=["POST"]),
    Rule("/deposito/<key>", endpoint="upload", methods=["PUT"]),
    Rule("/fatti/<key>", endpoint="fact", methods=["GET"]),
    Rule("/delivery/attachments/preload", endpoint="preload", methods=["POST"]),
    Rule("/delivery/v2.6/requests", endpoint="submit", methods=["POST"]),
    Rule("/delivery/v2.6/requests", endpoint="request", methods=["GET"]),
    Rule("/delivery/v2.9/notifications/sent/<iun>", endpoint="sent", methods=["GET"]),
    Rule("/delivery/events/payment/pagopa", endpoint="paid", methods=["POST"]),
    Rule("/delivery/v2.3/price/<payee>/<notice>", endpoint="price", methods=["GET"]),
    Rule("/delivery-push/v2.0/notifications/cancel/<iun>", endpoint="cancel", methods=["PUT"]),
    Rule("/delivery-push/<iun>/download/legal-facts/<key>", endpoint="download", methods=["GET"]),
    Rule("/delivery-progresses/v2.9/streams", endpoint="streams", methods=["GET"]),
    Rule("/delivery-progresses/v2.9/streams", endpoint="stream", methods=["POST"]),
    Rule("/delivery-progresses/v2.9/streams/<name>/events", endpoint="lines", methods=["GET"]),
])  # fmt: skip


class SendStandIn(SideDoors):
    """Over one store."""

    routes = _ROUTES

    def __init__(self, store: SendStore, *, key: str, slow_seconds: float) -> None:
        super().__init__(store)
        self._key = key
        self._slow_seconds = slow_seconds

    def let_in(self, request: Request, endpoint: str) -> None:
        given = request.headers.get("x-api-key", "").encode()
        if endpoint not in _OPEN and not hmac.compare_digest(given, self._key.encode()):
            raise NotTaken(403, "Forbidden")
        self._store.pass_time()

    def _submit(self, request: Request) -> Response:
        said: dict[str, Any] = request.get_json(silent=True) or {}
        judge_request(said, partial(self._store.shelf.get, "upload"))
        who = said["recipients"][0]["taxId"][:6]
        if who == "TROPPE":
            raise NotTaken(429, "Too many requests", retry_after=RETRY_AFTER)
        if self._store.named(names_of(said["paProtocolNumber"], said.get("idempotenceToken", ""))):
            raise NotTaken(409, "Conflict", "PN_DELIVERY_DUPLICATED_REQUEST")
        kept = self._store.take(said)
        if who == "LENTOO":
            time.sleep(self._slow_seconds)
        if who == "ROTTOO":
            return Response("Bad Gateway", status=502, mimetype="text/html")
        names = {"paProtocolNumber": said["paProtocolNumber"]}
        return as_json({"notificationRequestId": kept["id"], **names}, 202)

    def _request(self, request: Request) -> Response:
        asked = request.args
        kept = self._store.request(asked.get("notificationRequestId", "")) or self._store.named(
            names_of(asked.get("paProtocolNumber", ""), asked.get("idempotenceToken", ""))
        )
        if kept is None:
            raise NotTaken(404, "PN_DELIVERY_NOTIFICATION_NOT_FOUND")
        status = self._store.status(kept)
        more: dict[str, Any] = {"WAITING": {"retryAfter": 10}, "ACCEPTED": {"iun": kept["iun"]}}.get(status, {})  # fmt: skip
        if status == "REFUSED":
            code, words = refusal_of(kept["said"]["recipients"][0]["taxId"]) or ("", "")
            more = {"errors": [{"code": code, "detail": words}]}
        said = {"notificationRequestId": kept["id"], "notificationRequestStatus": status}
        return as_json({**kept["said"], **said, **more}, 200)

    def _sent(self, request: Request, iun: str) -> Response:
        kept = self._store.of_iun(iun)
        if kept is None or self._store.status(kept) != "ACCEPTED":
            raise NotTaken(404, "PN_DELIVERY_NOTIFICATION_NOT_FOUND")
        timeline = self._store.timeline(kept)
        told = [
            {"category": "PAYMENT", **one}
            for one in self._store.shelf.all("paid")
            if one["iun"] == iun
        ]
        said = {"iun": iun, "sentAt": kept["created_at"], "notificationStatus": _standing(timeline), "notificationStatusHistory": []}  # fmt: skip
        return as_json({**kept["said"], **said, "timeline": timeline + told}, 200)

    def _paid(self, request: Request) -> Response:
        said = request.get_json(silent=True)
        for one in said.get("events", []) if isinstance(said, dict) else []:
            if set(one) != {"noticeCode", "creditorTaxId", "paymentDate", "amount"}:
                raise NotTaken(400, "PN_GENERIC_INVALIDPARAMETER", "events")
            self._note_paid(one)
        return Response(status=204)

    def _cancel(self, request: Request, iun: str) -> Response:
        kept = self._store.of_iun(iun)
        if kept is None or self._store.status(kept) != "ACCEPTED":
            raise NotTaken(404, "PN_DELIVERYPUSH_NOTIFICATION_NOT_FOUND", "Notifica inesistente")
        who = kept["said"]["recipients"][0]["taxId"][:6]
        if who == "NOANNU":
            raise NotTaken(400, "PN_DELIVERYPUSH_CANCELLATION", "La notifica non si può annullare")
        code = self._store.cancel(kept, lost=who == "ANNPER")
        if who == "ANNROT" or not code:
            return Response("Bad Gateway", status=502, mimetype="text/html")
        return as_json(
            {"status": "OK", "details": [{"code": code, "level": "INFO", "detail": ""}]}, 202
        )

    def _price(self, request: Request, payee: str, notice: str) -> Response:
        said = self._store.price(payee, notice)
        if said is None:
            raise NotTaken(404, "PN_DELIVERY_NOTIFICATION_NOT_FOUND")
        return as_json(said, 200)

    def _note_paid(self, one: dict[str, Any]) -> None:
        for kept in self._store.requests():
            notices = [
                p["pagoPa"]["noticeCode"] for p in kept["said"]["recipients"][0].get("payments", [])
            ]
            if one["noticeCode"] in notices:
                name = f"PAYMENT.IUN_{kept['iun']}.CODE_{one['noticeCode']}"
                element = {
                    "elementId": name,
                    "timestamp": one["paymentDate"],
                    "iun": kept["iun"],
                    "details": one,
                }
                self._store.shelf.put("paid", name, element)

    def _push(self, request: Request) -> Response:
        self._store.push()
        return Response(status=204)

    def _kept(self, request: Request) -> Response:
        asked = request.args.get("to", "")
        found = [
            one
            for one in self._store.requests()
            if asked in ("", one["said"]["recipients"][0]["taxId"])
        ]
        return as_json({"notifications": found}, 200)

    def _page(self, request: Request) -> Response:
        rows = [
            (one["created_at"], one["said"]["recipients"][0]["denomination"], one["said"]["subject"], one["iun"],
             _last(self._store.timeline(one)) or self._store.status(one))
            for one in reversed(self._store.requests()[-200:])
        ]  # fmt: skip
        heads = ("Ricevuta", "Destinatario", "Oggetto", "IUN", "Ultimo evento")
        return page("SEND di prova", Markup("{}").format(table(heads, rows, empty="Nessuna notifica.")))  # fmt: skip


def _standing(timeline: list[dict[str, Any]]) -> str:
    return "CANCELLED" if _last(timeline) == "NOTIFICATION_CANCELLED" else "DELIVERING"


def _last(timeline: list[dict[str, Any]]) -> str:
    return str(timeline[-1]["category"]) if timeline else ""
