"""App IO's API as the stand-in speaks it, and the page that shows what was sent.

Before: ``app_io`` serves it.  After: ``shelf``. The key is checked; a message lives its life one look at a time.
"""

import hmac
import json
import time
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from markupsafe import Markup
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from dunning.channels.standins.io_orders import NotTaken, judge, life_of, person, seen_of
from dunning.channels.standins.pages import page, table
from dunning.channels.standins.serving import Doors
from dunning.channels.standins.shelf import Shelf

API = "/api/v1"
SHOWN = 200
RETRY_AFTER = 7
_ROUTES = Map([
    Rule("/", endpoint="page", methods=["GET"]),
    Rule("/messages", endpoint="kept", methods=["GET"]),
    Rule(f"{API}/profiles", endpoint="profile", methods=["POST"]),
    Rule(f"{API}/messages", endpoint="submit", methods=["POST"]),
    Rule(f"{API}/messages/<code>/<name>", endpoint="message", methods=["GET"]),
])  # fmt: skip


class IoStandIn(Doors):
    """Over one shelf."""

    routes, refusals = _ROUTES, (NotTaken,)

    def __init__(self, shelf: Shelf, *, keys: tuple[str, ...], slow_seconds: float) -> None:
        self._shelf = shelf
        self._keys = keys
        self._slow_seconds = slow_seconds

    def let_in(self, request: Request, endpoint: str) -> None:
        if not request.path.startswith(API):
            return
        given = request.headers.get("Ocp-Apim-Subscription-Key", "").encode()
        if not any(hmac.compare_digest(given, key.encode()) for key in self._keys):
            raise NotTaken(401, "Unauthorized")

    def refused(self, refusal: NotTaken) -> Response:
        said = {"status": refusal.status, "title": refusal.title, "detail": refusal.detail}
        answer = _json(said, refusal.status)
        if refusal.retry_after:
            answer.headers["Retry-After"] = str(refusal.retry_after)
        return answer

    def _profile(self, request: Request) -> Response:
        code = person(request.get_json(silent=True))
        match code[:6]:
            case "NONCEA":
                raise NotTaken(404, "Profile not found")
            case "VIETAT":
                raise NotTaken(403, "Forbidden")
        allowed = code[:6] != "BLOCCO"
        return _json({"sender_allowed": allowed, "preferred_languages": ["it_IT"]}, 200)

    def _submit(self, request: Request) -> Response:
        said: dict[str, Any] = request.get_json(silent=True) or {}
        code = person(said)
        judge(said)
        match code[:6]:
            case "NONCEA" | "BLOCCO":
                raise NotTaken(403, "You are not allowed to issue this message")
            case "TROPPE":
                raise NotTaken(429, "Too many requests", retry_after=RETRY_AFTER)
            case "GUASTO":
                raise NotTaken(500, "The message cannot be delivered")
        name = uuid4().hex.upper()[:26]
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        self._shelf.put("message", name, {"id": name, "created_at": at, "asked": 0, **said})
        if code.startswith("LENTOO"):
            time.sleep(self._slow_seconds)
        if code.startswith("ROTTOO"):
            return Response("Bad Gateway", status=502, mimetype="text/html")
        return _json({"id": name}, 201)

    def _message(self, request: Request, code: str, name: str) -> Response:
        kept = self._shelf.get("message", name)
        if kept is None or kept["fiscal_code"] != code:
            raise NotTaken(404, "Message not found")
        kept["asked"] += 1
        self._shelf.put("message", name, kept)
        shown = {key: kept[key] for key in ("id", "fiscal_code", "created_at", "content")}
        said: dict[str, Any] = {
            "message": {**shown, "sender_service_id": "servizio-di-prova"},
            "status": life_of(code, kept["asked"]),
            "notification": {"email": "SENT", "webhook": "SENT"},
        }
        return _json(said | seen_of(code, kept["asked"]), 200)

    def _kept(self, request: Request) -> Response:
        asked = request.args.get("to", "")
        found = [one for one in self._shelf.all("message") if asked in ("", one["fiscal_code"])]
        return _json({"messages": found}, 200)

    def _page(self, request: Request) -> Response:
        rows = [
            (one["created_at"], one["fiscal_code"], one["content"]["subject"], one["content"]["markdown"], _asks(one))
            for one in reversed(self._shelf.all("message")[-SHOWN:])
        ]  # fmt: skip
        listing = table(
            ("Ricevuto", "A", "Oggetto", "Testo", "Pagamento"), rows, empty="Nessun messaggio."
        )
        note = Markup('<p class="nota">Ultimi {} messaggi.</p>{}').format(len(rows), listing)
        return page("App IO di prova", note)


def _asks(one: dict[str, Any]) -> str:
    asked = one["content"].get("payment_data")
    return f"{asked['notice_number']}, {asked['amount']} centesimi" if asked else "–"


def _json(content: Any, status: int) -> Response:
    return Response(json.dumps(content), status=status, mimetype="application/json")
