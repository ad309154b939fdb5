"""App IO: courtesy messages with their payment, to persons who have the app and want them from this service.

Before: an attempt with its words; ``to`` is a codice fiscale.  After: ``services/app_io_news`` asks what became of it. The
profile is asked before every message, as the API orders. Messages have no name of ours at the platform: when the answer
to a submission is lost nothing can be looked up, and it is never sent again by itself.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any

from dunning.channels.platform_wire import (
    AS_JSON,
    PlatformAway,
    PlatformWire,
    body_of,
    detail_of,
    json_bytes,
)
from dunning.channels.protocol import Accepted, Message, Rejected, SendOutcome, Uncertain
from dunning.rules.app_io import (
    ABSENT,
    BLOCKED,
    LIFE_SECONDS,
    UNFIT,
    can_be_paid,
    markdown_of,
    why_unfit,
)

if TYPE_CHECKING:
    import httpx

KEY_HEADER = "Ocp-Apim-Subscription-Key"
TIMEOUT_SECONDS = 15.0
_NO_APP = "La persona non ha App IO."
_NOT_ALLOWED = "La persona non accetta su App IO i messaggi di questo servizio."


@dataclass(frozen=True, slots=True)
class IoFate:
    """What the platform says of a message. ``read`` and ``paid`` are told to some senders only; ``raw`` as it came."""

    status: str
    read: bool
    paid: bool
    raw: bytes


class IoChannel:
    """Sends one message at a time with the key of one service of the Ente (``api_base`` with its version)."""

    name = "IO"

    def __init__(
        self, *, api_base: str, key: str, timeout_seconds: float = TIMEOUT_SECONDS
    ) -> None:
        self._wire = PlatformWire(
            name="App IO", base=api_base, header=KEY_HEADER, key=key, timeout_seconds=timeout_seconds,
        )  # fmt: skip

    def send(self, message: Message) -> SendOutcome:
        """Ask whether she can be written to, then write."""
        content = order_of(message)["content"]
        if why := why_unfit(content["subject"], content["markdown"]):
            return Rejected(UNFIT, why, permanent=True)
        return self._why_not(message.to) or self._submit(order_bytes(message))

    def fate(self, codice_fiscale: str, provider_ref: str) -> IoFate | None:
        """What became of a message; None when the platform does not know it. Raises PlatformAway."""
        answer = self._wire.look(f"/messages/{codice_fiscale}/{provider_ref}")
        if answer.status_code == 404:
            return None
        said = body_of(answer)
        if answer.status_code != 200 or "message" not in said:
            raise PlatformAway("App IO ha dato una risposta che non si capisce")
        return IoFate(
            status=str(said.get("status", "")),
            read=said.get("read_status") == "READ",
            paid=said.get("payment_status") == "PAID",
            raw=answer.content,
        )

    def _why_not(self, codice_fiscale: str) -> Rejected | None:
        """Nothing left yet: whatever goes wrong here may be tried again."""
        import httpx

        try:
            answer = self._wire.ask("POST", "/profiles", json={"fiscal_code": codice_fiscale})
        except httpx.HTTPError:
            return self._wire.nothing_left()
        if refusal := self._wire.refused(answer):
            return refusal
        if answer.status_code == 404:
            return Rejected(ABSENT, _NO_APP, permanent=True)
        allowed = body_of(answer).get("sender_allowed")
        if answer.status_code != 200 or not isinstance(allowed, bool):
            return self._wire.nothing_left("App IO non ha saputo dire se la persona è iscritta.")
        return None if allowed else Rejected(BLOCKED, _NOT_ALLOWED, permanent=True)

    def _submit(self, order: bytes) -> SendOutcome:
        import httpx

        try:
            answer = self._wire.ask("POST", "/messages", content=order, headers=AS_JSON)
        except httpx.HTTPError as error:
            return self._wire.unanswered(error)
        return self._wire.refused(answer) or _read(answer, self._wire)


def _read(answer: "httpx.Response", wire: PlatformWire) -> SendOutcome:
    said = body_of(answer)
    if answer.status_code == 201 and said.get("id"):
        return Accepted(str(said["id"]))
    if answer.status_code == 404:
        return Rejected(ABSENT, _NO_APP, permanent=True)
    if 400 <= answer.status_code < 500:
        words = f"App IO rifiuta il messaggio: {detail_of(answer)}"
        return Rejected(f"IO_{answer.status_code}", words, permanent=True)
    if answer.status_code == 500 and said.get("status") == 500:
        # Its own answer, with its own problem: «the message cannot be delivered».
        return wire.nothing_left("App IO non è riuscita a prendere il messaggio.")
    return Uncertain("App IO non ha confermato di avere preso il messaggio.")


def order_bytes(message: Message) -> bytes:
    """The body as it travels: the same message, the same bytes."""
    return json_bytes(order_of(message))


def order_of(message: Message) -> dict[str, Any]:
    """The body of ``POST /messages``. A payment is offered when the message asks for exactly one notice."""
    content: dict[str, Any] = {"subject": message.subject, "markdown": markdown_of(message.text)}
    about = message.particulars
    if about.due_on is not None:
        noon = datetime.combine(about.due_on, time(12), UTC)  # the same day also in Rome
        content["due_date"] = noon.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if len(about.notices) == 1 and can_be_paid(about.notices[0].number, about.notices[0].cents):
        notice = about.notices[0]
        content["payment_data"] = {
            "amount": notice.cents,
            "notice_number": notice.number,
            "invalid_after_due_date": False,  # pagoPA takes it also later, until the Ente closes it
            "payee": {"fiscal_code": notice.payee},
        }
    return {"fiscal_code": message.to, "time_to_live": LIFE_SECONDS, "content": content}
