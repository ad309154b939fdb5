"""The page of the certified-mail stand-in, and the orders it takes.

Before: ``pec_provider`` and ``pec_store``.  After: the browser, the demo, the tests (JSON).
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import BadRequest, HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from dunning.channels.standins.pages import page, table
from dunning.channels.standins.pec_provider import Provider
from dunning.channels.standins.pec_store import Letterboxes

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_ROUTES = Map(
    [
        Rule("/", endpoint="list"),
        Rule("/messages", endpoint="taken", methods=["GET"]),
        Rule("/mailbox", endpoint="mailbox", methods=["GET"]),
        Rule("/letter", endpoint="letter", methods=["POST"]),
        Rule("/receipt", endpoint="receipt", methods=["POST"]),
        Rule("/raw", endpoint="raw", methods=["POST"]),
        Rule("/renumber", endpoint="renumber", methods=["POST"]),
    ]
)


class PecDesk:
    """WSGI application over one provider."""

    def __init__(self, provider: Provider, boxes: Letterboxes) -> None:
        self._provider = provider
        self._boxes = boxes

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        request = Request(environ)
        try:
            endpoint, _ = _ROUTES.bind_to_environ(environ).match()
            answer: Any = getattr(self, f"_{endpoint}")(request)
        except (KeyError, TypeError, ValueError):
            answer = BadRequest()
        except HTTPException as error:
            answer = error
        response: Iterable[bytes] = answer(environ, start_response)
        return response

    def _list(self, request: Request) -> Response:
        rows = [
            (one["from"], one["to"], one["message_id"]) for one in reversed(self._provider.taken)
        ]
        return page(
            "PEC di prova", table(("Da", "A", "Message-ID"), rows[:200], empty="Nessuna PEC.")
        )

    def _taken(self, request: Request) -> Response:
        wanted = request.args.get("to", "").lower()
        found = [one for one in self._provider.taken if not wanted or one["to"].lower() == wanted]
        return _json({"messages": found})

    def _mailbox(self, request: Request) -> Response:
        box = self._boxes.of(request.args["account"])
        told = [{"uid": one.uid, "flags": sorted(one.flags)} for one in box.messages()]
        return _json({"uidvalidity": box.uidvalidity, "messages": told})

    def _letter(self, request: Request) -> Response:
        """Somebody writes to ``account``: ``sender``, ``text``, and optionally ``about``, ``automatic``, ``ordinary``."""
        order = dict(request.get_json())
        return self._added(order["account"], self._provider.letter(**order))

    def _receipt(self, request: Request) -> Response:
        """A receipt of ``kind`` about ``message_id``, in the mailbox of ``sender``."""
        order = dict(request.get_json())
        return self._added(order["sender"], self._provider.receipt(order.pop("kind"), **order))

    def _raw(self, request: Request) -> Response:
        """Any bytes, as they are, in the mailbox ``account``."""
        return self._added(request.args["account"], request.get_data())

    def _renumber(self, request: Request) -> Response:
        self._boxes.of(request.args["account"]).renumber()
        return _json({})

    def _added(self, account: str, raw: bytes) -> Response:
        return _json({"uid": self._boxes.of(account).add(raw)})


def _json(content: Any) -> Response:
    from json import dumps

    return Response(dumps(content), mimetype="application/json")
