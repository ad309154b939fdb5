"""Chapter 4 – publication: what the other side answered, written once on rows, positions and timeline."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from billing.models import Instalment, TimelineEntry
from billing.services.timeline import tell
from pagopa.gateways.protocol import NOT_THERE, NoticeOutcome, NoticeStatus
from pagopa.models import Publication
from pagopa.services.publication import release_replaced, ring_for
from paybox.kernel.actor import PAGOPA

_SUPERSEDED = "Sostituita da una versione più recente"
Outcomes = dict[str, NoticeOutcome]  # by IUV
Wanted = dict[int, list[Instalment]]  # by publication


@transaction.atomic
def write_published(
    *, rows: list[Publication], wanted: Wanted, outcomes: Outcomes, at: datetime
) -> list[Publication]:
    """A position is on pagoPA when all its notices are; one refused is enough to refuse it.

    Returns the rows that were acknowledged. A row without all its answers goes on waiting.
    """
    acknowledged: list[Publication] = []
    for row in rows:
        said = [outcomes[i.iuv] for i in wanted[row.pk] if i.iuv in outcomes]
        no = next((one for one in said if one.status is NoticeStatus.REFUSED), None)
        if no is not None:
            _refuse(row, no, at)
        elif len(said) == len(wanted[row.pk]):
            row.words = next((one.words for one in said if one.words), "")
            acknowledged.append(row)
    for words in {row.words for row in acknowledged}:
        _acknowledge([row for row in acknowledged if row.words == words], words, at)
    return acknowledged


@transaction.atomic
def write_taken_off(
    *, rows: list[Publication], wanted: Wanted, outcomes: Outcomes, at: datetime
) -> None:
    """A notice that was not there is off as well."""
    for row in rows:
        said = [outcomes[i.iuv] for i in wanted[row.pk] if i.iuv in outcomes]
        if len(said) < len(wanted[row.pk]):
            continue
        kept = [o for o in said if o.status is NoticeStatus.REFUSED and o.code != NOT_THERE]
        if kept:
            _refuse(row, kept[0], at)
        elif answer_rows(ids=[row.pk], state=Publication.State.WITHDRAWN, at=at):
            _close_published(row.position_id)


@transaction.atomic
def answer_rows(
    *, ids: Iterable[int], state: str, at: datetime, code: str = "", words: str = ""
) -> set[int]:
    """Write an outcome where one is still waited for. Returns the rows that were waiting.

    A row without a lease is to be sent once more: what was just said of it does not count.
    """
    waiting = Publication.objects.select_for_update().filter(
        ~Q(lease=""), pk__in=list(ids), state=Publication.State.ASKED
    )
    won = set(waiting.order_by("pk").values_list("pk", flat=True))
    Publication.objects.filter(pk__in=won).update(
        state=state, answered_at=at, code=code, words=words[:2000]
    )
    return won


@transaction.atomic
def ask_newer_again(*, rows: Iterable[Publication], at: datetime) -> None:
    """A newer version sent while these were on their way may lie under one of them: it is sent once more.

    That it could be sent says that the lease of these had run out. One still on its way loses its own lease.
    """
    sent = {row.position_id: row.version for row in rows}
    state = Publication.State
    newer = Publication.objects.select_for_update().filter(
        Q(state=state.ACKNOWLEDGED) | (Q(state=state.ASKED) & ~Q(lease="")),
        position_id__in=sent,
        action=Publication.Action.PUBLISH,
        version__gt=1,
    )
    ids = [one.pk for one in newer.order_by("pk") if one.version > sent[one.position_id]]
    if not ids:
        return
    Publication.objects.filter(pk__in=ids).update(
        state=state.ASKED, asked_at=at, lease="", leased_until=None
    )
    ring_for(ids)


def _acknowledge(rows: list[Publication], words: str, at: datetime) -> None:
    won = answer_rows(
        ids=[row.pk for row in rows], state=Publication.State.ACKNOWLEDGED, at=at, words=words
    )
    _close_older([row for row in rows if row.pk in won])
    release_replaced(position_ids=[row.position_id for row in rows if row.pk in won])
    tell(
        position_ids=[row.position_id for row in rows if row.pk in won],
        kind=TimelineEntry.Kind.PUBLISHED,
        at=at,
        actor=PAGOPA,
    )


def _refuse(row: Publication, outcome: NoticeOutcome, at: datetime) -> None:
    state = Publication.State.REFUSED
    if not answer_rows(ids=[row.pk], state=state, at=at, code=outcome.code, words=outcome.words):
        return
    tell(
        position_ids=[row.position_id],
        kind=TimelineEntry.Kind.PUBLICATION_REFUSED,
        at=at,
        actor=PAGOPA,
        reference=outcome.iuv,
        code=outcome.code,
        words=outcome.words,
    )


def _close_older(rows: list[Publication]) -> None:
    """The version that is on pagoPA is one."""
    for row in rows:
        if row.version > 1:
            older = Publication.objects.filter(
                position_id=row.position_id, version__lt=row.version, action=row.action
            )
            older.exclude(state=Publication.State.WITHDRAWN).update(
                state=Publication.State.WITHDRAWN, words=_SUPERSEDED
            )


def _close_published(position_id: int) -> None:
    published = Publication.objects.filter(
        position_id=position_id, action=Publication.Action.PUBLISH
    )
    published.update(state=Publication.State.WITHDRAWN)
