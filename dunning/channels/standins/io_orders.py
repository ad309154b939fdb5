"""How the App IO stand-in judges a message, as strictly as the API says, and the life it will have.

Before: the posted JSON.  After: ``io_rest``. Codici fiscali that begin with these letters behave badly on purpose:

    NONCEA no profile            BLOCCO the sender is not allowed       TROPPE 429 with Retry-After
    LENTOO kept, answered late   GUASTO 500 with its problem            ROTTOO kept, answered 502
    RESPIN then REJECTED         FALLIT then FAILED                     STROZZ THROTTLED for a while
    LETTOO read and paid         VIETAT 403                           POIPOI read and paid only later
"""

import re
from dataclasses import dataclass
from typing import Any

MISBEHAVIOURS = {
    "NONCEA", "BLOCCO", "TROPPE", "LENTOO", "GUASTO", "ROTTOO", "RESPIN", "FALLIT", "STROZZ", "LETTOO", "VIETAT",
    "POIPOI",
}  # fmt: skip
_PERSON = re.compile(
    r"[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]"
)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z")
_LIVES = {
    "RESPIN": ("ACCEPTED", "REJECTED"),
    "FALLIT": ("ACCEPTED", "FAILED"),
    "STROZZ": ("ACCEPTED", "THROTTLED", "THROTTLED", "PROCESSED"),
}


@dataclass(frozen=True, slots=True)
class NotTaken(Exception):
    """The API's answer to what it does not take."""

    status: int
    title: str
    detail: str = ""
    retry_after: int = 0


def person(said: Any) -> str:
    """The codice fiscale of a payload. Raises NotTaken."""
    code = said.get("fiscal_code") if isinstance(said, dict) else None
    if not isinstance(code, str) or not _PERSON.fullmatch(code):
        raise NotTaken(400, "Invalid fiscal_code", "value is not a FiscalCode")
    return code


def judge(said: dict[str, Any]) -> None:
    """Raises NotTaken with the first thing that does not follow the definitions."""
    content = said.get("content")
    if not isinstance(content, dict):
        raise NotTaken(400, "Invalid NewMessage", "content is required")
    _known(said, {"fiscal_code", "time_to_live", "content", "feature_level_type"})
    _known(content, {"subject", "markdown", "due_date", "payment_data", "require_secure_channels"})
    _within(said.get("time_to_live", 3_600), 3_600, 604_800, "time_to_live")
    _long(content.get("subject"), 10, 120, "subject")
    _long(content.get("markdown"), 80, 10_000, "markdown")
    if "due_date" in content and not _INSTANT.fullmatch(str(content["due_date"])):
        raise NotTaken(400, "Invalid due_date", "not a UTC instant")
    if "payment_data" in content:
        _payment(content["payment_data"])


def life_of(codice_fiscale: str, asked: int) -> str:
    """The status that the message has the ``asked``-th time somebody looks, from 1 on."""
    steps = _LIVES.get(codice_fiscale[:6], ("ACCEPTED", "PROCESSED"))
    return steps[min(asked, len(steps)) - 1]


def seen_of(codice_fiscale: str, asked: int) -> dict[str, str]:
    """What the platform adds for messages with the payment at hand, the ``asked``-th time."""
    code = codice_fiscale[:6]
    if code == "LETTOO" or (code == "POIPOI" and asked > len(_LIVES["STROZZ"])):
        return {"read_status": "READ", "payment_status": "PAID"}
    return {"read_status": "UNREAD", "payment_status": "NOT_PAID"} if code == "POIPOI" else {}


def _payment(said: Any) -> None:
    if not isinstance(said, dict):
        raise NotTaken(400, "Invalid payment_data")
    _known(said, {"amount", "notice_number", "invalid_after_due_date", "payee"})
    _within(said.get("amount"), 1, 9_999_999_999, "amount")
    if not re.fullmatch(r"[0123][0-9]{17}", str(said.get("notice_number"))):
        raise NotTaken(400, "Invalid notice_number")
    if not isinstance(said.get("invalid_after_due_date", False), bool):
        raise NotTaken(400, "Invalid invalid_after_due_date")
    payee = said.get("payee")
    if not isinstance(payee, dict) or not re.fullmatch(r"\d{11}", str(payee.get("fiscal_code"))):
        raise NotTaken(400, "Invalid payee")


def _known(said: dict[str, Any], names: set[str]) -> None:
    if extra := set(said) - names:
        raise NotTaken(400, "Unexpected properties", ", ".join(sorted(extra)))


def _within(value: Any, least: int, most: int, name: str) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise NotTaken(400, f"Invalid {name}", f"{least} to {most}")


def _long(value: Any, least: int, most: int, name: str) -> None:
    if not isinstance(value, str) or not least <= len(value) <= most:
        raise NotTaken(400, f"Invalid {name}", f"{least} to {most} characters")
