"""A real HTTP relay between us and a far end: it keeps what passes, both ways."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

import httpx

_PASSED = ("host", "content-type", "soapaction", "ocp-apim-subscription-key")


class Passed(NamedTuple):
    """One question and its answer."""

    method: str
    target: str
    headers: dict[str, str]
    asked: bytes
    status: int
    kind: str
    told: bytes


@contextmanager
def relay(
    far_end: str, hold: Callable[[str, bytes], None] = lambda target, asked: None
) -> Iterator[tuple[str, list[Passed]]]:
    """The address to ask instead of ``far_end``, and what has passed; ``hold``, given what is asked and its body, may make it wait."""
    seen: list[Passed] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            headers = {k.lower(): v for k, v in self.headers.items()}
            asked = self.rfile.read(int(headers.get("content-length", "0")))
            hold(self.path, asked)
            onward = {name: value for name, value in headers.items() if name in _PASSED}
            got = httpx.request(
                self.command, far_end + self.path, content=asked, headers=onward, trust_env=False
            )
            kind = got.headers["content-type"]
            seen.append(
                Passed(self.command, self.path, headers, asked, got.status_code, kind, got.content)
            )
            with suppress(ConnectionError):  # who asked may be gone
                self._tell(got.status_code, kind, got.content)

        def _tell(self, status: int, kind: str, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_PUT = do_DELETE = do_GET

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
