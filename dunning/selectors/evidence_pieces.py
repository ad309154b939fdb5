"""Chapter 10 – everything that proves what was said to a debtor about one credit, piece by piece, in order of time.

Before: messages, receipts, letters, cards, acts written down as served.  After: ``evidence_file`` puts it in one file.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from django.core.files.storage import default_storage

from billing.documents.letters import render_letter
from billing.models import Position
from dunning.models import Attempt, Letter, PecMessage, SendFact, SentFile
from dunning.rules.channels import SEND, label_of
from dunning.rules.post import Product
from dunning.selectors.post import where_printed
from dunning.selectors.post_words import letter_data
from dunning.selectors.send_words import act_file
from dunning.selectors.sent_files import SentRefused, bytes_of, sent_files_of, words_of
from paybox.kernel.models import RawMessage
from tenants.models import Ente

_NAMES = {"messaggio": "versione HTML", "atto": "atto notificato"}


@dataclass(frozen=True, slots=True)
class Piece:
    """``content`` None: it is not kept any more, or is not what left; only the fingerprint is given.

    ``sha256`` of the file, else as it was written when it left. ``proved``: the bytes give the fingerprint written before
    they left; None where none was written then.
    """

    what: str
    ending: str
    at: datetime
    address: str
    outcome: str
    sha256: str
    content: bytes | None = None
    proved: bool | None = None


def evidence_pieces(position: Position, ente: Ente) -> list[Piece]:
    """All the pieces about that credit, the oldest first."""
    attempts = Attempt.objects.filter(item__position_ids__contains=[position.pk])
    found = attempts.exclude(state=Attempt.State.CREATED).select_related("item__wave__service")
    pieces = [piece for attempt in found.order_by("pk") for piece in _of_attempt(attempt, ente)]
    return sorted(pieces, key=lambda piece: piece.at)


def _of_attempt(attempt: Attempt, ente: Ente) -> Iterator[Piece]:
    letter = Letter.objects.select_related("batch").filter(attempt=attempt).first()
    if letter is None:
        yield _words(attempt)
    else:
        yield _letter(attempt, letter, ente)
        yield from _cards(letter)
    for file in sent_files_of([attempt.pk]).get(attempt.pk, []):
        yield _sent(attempt, file)
    for message in PecMessage.objects.filter(attempt=attempt).order_by("pk"):
        body = RawMessage.objects.values_list("body", flat=True).get(pk=message.raw_message_id)
        yield Piece(
            f"PEC: {message.get_kind_display()}", "eml", message.happened_at or message.at, message.recipient,
            message.get_verdict_display() if message.verdict else "", message.sha256, bytes(body),
        )  # fmt: skip
    yield from _of_send(attempt)


def _of_send(attempt: Attempt) -> Iterator[Piece]:
    """The documents of SEND that hold against third parties; the act, where it was kept as a file of its own."""
    kept = act_file(attempt.uuid)
    if attempt.channel == SEND and default_storage.exists(kept):
        with default_storage.open(kept) as stored:
            yield _piece(attempt, "SEND: atto notificato", "pdf", bytes(stored.read()))
    facts = SendFact.objects.filter(notification__attempt=attempt).select_related("notification")
    for fact in facts.order_by("pk"):
        with default_storage.open(fact.file) as stored:
            content = bytes(stored.read())
        what = f"SEND {fact.notification.iun}: attestazione {fact.category}"
        yield Piece(what, "pdf", fact.at, attempt.address, fact.filename, fact.sha256, content)


def _words(attempt: Attempt) -> Piece:
    """Alone in their file, so that it gives the fingerprint of the attempt; what the subject said is in the index."""
    about = f" «{attempt.subject_line}»" if attempt.subject_line else ""
    what = f"{label_of(attempt.channel)}: testo{about}"
    return _proved(attempt, what, "txt", attempt.body_sha256, lambda: words_of(attempt))


def _sent(attempt: Attempt, file: SentFile) -> Piece:
    """Byte for byte."""
    name, _, ending = file.filename.rpartition(".")
    what = f"{label_of(attempt.channel)}: {_NAMES.get(name, name)}"
    return _proved(attempt, what, ending, file.sha256, lambda: bytes_of(file))


def _proved(
    attempt: Attempt, what: str, ending: str, sha256: str, read: Callable[[], bytes]
) -> Piece:
    try:
        content = read()
    except SentRefused as refusal:
        piece = _piece(attempt, what, ending, None)
        kept = not attempt.body  # thrown away as courtesies are
        return replace(
            piece, sha256=sha256, outcome=f"{piece.outcome}. {refusal}", proved=None if kept else False
        )  # fmt: skip
    return replace(_piece(attempt, what, ending, content), proved=True if sha256 else None)


def _letter(attempt: Attempt, letter: Letter, ente: Ente) -> Piece:
    """Printed again from its frozen words; which pages of the printer's file it was is said beside it."""
    where = where_printed(letter)
    said = f", {where}" if where else ""
    what = f"Lettera {letter.registered_number or letter.code}, lotto {letter.batch_id}{said}"
    printed: Callable[[], bytes] = lambda: render_letter(  # noqa: E731
        letter_data(
            words=letter.words, lines=letter.lines, code=letter.code, product=Product(letter.batch.product), ente=ente,
            service=attempt.item.wave.service,
        )
    ).pdf  # fmt: skip
    return _piece(attempt, what, "pdf", printed() if letter.words else None)


def _cards(letter: Letter) -> Iterator[Piece]:
    for card in letter.cards.order_by("pk"):
        with default_storage.open(card.file) as stored:
            scan = bytes(stored.read())
        ending = card.mime.rpartition("/")[2]
        where = f"originale: {card.place}" if card.place else ""
        yield Piece("Avviso di ricevimento", ending, card.at, letter.attempt.address, where, card.sha256, scan)  # fmt: skip


def _piece(attempt: Attempt, what: str, ending: str, content: bytes | None) -> Piece:
    outcome = attempt.get_state_display() + (f" ({attempt.error_words})" if attempt.error_words else "")  # fmt: skip
    sha256 = hashlib.sha256(content).hexdigest() if content else attempt.body_sha256
    return Piece(
        what,
        ending,
        attempt.sent_at or attempt.created_at,
        attempt.address,
        outcome,
        sha256,
        content,
    )
