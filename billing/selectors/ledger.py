"""What the ledger says, and the proof that everything else says the same (architecture §5)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.db import connection
from django.db.models import Sum

from billing.models import LedgerTotal, Position
from billing.states import PositionFacts, instalment_state, position_state


@dataclass(frozen=True, slots=True)
class LedgerProblem:
    """One row that disagrees: which check, which row, what is stored and what it should be."""

    check: str
    row: str
    stored: str
    expected: str

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Totals:
    """Cents. ``owed`` is what is still to be paid: opened − allotted − withdrawn."""

    opened: int
    allotted: int
    excess: int
    withdrawn: int

    @property
    def owed(self) -> int:
        return self.opened - self.allotted - self.withdrawn

    @property
    def collected(self) -> int:
        return self.allotted + self.excess


# The kinds that make a credit larger: the last three only stand in the opening of a replacement.
_OPENING = ("APERTURA", "AUMENTO", "INTERESSI", "SPESE", "SANZIONI", "SPESE_NOTIFICA", "ONERI")


def ledger_totals(*, service_id: int | None = None) -> Totals:
    """The running totals of the Ente, or of one service: one short read, no history summed."""
    rows = (
        LedgerTotal.objects.all()
        if service_id is None
        else LedgerTotal.objects.filter(service_id=service_id)
    )
    return totals_of(dict(rows.values_list("kind").annotate(total=Sum("amount_cents"))))


def totals_of(by_kind: Mapping[str, int]) -> Totals:
    """The figures that the kinds of transfer add up to; cents."""
    attributed = by_kind.get("ATTRIBUZIONE", 0)
    return Totals(
        opened=_sum(by_kind, *_OPENING),
        allotted=by_kind.get("INCASSO", 0) + attributed - by_kind.get("STORNO_INCASSO", 0),
        excess=by_kind.get("ECCEDENZA", 0) - attributed,
        withdrawn=_sum(by_kind, "ANNULLO", "RIDUZIONE", "ABBUONO"),
    )


def _sum(by_kind: Mapping[str, int], *kinds: str) -> int:
    return sum(by_kind.get(kind, 0) for kind in kinds)


_SQL_CHECKS = {
    "residual": """
        SELECT 'posizione ' || p.reference, p.residual_cents::text, COALESCE(sum(CASE WHEN t.debit = 'CREDITI'
            THEN t.amount_cents WHEN t.credit = 'CREDITI' THEN -t.amount_cents END), 0)::text
        FROM billing_position p LEFT JOIN billing_transfer t ON t.position_id = p.id
        GROUP BY p.id HAVING p.residual_cents <> COALESCE(sum(CASE WHEN t.debit = 'CREDITI'
            THEN t.amount_cents WHEN t.credit = 'CREDITI' THEN -t.amount_cents END), 0)""",
    "collection": """
        SELECT 'incasso ' || c.reference, c.amount_cents::text, COALESCE(sum(t.amount_cents), 0)::text
        FROM billing_collection c LEFT JOIN billing_transfer t ON t.collection_id = c.id AND t.debit = 'INCASSI'
        GROUP BY c.id HAVING c.amount_cents <> c.allotted_cents + c.excess_cents
            OR c.allotted_cents <> COALESCE(sum(t.amount_cents) FILTER (WHERE t.credit = 'CREDITI'), 0)
            OR c.excess_cents <> COALESCE(sum(t.amount_cents) FILTER (WHERE t.credit = 'ECCEDENZE'), 0)""",
    "totals": """
        SELECT 'totale ' || COALESCE(s.kind, l.kind) || ' servizio ' || COALESCE(s.service_id, l.service_id, 0),
            COALESCE(l.amount, 0)::text, COALESCE(s.amount, 0)::text
        FROM (SELECT COALESCE(p.service_id, t.service_id, 0) AS service_id, t.kind, sum(t.amount_cents) AS amount, count(*) AS n
              FROM billing_transfer t LEFT JOIN billing_position p ON p.id = t.position_id GROUP BY 1, 2) s
        FULL JOIN (SELECT COALESCE(service_id, 0) AS service_id, kind, sum(amount_cents) AS amount, sum(transfers) AS n
              FROM billing_ledgertotal GROUP BY 1, 2) l USING (service_id, kind)
        WHERE s.amount IS DISTINCT FROM l.amount OR s.n IS DISTINCT FROM l.n""",
    "instalments": """
        SELECT 'posizione ' || p.reference, p.total_cents::text, sum(i.amount_cents)::text
        FROM billing_position p JOIN billing_instalment i ON i.position_id = p.id AND i.number > 0
        GROUP BY p.id HAVING sum(i.amount_cents) <> p.total_cents""",
    "notices": """
        SELECT 'posizione ' || p.reference, 'nessun codice avviso', 'almeno uno' FROM billing_position p
        WHERE NOT EXISTS (SELECT 1 FROM billing_instalment i WHERE i.position_id = p.id)""",
    "timeline": """
        SELECT 'fatto ' || t.id, 'posizione ' || t.position_id, 'una posizione che esiste' FROM billing_timelineentry t
        WHERE NOT EXISTS (SELECT 1 FROM billing_position p WHERE p.id = t.position_id)""",
}

# Checks that apps above add in AppConfig.ready (each yields problems of the current Ente).
EXTRA_CHECKS: list[Callable[[], Iterator[LedgerProblem]]] = []


def ledger_problems() -> Iterator[LedgerProblem]:
    """Prove the current Ente's ledger; nothing yielded means that everything agrees."""
    for check, query in _SQL_CHECKS.items():
        with connection.cursor() as cursor:
            cursor.execute(query)
            for row in cursor.fetchall():
                yield LedgerProblem(check, *row)
    yield from _wrong_states()
    for extra in EXTRA_CHECKS:
        yield from extra()


def _wrong_states() -> Iterator[LedgerProblem]:
    """Stored states against the total functions of billing/states.py."""
    positions = Position.objects.order_by("pk").prefetch_related("instalments", "collections")
    for position in positions.iterator(chunk_size=2000):
        facts = facts_of(position)
        if position.state != position_state(facts):
            yield LedgerProblem(
                "state", f"posizione {position.reference}", position.state, position_state(facts)
            )
        for instalment in position.instalments.all():
            expected = instalment_state(facts, instalment.number)
            if instalment.state != expected:
                yield LedgerProblem(
                    "state", f"avviso {instalment.notice_number}", instalment.state, expected
                )


def facts_of(position: Position) -> PositionFacts:
    """From prefetched collections: what the state functions need."""
    paid = {
        c.instalment_number for c in position.collections.all() if c.instalment_number is not None
    }
    return PositionFacts(
        total_cents=position.total_cents,
        residual_cents=position.residual_cents,
        withdrawn=position.withdrawn_at is not None,
        paid_numbers=frozenset(paid),
    )


def ledger_summary() -> dict[str, Any]:
    """For the command and the board: the totals, as a plain dict of cents."""
    totals = ledger_totals()
    return {**asdict(totals), "owed": totals.owed, "collected": totals.collected}
