"""Chapter 9 – keeping: the very bytes of what is about to leave, written with the attempt and before anything leaves.

Before: ``attempts``, inside the claim.  After: ``selectors/sent_files`` shows them and proves them; ``retention`` throws
those of courtesies away. What each debtor alone gets is in its row; a document that several may get is kept once.
"""

import hashlib
import zlib
from collections.abc import Iterable

from dunning.channels.leaving_files import JSON, LAST, ORDER, leaving_files
from dunning.channels.protocol import Attachment, Message
from dunning.models import Attempt, SentDocument, SentFile
from paybox.kernel.bulk import copy_rows

_COLUMNS = ("attempt_id", "place", "filename", "mime", "sha256", "size", "packed")
_ALONE = ("text/html", JSON)


def keep_leaving(leaving: Iterable[tuple[int, str, Message]]) -> None:
    """(attempt, channel, message), a hundred as one. Call inside the transaction that opens the attempts."""
    files: list[SentFile] = []
    documents: dict[str, SentDocument] = {}
    for attempt_id, channel, message in leaving:
        for place, content in enumerate(leaving_files(channel, message), 1):
            kept = _kept(attempt_id, place, content)
            files.append(kept)
            if kept.packed is None and kept.sha256 not in documents:
                packed = zlib.compress(content.content)
                documents[kept.sha256] = SentDocument(sha256=kept.sha256, packed=packed)
    if not files:
        return
    if documents:
        SentDocument.objects.bulk_create(documents.values(), ignore_conflicts=True)
    copy_rows(SentFile, _COLUMNS, (_row(one) for one in files))


def keep_order(message: Message, body: bytes) -> None:
    """The request of a message, known only after its documents were uploaded; the same attempt keeps the first one."""
    attempt_id = Attempt.objects.values_list("pk", flat=True).get(uuid=message.attempt_id)
    order = _kept(attempt_id, LAST, Attachment(ORDER, body, JSON))
    SentFile.objects.bulk_create([order], ignore_conflicts=True)


def _row(file: SentFile) -> tuple[object, ...]:
    return (
        file.attempt_id, file.place, file.filename, file.mime, file.sha256, file.size, file.packed,
    )  # fmt: skip


def _kept(attempt_id: int, place: int, content: Attachment) -> SentFile:
    return SentFile(
        attempt_id=attempt_id,
        place=place,
        filename=content.filename,
        mime=content.mime,
        sha256=hashlib.sha256(content.content).hexdigest(),
        size=len(content.content),
        packed=zlib.compress(content.content) if content.mime in _ALONE else None,
    )
