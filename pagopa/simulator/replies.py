"""Reading what the simulator's doors are asked, and saying what they answer."""

import json
from typing import Any

from werkzeug.wrappers import Request, Response

from pagopa.simulator.faults import OrderRefused
from pagopa.simulator.orders import Json

__all__ = ["html_reply", "json_body", "json_reply", "redirect_reply"]


def json_body(request: Request) -> Json:
    """The JSON object of the request; an empty body is an empty object. Raises OrderRefused."""
    raw = request.get_data()
    try:
        body = json.loads(raw) if raw else {}
    except ValueError as error:
        raise OrderRefused("il corpo non è JSON") from error
    if not isinstance(body, dict):
        raise OrderRefused("il corpo deve essere un oggetto JSON")
    return body


def json_reply(content: Any, status: int = 200) -> Response:
    text = json.dumps(content, ensure_ascii=False)
    return Response(text, status=status, content_type="application/json; charset=utf-8")


def html_reply(page: str, status: int = 200) -> Response:
    return Response(page, status=status, content_type="text/html; charset=utf-8")


def redirect_reply(location: str, status: int) -> Response:
    return Response("", status=status, headers={"Location": location})
