"""Chapter 1 – a file arrives: kept raw, read row by row, staged, and shown before anything is opened.

Before: an upload or ``load_file``.  After: ``loads.confirm_load``.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from itertools import islice

from django.db import transaction

from billing.models import Load, LoadRow, Service
from billing.rules.load_file import CandidatePosition, RefusedRows, read_table, validate_rows
from billing.services.opening import open_totals
from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit
from paybox.kernel.bulk import copy_rows
from paybox.kernel.inbox import store_raw
from paybox.kernel.problems import Problem

CHUNK = 5_000
ROW_COLUMNS = [
    "load_id",
    "first_row",
    "reference",
    "state",
    "rows",
    "amount_cents",
    "data",
    "problems",
]
Outcome = CandidatePosition | RefusedRows


class _Counts:
    """Rows of the file by what becomes of them; cents of the accepted."""

    def __init__(self) -> None:
        self.accepted = self.refused = self.already_loaded = self.amount_cents = 0


@transaction.atomic
def stage_load(
    *, service: Service, filename: str, raw: bytes, actor: Actor, at: datetime, today: date
) -> Load:
    """Read the whole file and stage what it would do. Nothing is opened.

    Raises FileRefused (nothing stored) when the file is not what it says or cannot be read to its end.
    """
    table = read_table(raw, filename)
    message = store_raw(kind="billing.load", body=raw, at=at, headers={"filename": filename[:200]})
    load = Load.objects.create(
        service=service,
        filename=filename[:200],
        sha256=hashlib.sha256(raw).hexdigest(),
        raw_message_id=message.pk,
        created_at=at,
        actor_name=actor.name,
    )
    counts = _Counts()
    outcomes = validate_rows(table, today=today)
    copy_rows_of_header(load, table.warnings)
    while chunk := list(islice(outcomes, CHUNK)):
        settled = list(_against_existing(service, chunk))  # no query while the COPY is open
        copy_rows(LoadRow, ROW_COLUMNS, _staged(load, settled, counts))
    load.accepted, load.refused = counts.accepted, counts.refused
    load.already_loaded, load.amount_cents = counts.already_loaded, counts.amount_cents
    load.rows = counts.accepted + counts.refused + counts.already_loaded
    load.save(update_fields=["rows", "accepted", "refused", "already_loaded", "amount_cents"])
    record_audit(
        action="billing.load.staged", actor=actor, at=at, subject=f"load:{load.uuid}", rows=load.rows,
        accepted=load.accepted, refused=load.refused,
    )  # fmt: skip
    return load


def copy_rows_of_header(load: Load, warnings: Iterable[Problem]) -> None:
    """What was odd about the header stands on a row of its own, of no position."""
    problems = [problem.as_dict() for problem in warnings]
    if problems:
        LoadRow.objects.create(
            load=load,
            first_row=1,
            reference="",
            state=LoadRow.State.NOTE,
            rows=0,
            problems=problems,
        )


def _against_existing(service: Service, chunk: list[Outcome]) -> Iterator[tuple[Outcome, bool]]:
    """Each outcome with whether the very same credit is open already; a different one is refused."""
    references = [o.riferimento for o in chunk if isinstance(o, CandidatePosition)]
    existing = open_totals(service_id=service.pk, references=references)
    for outcome in chunk:
        total = (
            existing.get(outcome.riferimento) if isinstance(outcome, CandidatePosition) else None
        )
        if isinstance(outcome, RefusedRows) or total is None:
            yield outcome, False
        elif total == outcome.total_cents:
            yield outcome, True
        else:
            yield _refuse_changed(outcome), False


def _refuse_changed(outcome: CandidatePosition) -> RefusedRows:
    message = (
        f"il riferimento «{outcome.riferimento}» è già caricato con un altro importo: "
        "per cambiarlo si annulla o si sostituisce la posizione"
    )
    problem = Problem(outcome.rows[0], "importo", "reference_exists", "error", message)
    return RefusedRows(outcome.riferimento, outcome.rows, (problem,))


def _staged(
    load: Load, outcomes: Iterable[tuple[Outcome, bool]], counts: _Counts
) -> Iterator[tuple[object, ...]]:
    dumps = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    for outcome, known in outcomes:
        rows = len(outcome.rows)
        if isinstance(outcome, RefusedRows):
            counts.refused += rows
            problems = dumps([problem.as_dict() for problem in outcome.problems])
            state = LoadRow.State.REFUSED.value
            yield (load.pk, outcome.rows[0], outcome.riferimento, state, rows, 0, "{}", problems)
            continue
        if known:
            counts.already_loaded += rows
        else:
            counts.accepted += rows
            counts.amount_cents += outcome.total_cents
        state = (LoadRow.State.ALREADY_LOADED if known else LoadRow.State.ACCEPTED).value
        warnings = (
            dumps([problem.as_dict() for problem in outcome.warnings]) if outcome.warnings else "[]"
        )
        data = dumps(_as_data(outcome))
        yield (
            load.pk, outcome.rows[0], outcome.riferimento, state, rows, outcome.total_cents, data, warnings
        )  # fmt: skip


def _as_data(c: CandidatePosition) -> dict[str, object]:
    """What ``loads.credit_of`` reads back."""
    s = c.subject
    ways = [(0, c.due_on.isoformat(), c.total_cents)]
    ways += [(i.number, i.due_on.isoformat(), i.amount_cents) for i in c.instalments]
    return {
        "s": [
            s.kind, s.codice_fiscale, s.name, s.sort_key, s.street, s.civico, s.cap, s.comune, s.provincia,
            s.nazione or "IT", s.email, s.pec, s.mobile,
        ],
        "c": c.causale,
        "y": c.year,
        "w": ways,
    }  # fmt: skip
