"""Twilio's REST for messages as the stand-in speaks it, and the page that shows what was sent.

Before: ``twilio`` serves it.  After: ``twilio_store``. Basic authentication is checked.
"""

import hmac
import json
import time
from dataclasses import asdict
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from markupsafe import Markup
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from dunning.channels.standins.pages import page, table
from dunning.channels.standins.serving import Doors
from dunning.channels.standins.twilio_caller import API_VERSION
from dunning.channels.standins.twilio_orders import (
    SLOW_ENDING,
    OrderRefused,
    judge,
    steps_for,
    taken,
)
from dunning.channels.standins.twilio_store import SmsStore, StoredSms

SHOWN = 200
_OPEN = ("page", "json")

_ACCOUNT = f"/{API_VERSION}/Accounts/<account>/Messages"
_ROUTES = Map(
    [
        Rule("/", endpoint="page", methods=["GET"]),
        Rule("/messages", endpoint="json", methods=["GET"]),
        Rule(f"{_ACCOUNT}.json", endpoint="create", methods=["POST"]),
        Rule(f"{_ACCOUNT}.json", endpoint="index", methods=["GET"]),
        Rule(f"{_ACCOUNT}/<sid>.json", endpoint="one", methods=["GET"]),
    ]
)


class TwilioStandIn(Doors):
    """Over one store."""

    routes, refusals = _ROUTES, (OrderRefused,)

    def __init__(
        self, store: SmsStore, *, account_sid: str, auth_token: str, slow_seconds: float
    ) -> None:
        self._store = store
        self._account_sid = account_sid
        self._auth_token = auth_token
        self._slow_seconds = slow_seconds

    def let_in(self, request: Request, endpoint: str) -> None:
        if endpoint in _OPEN:
            return
        account = request.path.split("/")[3]
        known = request.authorization
        user, password = (known.username or "", known.password or "") if known else ("", "")
        right = hmac.compare_digest(password.encode(), self._auth_token.encode())
        if not (right and user == account == self._account_sid):
            raise OrderRefused(401, 20003, "Authenticate")

    def refused(self, refusal: OrderRefused) -> Response:
        said = {
            "code": refusal.code,
            "message": refusal.words,
            "more_info": f"https://www.twilio.com/docs/errors/{refusal.code}",
            "status": refusal.http_status,
        }
        return _json(said, refusal.http_status)

    def _create(self, request: Request, account: str) -> Response:
        judge(request.form)
        now = datetime.now(UTC)
        sms = taken(request.form, created_at=now.isoformat(timespec="seconds"))
        self._store.keep(sms, steps_for(sms.recipient), due=now.timestamp())
        if sms.recipient.endswith(SLOW_ENDING):
            time.sleep(self._slow_seconds)
        return _json(self._resource(sms), 201)

    def _one(self, request: Request, account: str, sid: str) -> Response:
        sms = self._store.find(sid)
        if sms is None:
            raise OrderRefused(404, 20404, "The requested resource was not found")
        return _json(self._resource(sms), 200)

    def _index(self, request: Request, account: str) -> Response:
        since = datetime.fromisoformat(request.args.get("DateSent>", "1970-01-01T00:00:00Z"))
        kept = self._store.messages(request.args.get("To", ""))
        found = [sms for sms in kept if datetime.fromisoformat(sms.created_at) >= since]
        whole = {"page": 0, "page_size": 1000, "uri": request.full_path, "next_page_uri": None}
        return _json({**whole, "messages": [self._resource(sms) for sms in found]}, 200)

    def _json(self, request: Request) -> Response:
        return _json(
            {"messages": [asdict(sms) for sms in self._store.messages(request.args.get("to", ""))]},
            200,
        )

    def _page(self, request: Request) -> Response:
        found = self._store.messages(limit=SHOWN)
        rows = [
            (sms.created_at, sms.sender, sms.recipient, sms.body, str(sms.parts), _outcome(sms))
            for sms in found
        ]
        listing = table(
            ("Ricevuto", "Da", "A", "Testo", "Parti", "Esito"), rows, empty="Nessun SMS."
        )
        return page(
            "SMS di prova",
            Markup('<p class="nota">Ultimi {} SMS.</p>{}').format(len(rows), listing),
        )

    def _resource(self, sms: StoredSms) -> dict[str, Any]:
        created = format_datetime(datetime.fromisoformat(sms.created_at))
        return {
            "sid": sms.sid,
            "account_sid": self._account_sid,
            "api_version": API_VERSION,
            "to": sms.recipient,
            "from": None if sms.sender.startswith("MG") else sms.sender,
            "messaging_service_sid": sms.sender if sms.sender.startswith("MG") else None,
            "body": sms.body,
            "status": sms.status,
            "num_segments": "0" if sms.status == "accepted" else str(sms.parts),
            "num_media": "0",
            "direction": "outbound-api",
            "date_created": created,
            "date_updated": created,
            "date_sent": created,
            "price": None,
            "price_unit": "EUR",
            "error_code": int(sms.error_code) if sms.error_code else None,
            "error_message": None,
            "uri": f"/{API_VERSION}/Accounts/{self._account_sid}/Messages/{sms.sid}.json",
            "subresource_uris": {},
        }


def _outcome(sms: StoredSms) -> str:
    return f"{sms.status} ({sms.error_code})" if sms.error_code else sms.status


def _json(content: Any, status: int) -> Response:
    return Response(json.dumps(content), status=status, mimetype="application/json")
