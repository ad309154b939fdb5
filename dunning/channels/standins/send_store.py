"""What the SEND stand-in remembers of a request and how far it has come: stages are reached by a push or by time.

Before: ``send_rest``.  After: ``shelf``; each element that appears is also a line of the stream.
"""

import base64
import heapq
import secrets
import string
import threading
import time
from datetime import UTC, datetime
from typing import Any

from dunning.channels.standins.send_lives import Stage, end_of, refusal_of, stages_of
from dunning.channels.standins.send_prices import price_of
from dunning.channels.standins.shelf import Shelf


class SendStore:
    """``pace_seconds`` 0: nothing moves unless it is pushed."""

    def __init__(self, shelf: Shelf, *, pace_seconds: float) -> None:
        self._shelf = shelf
        self._pace = pace_seconds
        self._lock = threading.RLock()
        self._next: list[
            tuple[float, str]
        ] = []  # a heap: when each one's next stage is due, and its id
        for request in self.requests():
            self._await(request)

    @property
    def shelf(self) -> Shelf:
        return self._shelf

    def take(self, said: dict[str, Any]) -> dict[str, Any]:
        """Keep a well written request; its id is the IUN it will have, in base 64."""
        iun = _iun()
        request: dict[str, Any] = {
            "id": base64.b64encode(iun.encode()).decode(), "iun": iun, "created_at": datetime.now(UTC).isoformat(),
            "stage": 0, "said": said, "names": names_of(said["paProtocolNumber"], said.get("idempotenceToken", "")),
        }  # fmt: skip
        self._shelf.put("request", request["id"], request)
        self._shelf.put("names", request["names"], {"id": request["id"]})
        with self._lock:
            self._await(request)
        return request

    def requests(self) -> list[dict[str, Any]]:
        return self._shelf.all("request")

    def request(self, request_id: str) -> dict[str, Any] | None:
        return self._shelf.get("request", request_id)

    def named(self, names: str) -> dict[str, Any] | None:
        known = self._shelf.get("names", names)
        return self.request(known["id"]) if known else None

    def of_iun(self, iun: str) -> dict[str, Any] | None:
        return self.request(base64.b64encode(iun.encode()).decode())

    def push(self) -> None:
        """Everything comes one stage further."""
        for request in self.requests():
            self._move(request, request["stage"] + 1)

    def pass_time(self) -> None:
        """As far as the pace says."""
        moment = time.time()
        with self._lock:
            while self._next and self._next[0][0] <= moment:
                request = self.request(heapq.heappop(self._next)[1])
                if request:
                    self._grow(request, moment)

    def _grow(self, request: dict[str, Any], moment: float) -> None:
        lived = moment - _since(request).timestamp()
        due = min(int(lived / self._pace), len(self._stages(request)))
        if due > request["stage"]:
            self._move(request, due)
        self._await(request)

    def timeline(self, request: dict[str, Any]) -> list[dict[str, Any]]:
        """What can be seen of it now."""
        reached = self._stages(request)[: request["stage"]]
        return [dict(one) for stage in reached for one in stage]

    def status(self, request: dict[str, Any]) -> str:
        if refusal_of(_tax_id(request)) and request["stage"]:
            return "REFUSED"
        return "ACCEPTED" if self.timeline(request) else "WAITING"

    def price(self, payee: str, notice: str) -> dict[str, Any] | None:
        """What the notification of that notice has cost so far, of the newest that was accepted."""
        for request in reversed(self.requests()):
            if self.status(request) == "ACCEPTED" and _asks(request, payee, notice):
                return price_of(request["said"], self.timeline(request), request["iun"])
        return None

    def cancel(self, request: dict[str, Any], *, lost: bool) -> str:
        """Its life ends here, at the next stage. ``lost``: the first time nobody hears it; then empty."""
        request["asked"] = request.get("asked", 0) + 1
        if "stopped" in request:
            return "NOTIFICATION_ALREADY_CANCELLED"
        if not lost or request["asked"] > 1:
            request["stopped"] = request["stage"]
            self._move(request, request["stage"] + 1)
            with self._lock:
                self._await(request)
            return "NOTIFICATION_CANCELLATION_ACCEPTED"
        self._shelf.put("request", request["id"], request)
        return ""

    def lines(self, after: str, *, most: int) -> list[dict[str, Any]]:
        return self._shelf.after("line", after, most=most)

    def _await(self, request: dict[str, Any]) -> None:
        """Its next stage, when it has one and stages come by themselves."""
        if self._pace and request["stage"] < len(self._stages(request)):
            due = _since(request).timestamp() + (request["stage"] + 1) * self._pace
            heapq.heappush(self._next, (due, request["id"]))

    def _move(self, request: dict[str, Any], stage: int) -> None:
        before = len(self.timeline(request))
        refused = self.status(request) == "REFUSED"
        request["stage"] = min(stage, len(self._stages(request)))
        self._shelf.put("request", request["id"], request)
        for element in self.timeline(request)[before:]:
            self._line(request, element)
        if self.status(request) == "REFUSED" and not refused:
            self._line(request, {"category": "REQUEST_REFUSED"})

    def _line(self, request: dict[str, Any], element: dict[str, Any]) -> None:
        number = f"{self._shelf.count('line') + 1:038d}"
        accepted = {"iun": request["iun"]} if element["category"] != "REQUEST_REFUSED" else {}
        line = {"eventId": number, "notificationRequestId": request["id"], "element": element}
        self._shelf.put("line", number, line | accepted)

    def _stages(self, request: dict[str, Any]) -> list[Stage]:
        if refusal_of(_tax_id(request)):
            return [[]]
        iun, since = request["iun"], _since(request)
        digital = "digitalDomicile" in request["said"]["recipients"][0]
        life = stages_of(_tax_id(request), digital=digital, iun=iun, since=since)
        if "stopped" not in request:
            return life
        return [*life[: request["stopped"]], *end_of(iun, since)]


def _asks(request: dict[str, Any], payee: str, notice: str) -> bool:
    forms = [one["pagoPa"] for one in request["said"]["recipients"][0].get("payments", [])]
    return any((form["creditorTaxId"], form["noticeCode"]) == (payee, notice) for form in forms)


def names_of(protocol: str, token: str) -> str:
    return f"{protocol}\x1f{token}"


def _tax_id(request: dict[str, Any]) -> str:
    return str(request["said"]["recipients"][0]["taxId"])


def _since(request: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(request["created_at"])


def _iun() -> str:
    letters = ["".join(secrets.choice(string.ascii_uppercase) for _ in range(4)) for _ in range(3)]
    return (
        f"{'-'.join(letters)}-{datetime.now(UTC):%Y%m}-{secrets.choice(string.ascii_uppercase)}-1"
    )
