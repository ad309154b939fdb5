"""What leaves of a message beside its words, piece by piece and byte for byte.

Before: a message about to leave.  After: ``services/keeping`` writes it beside the attempt. Not here: the words, which the
attempt itself keeps (all there is of an SMS); PEC, whose register keeps the whole EML; letters, which are pages of a batch.
"""

from collections.abc import Callable, Mapping

from dunning.channels.protocol import Attachment, Message
from dunning.rules.channels import EMAIL, IO, SEND

HTML, JSON = "text/html", "application/json"
ORDER = "richiesta.json"
LAST = 99  # the place of the request that names the documents before it


def leaving_files(channel: str, message: Message) -> tuple[Attachment, ...]:
    """In the order in which they travel."""
    told = _BY_CHANNEL.get(channel)
    return told(message) if told else ()


def _of_email(message: Message) -> tuple[Attachment, ...]:
    said = (Attachment("messaggio.html", message.html.encode(), HTML),) if message.html else ()
    return (*said, *message.attachments)


def _of_io(message: Message) -> tuple[Attachment, ...]:
    from dunning.channels.app_io import order_bytes

    return (Attachment(ORDER, order_bytes(message), JSON),)


def _of_send(message: Message) -> tuple[Attachment, ...]:
    """The documents; the request that names them is written when they are uploaded."""
    return message.attachments


_BY_CHANNEL: Mapping[str, Callable[[Message], tuple[Attachment, ...]]] = {
    EMAIL: _of_email, IO: _of_io, SEND: _of_send,
}  # fmt: skip
