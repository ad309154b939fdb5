"""The floor of ``verify_rps`` and ``getpayment_rps``: the same server, the same body read and parsed, a constant answer.

``bare`` reads the body and no more: shown beside, to tell what the server itself costs.
"""

from collections.abc import Callable, Iterable
from typing import Any

from pagopa.wire.reading import read_request

# As long as the answer of a verify.
_ANSWER = b"<?xml version='1.0'?><answer>" + b"x" * 900 + b"</answer>"
_HEADERS = [("Content-Type", "text/xml; charset=utf-8"), ("Content-Length", str(len(_ANSWER)))]


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    body = _body(environ)
    if body:  # the first question is only whether it answers
        read_request(body)
    start_response("200 OK", _HEADERS)
    return [_ANSWER]


def bare(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    _body(environ)
    start_response("200 OK", _HEADERS)
    return [_ANSWER]


def _body(environ: dict[str, Any]) -> bytes:
    return bytes(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))
