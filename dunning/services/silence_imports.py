"""Chapter 9 – silence in bulk: a file of addresses looked at before anything is written, then taken whole or not at all.

Before: an upload, kept raw.  After: the same list that a single address goes to. Taken twice it writes nothing more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from dunning.models import Suppression
from dunning.rules.silence_files import SilencedRow, read_silences, unread
from dunning.services.refusals import WaveRefused
from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit
from paybox.kernel.clock import ROME
from paybox.kernel.inbox import keep_file, kept_file
from paybox.kernel.locking import lock_name
from paybox.kernel.problems import Problem

KIND = "dunning.silences"


@dataclass(frozen=True, slots=True)
class SilencePreview:
    """``rows`` can be taken, ``known`` are on the list already, ``problems`` say line and reason."""

    raw_id: int
    filename: str
    rows: tuple[SilencedRow, ...]
    known: int
    problems: tuple[Problem, ...]


def keep_silences(*, raw: bytes, filename: str, actor: Actor, at: datetime, today: date) -> UUID:
    """Keep the file as it came, if it can be read at all. Raises FileRefused."""
    for _ in read_silences(raw, filename, today=today):
        pass
    return keep_file(kind=KIND, raw=raw, filename=filename, actor=actor, at=at)


def preview_silences(*, uuid: UUID, today: date) -> SilencePreview | None:
    """What would be taken now; None when there is no such file. Nothing is written."""
    kept = kept_file(kind=KIND, uuid=uuid)
    if kept is None:
        return None
    read = list(read_silences(kept.body, kept.filename, today=today))
    problems = [row for row in read if isinstance(row, Problem)]
    rows, known, readmitted = _judge([row for row in read if isinstance(row, SilencedRow)])
    told = tuple(sorted([*problems, *readmitted], key=lambda p: p.row))
    return SilencePreview(kept.raw_id, kept.filename, rows, known, told)


@transaction.atomic
def take_silences(*, uuid: UUID, actor: Actor, at: datetime, today: date) -> int:
    """Leave every new address alone from now on. Returns how many. Raises WaveRefused when there is no such file."""
    lock_name("dunning.silences")
    preview = preview_silences(uuid=uuid, today=today)
    if preview is None:
        raise WaveRefused("Il file non c'è più")
    Suppression.objects.bulk_create(
        (
            Suppression(
                channel=row.channel, address=row.address, reason=row.reason, asked_on=row.asked_on, created_at=at,
                actor_name=actor.name, raw_message_id=preview.raw_id,
            )
            for row in preview.rows
        ),
        ignore_conflicts=True,  # somebody may ask for silence in this very moment
    )  # fmt: skip
    record_audit(
        action="dunning.silences.taken", actor=actor, at=at, subject=f"raw:{uuid}", taken=len(preview.rows),
        known=preview.known, refused=len(preview.problems),
    )  # fmt: skip
    return len(preview.rows)


def _judge(
    rows: Sequence[SilencedRow],
) -> tuple[tuple[SilencedRow, ...], int, list[Problem]]:
    """Against the list, in two statements: new, on it already, asked before the office readmitted them."""
    listed = Suppression.objects.filter(address__in=[row.address for row in rows])
    silent = set(listed.filter(lifted_at=None).values_list("channel", "address"))
    lifted = {
        (channel, address): at.astimezone(ROME).date()
        for channel, address, at in listed.filter(lifted_at__isnull=False)
        .values_list("channel", "address")
        .annotate(Max("lifted_at"))
    }
    fresh, known, refused = [], 0, []
    for row in rows:
        key = (row.channel, row.address)
        back = lifted.get(key)
        if key in silent:
            known += 1
        elif back is not None and row.asked_on is not None and row.asked_on < back:
            words = f"è stato riammesso il {back:%d/%m/%Y}, dopo questa data"
            refused.append(unread(row.line, "data", words))
        else:
            fresh.append(row)
    return tuple(fresh), known, refused
