"""How the stand-ins that speak HTTP are served: on the loopback, quietly, until they are told to stop."""

import contextlib
import signal
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from dunning.channels.standins.pages import QuietHandler

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class Doors:
    """WSGI: the endpoint of a route names the method, after an underscore, that answers it."""

    routes: ClassVar[Map]
    refusals: ClassVar[tuple[type[Exception], ...]] = ()

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        request = Request(environ)
        try:
            endpoint, values = self.routes.bind_to_environ(environ).match()
            self.let_in(request, endpoint)
            answer: Any = getattr(self, f"_{endpoint}")(request, **values)
        except self.refusals as refusal:
            answer = self.refused(refusal)
        except HTTPException as error:
            answer = error
        response: Iterable[bytes] = answer(environ, start_response)
        return response

    def let_in(self, request: Request, endpoint: str) -> None:
        """Raise when who asks is not known. Without keys everybody may ask."""

    def refused(self, refusal: Any) -> Response:
        """One of ``refusals`` in the words of the protocol."""
        raise refusal


def serve(application: Any, port: int, name: str) -> None:
    """On the loopback until SIGTERM; the first line says where."""
    server = make_server(
        "127.0.0.1", port, application, threaded=True, request_handler=QuietHandler
    )
    server.daemon_threads = True  # type: ignore[attr-defined]  # the threaded server is a ThreadingMixIn
    signal.signal(signal.SIGTERM, _leave)
    sys.stdout.write(f"{name}: http://127.0.0.1:{server.server_port}/\n")
    sys.stdout.flush()
    with contextlib.suppress(KeyboardInterrupt):
        server.serve_forever()


def _leave(signum: int, frame: object) -> None:
    raise KeyboardInterrupt
