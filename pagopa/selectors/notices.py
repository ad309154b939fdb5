"""All that an answer to the Node needs to know of one notice: one question each."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any, Literal, NamedTuple

from billing.rules.amount_due import DueFacts, amount_due_now, read_rules
from billing.rules.shares import Share, read_shares
from pagopa.rules.decision import NoticeFacts
from paybox.kernel.prepared import Asked, Statement

_ASKED = """
SELECT i.position_id, i.number, i.iuv, i.notice_number, LEAST(i.amount_cents, p.residual_cents),
    i.amount_cents, i.due_on, i.state, p.state, p.causale, s.sector, s.taxonomy, s.iban,
    s.accepts_late_payment, p.total_cents, s.postal_iban,
    COALESCE(p.details -> 'quote', s.shares) || COALESCE(p.details -> 'bolli', '[]'),
    CASE WHEN s.amount_rules <> '[]' THEN jsonb_build_object('rules', s.amount_rules,
        'opened_on', (p.opened_at AT TIME ZONE 'Europe/Rome')::date,
        'noticed_on', (p.noticed_at AT TIME ZONE 'Europe/Rome')::date,
        'accrued', p.accrued_cents) END,
    EXISTS (SELECT 1 FROM {schema}.pagopa_leftreceipt l WHERE l.notice_number = i.notice_number){debtor}
FROM {schema}.billing_instalment i
JOIN {schema}.billing_position p ON p.id = i.position_id
JOIN {schema}.billing_service s ON s.id = p.service_id{subject}
WHERE i.notice_number = %(notice)s::text
"""
_DEBTOR = """,
    b.kind, b.codice_fiscale, b.name, b.street, b.civic, b.cap, b.city, b.province, b.country, s.metadata"""
_SUBJECT = """
JOIN {schema}.registry_subject b ON b.id = p.subject_id"""
_NOTICE = Statement("notice", _ASKED.replace("{debtor}", "").replace("{subject}", ""))
_WHOLE = Statement("whole", _ASKED.replace("{debtor}", _DEBTOR).replace("{subject}", _SUBJECT))
_OF_NOTICE = 19  # columns; those of the debtor follow
# Asked only of a credit that has borne something already: planning it with the rest would slow down every verify.
_COSTS = Statement(
    "costs",
    """
SELECT 1 FROM {schema}.billing_transfer WHERE position_id = %(position)s::bigint AND kind = 'SPESE' LIMIT 1
""",
)
UNKNOWN = NoticeFacts(exists=False)


class Notice(NamedTuple):
    """``payable_cents``: what this notice asks for at this moment, never more than is still owed.

    ``total_cents``: of the whole credit; ``shares`` empty: all of it is the Ente's; ``amount_terms`` empty: no rules.
    ``in_course``: its receipt has come and a worker has still to book it.
    """

    position_id: int
    number: int
    iuv: str
    notice_number: str
    payable_cents: int
    amount_cents: int
    due_on: date
    state: str
    position_state: str
    causale: str
    sector: str
    taxonomy: str
    service_iban: str
    accepts_late_payment: bool
    total_cents: int = 0
    postal_iban: str = ""
    shares: tuple[Share, ...] = ()
    amount_terms: str = ""
    costs_charged: bool = False
    in_course: bool = False

    def on_day(self, today: Callable[[], date]) -> "Notice":
        """As it is asked for on that day, by the rules of its service; ``today`` is asked only where there are some."""
        if not self.amount_terms:
            return self
        terms = json.loads(self.amount_terms)
        facts = DueFacts(
            self.payable_cents,
            self.due_on,
            date.fromisoformat(terms["opened_on"]),
            date.fromisoformat(terms["noticed_on"]) if terms["noticed_on"] else None,
            self.costs_charged,
        )
        due = amount_due_now(facts, read_rules(terms["rules"]), on=today())
        return self._replace(payable_cents=due.total_cents)

    @property
    def way(self) -> str:
        """``Rata unica`` or ``Rata 2``."""
        return f"Rata {self.number}" if self.number else "Rata unica"


class Debtor(NamedTuple):
    """Who owes, as an activation says it; with what the service says with each notice."""

    kind: Literal["F", "G"]
    code: str
    name: str
    street: str
    civic: str
    cap: str
    city: str
    province: str
    country: str
    metadata: tuple[tuple[str, str], ...] = ()


def ask_notice(notice_number: str, *, schema: str) -> Asked:
    """Put the question; ``notice_of`` has the answer. No transaction needed."""
    return _NOTICE.ask(schema, {"notice": notice_number})


def ask_notice_and_debtor(notice_number: str, *, schema: str) -> Asked:
    """Put the question; ``notice_and_debtor_of`` has the answer. No transaction needed."""
    return _WHOLE.ask(schema, {"notice": notice_number})


def read_notice(notice_number: str, *, schema: str) -> Notice | None:
    """The notice of that Ente, or None. No transaction needed. Raises psycopg.Error."""
    return notice_of(ask_notice(notice_number, schema=schema), schema)


def notice_of(asked: Asked, schema: str) -> Notice | None:
    """As ``read_notice``."""
    row = asked.row()
    return _notice(row, schema) if row else None


def notice_and_debtor_of(asked: Asked, schema: str) -> tuple[Notice, Debtor] | None:
    """The notice of that Ente with who owes it, or None. Raises psycopg.Error."""
    row = asked.row()
    return (_notice(row, schema), _debtor(row[_OF_NOTICE:])) if row else None


def _notice(row: Any, schema: str) -> Notice:
    return Notice(
        int(row[0]),
        int(row[1]),
        row[2].decode(),
        row[3].decode(),
        int(row[4]),
        int(row[5]),
        date.fromisoformat(row[6].decode()),
        row[7].decode(),
        row[8].decode(),
        row[9].decode(),
        row[10].decode(),
        row[11].decode(),
        row[12].decode(),
        row[13] == b"t",
        int(row[14]),
        row[15].decode(),
        _shares(row[16]),
        (row[17] or b"").decode(),
        row[17] is not None and _bore_costs(row[0], row[17], schema),
        row[18] == b"t",
    )


def _bore_costs(position_id: bytes, terms: bytes, schema: str) -> bool:
    """Costs are charged once a credit."""
    if not json.loads(terms)["accrued"]:
        return False
    found = _COSTS.fetch(schema, {"position": position_id.decode()})
    return found is not None


def _debtor(row: Any) -> Debtor:
    *who, metadata = (value.decode() for value in row)
    debtor = Debtor(*who)
    return debtor if metadata == "{}" else debtor._replace(metadata=_pairs(metadata))


def _pairs(metadata: str) -> tuple[tuple[str, str], ...]:
    return tuple((str(key), str(value)) for key, value in json.loads(metadata).items())


def _shares(kept: bytes) -> tuple[Share, ...]:
    """Almost every notice is all of the Ente's: nothing to read."""
    return () if kept == b"[]" else read_shares(json.loads(kept))


def notice_facts(notice: Notice | None, *, today: Callable[[], date]) -> NoticeFacts:
    """The facts that the decision is made of; ``today`` is asked only where the day matters."""
    if notice is None:
        return UNKNOWN
    return NoticeFacts(
        exists=True,
        withdrawn=notice.state == "ANNULLATA" or notice.position_state == "ANNULLATA",
        paid=notice.state == "PAGATA",
        settled=notice.position_state == "PAGATA",
        alternative_paid=notice.state == "CHIUSA",
        in_course=notice.in_course,
        late_refused=not notice.accepts_late_payment and notice.due_on < today(),
    )
