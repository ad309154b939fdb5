"""What other people's servers would write back: delivery status notifications (RFC 3464) and complaints (RFC 5965).

Before: ``smtp_sink`` took a message.  After: the mailbox of its return path, read over IMAP. What happens depends on
the recipient: ``torna@`` does not exist, ``colma@`` is full, ``ritarda@`` is late, ``reclama@`` says it is spam; anybody
else has the message delivered.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.utils import formatdate
from uuid import uuid4

from dunning.channels.standins.smtp_dsn import Asked

SERVER = "posta-di-prova.example"
_SAY = {
    "torna": ("failed", "5.1.1", "550 5.1.1 Casella inesistente"),
    "colma": ("failed", "5.2.2", "552 5.2.2 Casella piena"),
    "ritarda": ("delayed", "4.4.1", "451 4.4.1 Il server non risponde"),
}
_DELIVERED = ("delivered", "2.0.0", "250 2.0.0 Consegnato")
_WANTED = {"failed": "FAILURE", "delayed": "DELAY", "delivered": "SUCCESS"}


@dataclass(frozen=True, slots=True)
class Taken:
    """A message as the server took it."""

    raw: bytes
    return_path: str
    recipients: tuple[str, ...]
    asked: Asked


def reports_of(taken: Taken) -> Iterator[bytes]:
    """Everything that comes back, ready for the mailbox of the return path."""
    for recipient in taken.recipients:
        local = recipient.partition("@")[0].lower()
        action, status, words = _SAY.get(local, _DELIVERED)
        wanted = taken.asked.notify.get(recipient) or ("FAILURE",)
        if _WANTED[action] in wanted:
            yield _notification(taken, recipient, action, status, words)
        if local == "reclama":
            yield _complaint(taken, recipient)


def _notification(taken: Taken, recipient: str, action: str, status: str, words: str) -> bytes:
    about = [f"Original-Envelope-Id: {taken.asked.envelope_id}"] if taken.asked.envelope_id else []
    original = taken.asked.original.get(recipient)
    fields = [
        *about,
        f"Reporting-MTA: dns; {SERVER}",
        "",
        *([f"Original-Recipient: {original}"] if original else []),
        f"Final-Recipient: rfc822; {recipient}",
        f"Action: {action}",
        f"Status: {status}",
        f"Diagnostic-Code: smtp; {words}",
    ]
    return _report(taken, "delivery-status", "message/delivery-status", fields, words)


def _complaint(taken: Taken, recipient: str) -> bytes:
    fields = [
        "Feedback-Type: abuse",
        "User-Agent: posta-di-prova/1",
        "Version: 1",
        f"Original-Rcpt-To: <{recipient}>",
    ]
    words = "Il destinatario ha segnalato il messaggio come indesiderato."
    return _report(taken, "feedback-report", "message/feedback-report", fields, words)


def _report(taken: Taken, kind: str, part: str, fields: list[str], words: str) -> bytes:
    """multipart/report: words for people, fields for machines, the headers of the message."""
    seam = f"confine-{uuid4().hex}"
    head = message_from_bytes(taken.raw.partition(b"\r\n\r\n")[0], policy=policy.compat32)
    headers = [f"{name}: {' '.join(str(value).split())}" for name, value in head.items()]
    lines = [
        f"From: Posta di prova <mailer-daemon@{SERVER}>",
        f"To: {taken.return_path}",
        "Subject: Esito della consegna",
        f"Date: {formatdate()}",
        f"Message-ID: <{uuid4()}@{SERVER}>",
        "Auto-Submitted: auto-replied",
        "MIME-Version: 1.0",
        f'Content-Type: multipart/report; report-type={kind}; boundary="{seam}"',
        "", f"--{seam}", "Content-Type: text/plain; charset=utf-8", "", words,
        "", f"--{seam}", f"Content-Type: {part}", "", *fields,
        "", f"--{seam}", "Content-Type: text/rfc822-headers", "", *headers,
        "", f"--{seam}--", "",
    ]  # fmt: skip
    return "\r\n".join(lines).encode()
