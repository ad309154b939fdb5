"""How the stand-ins of the platforms are served: on the loopback, quietly, until they are told to stop."""

import contextlib
import signal
import sys
from typing import Any

from werkzeug.serving import make_server

from dunning.channels.standins.pages import QuietHandler


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
