"""A local e-mail provider that speaks like Mailgun and delivers nothing. Refused in production.

Before: ``channels/mailgun`` with django-anymail's backend.  After: signed webhooks to our address. The part before the
``@`` tells the story: ``rifiuta@`` refused (400), ``inesistente@`` bounces, ``piena@`` is full, ``rimanda@`` is deferred
and then delivered, ``lamenta@`` is delivered and complained of, ``basta@`` unsubscribes, ``tace@`` no news, ``cade@``
taken without an answer; anything else is delivered.

    python -m dunning.channels.standins.mailgun --port 0 --api-key KEY --signing-key KEY --webhook URL
"""

import argparse
import contextlib
import hashlib
import hmac
import json
import threading
import time
from typing import Any
from uuid import uuid4

import httpx
from werkzeug.exceptions import BadRequest, HTTPException, Unauthorized
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from dunning.channels.standins.serving import Doors, serve

_ROUTES = Map(
    [
        Rule("/v3/<domain>/messages", endpoint="send", methods=["POST"]),
        Rule("/v3/<domain>/events", endpoint="log", methods=["GET"]),
        Rule("/messages", endpoint="kept", methods=["GET"]),
    ]
)
_BOUNCE = {"event": "failed", "severity": "permanent", "reason": "bounce"}
_STORIES: dict[str, list[dict[str, Any]]] = {
    "inesistente": [
        {**_BOUNCE, "delivery-status": {"code": 550, "message": "5.1.1 Utente inesistente"}}
    ],
    "piena": [{**_BOUNCE, "delivery-status": {"code": 552, "message": "5.2.2 Casella piena"}}],
    "rimanda": [
        {
            "event": "failed",
            "severity": "temporary",
            "reason": "generic",
            "delivery-status": {"message": "4.2.0"},
        },
        {"event": "delivered"},
    ],
    "lamenta": [{"event": "delivered"}, {"event": "complained"}],
    "basta": [{"event": "delivered"}, {"event": "unsubscribed"}],
    "tace": [],
}
_TELLS = 20


class MailgunStandIn(Doors):
    """Takes messages, remembers them, tells what became of them."""

    routes = _ROUTES

    def __init__(self, *, api_key: str, signing_key: str, webhook: str) -> None:
        self._api_key = api_key
        self._signing_key = signing_key.encode()
        self._webhook = webhook
        self.kept: list[dict[str, Any]] = []

    def let_in(self, request: Request, endpoint: str) -> None:
        given = request.authorization
        known = given is not None and hmac.compare_digest(given.password or "", self._api_key)
        if endpoint != "kept" and not known:
            raise Unauthorized

    def _send(self, request: Request, domain: str) -> Response:
        form = request.form.to_dict()
        to = form["to"]
        who = to.partition("@")[0].rpartition("<")[2].lower()
        if who == "rifiuta":
            raise BadRequest("to parameter is not a valid address")
        identifier = form.get("h:Message-ID") or form.get("h:Message-Id") or f"<{uuid4()}@{domain}>"
        files = [(one.filename or "", len(one.read())) for one in request.files.values()]
        self.kept.append({"id": identifier, "to": to, "form": form, "files": files})
        story = _STORIES.get(who, [{"event": "delivered"}])
        threading.Thread(target=self._tell, args=(identifier, to, form, story), daemon=True).start()
        if who == "cade":
            raise BadGateway()
        return _json({"id": identifier, "message": "Queued. Thank you."})

    def _log(self, request: Request, domain: str) -> Response:
        wanted = request.args.get("message-id", "")
        found = [one for one in self.kept if one["id"].strip("<>") == wanted]
        return _json({"items": [{"event": "accepted", "recipient": one["to"]} for one in found]})

    def _kept(self, request: Request) -> Response:
        wanted = request.args.get("to", "")
        return _json({"messages": [one for one in self.kept if wanted in one["to"]]})

    def _tell(
        self, identifier: str, to: str, form: dict[str, str], story: list[dict[str, Any]]
    ) -> None:
        variables = {name[2:]: value for name, value in form.items() if name.startswith("v:")}
        for event in story:
            about = {
                "recipient": to.rpartition("<")[2].rstrip(">"),
                "timestamp": time.time(),
                "message": {"headers": {"message-id": identifier.strip("<>")}},
                "user-variables": variables,
            }
            self._post({**about, **event})

    def _post(self, event: dict[str, Any]) -> None:
        for _ in range(_TELLS):
            body = {"signature": self._signature(), "event-data": event}
            with contextlib.suppress(httpx.HTTPError):
                answer = httpx.post(self._webhook, json=body, timeout=10, trust_env=False)
                if answer.status_code < 300 or answer.status_code == 406:
                    return
            time.sleep(0.2)

    def _signature(self) -> dict[str, str]:
        stamp, token = str(int(time.time())), uuid4().hex
        told = hmac.new(self._signing_key, f"{stamp}{token}".encode(), hashlib.sha256)
        return {"timestamp": stamp, "token": token, "signature": told.hexdigest()}


class BadGateway(HTTPException):
    """Taken, and the answer is lost."""

    code = 502


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Servizio di posta di prova: non consegna nulla.")
    parser.add_argument("--port", type=int, required=True)
    for name in ("--api-key", "--signing-key", "--webhook"):
        parser.add_argument(name, required=True)
    options = parser.parse_args(arguments)
    application = MailgunStandIn(
        api_key=options.api_key, signing_key=options.signing_key, webhook=options.webhook
    )
    serve(application, options.port, "servizio di posta di prova")


def _json(content: Any) -> Response:
    return Response(json.dumps(content), mimetype="application/json")


if __name__ == "__main__":
    main()
