"""The floors of ``verify_rps``, ``getpayment_rps`` and ``callbacks_rps``: the same server, the same body read and parsed, a constant answer.

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


def signed(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The floor of ``callbacks_rps``: the form read, its signature checked over the address as the product does."""
    from django.http import QueryDict

    from bench.far_ends import TOKEN
    from dunning.channels.sms_callbacks import verify_callback

    form, query = QueryDict(_body(environ)), environ.get("QUERY_STRING", "")
    url = f"http://localhost:8000{environ['PATH_INFO']}" + (f"?{query}" if query else "")
    good = verify_callback(url, form, environ.get("HTTP_X_TWILIO_SIGNATURE", ""), TOKEN)
    start_response("204 No Content" if good or not form else "403 Forbidden", [])
    return []


def bare(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    _body(environ)
    start_response("200 OK", _HEADERS)
    return [_ANSWER]


def _body(environ: dict[str, Any]) -> bytes:
    return bytes(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))
