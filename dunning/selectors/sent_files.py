"""Chapter 9 – what left, as it left: the kept bytes of a message, and whether they still give the fingerprint written then.

Before: ``services/keeping``.  After: the page of a recipient, the *fascicolo di sollecito*.
"""

import hashlib
import zlib
from collections.abc import Collection

from dunning.models import Attempt, SentDocument, SentFile
from paybox.kernel.problems import Refused

_ALTERED = (
    "{name}: quello che è conservato non dà più l'impronta SHA-256 scritta all'invio. Il contenuto è stato alterato dopo "
    "l'invio e non vale come prova: avvisare chi gestisce l'installazione"
)
_MISSING = (
    "{name}: il contenuto non si trova più nell'archivio e non doveva essere eliminato. Resta l'impronta SHA-256: avvisare "
    "chi gestisce l'installazione"
)
_FORGOTTEN = "{name}: il contenuto non si conserva più, era una comunicazione di cortesia. Ne resta l'impronta SHA-256"


class SentRefused(Refused):
    """What left cannot be given: thrown away, lost or altered. The message says which."""


def sent_files_of(attempt_ids: Collection[int]) -> dict[int, list[SentFile]]:
    """Attempt → its pieces in the order in which they travelled, with their bytes when they alone have them."""
    found: dict[int, list[SentFile]] = {}
    kept = SentFile.objects.filter(attempt_id__in=attempt_ids).select_related("attempt")
    for one in kept.order_by("attempt_id", "place"):
        found.setdefault(one.attempt_id, []).append(one)
    return found


def bytes_of(file: SentFile) -> bytes:
    """The very bytes that left. Raises SentRefused unless they give the fingerprint written before they did."""
    packed = file.packed
    if packed is None:
        shared = SentDocument.objects.filter(sha256=file.sha256)
        packed = shared.values_list("packed", flat=True).first()
    if packed is None:
        gone = _MISSING if file.attempt.body else _FORGOTTEN
        raise SentRefused(gone.format(name=file.filename))
    content = _unpacked(bytes(packed), file.size)
    if content is None or hashlib.sha256(content).hexdigest() != file.sha256:
        raise SentRefused(_ALTERED.format(name=file.filename))
    return content


def words_of(attempt: Attempt) -> bytes:
    """The words of a message as bytes. Raises SentRefused when they are not those that left, or are not kept any more."""
    content = attempt.body.encode()
    if not content:
        raise SentRefused(_FORGOTTEN.format(name="Testo"))
    if attempt.body_sha256 and hashlib.sha256(content).hexdigest() != attempt.body_sha256:
        raise SentRefused(_ALTERED.format(name="Testo"))
    return content


def _unpacked(packed: bytes, size: int) -> bytes | None:
    """Never more than what was written; None when it is no longer a whole."""
    unpacker = zlib.decompressobj()
    try:
        content = unpacker.decompress(packed, size + 1)
    except zlib.error:
        return None
    return content if unpacker.eof or len(content) == size else None
