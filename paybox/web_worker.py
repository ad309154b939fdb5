"""gunicorn's sync worker that does not stand still: while the database answers one request, it reads the next.

One thread and one connection, as the sync worker has. A response that says it is waiting (``paybox.kernel.waiting``)
is put aside, one at a time: it is finished as soon as the next request has been understood, or when nobody is at the
door. Every other response is written at once. TLS is the proxy's.
"""

import errno
import select
import socket
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from gunicorn import http, util
from gunicorn.http import wsgi
from gunicorn.workers.sync import SyncWorker

from paybox.kernel.waiting import FINISH

_GONE = (errno.EPIPE, errno.ECONNRESET, errno.ENOTCONN)


class OverlappingWorker(SyncWorker):
    """One answer at most waits; whoever is next finishes it before speaking to the database."""

    _waiting: Iterator[None] | None = None

    def run(self) -> None:
        try:
            super().run()
        finally:
            self.finish_what_waits()

    def wait(self, timeout: float) -> Any:
        """Nobody is at the door."""
        self.finish_what_waits()
        return super().wait(timeout)

    def handle(self, listener: socket.socket, client: socket.socket, addr: Any) -> None:
        if self._waiting and not _has_spoken(client):
            self.finish_what_waits()
        serving = self._serve(listener, client, addr)
        if next(serving, True) is None:
            self._waiting = serving

    def finish_what_waits(self) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            next(waiting, None)

    def _serve(self, listener: socket.socket, client: socket.socket, addr: Any) -> Iterator[None]:
        """One request from its first byte to the last of its answer; stops once, if that waits."""
        request = response = None
        try:
            request = next(http.get_parser(self.cfg, client, addr))
            begun = datetime.now()  # noqa: DTZ005 - gunicorn's access log takes the difference
            response, environ = wsgi.create(request, client, addr, listener.getsockname(), self.cfg)
            response.force_close()
            self._count()
            environ[FINISH] = self.finish_what_waits
            body = self.wsgi(environ, response.start_response)
            if getattr(body, "is_waiting", False):
                yield
            _write(response, body, environ)
            self.log.access(response, request, environ, datetime.now() - begun)  # noqa: DTZ005
        except (http.errors.NoMoreData, StopIteration):
            self.log.debug("Chi aveva bussato se n'è andato")
        except OSError as error:
            if error.errno not in _GONE:
                self.log.exception("Connessione interrotta")
        except Exception as error:
            if response is not None and response.headers_sent:
                self.log.exception("Risposta interrotta")
            else:
                self.handle_error(request, client, addr, error)
        finally:
            util.close_graceful(client)

    def _count(self) -> None:
        self.nr += 1
        if self.nr >= self.max_requests:
            self.log.info("Il processo si rinnova dopo questa richiesta")
            self.alive = False


def _write(response: Any, body: Any, environ: dict[str, Any]) -> None:
    try:
        if isinstance(body, environ["wsgi.file_wrapper"]):
            response.write_file(body)
        else:
            for piece in body:
                response.write(piece)
        response.close()
    finally:
        if hasattr(body, "close"):
            body.close()


def _has_spoken(client: socket.socket) -> bool:
    return bool(select.select([client], [], [], 0)[0])
