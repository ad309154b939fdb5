"""The side doors of the SEND stand-in: documents that come and go, and the stream of what moved.

Before: ``send_rest``.  After: ``send_store``.
"""

import base64
import hashlib
import json
from typing import Any
from uuid import uuid4

from werkzeug.wrappers import Request, Response

from dunning.channels.standins.io_orders import NotTaken
from dunning.channels.standins.send_orders import judge_preload
from dunning.channels.standins.send_store import SendStore
from dunning.channels.standins.serving import Doors

MOST_LINES = 50


class SideDoors(Doors):
    """Over one store."""

    refusals = (NotTaken,)

    def __init__(self, store: SendStore) -> None:
        self._store = store

    def refused(self, refusal: NotTaken) -> Response:
        errors = [{"code": refusal.title, "detail": refusal.detail}]
        said = {
            "status": refusal.status,
            "title": refusal.title,
            "detail": refusal.detail,
            "errors": errors,
        }
        answer = as_json(said, refusal.status)
        if refusal.retry_after:
            answer.headers["Retry-After"] = str(refusal.retry_after)
        return answer

    def _preload(self, request: Request) -> Response:
        places = []
        for one in judge_preload(request.get_json(silent=True)):
            key = f"PN_NOTIFICATION_ATTACHMENTS-{uuid4().hex}.pdf"
            place = {"secret": uuid4().hex, "sha256": one["sha256"], "type": one["contentType"]}
            self._store.shelf.put("place", key, place)
            places.append({
                "preloadIdx": one["preloadIdx"], "secret": place["secret"], "httpMethod": "PUT", "key": key,
                "url": f"{request.host_url}deposito/{key}",
            })  # fmt: skip
        return as_json(places, 200)

    def _upload(self, request: Request, key: str) -> Response:
        place = self._store.shelf.get("place", key)
        content = request.get_data()
        digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
        headers = request.headers
        right = place and (place["secret"], place["sha256"], place["type"], place["sha256"]) == (
            headers.get("x-amz-meta-secret"), headers.get("x-amz-checksum-sha256"), headers.get("content-type"), digest,
        )  # fmt: skip
        if not right:
            return Response("SignatureDoesNotMatch", status=403, mimetype="application/xml")
        version = uuid4().hex
        self._store.shelf.put("upload", key, {"key": key, "version": version, "sha256": digest})
        return Response(status=200, headers={"x-amz-version-id": version})

    def _download(self, request: Request, iun: str, key: str) -> Response:
        said = {"filename": key, "contentLength": len(fact_of(key))}
        return as_json({**said, "url": f"{request.host_url}fatti/{key}"}, 200)

    def _fact(self, request: Request, key: str) -> Response:
        return Response(fact_of(key), mimetype="application/pdf")

    def _streams(self, request: Request) -> Response:
        return as_json(self._store.shelf.all("stream"), 200)

    def _stream(self, request: Request) -> Response:
        said = request.get_json(silent=True)
        if not isinstance(said, dict) or {"title", "eventType", "groups"} - set(said):
            raise NotTaken(400, "PN_GENERIC_INVALIDPARAMETER_REQUIRED", "stream")
        made = {"streamId": str(uuid4()), "title": said["title"]}
        self._store.shelf.put("stream", made["streamId"], made)
        return as_json(made, 200)

    def _lines(self, request: Request, name: str) -> Response:
        if self._store.shelf.get("stream", name) is None:
            raise NotTaken(404, "Stream not found")
        found = self._store.lines(request.args.get("lastEventId", ""), most=MOST_LINES + 1)
        answer = as_json(found[:MOST_LINES], 200)
        answer.headers["retry-after"] = "0" if len(found) > MOST_LINES else "60000"
        return answer


def fact_of(key: str) -> bytes:
    return f"%PDF-1.7 attestazione di prova {key}\n".encode()


def as_json(content: Any, status: int) -> Response:
    return Response(json.dumps(content), status=status, mimetype="application/json")
