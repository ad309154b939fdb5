"""Chapter 10 – outcomes of letters: what the post said, whoever says it, in whatever order; nothing goes back.

Before: a provider's file, or a card typed at the desk.  After: the letter with its day of perfection, its attempt and
timelines, an address task for what came back.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, time

from django.db import transaction

from dunning.channels.post_mappers import (
    MAPPERS,
    Mapper,
    OutcomesRefused,
    PostNews,
    RowRefused,
    RowUnread,
    read_outcomes,
)
from dunning.models import AddressTask, Letter, LetterEvent, UnreadOutcome, WaveItem
from dunning.rules.post import PostOutcome, perfection, surer
from dunning.services.cascading import on_paper_again
from dunning.services.deaths import stop_for_death
from dunning.services.forwarding import propose_forward
from dunning.services.outcomes import News, take_news
from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit
from paybox.kernel.clock import ROME
from paybox.kernel.inbox import store_raw
from paybox.kernel.locking import lock_row


@dataclass(frozen=True, slots=True)
class Imported:
    """``known``: rows that had been read before and change nothing; ``unread``: left to a person."""

    taken: int
    known: int
    refused: tuple[RowRefused, ...]
    unread: tuple[RowUnread, ...] = ()


@transaction.atomic
def import_outcomes(*, raw: bytes, provider: str, scope: tuple[str, ...], actor: Actor, at: datetime) -> Imported:  # fmt: skip
    """Read a provider's file: good rows are taken, the others named. Twice the same is once. Raises OutcomesRefused."""
    mapper: Mapper | None = MAPPERS.get(provider)
    if mapper is None:
        raise OutcomesRefused("Scegliere chi ha scritto il file")
    read = read_outcomes(raw, mapper)
    refused = list(read.refused)
    message = store_raw(kind="dunning.post_outcomes", body=raw, at=at, headers={"fornitore": provider})  # fmt: skip
    taken = known = 0
    for unread in read.unread:
        _keep_unread(unread, provider, scope, message.pk, at)
    for row in read.news:
        answer = take_row(row, mapper, scope, message.pk, actor, at)
        if isinstance(answer, RowRefused):
            refused.append(answer)
        else:
            taken, known = taken + answer, known + (not answer)
    record_audit(
        action="dunning.post_outcomes.imported", actor=actor, at=at, subject=f"raw:{message.uuid}", taken=taken,
        known=known, refused=len(refused), unread=len(read.unread),
    )  # fmt: skip
    return Imported(
        taken, known, tuple(sorted(refused, key=lambda one: one.row)), tuple(read.unread)
    )


def _keep_unread(row: RowUnread, provider: str, scope: tuple[str, ...], raw_id: int, at: datetime) -> None:  # fmt: skip
    """Never lost, and once however often the file is read."""
    letter = letter_of(row.letter, row.number, scope)
    UnreadOutcome.objects.get_or_create(
        provider=provider, letter_code=row.letter, registered_number=row.number, code=row.code, on_text=row.on,
        defaults={"letter": letter, "notice_text": row.notice_on, "opened_at": at, "raw_message_id": raw_id},
    )  # fmt: skip


def take_row(
    row: PostNews, mapper: Mapper, scope: tuple[str, ...], raw_id: int, actor: Actor, at: datetime
) -> bool | RowRefused:
    """One row: True when it is news, False when it was known, or why it cannot be. Inside a transaction."""
    letter = letter_of(row.letter, row.number, scope)
    if letter is None:
        words = f"la lettera «{row.letter or row.number}» non è di questo Ente"
        return RowRefused(row.row, mapper.columns["id"], words)
    if letter.batch.sent_at is None:
        words = "la lettera non risulta consegnata allo stampatore"
        return RowRefused(row.row, mapper.columns["id"], words)
    if not letter.batch.sent_at.astimezone(ROME).date() <= row.on <= at.astimezone(ROME).date():
        words = "la data è nel futuro o prima della consegna allo stampatore"
        return RowRefused(row.row, mapper.columns["on"], words)
    if row.number and letter.registered_number not in ("", row.number):
        words = f"la lettera ha già il numero {letter.registered_number}"
        return RowRefused(row.row, mapper.columns["number"], words)
    others = Letter.objects.filter(registered_number=row.number).exclude(pk=letter.pk)
    if row.number and not letter.registered_number and others.exists():
        words = f"il numero {row.number} è già di un'altra lettera"
        return RowRefused(row.row, mapper.columns["number"], words)
    is_news = take_outcome(letter_id=letter.pk, news=row, raw_message_id=raw_id, actor=actor, at=at)
    propose_forward(letter, row, raw_id, actor, at)
    return is_news


def letter_of(code: str, number: str, scope: tuple[str, ...]) -> Letter | None:
    """By our number, else by the operator's; of the services one works on."""
    known = Letter.objects.select_related("batch")
    if scope:
        known = known.filter(batch__wave__service__code__in=scope)
    if code:
        return known.filter(code=code).first()
    return known.filter(registered_number=number).first() if number else None


@transaction.atomic
def take_outcome(
    *, letter_id: int, news: PostNews, raw_message_id: int | None, actor: Actor, at: datetime
) -> bool:
    """Write one outcome. False when the same had been written before: nothing is done twice."""
    letter = lock_row(Letter, letter_id)
    same = LetterEvent.objects.filter(letter=letter, code=news.code, happened_on=news.on)
    if same.exists():
        return False
    LetterEvent.objects.create(
        letter=letter, outcome=news.outcome.value, code=news.code, happened_on=news.on, at=at,
        actor_name=actor.name, raw_message_id=raw_message_id,
    )  # fmt: skip
    _write(letter, news)
    _follow(letter, news, actor, at)
    return True


def _write(letter: Letter, news: PostNews) -> None:
    letter.registered_number = letter.registered_number or news.number
    if news.outcome is PostOutcome.ACCETTATA:
        letter.posted_on = letter.posted_on or news.on
    letter.notice_on = _notice_day(letter, news)
    kept = surer(letter.outcome, news.outcome)
    if kept.value != letter.outcome:
        letter.outcome, letter.outcome_on = kept.value, news.on
    if letter.outcome_on is not None:
        day = perfection(kept, happened_on=letter.outcome_on, notice_on=letter.notice_on)
        letter.perfected_on, letter.perfected_by = day.on, day.source
    letter.save()


def _notice_day(letter: Letter, news: PostNews) -> date | None:
    """The first day said: by the row itself, or by the news that the letter waits."""
    said = news.on if news.outcome is PostOutcome.IN_GIACENZA else news.notice_on
    days = [day for day in (letter.notice_on, said) if day is not None]
    return min(days, default=None)


def _follow(letter: Letter, news: PostNews, actor: Actor, at: datetime) -> None:
    """The attempt hears it on the day it happened; what came back is somebody's task."""
    day = letter.perfected_on if news.outcome.perfects and letter.perfected_on else news.on
    told = News(
        news.outcome.status, provider_ref=letter.registered_number, error_code=news.code,
        words=news.outcome.label,
    )  # fmt: skip
    if news.outcome.perfects:
        told = replace(told, error_code="", words="")
    attempt = take_news(attempt_id=letter.attempt_id, news=told, at=datetime.combine(day, time(12), ROME))  # fmt: skip
    if letter.outcome == news.outcome.value == PostOutcome.SMARRITA:
        _repeat(attempt.item_id, at)
    if letter.outcome == PostOutcome.DECEDUTO and news.outcome is PostOutcome.DECEDUTO:
        note = f"Lettera {letter.registered_number or letter.code} tornata: destinatario deceduto"
        subject_id = letter.attempt.item.subject_id
        assert subject_id is not None  # noqa: S101 - a letter is never of a list
        stop_for_death(subject_id=subject_id, note=note, on=news.on, actor=actor, at=at)
    if news.outcome.blames_address and letter.outcome == news.outcome.value:
        AddressTask.objects.get_or_create(
            item_id=attempt.item_id, settled_at=None,
            defaults={
                "letter": letter, "source": AddressTask.Source.RETURNED, "cause": news.outcome.label,
                "address": attempt.address, "opened_at": at,
            },
        )  # fmt: skip


def _repeat(item_id: int, at: datetime) -> None:
    """The act is good: the same letter leaves again with the next batch."""
    item = lock_row(WaveItem, item_id)
    if item.state == WaveItem.State.NOT_REACHED:
        on_paper_again(item, at=at)
