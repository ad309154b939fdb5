"""The Node's door in front of Django: the same answers, without the handler that serves pages.

Django's own handler costs more than the answer to a verify. What it does for a view here is done by hand: read the
body, give back old connections, say the length. The answer is left ``Waiting`` for the database: a worker that knows
of such answers (``paybox.web_worker``) reads the next request meanwhile.
"""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from time import monotonic
from typing import Any

from django.db import close_old_connections
from django.db.backends.signals import connection_created

from pagopa.inbound.pa_for_node import Later, Reply, begin_reply, headers_of
from paybox.kernel.waiting import Waiting, turn_to_database
from paybox.tenancy import NODE_PATH

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]


# Of a lock that no statement sets a time for: a table being migrated. The Node waits 15 s, nobody at a screen longer.
_LOCK_TIMEOUT = "SET lock_timeout = '5s'"
_SECONDS_BETWEEN_LOOKS = 1
_STATUS = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


def with_node_door(django: Application) -> Application:
    """``django`` for every address but the Node's."""
    connection_created.connect(_wait_little)
    looked_at = 0.0

    def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        nonlocal looked_at
        if environ.get("PATH_INFO") != NODE_PATH:
            turn_to_database(environ)
            return django(environ, start_response)
        if monotonic() - looked_at > _SECONDS_BETWEEN_LOOKS:
            turn_to_database(environ)
            close_old_connections()
            looked_at = monotonic()
        later = _begin(environ)
        return Waiting(lambda: _say(later(), start_response))

    return application


def _say(reply: Reply, start_response: StartResponse) -> bytes:
    headers = [*headers_of(reply).items(), ("Content-Length", str(len(reply.body)))]
    start_response(_STATUS[reply.status], headers)
    return reply.body


def _begin(environ: Environ) -> Later:
    try:
        return begin_reply(environ, lambda: _read(environ))
    except OSError:  # who spoke has gone away
        return lambda: Reply(HTTPStatus.BAD_REQUEST)


def _read(environ: Environ) -> bytes:
    try:
        length = max(0, int(environ.get("CONTENT_LENGTH") or 0))
    except ValueError:
        length = 0
    return bytes(environ["wsgi.input"].read(length))


def _wait_little(connection: Any, **_: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_TIMEOUT)
