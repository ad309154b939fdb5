"""SEND: acts served by the State's platform, which finds the PEC or prints and posts the paper.

Before: an attempt with the act as PDF and the person it is served on.  After: ``send_news`` follows it. Documents are
uploaded first: until the request is made nothing has left, and may be repeated. The request bears the attempt's own id
twice, so that a lost answer is looked up: the platform knows it, or it never left.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from dunning.channels.platform_wire import (
    AS_JSON,
    PlatformAway,
    PlatformWire,
    body_of,
    detail_of,
    json_bytes,
)
from dunning.channels.protocol import (
    Accepted,
    Attachment,
    Message,
    Rejected,
    SendOutcome,
    Uncertain,
)
from dunning.channels.send_order import Uploaded, digest_of, request_body, trouble_of
from dunning.rules.send import UNFIT
from dunning.rules.send_settings import SendSettings

if TYPE_CHECKING:
    import httpx

KEY_HEADER = "x-api-key"
TIMEOUT_SECONDS = 30.0
PRELOAD = "/delivery/attachments/preload"
REQUESTS = "/delivery/v2.6/requests"
MOST_DOCUMENTS = 15


class SendChannel:
    """Serves one act at a time with the Ente's key. ``api_base`` without a path."""

    name = "SEND"

    def __init__(
        self, *, api_base: str, key: str, settings: SendSettings, timeout_seconds: float = TIMEOUT_SECONDS,
        keep: Callable[[Message, bytes], None] | None = None,
    ) -> None:  # fmt: skip
        self._settings = settings
        self._keep = keep
        self._wire = PlatformWire(
            name="SEND", base=api_base, header=KEY_HEADER, key=key, timeout_seconds=timeout_seconds,
        )  # fmt: skip

    def send(self, message: Message) -> SendOutcome:
        """Upload, then ask; ``keep`` gets the request before it leaves. *Accepted* is only that the request is well written: the platform still judges it."""
        if why := trouble_of(message):
            return Rejected(UNFIT, why, permanent=True)
        if len(message.attachments) > MOST_DOCUMENTS:
            return Rejected(UNFIT, "SEND prende al massimo 15 documenti.", permanent=True)
        uploaded = self._upload(message.attachments)
        if isinstance(uploaded, Rejected):
            return uploaded
        body = json_bytes(request_body(message, uploaded, self._settings))
        if self._keep is not None:
            self._keep(message, body)  # on disk, as the documents are, before anything is asked
        return self._request(message, body)

    def find_sent(self, message: Message, *, since: datetime) -> Accepted | Uncertain | None:
        """Look an uncertain request up by its own two names; None when the platform never had it."""
        return self._look_up(message)

    def _look_up(self, message: Message) -> Accepted | Uncertain | None:
        names = {"paProtocolNumber": str(message.attempt_id), "idempotenceToken": str(message.attempt_id)}  # fmt: skip
        try:
            answer = self._wire.look(REQUESTS, params=names)
        except PlatformAway as away:
            return Uncertain(f"{away}: non si sa se l'atto è partito.")
        if answer.status_code == 404:
            return None
        found = body_of(answer).get("notificationRequestId")
        return Accepted(str(found)) if found else Uncertain("SEND non sa dire se l'atto è partito.")

    def _upload(self, files: Sequence[Attachment]) -> list[Uploaded] | Rejected:
        import httpx

        wanted = [
            {"preloadIdx": str(place), "contentType": "application/pdf", "sha256": digest_of(one.content)}
            for place, one in enumerate(files)
        ]  # fmt: skip
        try:
            answer = self._wire.ask("POST", PRELOAD, json=wanted)
            if refusal := self._wire.refused(answer):
                return refusal
            places = {one["preloadIdx"]: one for one in answer.raise_for_status().json()}
            return [self._put(places[str(n)], one) for n, one in enumerate(files)]
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            return self._wire.nothing_left("SEND non ha preso i documenti.")

    def _put(self, place: dict[str, Any], file: Attachment) -> Uploaded:
        """To the presigned address, without our key. Raises what httpx raises, KeyError without a version."""
        sha256 = digest_of(file.content)
        headers = {
            "content-type": "application/pdf",
            "x-amz-meta-secret": place["secret"],
            "x-amz-checksum-sha256": sha256,
        }
        answer = self._store.request(
            place["httpMethod"], place["url"], content=file.content, headers=headers
        )
        answer.raise_for_status()
        return Uploaded(place["key"], answer.headers["x-amz-version-id"], sha256)

    @cached_property
    def _store(self) -> "httpx.Client":
        """Where the documents go: it never hears our key."""
        import httpx

        return httpx.Client(timeout=TIMEOUT_SECONDS, trust_env=False)

    def _request(self, message: Message, body: bytes) -> SendOutcome:
        import httpx

        try:
            answer = self._wire.ask("POST", REQUESTS, content=body, headers=AS_JSON)
        except httpx.HTTPError as error:
            return self._wire.unanswered(error)
        if answer.status_code == 409:  # it has this attempt already
            known = self._look_up(message)
            return known or Uncertain("SEND dice di avere già la richiesta, ma non la trova.")
        return self._wire.refused(answer) or _read(answer)


def _read(answer: "httpx.Response") -> SendOutcome:
    taken = body_of(answer).get("notificationRequestId")
    if answer.status_code == 202 and taken:
        return Accepted(str(taken))
    if 400 <= answer.status_code < 500:
        words = f"SEND rifiuta la richiesta: {detail_of(answer)}"
        return Rejected(f"SEND_{answer.status_code}", words, permanent=True)
    return Uncertain("SEND non ha confermato di avere preso la richiesta.")
