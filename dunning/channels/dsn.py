"""Reads what comes back to the return path: delivery status notifications (RFC 3464) and complaints (RFC 5965).

Before: ``pec_mailbox`` over the mailbox of the returns.  After: ``inbound/email_returns``, in the Ente's own schema.
The message is recognised by the envelope id that we gave when sending (RFC 3461), else by the headers that come back.
"""

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import EmailMessage, Message
from uuid import UUID

from dunning.channels.email_callbacks import EmailEvent

ENTE_HEADER = "X-PayBox-Ente"
MAX_BYTES = 5_000_000
_KINDS = {
    "failed": "bounced",
    "delayed": "deferred",
    "delivered": "delivered",
    "relayed": "sent",
    "expanded": "sent",
}
_LOCAL = re.compile(r"<?([0-9a-fA-F-]{36})@[^<>\s]+>?")


class NotAReport(Exception):
    """Ordinary mail, an automatic answer, or a report that is not about one of our messages."""


def xtext(text: str) -> str:
    """RFC 3461 §4: printable ASCII as it is, the rest as ``+`` and two hexadecimal digits."""
    return "".join(
        char if "!" <= char <= "~" and char not in "+=" else f"+{ord(char):02X}" for char in text
    )


def read_report(raw: bytes) -> EmailEvent:
    """The news of one message, in the words of the providers' webhooks. Raises NotAReport."""
    if len(raw) > MAX_BYTES:
        raise NotAReport("troppo grande per una ricevuta")
    try:
        mail = message_from_bytes(raw, _class=EmailMessage, policy=policy.default)
        return _read(mail)
    except (MessageError, LookupError, ValueError, AttributeError, TypeError) as error:
        raise NotAReport(f"illeggibile: {error}") from error


def _read(mail: EmailMessage) -> EmailEvent:
    if mail.get_content_type() != "multipart/report":
        raise NotAReport("non è una ricevuta")
    match mail.get_param("report-type"):
        case "delivery-status":
            return _delivery(mail)
        case "feedback-report":
            return _event(
                mail,
                "complained",
                _field(_part(mail, "message/feedback-report"), "Original-Rcpt-To"),
                "",
            )
    raise NotAReport("ricevuta di un altro tipo")  # fmt: skip


def _delivery(mail: EmailMessage) -> EmailEvent:
    """We write to one person at a time: the first recipient is the only one."""
    whole, *recipients = _blocks(_part(mail, "message/delivery-status"))
    told = next(iter(recipients), whole)
    action = str(told.get("Action", "")).strip().lower()
    if action not in _KINDS:
        raise NotAReport(f"azione sconosciuta: {action}")
    to = _address(told.get("Original-Recipient") or told.get("Final-Recipient"))
    diagnostic = str(told.get("Diagnostic-Code", "")).partition(";")[2].strip()
    status = str(told.get("Status", "")).strip()
    said = " ".join(part for part in (status, diagnostic) if part)
    return _event(mail, _KINDS[action], to, said, str(whole.get("Original-Envelope-Id", "")))


def _event(
    mail: EmailMessage, kind: str, recipient: str, said: str, envelope_id: str = ""
) -> EmailEvent:
    schema, _, given = envelope_id.strip().partition(".")
    if not given:
        schema, given = _from_headers(mail)
    try:
        attempt_id = UUID(given)
    except ValueError:
        raise NotAReport("non riguarda un nostro messaggio") from None
    return EmailEvent(
        kind=kind, schema=schema, attempt_id=attempt_id, provider_ref="", recipient=recipient.lower(), said=said
    )  # fmt: skip


def _from_headers(mail: EmailMessage) -> tuple[str, str]:
    """The Ente and the attempt, as the headers of the returned message say them."""
    returned = _returned(mail)
    local = _LOCAL.fullmatch(str(returned.get("Message-ID", "")).strip())
    return str(returned.get(ENTE_HEADER, "")).strip(), local[1] if local else ""


def _returned(mail: EmailMessage) -> "Message":
    for part in mail.walk():
        kind = part.get_content_type()
        if kind == "message/rfc822":
            inside = part.get_payload(0)
            if isinstance(inside, Message):
                return inside
        if kind in ("text/rfc822-headers", "message/rfc822-headers"):
            content = part.get_payload(decode=True)
            return message_from_bytes(
                content if isinstance(content, bytes) else b"", policy=policy.default
            )
    raise NotAReport("il messaggio di cui parla non è allegato")  # fmt: skip


def _part(mail: EmailMessage, kind: str) -> "Message":
    found = next((part for part in mail.walk() if part.get_content_type() == kind), None)
    if found is None:
        raise NotAReport(f"manca la parte {kind}")
    return found


def _blocks(part: "Message") -> Iterator["Message"]:
    payload = part.get_payload()
    if not isinstance(payload, list) or not payload:
        raise NotAReport("ricevuta vuota")
    yield from (block for block in payload if isinstance(block, Message))


def _field(part: "Message", name: str) -> str:
    """One field of a feedback report, whichever way the parser kept it."""
    payload = part.get_payload()
    if isinstance(payload, list):
        return _address(
            next((one[name] for one in payload if isinstance(one, Message) and one[name]), "")
        )
    content = part.get_payload(decode=True)
    text = content if isinstance(content, bytes) else str(payload).encode()
    return _address(message_from_bytes(text, policy=policy.default)[name])  # fmt: skip


def _address(field: object) -> str:
    """``rfc822;Ada@posta.example`` or ``<ada@posta.example>``; xtext undone."""
    text = str(field or "").strip()
    text = text.partition(";")[2] or text
    plain = re.sub(r"\+([0-9A-F]{2})", lambda found: chr(int(found[1], 16)), text.strip())
    return plain.strip("<> ")
