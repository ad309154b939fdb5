"""What an act asks for, line by line, each with its article: worked out as of one day. Pure.

Before: an unpaid credit and what the body has decided for it.  After: the official reads the lines, then confirms them.
Interest runs on the principal alone (art. 1283 c.c.); expenses never bear any. A sanction is for local taxes only, once.
What was to be paid by rate bears both rata by rata, each from the day it fell due.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from billing.rules.collection_charges import CHARGES, charge_cents
from billing.rules.dated import in_force, share
from billing.rules.interest import DAYS_IN_YEAR, interest_on, interest_parts
from billing.rules.notification_costs import WAY_NAMES, notification_cents, notification_source
from billing.rules.sanctions import sanction_cents, sanction_source
from dunning.rules.act_facts import ActFacts, Debt
from paybox.kernel.money import format_euro

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
    late = [debt for debt in facts.debts if debt.due_on < facts.on] if facts.with_sanction else []
    cents = sum(
        sanction_cents(tax_cents=debt.cents, due_on=debt.due_on, paid_on=facts.on) for debt in late
    )
    days = (f"{(facts.on - d.due_on).days} giorni dalla scadenza del {d.due_on:%d/%m/%Y}" for d in late)  # fmt: skip
    sources = dict.fromkeys(sanction_source(due_on=debt.due_on) for debt in late)
    how = f"omesso versamento: {'; '.join(days)}"
    return ActLine(LineKind.SANCTIONS, "Sanzione", cents, how, "; ".join(sources))


def _interest(facts: ActFacts) -> ActLine:
    if not facts.with_interest:
        return ActLine(LineKind.INTEREST, "Interessi legali", 0, "", "")
    cents = interest_on([(debt.since, debt.cents) for debt in facts.debts], paid_on=facts.on)
    how = "; ".join(_days_of(debt, facts) for debt in facts.debts if debt.since < facts.on)
    return ActLine(LineKind.INTEREST, "Interessi legali", cents, how, "art. 1284 c.c.")


def _days_of(debt: Debt, facts: ActFacts) -> str:
    """At which rate how long; of which sum, where there is more than one."""
    parts = interest_parts(principal_cents=debt.cents, due_on=debt.since, paid_on=facts.on)
    days = "; ".join(f"{part.days} giorni al {_percent(part.rate)}" for part in parts)
    if len(facts.debts) == 1:
        return days
    return f"su {format_euro(debt.cents)} € dal {debt.since + timedelta(days=1):%d/%m/%Y}: {days}"


def _mora(facts: ActFacts) -> ActLine:
    """c. 802: what the body has added to the legal rate, on the principal alone, from thirty days after the title."""
    name, source = "Maggiorazione di mora", "L. 160/2019, art. 1 c. 802"
    if not facts.with_interest or facts.mora_from is None or not facts.mora_spread:
        return ActLine(LineKind.INTEREST, name, 0, "", "")
    before = facts.mora_from - timedelta(days=1)
    days = [max(0, (facts.on - max(before, debt.since)).days) for debt in facts.debts]
    weighted = sum(debt.cents * n for debt, n in zip(facts.debts, days, strict=True))
    cents = share(weighted, numerator=facts.mora_spread, denominator=DAYS_IN_YEAR * 10_000)
    how = f"{max(days)} giorni al {_percent(facts.mora_spread)} oltre il tasso legale"
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
