"""How the Twilio stand-in judges an order to send: refusals with Twilio's codes, or the life the
message will have.

Before: the posted form.  After: ``twilio_store``. Numbers ending in these digits behave badly on
purpose:

    0001 undelivered (30003)    0002 failed (30008)
    1610 opted out (21610)      0429 too many requests (20429)
    0408 stored, but the answer comes only after ``--slow-seconds``
"""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from dunning.channels.standins.twilio_store import StoredSms
from dunning.rules.sms_text import measure_sms

MAX_BODY = 1600
SLOW_ENDING = "0408"

_ENDINGS = {
    "0001": (("queued", ""), ("sent", ""), ("undelivered", "30003")),
    "0002": (("queued", ""), ("failed", "30008")),
}
_DELIVERED = (("queued", ""), ("sent", ""), ("delivered", ""))


@dataclass(frozen=True, slots=True)
class OrderRefused(Exception):
    """Twilio's answer to an order it does not take."""

    http_status: int
    code: int
    words: str


def judge(form: Mapping[str, str]) -> None:
    """Raise OrderRefused when Twilio would."""
    to, body = form.get("To", ""), form.get("Body", "")
    sender = form.get("From", "") or form.get("MessagingServiceSid", "")
    if not re.fullmatch(r"\+[1-9][0-9]{6,14}", to):
        raise OrderRefused(400, 21211, f"Invalid 'To' Phone Number: {to}")
    if not sender:
        raise OrderRefused(400, 21603, "A 'From' or 'MessagingServiceSid' is required")
    if not _is_sender(sender):
        raise OrderRefused(400, 21212, f"Invalid From Number (caller ID): {sender}")
    if not body:
        raise OrderRefused(400, 21602, "Message body is required")
    if len(body) > MAX_BODY:
        raise OrderRefused(
            400, 21617, "The concatenated message body exceeds the 1600 character limit"
        )
    if to.endswith("1610"):
        raise OrderRefused(400, 21610, "Attempt to send to unsubscribed recipient")
    if to.endswith("0429"):
        raise OrderRefused(429, 20429, "Too Many Requests")


def taken(form: Mapping[str, str], *, created_at: str) -> StoredSms:
    """The message as stored when the order is taken."""
    service = form.get("MessagingServiceSid", "")
    return StoredSms(
        sid=f"SM{uuid.uuid4().hex}",
        recipient=form["To"],
        sender=form.get("From", "") or service,
        body=form["Body"],
        parts=measure_sms(form["Body"]).parts,
        status="accepted" if service else "queued",
        error_code="",
        callback=form.get("StatusCallback", ""),
        created_at=created_at,
    )


def steps_for(recipient: str) -> tuple[tuple[str, str], ...]:
    """(status, error code) of each step in the life of a message to ``recipient``."""
    return _ENDINGS.get(recipient[-4:], _DELIVERED)


def _is_sender(sender: str) -> bool:
    number = re.fullmatch(r"\+[1-9][0-9]{6,14}|MG[0-9a-f]{32}", sender)
    alias = re.fullmatch(r"[A-Za-z0-9 ._+&-]{1,11}", sender) and re.search(r"[A-Za-z]", sender)
    return bool(number or alias)
