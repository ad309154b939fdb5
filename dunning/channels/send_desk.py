"""What SEND is asked after a request: whether it was accepted, what happened since, the documents that prove it.

Before: ``send``.  After: ``services/send_news``. The stream only says which notifications moved; what is true of one is
read from the notification itself, whole.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from dunning.channels.platform_wire import PlatformAway, PlatformWire, body_of, detail_of
from dunning.channels.protocol import Accepted, Rejected, SendOutcome, Uncertain
from dunning.channels.send import KEY_HEADER, REQUESTS, TIMEOUT_SECONDS
from dunning.rules.send import TimelineEvent, instant, read_event
from dunning.rules.send_settings import BY_DELIVERY, BY_US

if TYPE_CHECKING:
    import httpx

SENT = "/delivery/v2.9/notifications/sent"
STREAMS = "/delivery-progresses/v2.9/streams"
PAID = "/delivery/events/payment/pagopa"
PRICE = "/delivery/v2.3/price"
CANCEL = "PUT /delivery-push/v2.0/notifications/cancel/{iun}"
LARGEST_FACT = 20_000_000


@dataclass(frozen=True, slots=True)
class RequestState:
    """``status``: WAITING, ACCEPTED (then ``iun``) or REFUSED (then ``errors``: code and words)."""

    status: str
    iun: str
    errors: tuple[tuple[str, str], ...]
    retry_seconds: int
    raw: bytes


@dataclass(frozen=True, slots=True)
class SentNotification:
    """``sent_at``: when it is perfected for the sender. ``costs_on``: the notice to which its costs are added, empty when
    they are in the act; ``asked_by_us``: the Ente, not pagoPA, tells the payer of them.
    """

    sent_at: datetime
    status: str
    events: tuple[TimelineEvent, ...]
    raw: bytes
    costs_on: str = ""
    asked_by_us: bool = False


@dataclass(frozen=True, slots=True)
class Moved:
    """One line of the stream: something happened to that request or notification."""

    event_id: str
    request_id: str
    iun: str


class SendDesk:
    """The Ente's view of its own notifications. Every question raises PlatformAway when it has no answer."""

    def __init__(
        self, *, api_base: str, key: str, timeout_seconds: float = TIMEOUT_SECONDS, cancel: str = CANCEL,
    ) -> None:  # fmt: skip
        """``cancel``: verb and path of a cancellation, with the name of the notification in it."""
        self._cancel = cancel
        self._wire = PlatformWire(
            name="SEND", base=api_base, header=KEY_HEADER, key=key, timeout_seconds=timeout_seconds,
        )  # fmt: skip

    def request_state(self, request_id: str) -> RequestState | None:
        """None when the platform does not know it."""
        answer = self._wire.look(REQUESTS, params={"notificationRequestId": request_id})
        if answer.status_code == 404:
            return None
        said = body_of(answer)
        if "notificationRequestStatus" not in said:
            raise PlatformAway("SEND ha dato una risposta che non si capisce")
        errors = tuple(
            (str(e.get("code", "")), str(e.get("detail", ""))) for e in said.get("errors") or ()
        )
        return RequestState(
            said["notificationRequestStatus"], said.get("iun") or "", errors, int(said.get("retryAfter") or 0),
            answer.content,
        )  # fmt: skip

    def notification(self, iun: str) -> SentNotification:
        """The whole of it, with its timeline."""
        answer = self._wire.look(f"{SENT}/{iun}")
        said = body_of(answer)
        try:
            events = tuple(read_event(one) for one in said["timeline"])
            return SentNotification(
                instant(said["sentAt"]), said["notificationStatus"], events, answer.content,
                costs_on=_costed_notice(said), asked_by_us=said.get("pagoPaIntMode") == BY_US,
            )  # fmt: skip
        except (KeyError, ValueError, TypeError) as error:
            raise PlatformAway("SEND ha dato una notifica che non si capisce") from error

    def price(self, *, payee: str, notice: str) -> bytes | None:
        """What serving the act of that notice has cost so far, as it came; None when the platform does not know it."""
        answer = self._wire.look(f"{PRICE}/{payee}/{notice}")
        return answer.content if answer.status_code == 200 else None

    def legal_fact(self, iun: str, key: str) -> tuple[str, bytes] | None:
        """Name and bytes of a document; None while the platform is still fetching it."""
        name = quote(key.removeprefix("safestorage://"), safe="")
        said = body_of(self._wire.look(f"/delivery-push/{iun}/download/legal-facts/{name}"))
        if not said.get("url"):
            return None
        content = _download(str(said["url"]))
        return str(said.get("filename") or name), content

    def open_stream(self, title: str, *, group: str) -> str:
        """The id of the stream of that title: found among those of the Ente, or made."""
        listed = self._wire.look(STREAMS)
        known = listed.json() if listed.status_code == 200 else []
        for one in known:
            if one.get("title") == title:
                return str(one["streamId"])
        made = self._ask("POST", STREAMS, json={
            "title": title, "eventType": "TIMELINE", "groups": [group] if group else [], "filterValues": ["DEFAULT"],
            "waitForAccepted": False,
        })  # fmt: skip
        if not made.is_success:
            raise PlatformAway(f"SEND risponde {made.status_code} alla richiesta dello stream")
        return str(body_of(made)["streamId"])

    def moved(self, stream_id: str, *, after: str) -> tuple[list[Moved], bool]:
        """At most 50 lines after that event, and whether there are more now."""
        answer = self._wire.look(
            f"{STREAMS}/{stream_id}/events", params={"lastEventId": after} if after else None
        )
        if answer.status_code != 200:
            raise PlatformAway(f"SEND risponde {answer.status_code} alla lettura dello stream")
        lines = [
            Moved(str(one["eventId"]), str(one.get("notificationRequestId") or ""), str(one.get("iun") or ""))
            for one in answer.json()
        ]  # fmt: skip
        return lines, bool(lines) and answer.headers.get("retry-after") == "0"

    def cancel(self, iun: str) -> SendOutcome:
        """Ask that a notification be cancelled. *Accepted* is only that the request is taken: its timeline tells the end."""
        import httpx

        verb, _, path = self._cancel.partition(" ")
        try:
            answer = self._wire.ask(verb, path.format(iun=iun))
        except httpx.HTTPError as error:
            return self._wire.unanswered(error)
        if answer.is_success:
            return Accepted(iun)
        if answer.status_code < 500:
            words = detail_of(answer) or f"SEND risponde {answer.status_code}"
            return self._wire.refused(answer) or Rejected(str(answer.status_code), words, True)
        return Uncertain("SEND non ha confermato di avere preso la richiesta.")

    def tell_paid(self, notices: Sequence[Mapping[str, Any]]) -> bool:
        """These were paid: no more paper is sent for them. False when the platform knows nothing of them."""
        return self._ask("POST", PAID, json={"events": list(notices)}).is_success

    def _ask(self, method: str, path: str, **given: Any) -> "httpx.Response":
        import httpx

        try:
            answer = self._wire.ask(method, path, **given)
        except httpx.HTTPError as error:
            raise PlatformAway("SEND non risponde") from error
        if answer.status_code in (401, 403, 429) or answer.status_code >= 500:
            raise PlatformAway(f"SEND risponde {answer.status_code}")
        return answer


def _costed_notice(said: Mapping[str, Any]) -> str:
    if said.get("notificationFeePolicy") != BY_DELIVERY:
        return ""
    forms = (
        one.get("pagoPa") or {} for whom in said["recipients"] for one in whom.get("payments") or ()
    )
    return next((str(form["noticeCode"]) for form in forms if form.get("applyCost")), "")


def _download(url: str) -> bytes:
    """From the presigned address, without our key."""
    import httpx

    try:
        answer = httpx.get(url, timeout=TIMEOUT_SECONDS, trust_env=False)
        content = answer.raise_for_status().content
    except httpx.HTTPError as error:
        raise PlatformAway("SEND non dà il documento") from error
    if len(content) > LARGEST_FACT:
        raise PlatformAway("SEND dà un documento troppo grande")
    return content
