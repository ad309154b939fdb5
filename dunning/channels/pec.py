"""PEC: certified mail by authenticated SMTP to the Ente's own provider.

Before: an attempt with its words.  After: ``pec_mailbox`` reads the receipts. The exact bytes are put in the register
before the first of them leaves: what is not in the register certainly did not leave, what is there and has no receipt
is uncertain and is never sent again by itself.
"""

import smtplib
from collections.abc import Callable
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime, formataddr, parseaddr
from types import SimpleNamespace
from typing import Protocol
from uuid import UUID

from dunning.channels.email_faults import outcome_of_failure, unreached
from dunning.channels.pec_account import PecAccount, tls_context
from dunning.channels.pec_mailbox import MailboxAway, find_about
from dunning.channels.protocol import Accepted, Message, Rejected, SendOutcome, Uncertain
from dunning.channels.smtp import AttentiveSMTP, AttentiveSMTPSSL

MAX_BYTES = 30_000_000  # size × recipients, the least every provider must take
TIMEOUT_SECONDS = 30.0
_WIRE = policy.SMTP.clone(
    max_line_length=998, cte_type="7bit"
)  # a folded Message-ID comes back in pieces


class Register(Protocol):
    """Where the bytes are kept before they leave."""

    def keep(self, message: Message, raw: bytes) -> None: ...

    def kept(self, attempt_id: UUID) -> bool: ...


class PecChannel:
    """Sends one PEC at a time, one recipient each, and asks for the complete delivery receipt."""

    name = "PEC"

    def __init__(
        self, *, account: PecAccount, register: Register, clock: Callable[[], datetime],
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:  # fmt: skip
        self._account = account
        self._register = register
        self._clock = clock
        self._timeout = timeout_seconds

    def send(self, message: Message) -> SendOutcome:
        """Hand one message over to the provider; *accettazione* and *consegna* come by the mailbox."""
        if refusal := _unfit(message):
            return refusal
        raw = write_pec(message, self._account, at=self._clock())
        if len(raw) > MAX_BYTES:
            return Rejected("TROPPO_GRANDE", "Il messaggio supera i 30 MB ammessi dalla PEC.", True)
        try:
            line = self._connected()
        except (OSError, smtplib.SMTPException) as error:
            return unreached(error)
        try:
            self._register.keep(message, raw)
            line.sendmail(self._account.address, [message.to], raw)
        except (OSError, smtplib.SMTPException) as error:
            return outcome_of_failure(error, SimpleNamespace(connection=line))
        finally:
            _leave(line)
        return Accepted(message_id(message.attempt_id, self._account.address))

    def find_sent(self, message: Message, *, since: datetime) -> Accepted | Uncertain | None:
        """None only when the message was never written down, that is never left.

        Raises MailboxAway when the mailbox cannot be asked.
        """
        if not self._register.kept(message.attempt_id):
            return None
        ours = message_id(message.attempt_id, self._account.address)
        found = find_about(self._account, ours, timeout_seconds=self._timeout)
        return Accepted(ours) if found else Uncertain(_WAITING)

    def _connected(self) -> AttentiveSMTP | AttentiveSMTPSSL:
        """Logged in. Raises what smtplib raises; nothing was said of the message yet."""
        door = self._account.smtp
        line: AttentiveSMTP | AttentiveSMTPSSL
        if door.tls_at_once:
            line = AttentiveSMTPSSL(
                door.host, door.port, timeout=self._timeout, context=tls_context()
            )
        else:
            line = AttentiveSMTP(door.host, door.port, timeout=self._timeout)
        try:
            if door.tls_then:
                line.starttls(context=tls_context())
            line.login(self._account.user, self._account.password)
        except BaseException:
            line.close()
            raise
        return line


_WAITING = (
    "Il messaggio potrebbe essere partito: si attende la ricevuta di accettazione del gestore."
)


def message_id(attempt_id: UUID, address: str) -> str:
    """``<attempt@domain of the mailbox>``: the same for the same attempt, always."""
    return f"<{attempt_id}@{address.rpartition('@')[2]}>"


def write_pec(message: Message, account: PecAccount, *, at: datetime) -> bytes:
    """The message as it goes on the wire, CRLF at every line."""
    mail = EmailMessage(policy=_WIRE)
    name = parseaddr(message.sender)[0]
    mail["From"] = formataddr((name, account.address))
    mail["To"] = message.to
    mail["Subject"] = message.subject
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = message_id(message.attempt_id, account.address)
    mail["X-TipoRicevuta"] = "completa"
    mail.set_content(message.text)
    for attachment in message.attachments:
        kind, _, sub = attachment.mime.partition("/")
        mail.add_attachment(
            attachment.content, maintype=kind, subtype=sub, filename=attachment.filename
        )
    return mail.as_bytes()


def _unfit(message: Message) -> Rejected | None:
    """Nothing that could add a header or a recipient gets as far as the wire."""
    from dunning.channels.email import unfit

    return unfit(message)


def _leave(line: smtplib.SMTP) -> None:
    try:
        line.quit()
    except (OSError, smtplib.SMTPException):
        line.close()


__all__ = ["MailboxAway", "PecChannel", "Register", "message_id", "write_pec"]
