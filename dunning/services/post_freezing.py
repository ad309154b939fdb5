"""Chapter 10 – letters frozen: everything asked again, then words, window and attempt written, some letters at a time.

Before: items that wait for the printer.  After: ``post_printing`` sets them in type. What is paid meanwhile is skipped,
an address nobody can write on an envelope waits for a person. As many statements for fifty letters as for one.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import uuid5

from django.db import transaction
from django.db.models import Count

from billing.models import Position
from dunning.models import AddressTask, Attempt, Letter, PrintBatch, WaveItem
from dunning.rules.channels import LETTER
from dunning.rules.eligibility import ExclusionReason, why_not
from dunning.selectors.facts import prices_on
from dunning.selectors.post_words import body_of, frozen_words, window_of
from dunning.services.asking import Asked
from dunning.services.post_batches import ENDED, waiting_items
from dunning.services.rechecking import ask_again
from dunning.services.way import SendingWay
from paybox.kernel.clock import ROME
from paybox.kernel.locking import lock_names, lock_row
from paybox.kernel.models import Job
from paybox.kernel.problems import Refused
from tenants.models import Ente


@dataclass(frozen=True, slots=True)
class _Ready:
    """What one letter says and where it goes."""

    item: WaveItem
    words: dict[str, Any]
    lines: tuple[str, ...]


@transaction.atomic
def freeze_part(*, batch: PrintBatch, part: int, limit: int, way: SendingWay, at: datetime) -> int:
    """Look again at the next items and write their letters. Returns how many items were looked at."""
    if lock_row(Job, batch.job_id).state in ENDED:
        return 0
    items = _next_items(batch, limit)
    lock_names(f"dunning.person/{item.subject_id}" for item in items)
    asked = ask_again(items, wave=batch.wave, way=way, at=at)
    causali = _causali(asked)
    found = (_ready(item, now, causali, at) for item, now in zip(items, asked, strict=True))
    _write_letters(batch, part, [one for one in found if one is not None], way.ente, at)
    return len(items)


def _next_items(batch: PrintBatch, limit: int) -> list[WaveItem]:
    waiting = waiting_items(batch.wave_id).select_related("subject")
    items = list(waiting.order_by("pk")[:limit])
    for item in items:
        item.wave = batch.wave
    return items


def _causali(asked: Sequence[Asked]) -> dict[int, str]:
    ids = [debt.position_id for one in asked for debt in one.debts]
    return dict(Position.objects.filter(pk__in=ids).values_list("pk", "causale"))


def _ready(item: WaveItem, asked: Asked, causali: dict[int, str], at: datetime) -> _Ready | None:
    """The letter, or None when nothing leaves for her now."""
    reason = why_not(replace(asked.facts, last_message_at=None))  # asked when it was set aside
    if reason is not None:
        _skip(item, reason, at)
        return None
    assert item.subject is not None  # noqa: S101 - only a list has items without a debtor
    trouble, lines = window_of(item.subject)
    if trouble:
        AddressTask.objects.create(
            item=item, source=AddressTask.Source.BEFORE, cause=trouble, opened_at=at,
            address=" ".join(item.subject.address_lines),
        )  # fmt: skip
        return None
    try:
        words = asked.letter() if asked.letter else frozen_words(
            item=item, debts=asked.debts, compose=asked.compose, written_on=at.astimezone(ROME).date(), causali=causali
        )  # fmt: skip
    except Refused:
        _skip(item, ExclusionReason.TESTO, at)
        return None
    return _Ready(item, words, lines)


def _skip(item: WaveItem, reason: ExclusionReason, at: datetime) -> None:
    """Nothing leaves: the step is given back, unless an earlier message of this item left."""
    item.state, item.reason, item.updated_at = WaveItem.State.SKIPPED, reason.value, at
    item.save(update_fields=["state", "reason", "updated_at"])
    if not item.rung and not item.attempts.exists():
        item.steps_taken.all().delete()


def _write_letters(
    batch: PrintBatch, part: int, ready: Sequence[_Ready], ente: Ente, at: datetime
) -> None:
    price = prices_on(at.astimezone(ROME).date())[LETTER]
    before = _tries_before([one.item.pk for one in ready])
    made = [_attempt(one, before.get(one.item.pk, 0) + 1, price, at) for one in ready]
    first = batch.letters.count() + 1
    Letter.objects.bulk_create(
        Letter(
            batch=batch, attempt=attempt, number=number, part=part, lines=list(one.lines), words=one.words,
            code=f"{ente.codice_fiscale}{batch.pk % 100_000:05d}{number:06d}",
        )
        for number, (one, attempt) in enumerate(zip(ready, Attempt.objects.bulk_create(made), strict=True), start=first)
    )  # fmt: skip


def _tries_before(item_ids: Sequence[int]) -> dict[int, int]:
    tried = Attempt.objects.filter(item__in=item_ids).values_list("item")
    return dict(tried.annotate(Count("pk")))


def _attempt(one: _Ready, try_number: int, price_mills: int, at: datetime) -> Attempt:
    item, body = one.item, body_of(one.words)
    return Attempt(
        uuid=uuid5(item.wave.uuid, f"{item.key}:{try_number}"), item=item, try_number=try_number, channel=LETTER,
        address=" ".join(one.lines[1:]), subject_line=one.words["subject"], body=body, parts=1,
        body_sha256=hashlib.sha256(body.encode()).hexdigest(), cost_mills=price_mills, created_at=at,
    )  # fmt: skip
