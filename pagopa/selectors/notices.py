"""All that an answer to the Node needs to know of one notice: one question for a verify, two for an activation."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any, Literal, NamedTuple

from pagopa.rules.decision import NoticeFacts
from pagopa.selectors.prepared import fetch_one

_NOTICE = """
SELECT i.position_id, i.number, i.iuv, i.notice_number, LEAST(i.amount_cents, p.residual_cents),
    i.amount_cents, i.due_on, i.state, p.state, p.causale, s.sector, s.taxonomy, s.iban,
    s.accepts_late_payment, p.details ? 'quote'
FROM {schema}.billing_instalment i
JOIN {schema}.billing_position p ON p.id = i.position_id
JOIN {schema}.billing_service s ON s.id = p.service_id
WHERE i.notice_number = $1
"""
_DEBTOR = """
SELECT b.kind, b.codice_fiscale, b.name, b.street, b.civic, b.cap, b.city, b.province, b.country,
    COALESCE(p.details -> 'quote', '[]')
FROM {schema}.billing_position p JOIN {schema}.registry_subject b ON b.id = p.subject_id
WHERE p.id = $1
"""
UNKNOWN = NoticeFacts(exists=False)


class Notice(NamedTuple):
    """``payable_cents``: what this notice asks for at this moment, never more than is still owed."""

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
    is_shared: bool = False

    @property
    def way(self) -> str:
        """``Rata unica`` or ``Rata 2``."""
        return f"Rata {self.number}" if self.number else "Rata unica"


class Debtor(NamedTuple):
    """Who owes, as an activation says it."""

    kind: Literal["F", "G"]
    code: str
    name: str
    street: str
    civic: str
    cap: str
    city: str
    province: str
    country: str
    shares: tuple["Share", ...] = ()


class Share(NamedTuple):
    """What of a position belongs to one body: ``weight`` in cents or percentages, alike for all shares.

    Empty fields: as of the Ente and its service. Kept in ``Position.details["quote"]`` by these names:
    ``peso``, ``codice_fiscale``, ``iban``, ``nome``, ``tassonomia``, ``metadati``.
    """

    weight: int
    fiscal_code: str = ""
    iban: str = ""
    name: str = ""
    taxonomy: str = ""
    metadata: tuple[tuple[str, str], ...] = ()


def read_notice(notice_number: str, *, schema: str) -> Notice | None:
    """The notice of that Ente, or None. No transaction needed."""
    row: Any = fetch_one(_NOTICE, name="notice", schema=schema, parameter=notice_number)
    if row is None:
        return None
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
        row[14] == b"t",
    )


def read_debtor(position_id: int, *, schema: str) -> Debtor:
    """The debtor of a position that ``read_notice`` found."""
    row: Any = fetch_one(_DEBTOR, name="debtor", schema=schema, parameter=str(position_id))
    *who, shares = (value.decode() for value in row)
    return Debtor(*who)._replace(shares=tuple(_share(one) for one in json.loads(shares)))


def _share(kept: dict[str, Any]) -> Share:
    return Share(
        weight=int(kept["peso"]),
        fiscal_code=kept.get("codice_fiscale", ""),
        iban=kept.get("iban", ""),
        name=kept.get("nome", ""),
        taxonomy=kept.get("tassonomia", ""),
        metadata=tuple((str(k), str(v)) for k, v in kept.get("metadati", {}).items()),
    )


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
        late_refused=not notice.accepts_late_payment and notice.due_on < today(),
    )
