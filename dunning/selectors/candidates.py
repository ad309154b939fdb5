"""Whom a reminder could go to, with all that decides it: one statement for a whole service, read debtor by debtor.

Before: overdue debts, holds, contacts, what was sent.  After: planning asks ``rules.eligibility`` about each.
Memory stays flat whatever the number of debts: the server adds them up, the rows come a few thousand at a time.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from billing.selectors.overdue import OVERDUE_SQL
from dunning.rules.channels import EMAIL, LETTER, PEC, SMS, taxpayer_addresses
from dunning.rules.effect import WINDOW
from dunning.rules.eligibility import MIN_GAP
from dunning.rules.steps import SPACING_DAYS, Gate

ROWS = 2_000


@dataclass(frozen=True, slots=True)
class Candidate:
    """One debtor. Cents. ``stopped``: the reason that holds back all her debts, empty when some may be asked for.

    ``position_ids``, ``cents`` and ``due_on`` are of the debts that share that verdict; ``notice`` is the only notice
    when ``notices`` is 1. ``contacts``: channel → address. ``silenced``: one of her addresses is not to be used.
    """

    subject_id: int
    key: str
    name: str
    stopped: str
    position_ids: tuple[int, ...]
    cents: int
    due_on: date
    notices: int
    notice: str
    contacts: Mapping[str, str]
    silenced: bool
    last_message_at: datetime | None
    held_out: bool


_CANDIDATES = f"""
WITH debt (position_id, subject_id, cents, due_on, notices) AS ({OVERDUE_SQL.replace("%(on)s", "%(until)s")}),
hold AS (
    SELECT subject_id, position_id, min(CASE reason WHEN 'MANUALE' THEN 'SOSPESO' ELSE reason END) AS reason
    FROM dunning_hold
    WHERE since <= %(on)s AND (until IS NULL OR until >= %(on)s) AND lifted_at IS NULL GROUP BY 1, 2
), last AS (
    SELECT DISTINCT ON (t.position_id, t.due_on) t.position_id, t.due_on, t.step, t.taken_on, t.delivered_on
    FROM dunning_steptaken t JOIN billing_position p ON p.id = t.position_id AND p.service_id = %(service)s
    WHERE %(after)s::int IS NOT NULL ORDER BY t.position_id, t.due_on, t.step DESC
), judged AS (
    SELECT d.*, CASE
        WHEN cardinality(d.notices) = 0 THEN 'SENZA_AVVISO'
        WHEN d.position_id = ANY(%(lapsed)s::bigint[]) THEN 'PRESCRITTO'
        WHEN COALESCE(hp.reason, hs.reason) IS NOT NULL THEN COALESCE(hp.reason, hs.reason)
        WHEN %(after)s::int IS NULL THEN ''
        WHEN p.noticed_at IS NULL THEN 'NON_AVVISATO'
        WHEN %(lead)s::int IS NOT NULL AND d.due_on < %(on)s THEN 'GIA_SCADUTO'
        WHEN %(lead)s::int IS NOT NULL AND l.step IS NOT NULL THEN 'GIA_INVIATO'
        WHEN COALESCE(l.step, 0) > %(after)s THEN 'GIA_INVIATO'
        WHEN COALESCE(l.step, 0) < %(after)s THEN 'PASSO_PRECEDENTE'
        WHEN d.due_on + %(due_days)s > %(on)s OR l.taken_on + %(taken_days)s::int > %(on)s
            OR l.step = 0 AND l.taken_on + %(spacing)s > %(on)s THEN 'NON_ANCORA'
        WHEN l.step IS NULL OR %(delivered_days)s::int IS NULL OR l.delivered_on + %(delivered_days)s::int <= %(on)s THEN ''
        WHEN l.delivered_on IS NULL THEN 'NON_RECAPITATO' ELSE 'NON_ANCORA' END AS stopped
    FROM debt d
    LEFT JOIN billing_position p ON %(after)s::int IS NOT NULL AND p.id = d.position_id
    LEFT JOIN hold hs ON hs.subject_id = d.subject_id AND hs.position_id IS NULL
    LEFT JOIN hold hp ON hp.position_id = d.position_id
    LEFT JOIN last l ON l.position_id = d.position_id AND l.due_on = d.due_on
), grouped AS (
    SELECT subject_id, stopped, CASE WHEN %(each)s THEN position_id ELSE 0 END AS one,
        array_agg(position_id ORDER BY position_id) AS ids, sum(cents)::bigint AS cents,
        min(due_on) AS due_on, sum(cardinality(notices)) AS notices, min(notices[1]) AS notice
    FROM judged GROUP BY 1, 2, 3
), best AS (
    SELECT DISTINCT ON (subject_id, one) * FROM grouped
    ORDER BY subject_id, one, stopped <> '', stopped = 'SENZA_AVVISO', stopped
), silenced AS (
    SELECT CASE channel WHEN 'SMS' THEN 'MOBILE' ELSE channel END AS kind, address
    FROM dunning_suppression WHERE lifted_at IS NULL
), contact AS (
    SELECT subject_id, max(value) FILTER (WHERE kind = 'EMAIL') AS email,
        max(value) FILTER (WHERE kind = 'MOBILE') AS mobile, max(value) FILTER (WHERE kind = 'PEC') AS pec
    FROM (
        SELECT DISTINCT ON (c.subject_id, c.kind) c.subject_id, c.kind, c.value FROM registry_contact c
        WHERE c.quality <> 'NON_RAGGIUNTO'
          AND NOT EXISTS (SELECT FROM silenced s WHERE s.kind = c.kind AND s.address = c.value)
        ORDER BY c.subject_id, c.kind, c.quality DESC, c.id DESC
    ) working GROUP BY subject_id
), hushed AS (
    SELECT DISTINCT c.subject_id FROM silenced s JOIN registry_contact c ON c.kind = s.kind AND c.value = s.address
), told AS (
    SELECT i.subject_id, a.address, a.created_at AS at
    FROM dunning_attempt a JOIN dunning_waveitem i ON i.id = a.item_id
    WHERE a.created_at > %(at)s - %(gap)s AND a.state NOT IN ('CREATO', 'FALLITO_TEMP', 'FALLITO_PERM')
), lately AS (
    SELECT subject_id, max(at) AS at FROM (
        SELECT subject_id, at FROM told UNION ALL
        SELECT c.subject_id, t.at FROM told t JOIN registry_contact c ON c.kind = 'MOBILE' AND c.value = t.address
        WHERE t.subject_id IS NULL
    ) hers GROUP BY 1
), compared AS (
    SELECT DISTINCT i.subject_id FROM dunning_waveitem i JOIN dunning_wave w ON w.id = i.wave_id
    WHERE i.state = 'CONTROLLO' AND w.service_id = %(service)s AND w.started_at > %(at)s - %(window)s
)
SELECT b.subject_id, s.uuid, s.name, b.stopped, b.ids, b.cents, b.due_on, b.notices, b.notice,
    c.mobile, c.email, c.pec,
    CASE WHEN s.street <> '' AND s.city <> '' AND (s.cap <> '' OR s.country <> 'IT')
        THEN concat_ws(' ', s.street, s.civic, s.cap, s.city, s.province) END,
    h.subject_id IS NOT NULL, y.at, k.subject_id IS NOT NULL, s.codice_fiscale
FROM best b JOIN registry_subject s ON s.id = b.subject_id
LEFT JOIN contact c ON c.subject_id = b.subject_id
LEFT JOIN hushed h ON h.subject_id = b.subject_id
LEFT JOIN lately y ON y.subject_id = b.subject_id
LEFT JOIN compared k ON k.subject_id = b.subject_id
ORDER BY b.subject_id, b.one
"""  # noqa: S608 - made of our own constants; every value is a parameter


# For this transaction: every row will be read, so the plan is not to hurry to the first ones; a million debts are
# sorted and joined in memory rather than on disk, by a plan that is run once.
_WHOLE = """
SET LOCAL cursor_tuple_fraction = 1; SET LOCAL work_mem = '96MB'; SET LOCAL jit = off
"""


def candidates_of(
    *, service_id: int, gate: Gate | None, on: date, at: datetime, positions: Sequence[int] | None = None,
    lapsed: Sequence[int] = (), each: bool = False,
) -> Iterator[Candidate]:  # fmt: skip
    """Every debtor with something overdue on that day (about to fall due, before a due date), in order of key. ``gate`` None: whatever the step.
    ``positions``: only among these debts; ``lapsed``: those of them that time has taken away.
    ``each``: every debt by itself, not debtor by debtor.

    Call inside a transaction, and read to the end: rows come from a cursor of the server.
    """
    given: dict[str, Any] = {
        "service": service_id,
        "positions": None if positions is None else list(positions),
        "lapsed": list(lapsed),
        "each": each,
        "on": on,
        "until": gate.looks_until(on) if gate else on,
        "lead": gate.lead_days if gate else None,
        "spacing": SPACING_DAYS,
        "at": at,
        "gap": MIN_GAP,
        "window": WINDOW,
        "after": gate.after_step if gate else None,
        "due_days": gate.due_days if gate else 0,
        "taken_days": gate.taken_days if gate else None,
        "delivered_days": gate.delivered_days if gate else None,
    }
    with connection.cursor() as cursor:
        cursor.execute(_WHOLE)
    with connection.chunked_cursor() as cursor:
        cursor.execute(_CANDIDATES, given)
        while rows := cursor.fetchmany(ROWS):
            yield from (_candidate(*row) for row in rows)


def _candidate(
    subject_id: int, uuid: object, name: str, stopped: str, ids: list[int], cents: int, due_on: date, notices: int,
    notice: str | None, mobile: str | None, email: str | None, pec: str | None, letter: str | None, silenced: bool,
    last_at: datetime | None, held_out: bool, codice_fiscale: str,
) -> Candidate:  # fmt: skip
    contacts = {SMS: mobile or "", EMAIL: email or "", PEC: pec or "", LETTER: letter or ""}
    contacts |= taxpayer_addresses(codice_fiscale, has_address=bool(letter))
    return Candidate(
        subject_id, str(uuid), name, stopped, tuple(ids), cents, due_on, int(notices), notice or "", contacts,
        silenced, last_at, held_out,
    )  # fmt: skip
