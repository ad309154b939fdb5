"""Chapter 10 – outcomes that nobody taught us: a person says what each means, and it counts as if the file had said it.

Before: ``post_outcomes`` kept a row it could not read.  After: the same road as every other outcome; or it is put aside.
"""

from datetime import date, datetime

from django.db import transaction

from dunning.channels.post_mappers import MAPPERS, PostNews, RowRefused, day_of
from dunning.models import UnreadOutcome
from dunning.rules.post import PostOutcome
from dunning.services.post_batches import PostRefused
from dunning.services.post_outcomes import take_row
from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit
from paybox.kernel.locking import lock_row


@transaction.atomic
def settle_unread(
    *, unread_id: int, outcome: PostOutcome | None, on: date | None, note: str, scope: tuple[str, ...], actor: Actor,
    at: datetime,
) -> UnreadOutcome:  # fmt: skip
    """``outcome`` None puts the row aside, with a note saying why. Raises PostRefused."""
    unread = lock_row(UnreadOutcome, unread_id)
    if unread.settled_at is not None:
        raise PostRefused("Questo esito è già stato interpretato")
    if outcome is None and not note.strip():
        raise PostRefused("Per mettere da parte l'esito scrivere il motivo")
    if outcome is not None:
        _take(unread, outcome, on, scope, actor, at)
        unread.outcome = outcome.value
    unread.note, unread.settled_at, unread.settled_by = note.strip(), at, actor.name
    unread.save(update_fields=["outcome", "note", "settled_at", "settled_by"])
    record_audit(
        action="dunning.unread_outcome.settled", actor=actor, at=at, subject=f"unread_outcome:{unread.pk}",
        code=unread.code, outcome=unread.outcome,
    )  # fmt: skip
    return unread


def _take(
    unread: UnreadOutcome, outcome: PostOutcome, on: date | None, scope: tuple[str, ...], actor: Actor, at: datetime
) -> None:  # fmt: skip
    mapper = MAPPERS[unread.provider]
    day = on or day_of(unread.on_text, mapper.day)
    if day is None:
        raise PostRefused("Scrivere il giorno dell'esito")
    news = PostNews(
        0, unread.letter_code, unread.registered_number, outcome, unread.code, day, day_of(unread.notice_text, mapper.day)
    )  # fmt: skip
    answer = take_row(news, mapper, scope, unread.raw_message_id, actor, at)
    if isinstance(answer, RowRefused):
        raise PostRefused(answer.words[:1].upper() + answer.words[1:])
