"""Chapter 10 – receipt cards: the paper that proves, scanned and tied to its letter by the number on it.

Before: a registered letter that was sent.  After: its outcome as the card says, and the scan kept with its fingerprint.
"""

import hashlib
import io
from dataclasses import dataclass
from datetime import date, datetime

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q

from dunning.channels.post_mappers import PostNews
from dunning.models import Letter, ReceiptCard
from dunning.rules.post import PostOutcome, Product
from dunning.services.post_batches import PostRefused
from dunning.services.post_outcomes import take_outcome
from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit
from paybox.kernel.clock import ROME
from paybox.kernel.queue import current_schema

MAX_BYTES = 10 * 1024 * 1024
ON_CARDS = (PostOutcome.CONSEGNATA, PostOutcome.RITIRATA, PostOutcome.RIFIUTATA, PostOutcome.COMPIUTA_GIACENZA)  # fmt: skip
_KINDS = ((b"%PDF-", "application/pdf"), (b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class CardRead:
    """What a person reads on the card. ``number``: ours or the operator's; ``place``: where the paper is kept."""

    number: str
    outcome: PostOutcome
    on: date
    notice_on: date | None = None
    place: str = ""


@transaction.atomic
def take_card(*, card: CardRead, scan: bytes, scope: tuple[str, ...], actor: Actor, at: datetime) -> tuple[ReceiptCard, bool]:  # fmt: skip
    """Keep the scan and what it says; True when it is new: the same scan of the same letter is kept once. Raises PostRefused."""
    mime, letter = kind_of(scan), letter_with(card.number, scope)
    sent_at = letter.batch.sent_at
    if sent_at is None or not sent_at.astimezone(ROME).date() <= card.on <= at.astimezone(ROME).date():  # fmt: skip
        raise PostRefused("La data è nel futuro o prima della consegna allo stampatore")
    if card.outcome is PostOutcome.COMPIUTA_GIACENZA and card.notice_on is None:
        raise PostRefused("Per la compiuta giacenza serve la data dell'avviso")
    digest = hashlib.sha256(scan).hexdigest()
    if known := ReceiptCard.objects.filter(letter=letter, sha256=digest).first():
        return known, False
    name = f"{current_schema()}/posta/cartoline/{letter.pk}-{digest[:16]}"
    kept = ReceiptCard.objects.create(
        letter=letter, file=default_storage.save(name, ContentFile(scan)), mime=mime, sha256=digest, place=card.place,
        at=at, actor_name=actor.name,
    )  # fmt: skip
    news = PostNews(0, letter.code, "", card.outcome, f"CARTOLINA {card.outcome.value}", card.on, card.notice_on)  # fmt: skip
    take_outcome(letter_id=letter.pk, news=news, raw_message_id=None, actor=actor, at=at)
    record_audit(
        action="dunning.receipt_card.kept", actor=actor, at=at, subject=f"letter:{letter.code}", sha256=digest
    )  # fmt: skip
    return kept, True


def kind_of(scan: bytes) -> str:
    """PDF, JPEG or PNG by what is inside, whatever its name says. Raises PostRefused."""
    if len(scan) > MAX_BYTES:
        raise PostRefused("La scansione supera 10 MB")
    mime = next((mime for start, mime in _KINDS if scan.startswith(start)), "")
    if not mime or not _opens(scan, mime):
        raise PostRefused("La scansione deve essere un PDF, un JPEG o un PNG leggibile")
    return mime


def _opens(scan: bytes, mime: str) -> bool:
    if mime == "application/pdf":
        return b"%%EOF" in scan[-2048:]
    from PIL import Image

    try:
        Image.open(io.BytesIO(scan)).verify()
    except (OSError, SyntaxError, Image.DecompressionBombError):
        return False
    return True


def letter_with(number: str, scope: tuple[str, ...]) -> Letter:
    """The registered letter with that number, ours or the operator's. Raises PostRefused."""
    asked = "".join(number.split())
    known = Letter.objects.filter(batch__product=Product.REGISTERED.value)
    if scope:
        known = known.filter(batch__wave__service__code__in=scope)
    by_number = Q(code=asked) | Q(registered_number=asked)
    found = known.filter(by_number).select_related("batch").first() if asked else None
    if found is None:
        raise PostRefused(f"Nessuna raccomandata ha il numero «{asked}»")
    return found
