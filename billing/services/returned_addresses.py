"""Chapter 5 – a notice that came back, worked: the address put right in the registry, or nothing more to be done.

Before: a row of ``returned_notices``.  After: the notice, printed again, has the address found.
"""

from datetime import datetime

from django.db import transaction

from billing.models import NoticeReturn, TimelineEntry
from billing.services.returned_notices import ReturnRefused
from billing.services.timeline import tell
from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit
from paybox.kernel.locking import lock_row
from registry.rules.addresses import PostalAddress
from registry.services.corrections import correct_subject_address


@transaction.atomic
def correct_returned(
    *, return_id: int, address: PostalAddress, note: str, actor: Actor, at: datetime
) -> NoticeReturn:
    """Write it in the registry. Raises ReturnRefused, CorrectionRefused.

    An address that was put right after the notice came back (another of hers, say) may be confirmed as it is.
    """
    row = _open(return_id)
    subject = row.position.subject
    on_file = PostalAddress(
        subject.street, subject.civic, subject.cap, subject.city, subject.province, subject.country
    )
    if address != on_file or " ".join(subject.address_lines) == row.address:
        correct_subject_address(subject=subject, address=address, actor=actor, at=at)
    return _settle(row, NoticeReturn.End.CORRECTED, note, actor, at)


@transaction.atomic
def give_returned_up(*, return_id: int, note: str, actor: Actor, at: datetime) -> NoticeReturn:
    """Nobody found one, or none is needed. Raises ReturnRefused without a word of why."""
    if not note.strip():
        raise ReturnRefused("Scrivere che cosa si è cercato, o perché non serve altro")
    return _settle(_open(return_id), NoticeReturn.End.GIVEN_UP, note, actor, at)


def _open(return_id: int) -> NoticeReturn:
    row = lock_row(NoticeReturn, return_id)
    if row.settled_at is not None:
        raise ReturnRefused("Questo avviso tornato è già stato lavorato")
    return row


def _settle(
    row: NoticeReturn, end: NoticeReturn.End, note: str, actor: Actor, at: datetime
) -> NoticeReturn:
    row.end, row.note, row.settled_at, row.settled_by = end, note.strip(), at, actor.name
    row.save(update_fields=["end", "note", "settled_at", "settled_by"])
    words = f"Avviso tornato il {row.returned_on:%d/%m/%Y}: {end.label.lower()}"
    tell(
        position_ids=[row.position_id], kind=TimelineEntry.Kind.NOTE, at=at, actor=actor, reference=words,
        text=row.note,
    )  # fmt: skip
    record_audit(
        action="billing.notice_return.settled", actor=actor, at=at, subject=f"notice_return:{row.pk}", end=end.value
    )  # fmt: skip
    return row
