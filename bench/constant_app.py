"""The floor of ``verify_rps``: a WSGI application that reads the body and answers a constant."""

from collections.abc import Callable, Iterable
from typing import Any

# As long as the answer of a verify.
_ANSWER = b"<?xml version='1.0'?><answer>" + b"x" * 900 + b"</answer>"
_HEADERS = [("Content-Type", "text/xml; charset=utf-8"), ("Content-Length", str(len(_ANSWER)))]


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start_response("200 OK", _HEADERS)
    return [_ANSWER]
