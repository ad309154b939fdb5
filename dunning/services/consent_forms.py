"""Chapter 2 – ZERO_CARTA in bulk: a file of signed forms, looked at before anything is written, taken row by row.

Before: an upload, kept raw.  After: consents as at the desk. Taken twice it writes nothing the second time.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from billing.selectors.positions import positions_in
from dunning.rules.consent_forms import SignedRow, read_forms
from dunning.services.contact_checks import ask_contact
from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit
from paybox.kernel.inbox import keep_file, kept_file
from paybox.kernel.locking import lock_name
from paybox.kernel.problems import Problem, Refused
from registry.models import Consent, Subject
from registry.services.consents import Given, record_consent

KIND = "registry.consent_forms"
PAPER = Consent.Source.PAPER.value


@dataclass(frozen=True, slots=True)
class Preview:
    """``rows`` can be taken, ``done`` are already in the archives, ``problems`` say row and column."""

    filename: str
    rows: tuple[tuple[SignedRow, int], ...]
    done: int
    problems: tuple[Problem, ...]


def keep_forms(*, raw: bytes, filename: str, actor: Actor, at: datetime, today: date) -> UUID:
    """Keep the file as it came, if it can be read at all. Raises FileRefused."""
    for _ in read_forms(raw, filename, today=today):
        pass
    return keep_file(kind=KIND, raw=raw, filename=filename, actor=actor, at=at)


def preview_forms(*, uuid: UUID, today: date, scope: Collection[str] = ()) -> Preview | None:
    """What would be taken now; None when there is no such file. ``scope``: services whose people it may be, empty for all."""
    kept = kept_file(kind=KIND, uuid=uuid)
    if kept is None:
        return None
    read = list(read_forms(kept.body, kept.filename, today=today))
    rows = [row for row in read if isinstance(row, SignedRow)]
    problems = [row for row in read if isinstance(row, Problem)]
    taken, done, refused = _judge(rows, scope)
    problems += refused
    return Preview(kept.filename, taken, done, tuple(sorted(problems, key=lambda p: p.row)))


@transaction.atomic
def take_forms(
    *, uuid: UUID, actor: Actor, at: datetime, today: date, scope: Collection[str] = ()
) -> int:
    """Write every row that can be taken and ask each e-mail to confirm itself. Returns how many people."""
    lock_name("consent_forms")
    preview = preview_forms(uuid=uuid, today=today, scope=scope)
    if preview is None:
        raise Refused("Il file non c'è più")
    for row, subject_id in preview.rows:
        for kind, value in row.contacts:
            given = Given(
                subject_id, kind, value, row.version, PAPER, row.signed_on, verified=False
            )
            record_consent(given=given, actor=actor, at=at)
        if row.email:
            ask_contact(
                subject_id=subject_id, kind="EMAIL", value=row.email, source=PAPER,
                text_version=row.version, at=at,
            )  # fmt: skip
    record_audit(
        action="registry.consent.forms_taken", actor=actor, at=at, subject=f"raw:{uuid}",
        people=len(preview.rows),
    )  # fmt: skip
    return len(preview.rows)


Judged = tuple[tuple[tuple[SignedRow, int], ...], int, list[Problem]]


def _judge(rows: Sequence[SignedRow], scope: Collection[str]) -> Judged:
    """Against the archives, in two questions: known people, and what they have said already."""
    people = Subject.objects.filter(codice_fiscale__in=[r.codice_fiscale for r in rows])
    if scope:
        people = people.filter(pk__in=positions_in(scope).values("subject_id"))
    known = dict(people.values_list("codice_fiscale", "pk"))
    said: dict[int, list[Consent]] = {}
    for act in Consent.objects.filter(subject__in=known.values()).order_by("id"):
        said.setdefault(act.subject_id, []).append(act)
    taken, done, refused = [], 0, []
    for row in rows:
        subject_id = known.get(row.codice_fiscale)
        acts = said.get(subject_id or 0, [])
        if subject_id is None:
            refused.append(_problem(row, "nessun contribuente dell'Ente ha questo codice fiscale"))
        elif _is_there(row, acts):
            done += 1
        elif back := _went_back(row, acts):
            refused.append(_problem(row, f"è tornato alla carta il {back:%d/%m/%Y}, dopo la firma"))
        else:
            taken.append((row, subject_id))
    return tuple(taken), done, refused


def _is_there(row: SignedRow, acts: Sequence[Consent]) -> bool:
    given = {(a.kind, a.value, a.signed_on) for a in acts if a.act == Consent.Act.GIVEN}
    return all((kind, value, row.signed_on) in given for kind, value in row.contacts)


def _went_back(row: SignedRow, acts: Sequence[Consent]) -> date | None:
    days = [a.signed_on for a in acts if a.act == Consent.Act.WITHDRAWN]
    return max((day for day in days if day >= row.signed_on), default=None)


def _problem(row: SignedRow, words: str) -> Problem:
    return Problem(row.line, "codice_fiscale", "form", "error", words)
