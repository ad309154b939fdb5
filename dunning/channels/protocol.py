"""What every channel promises: one message to one person, and a truthful answer about what became
of it.

Before: an attempt already committed with its id.  After: services write the outcome; callbacks
complete it.
"""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that travels with the message, byte for byte. ``mime`` as in ``application/pdf``."""

    filename: str
    content: bytes
    mime: str


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one person. ``attempt_id`` exists in the database before anything is sent.

    ``to`` is an e-mail address or a number in E.164; ``sender`` an address (with or without a
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


@dataclass(frozen=True, slots=True)
class Accepted:
    """The far end took the message in charge under ``provider_ref``. It is not yet delivered."""

    provider_ref: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """The message certainly did not leave. ``permanent``: never the same message to the same
    address again.
    """

    code: str
    words: str
    permanent: bool


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
