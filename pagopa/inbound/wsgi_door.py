"""The Node's door in front of Django: the same view, without the handler that serves pages.

Django's own handler costs more than the answer to a verify. What it does for a view here is done by
hand: read headers and body, give back old connections (once, before: nobody waits then), say the length. Everything else goes on.
"""

import logging
from collections.abc import Callable, Iterable
from typing import Any, cast

from django.db import close_old_connections
from django.db.backends.signals import connection_created
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError

from pagopa.inbound.pa_for_node import pa_for_node
from paybox.kernel.prepared import hear_what_was_sent, may_go_on
from paybox.tenancy import NODE_PATH

log = logging.getLogger(__name__)

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]


# Of a lock that no statement sets a time for: a table being migrated. The Node waits 15 s, nobody at a screen longer.
_LOCK_TIMEOUT = "SET lock_timeout = '5s'"


class _Headers:
    """HTTP headers by name, as a view asks for them."""

    def __init__(self, environ: Environ) -> None:
        self._environ = environ

    def get(self, name: str, default: str = "") -> str:
        return str(self._environ.get(f"HTTP_{name.upper().replace('-', '_')}", default))


class _NodeRequest:
    """As much of a request as ``pa_for_node`` asks for; the body is read once, when asked."""

    def __init__(self, environ: Environ) -> None:
        self.META = environ
        self.method = str(environ["REQUEST_METHOD"])
        self.headers = _Headers(environ)

    @property
    def body(self) -> bytes:
        try:
            length = max(0, int(self.META.get("CONTENT_LENGTH") or 0))
        except ValueError:
            length = 0
        try:
            return bytes(self.META["wsgi.input"].read(length))
        except OSError as error:
            raise UnreadablePostError(*error.args) from error


def with_node_door(django: Application) -> Application:
    """``django`` for every address but the Node's."""
    connection_created.connect(_wait_little)

    def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        hear_what_was_sent()  # by the answer before, of which nobody waited for this
        if environ.get("PATH_INFO") != NODE_PATH:
            return django(environ, start_response)
        close_old_connections()
        with may_go_on():
            response = _respond(environ)
        body = response.content
        headers = [*response.items(), ("Content-Length", str(len(body)))]
        start_response(f"{response.status_code} {response.reason_phrase}", headers)
        return [body]

    return application


def _respond(environ: Environ) -> HttpResponse:
    try:
        return pa_for_node(cast(HttpRequest, _NodeRequest(environ)))
    except Exception:  # as the view itself: no trace ever leaves, and the Node asks again
        log.exception("paForNode: richiesta non servita")
        return HttpResponse(status=503)


def _wait_little(connection: Any, **_: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_TIMEOUT)
