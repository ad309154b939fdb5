"""Ordinary e-mail, through django-anymail: the body's ESP in production, plain SMTP towards the
local sink.

Before: an attempt with its rendered text.  After: the recipient's server; the ESP's webhook brings
the rest.

Any Django backend will do. With an ESP (``anymail.backends.<esp>.EmailBackend``) the options are
that ESP's own (token, ``api_url``, ``timeout``); the attempt travels as metadata ``attempt_id``,
which the ESP gives back in its tracking webhooks, and opens and clicks are not tracked. The ESP
must accept metadata and one tag; the sender's domain needs SPF, DKIM and DMARC in line. With SMTP
the Message-ID carries the attempt.
"""

import contextlib
from collections.abc import Iterator, Mapping
from email.utils import parseaddr
from typing import TYPE_CHECKING, Any
from unicodedata import category

from django.core.exceptions import ValidationError
from django.core.mail import get_connection
from django.core.validators import validate_email

from dunning.channels.dsn import ENTE_HEADER
from dunning.channels.email_faults import outcome_of_failure, unreached
from dunning.channels.email_lines import KeptLines, is_good_after, is_worn_out, leave
from dunning.channels.protocol import Accepted, Message, Rejected, SendOutcome, Uncertain

if TYPE_CHECKING:
    from anymail.message import AnymailMessage

SMTP_BACKEND = "dunning.channels.smtp.EmailBackend"


class EmailChannel:
    """Sends e-mail. ``options`` go to the backend as they are (``timeout`` in seconds
    belongs there); ``about`` is metadata that an ESP gives back with its news.
    ``return_path``, for SMTP only: the address that reports and refusals of other servers come back to.
    """

    name = "EMAIL"
    lines = 4  # at once

    def __init__(
        self,
        *,
        backend: str = SMTP_BACKEND,
        options: Mapping[str, Any] | None = None,
        tag: str = "avviso",
        about: Mapping[str, str] | None = None,
        return_path: str = "",
    ) -> None:
        self._backend = backend
        self._options = dict(options or {})
        self._tag = tag
        self._about = dict(about or {})
        self._return_path = return_path
        self._kept: KeptLines | None = None

    def send(self, message: Message) -> SendOutcome:
        """Hand one message over. Settings that cannot work (no such backend, no token) raise: they
        are not news.
        """
        if refusal := unfit(message):
            return refusal
        return self._over_kept(message) or self._over_new(message)

    @contextlib.contextmanager
    def kept_open(self) -> Iterator[None]:
        """Within it connections serve many messages."""
        kept = self._kept = KeptLines()
        try:
            yield
        finally:
            self._kept = None
            kept.close()

    def _over_kept(self, message: Message) -> SendOutcome | None:
        """None when there is no connection, or it had been closed meanwhile: nothing left by it."""
        connection = self._kept.take() if self._kept else None
        if connection is None or self._kept is None:
            return None
        outcome = self._over(connection, message)
        if not is_good_after(outcome):
            self._kept.drop()
        return None if is_worn_out(outcome) else outcome

    def _over_new(self, message: Message) -> SendOutcome:
        connection: Any = get_connection(self._backend, **self._options)
        try:
            connection.open()
        except OSError as error:  # smtplib's exceptions are OSErrors too
            return unreached(error)
        outcome: SendOutcome | None = None
        try:
            outcome = self._over(connection, message)
            return outcome
        finally:
            if self._kept and outcome is not None and is_good_after(outcome):
                self._kept.keep(connection)
            else:
                leave(connection)

    def _over(self, connection: Any, message: Message) -> SendOutcome:
        mail = build_mail(message, tag=self._tag, connection=connection)
        mail.metadata = {**self._about, **mail.metadata}
        self._ask_back(mail)
        return _deliver(mail, connection)

    def _ask_back(self, mail: "AnymailMessage") -> None:
        """Over plain SMTP nobody calls back: what becomes of the message returns as mail (``dsn``)."""
        if not self._return_path:
            return
        ente = self._about.get("ente", "")
        mail.extra_headers.update({"From": mail.from_email, ENTE_HEADER: ente})
        mail.from_email = self._return_path
        mail.envelope_id = f"{ente}.{mail.metadata['attempt_id']}"


def message_id(message: Message) -> str:
    """``<attempt@domain of the sender>``: the same for the same attempt, always."""
    domain = parseaddr(message.sender)[1].rpartition("@")[2]
    return f"<{message.attempt_id}@{domain}>"


def build_mail(message: Message, *, tag: str, connection: Any) -> "AnymailMessage":
    """The message as django-anymail wants it: text and HTML, attachments, metadata, no tracking."""
    from anymail.message import AnymailMessage

    headers = {"Message-ID": message_id(message), "Auto-Submitted": "auto-generated"}
    if message.unsubscribe_url:  # RFC 8058: one press, no page to read
        headers["List-Unsubscribe"] = f"<{message.unsubscribe_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail = AnymailMessage(
        message.subject,
        message.text,
        message.sender,
        [message.to],
        headers=headers,
        connection=connection,
    )
    mail.metadata = {"attempt_id": str(message.attempt_id)}
    mail.tags = [tag]
    if message.html:
        mail.attach_alternative(message.html, "text/html")
    for attachment in message.attachments:
        mail.attach(attachment.filename, attachment.content, attachment.mime)
    return mail


def _deliver(mail: "AnymailMessage", connection: Any) -> SendOutcome:
    from anymail.exceptions import AnymailAPIError, AnymailRecipientsRefused

    try:
        taken = connection.send_messages([mail])
    except (OSError, AnymailAPIError, AnymailRecipientsRefused) as error:
        return outcome_of_failure(error, connection)
    if not taken:
        return Uncertain("Il server di posta non ha confermato l'invio.")
    return Accepted(str(mail.anymail_status.message_id or mail.extra_headers["Message-ID"]))


def unfit(message: Message) -> Rejected | None:
    """Refuse what could smuggle a header or a second recipient, before anything is opened."""
    names = [
        item
        for attachment in message.attachments
        for item in (attachment.filename, attachment.mime)
    ]
    lines = [message.to, message.subject, message.sender, *names]
    if any(category(char) in ("Cc", "Cs", "Zl", "Zp") for line in lines for char in line):
        return Rejected(
            "INTESTAZIONE",
            "Oggetto, indirizzo o nome di un allegato contengono caratteri non ammessi.",
            True,
        )
    if not _is_address(message.to):
        return Rejected("INDIRIZZO", "L'indirizzo e-mail non è valido.", True, blames_contact=True)
    if not _is_address(parseaddr(message.sender)[1]):
        return Rejected("MITTENTE", "L'indirizzo del mittente non è valido.", False)
    return None


def _is_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True
