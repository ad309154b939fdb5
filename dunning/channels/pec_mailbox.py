"""The certified mailbox as IMAP shows it: what is new, in order, without touching what a person has read or not.

Before: ``pec_account``.  After: ``services/pec_intake`` takes each message; only then is it marked for whoever opens
the mailbox with another program.
"""

import contextlib
import imaplib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from dunning.channels.pec_account import PecAccount, tls_context
from paybox.kernel.queue import RetryLater

INBOX = "INBOX"
SENT_FOLDERS = ("Sent", "INBOX.Sent", "INBOX/Sent")
TAKEN = "PayBoxAcquisito"
TIMEOUT_SECONDS = 15.0
MAX_BYTES = 60_000_000  # a complete receipt holds the message it is about

_TROUBLES = (OSError, imaplib.IMAP4.error)


class MailboxAway(RetryLater):
    """The mailbox cannot be read now; the words say why. Whatever work needed it waits."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """One message as it lies in the folder. ``uid`` counts only together with ``uidvalidity``."""

    uidvalidity: int
    uid: int
    raw: bytes


class Mailbox:
    """An open mailbox. ``uidvalidity`` changes when the provider has numbered everything anew."""

    def __init__(self, line: imaplib.IMAP4, uidvalidity: int) -> None:
        self._line = line
        self.uidvalidity = uidvalidity

    def newer_than(self, uid: int, *, limit: int) -> Iterator[Fetched]:
        """Up to ``limit`` messages with a greater UID, the oldest first. Raises MailboxAway."""
        with _as_away():
            found = _numbers(self._line.uid("SEARCH", f"UID {uid + 1}:*"))
        # «N:*» answers the last one even when it is older
        yield from self._fetch(sorted(n for n in found if n > uid)[:limit])

    def not_taken(self, *, limit: int) -> Iterator[Fetched]:
        """Up to ``limit`` messages that nobody has marked yet, the oldest first. Raises MailboxAway."""
        with _as_away():
            found = _numbers(self._line.uid("SEARCH", "UNKEYWORD", TAKEN))
        yield from self._fetch(sorted(found)[:limit])

    def _fetch(self, numbers: list[int]) -> Iterator[Fetched]:
        for number in numbers:
            with _as_away():
                raw = _body(self._line.uid("FETCH", str(number), "(BODY.PEEK[])"))
            if raw is not None:
                yield Fetched(self.uidvalidity, number, raw)

    def mark_taken(self, uid: int) -> None:
        """A courtesy to who opens the mailbox: what is marked is already in PayBox. Failing changes nothing."""
        with contextlib.suppress(*_TROUBLES):
            self._line.uid("STORE", str(uid), "+FLAGS.SILENT", f"({TAKEN})")

    def holds(self, header: str, value: str) -> bool:
        """Whether some message of the folder has that header. Raises MailboxAway."""
        with _as_away():
            return bool(_numbers(self._line.uid("SEARCH", "HEADER", header, f'"{value}"')))


@contextmanager
def open_mailbox(
    account: PecAccount, *, folder: str = INBOX, timeout_seconds: float = TIMEOUT_SECONDS
) -> Iterator[Mailbox]:
    """Logged in and in the folder. Raises MailboxAway."""
    with _as_away():
        line = _connected(account, timeout_seconds)
    try:
        with _as_away():
            yield _selected(line, folder)
    finally:
        with contextlib.suppress(*_TROUBLES):
            line.logout()


def find_about(
    account: PecAccount, message_id: str, *, timeout_seconds: float = TIMEOUT_SECONDS
) -> bool:
    """Whether the mailbox knows our message: a receipt about it, or the message itself in the sent folder.

    Raises MailboxAway.
    """
    with open_mailbox(account, timeout_seconds=timeout_seconds) as mailbox:
        if mailbox.holds("X-Riferimento-Message-ID", message_id):
            return True
    for folder in SENT_FOLDERS:
        with contextlib.suppress(_NoFolder), open_mailbox(account, folder=folder) as mailbox:
            return mailbox.holds("Message-ID", message_id)
    return False


class _NoFolder(MailboxAway):
    """The provider calls it otherwise, or does not keep one."""


def _connected(account: PecAccount, timeout: float) -> imaplib.IMAP4:
    door = account.imap
    line: imaplib.IMAP4
    if door.tls_at_once:
        line = imaplib.IMAP4_SSL(door.host, door.port, ssl_context=tls_context(), timeout=timeout)
    else:
        line = imaplib.IMAP4(door.host, door.port, timeout=timeout)
    try:
        if door.tls_then:
            line.starttls(ssl_context=tls_context())
        line.login(account.user, account.password)
    except BaseException:
        line.shutdown()
        raise
    return line


def _selected(line: imaplib.IMAP4, folder: str) -> Mailbox:
    answer, _ = line.select(folder)
    if answer != "OK":
        raise _NoFolder(f"La casella non ha la cartella «{folder}»")
    said = line.response("UIDVALIDITY")[1]
    if not said or said[0] is None:
        raise MailboxAway("Il gestore non numera i messaggi della casella")
    return Mailbox(line, int(said[0]))


def _numbers(answer: tuple[str, Any]) -> list[int]:
    status, lines = answer
    if status != "OK":
        raise MailboxAway("Il gestore non ha accettato la richiesta")
    return [int(one) for line in lines or [] if line for one in line.split()]


def _body(answer: tuple[str, Any]) -> bytes | None:
    """None when the message is gone meanwhile."""
    status, pieces = answer
    if status != "OK":
        raise MailboxAway("Il gestore non consegna il messaggio")
    for piece in pieces or []:
        if isinstance(piece, tuple) and re.search(rb"BODY\[\]", piece[0], re.IGNORECASE):
            return bytes(piece[1])
    return None


@contextmanager
def _as_away() -> Iterator[None]:
    try:
        yield
    except imaplib.IMAP4.abort as error:
        raise MailboxAway("Il gestore PEC ha chiuso il collegamento") from error
    except imaplib.IMAP4.error as error:
        raise MailboxAway("Il gestore PEC rifiuta l'accesso alla casella") from error
    except OSError as error:
        raise MailboxAway("La casella PEC non è raggiungibile") from error
