"""Chapter 5 – the day the printer gave the paper notices of a billing file to the post.

Before: a billing file that is made.  After: each position of it that went on paper says so; what comes back is
``returned_notices``.
"""

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice

from django.core.files.storage import default_storage
from django.db import transaction

from billing.documents.archive import MANIFEST_NAME
from billing.models import Bollettazione, Instalment, NoticeReturn, Position, TimelineEntry
from billing.services.timeline import tell
from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit
from paybox.kernel.clock import ROME
from paybox.kernel.locking import lock_row
from paybox.kernel.problems import Refused
from paybox.kernel.queue import enqueue

TELLING = 2_000


class PostingRefused(Refused):
    """The day cannot be kept; nothing was changed."""


@transaction.atomic
def declare_posted(
    *, bollettazione_id: int, posted_on: date, actor: Actor, at: datetime
) -> Bollettazione:
    """Keep the day, or put it right; the same again changes nothing. Raises PostingRefused."""
    made = lock_row(Bollettazione, bollettazione_id)
    before = made.posted_on
    if posted_on == before:
        return made
    _refuse_wrong_day(made, posted_on, at)
    if before is not None:
        _refuse_after_returns(made, before, posted_on)
    made.posted_on, made.posted_by = posted_on, actor.name
    made.save(update_fields=["posted_on", "posted_by"])
    record_audit(
        action="billing.bollettazione.posted", actor=actor, at=at, subject=f"load:{made.load.uuid}",
        bollettazione=made.pk, posted_on=posted_on.isoformat(), before=before.isoformat() if before else None,
    )  # fmt: skip
    enqueue("billing.tell_posted", queue="documents", bollettazione_id=made.pk)
    return made


def tell_posted(*, bollettazione_id: int, at: datetime) -> None:
    """Tell the positions that went on paper, in chunks of one transaction each; who knows it is not told again."""
    made = Bollettazione.objects.get(pk=bollettazione_id)
    if made.posted_on is None:
        return
    numbers = _paper_numbers(made)
    while part := list(islice(numbers, TELLING)):
        _tell(made, part, at)


def _refuse_wrong_day(made: Bollettazione, day: date, at: datetime) -> None:
    if not made.file or not default_storage.exists(made.file):
        raise PostingRefused("Il file degli avvisi non è pronto, o non c'è più")
    if not made.paper:
        raise PostingRefused("In questa bollettazione non c'è nessun avviso su carta")
    if day > at.astimezone(ROME).date():
        raise PostingRefused("Il giorno della spedizione è nel futuro")
    first = (made.job.ended_at or made.created_at).astimezone(ROME).date()
    if day < first:
        raise PostingRefused(f"Gli avvisi sono stati preparati il {first:%d/%m/%Y}: non sono partiti prima")  # fmt: skip


def _refuse_after_returns(made: Bollettazione, before: date, day: date) -> None:
    back = NoticeReturn.objects.filter(
        position__load=made.load_id, returned_on__range=(before, day)
    )
    first = back.exclude(returned_on=day).order_by("returned_on").first()
    if first is not None:
        raise PostingRefused(
            f"Un avviso è tornato già il {first.returned_on:%d/%m/%Y}: non sono partiti dopo"
        )


def _paper_numbers(made: Bollettazione) -> Iterator[str]:
    """The notice numbers that the manifest of the file puts on paper."""
    with default_storage.open(made.file) as stored, zipfile.ZipFile(stored) as archive:
        manifest = archive.read(MANIFEST_NAME).decode("utf-8-sig")
    for row in csv.DictReader(io.StringIO(manifest), delimiter=";"):
        if row["canale"] == "CARTA":
            yield row["file"].removesuffix(".pdf")


@transaction.atomic
def _tell(made: Bollettazione, numbers: list[str], at: datetime) -> None:
    assert made.posted_on is not None  # noqa: S101 - asked by who calls
    day = made.posted_on.isoformat()
    concerned = Instalment.objects.filter(notice_number__in=numbers).values("position_id")
    rows = Position.objects.select_for_update().filter(pk__in=concerned).order_by("pk")
    ids = list(rows.values_list("pk", flat=True))
    told = TimelineEntry.objects.filter(
        position_id__in=ids, kind=TimelineEntry.Kind.POSTED, details__bollettazione=made.pk, details__on=day,
    )  # fmt: skip
    known = set(told.values_list("position_id", flat=True))
    tell(
        position_ids=[one for one in ids if one not in known], kind=TimelineEntry.Kind.POSTED, at=at,
        actor=Actor(0, made.posted_by), reference=f"Alla posta il {made.posted_on:%d/%m/%Y}",
        bollettazione=made.pk, on=day,
    )  # fmt: skip
