"""What every channel promises: one message to one person, and a truthful answer about what became
of it.

Before: an attempt already committed with its id.  After: services write the outcome; callbacks
complete it.
"""

from dataclasses import dataclass
from datetime import date
from typing import Protocol
from uuid import UUID

from paybox.kernel.queue import RetryLater


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that travels with the message, byte for byte. ``mime`` as in ``application/pdf``."""

    filename: str
    content: bytes
    mime: str


@dataclass(frozen=True, slots=True)
class NoticeToPay:
    """A pagoPA notice that the message asks for. Cents. ``attachment``: its place among the files, when it is there."""

    number: str
    cents: int
    payee: str  # the Ente's codice fiscale
    attachment: int | None = None


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a formal act is served on; ``country`` as two letters, ``pec`` empty when none is known."""

    name: str
    is_body: bool
    street: str
    cap: str
    city: str
    province: str
    country: str
    pec: str = ""


@dataclass(frozen=True, slots=True)
class Particulars:
    """What only a platform that knows of payments and persons can use. ``due_on``: the day to be reminded of.

    ``costs_included``: the notice asks already for what serving the act costs.
    """

    notices: tuple[NoticeToPay, ...] = ()
    due_on: date | None = None
    recipient: Recipient | None = None
    sender_name: str = ""
    sender_code: str = ""
    costs_included: bool = False


NO_PARTICULARS = Particulars()


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one person. ``attempt_id`` exists in the database before anything is sent.

    ``to`` is an e-mail address, a number in E.164 or a codice fiscale; ``sender`` an address (with or without a
    name), an SMS alias, a number or a Messaging Service; ``callback_url`` our public address for
    the news, empty when none is wanted. ``subject``, ``html`` and ``attachments`` are for e-mail
    only; ``unsubscribe_url`` is for messages of courtesy, which may be refused.
    """

    attempt_id: UUID
    to: str
    subject: str
    text: str
    html: str
    attachments: tuple[Attachment, ...]
    sender: str
    callback_url: str
    unsubscribe_url: str = ""
    particulars: Particulars = NO_PARTICULARS


@dataclass(frozen=True, slots=True)
class Accepted:
    """The far end took the message in charge under ``provider_ref``. It is not yet delivered."""

    provider_ref: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """The message certainly did not leave. ``permanent``: never the same message to the same
    address again. ``wait_seconds``: how long the far end asks to be left alone, 0 when it says nothing.
    ``blames_contact``: the address or number itself will not do, whatever the message says.
    """

    code: str
    words: str
    permanent: bool
    wait_seconds: int = 0
    blames_contact: bool = False


@dataclass(frozen=True, slots=True)
class Uncertain:
    """The message may have left (the answer was lost): it is never sent again blindly."""

    words: str


SendOutcome = Accepted | Rejected | Uncertain


class Channel(Protocol):
    """One way to reach a person. ``send`` never raises for what the far end does."""

    @property
    def name(self) -> str: ...

    def send(self, message: Message) -> SendOutcome: ...


class ProviderAway(RetryLater):
    """What was given to the provider cannot be looked up now. Whatever work needed it waits, however long."""
