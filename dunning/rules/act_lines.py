"""What an act asks for, line by line, each with its article: worked out as of one day. Pure.

Before: an unpaid credit and what the body has decided for it.  After: the official reads the lines, then confirms them.
Interest runs on the principal alone (art. 1283 c.c.); expenses never bear any. A sanction is for local taxes only, once.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from billing.rules.collection_charges import CHARGES, charge_cents
from billing.rules.dated import in_force, share
from billing.rules.interest import DAYS_IN_YEAR, interest_parts, legal_interest_cents
from billing.rules.notification_costs import (
    WAY_NAMES,
    Way,
    notification_cents,
    notification_source,
)
from billing.rules.sanctions import sanction_cents, sanction_source

MORA_AFTER = timedelta(days=30)  # c. 802: counted from when the act is enforceable
_OWN = "importo stabilito dall'Ente"


class LineKind(StrEnum):
    """The parts of what is asked; the added ones are each a movement of the ledger."""

    PRINCIPAL = "CAPITALE"
    EARLIER = "PRECEDENTI"
    SANCTIONS = "SANZIONI"
    INTEREST = "INTERESSI"
    EXPENSES = "SPESE_NOTIFICA"
    CHARGES = "ONERI"


@dataclass(frozen=True, slots=True)
class ActFacts:
    """Cents and days. ``interest_since``: the last day already charged, or the due date.

    ``executive_on`` None: no act is enforceable yet, hence no charges. ``own_expenses_cents``: what the body has
    set instead of the decree, 0 where it has not. ``mora_from``: the first day of the body's ``mora_spread``
    (hundredths of a percent) above the legal rate, once an act is enforceable (c. 802). ``with_sanction`` only where one is owed.
    """

    principal_cents: int
    earlier_cents: int
    due_on: date
    interest_since: date
    on: date
    way: Way | None
    with_sanction: bool
    executive_on: date | None
    charges_on_everything: bool
    with_interest: bool = True
    mora_from: date | None = None
    mora_spread: int = 0
    own_expenses_cents: int = 0


@dataclass(frozen=True, slots=True)
class ActLine:
    """``how`` says how the sum comes about, ``source`` the article."""

    kind: LineKind
    name: str
    cents: int
    how: str
    source: str


def act_lines(facts: ActFacts) -> list[ActLine]:
    """The lines that are not zero, the principal first. Raises RulesRefused, InterestRefused."""
    lines = [
        ActLine(LineKind.PRINCIPAL, "Importo dovuto", facts.principal_cents, "ancora da pagare", ""),
        ActLine(LineKind.EARLIER, "Somme già addebitate", facts.earlier_cents, "con atti precedenti", ""),
        _sanction(facts),
        _interest(facts),
        _mora(facts),
    ]  # fmt: skip
    lines.append(_charges(facts, sum(line.cents for line in lines)))
    lines.append(_expenses(facts))
    return [line for line in lines if line.cents]


def cents_of(lines: list[ActLine], kind: LineKind) -> int:
    return sum(line.cents for line in lines if line.kind == kind)


def _sanction(facts: ActFacts) -> ActLine:
    if not facts.with_sanction or facts.on <= facts.due_on:
        return ActLine(LineKind.SANCTIONS, "Sanzione", 0, "", "")
    cents = sanction_cents(tax_cents=facts.principal_cents, due_on=facts.due_on, paid_on=facts.on)
    days = (facts.on - facts.due_on).days
    how = f"omesso versamento: {days} giorni dalla scadenza del {facts.due_on:%d/%m/%Y}"
    return ActLine(
        LineKind.SANCTIONS, "Sanzione", cents, how, sanction_source(due_on=facts.due_on)
    )  # fmt: skip


def _interest(facts: ActFacts) -> ActLine:
    if not facts.with_interest:
        return ActLine(LineKind.INTEREST, "Interessi legali", 0, "", "")
    principal, since = facts.principal_cents, facts.interest_since
    parts = interest_parts(principal_cents=principal, due_on=since, paid_on=facts.on)
    how = "; ".join(f"{p.days} giorni al {_percent(p.rate)}" for p in parts)
    cents = legal_interest_cents(principal_cents=principal, due_on=since, paid_on=facts.on)
    return ActLine(LineKind.INTEREST, "Interessi legali", cents, how, "art. 1284 c.c.")


def _mora(facts: ActFacts) -> ActLine:
    """c. 802: what the body has added to the legal rate, on the principal alone, from thirty days after the title."""
    name, source = "Maggiorazione di mora", "L. 160/2019, art. 1 c. 802"
    begin = max(facts.mora_from or facts.on, facts.interest_since + timedelta(days=1))
    days = (facts.on - begin).days + 1
    if not facts.with_interest or facts.mora_from is None or not facts.mora_spread or days <= 0:
        return ActLine(LineKind.INTEREST, name, 0, "", "")
    cents = share(
        facts.principal_cents, numerator=facts.mora_spread * days, denominator=DAYS_IN_YEAR * 10_000
    )
    how = f"{days} giorni al {_percent(facts.mora_spread)} oltre il tasso legale"
    return ActLine(LineKind.INTEREST, name, cents, how, source)


def _charges(facts: ActFacts, everything_cents: int) -> ActLine:
    name = "Oneri di riscossione"
    if facts.executive_on is None or facts.on < facts.executive_on:
        return ActLine(LineKind.CHARGES, name, 0, "", "")
    base = everything_cents if facts.charges_on_everything else facts.principal_cents
    cents = charge_cents(base_cents=base, executive_on=facts.executive_on, paid_on=facts.on)
    how = f"atto esecutivo dal {facts.executive_on:%d/%m/%Y}"
    source = in_force(CHARGES, on=facts.executive_on).source
    return ActLine(LineKind.CHARGES, name, cents, how, source)


def _expenses(facts: ActFacts) -> ActLine:
    if facts.way is None:
        return ActLine(LineKind.EXPENSES, "Spese di notifica", 0, "", "")
    if own := facts.own_expenses_cents:
        return ActLine(LineKind.EXPENSES, "Spese di notifica", own, WAY_NAMES[facts.way], _OWN)
    cents = notification_cents(facts.way, on=facts.on)
    source = notification_source(facts.way, on=facts.on)
    return ActLine(LineKind.EXPENSES, "Spese di notifica", cents, WAY_NAMES[facts.way], source)


def _percent(rate: int) -> str:
    return f"{rate // 100},{rate % 100:02d} %"
