"""What an act starts from: the principal still owed, since when, what was charged already, what was served for it."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from billing.models import Position, Service
from billing.rules.notification_costs import Way
from billing.rules.sanctions import ravvedimento_cents
from billing.states import InstalmentState
from dunning.models import CreditRules, ServedAct
from dunning.rules.act_facts import MORA_AFTER, ActFacts, Debt, read_rows, still_owed
from dunning.rules.executivity import Calendar, calendar_of
from dunning.rules.limitation import CreditKind
from dunning.selectors.served import acts_served

TITLES = (ServedAct.Kind.ASSESSMENT, ServedAct.Kind.INJUNCTION)


def principal_of(position: Position) -> int:
    """Cents: the credit as it was born, as far as it is still owed; without what acts have added."""
    return min(
        position.residual_cents,
        int(_lines(position).get("capitale_cents", position.residual_cents)),
    )


def interest_since(position: Position) -> date:
    """The last day whose interest was charged; the due date where no act has charged any."""
    return _day(_lines(position).get("interessi_al"), position)


def debts_of(position: Position) -> tuple[Debt, ...]:
    """That principal, the oldest first: in one, or rata by rata where each fell due on a day of its own."""
    principal = principal_of(position)
    lines = _lines(position)
    parts = read_rows(lines.get("rate", [])) if lines else _open_rates(position)
    if len({(part.due_on, part.since) for part in parts}) < 2:
        return (Debt(due_before(position), interest_since(position), principal),)
    return still_owed(parts, principal)


def due_before(position: Position) -> date:
    """When the credit fell due first, whatever replaced it since: from here run sanctions and limitation."""
    return _day(_lines(position).get("scadenza"), position)


def is_sanctioned(position: Position) -> bool:
    """A sanction is asked for once."""
    return bool(_lines(position).get("sanzionata"))


def bears_costs(position_ids: Sequence[int]) -> bool:
    """Whether the act that opened one of these credits charged what serving it costs."""
    charged = Position.objects.filter(pk__in=position_ids, details__righe__spese_cents__gt=0)
    return charged.exists()


def rules_of(service: Service) -> CreditRules:
    """What the body decided for the service; the defaults, not stored, where it has not yet."""
    return CreditRules.objects.filter(service=service).first() or CreditRules(service=service)


def title_calendar(position: Position, rules: CreditRules) -> Calendar | None:
    """From the last assessment or injunction served; None when there is none."""
    return calendar_after(acts_served([position.pk])[position.pk], position, rules)


def calendar_after(
    acts: Iterable[ServedAct], position: Position, rules: CreditRules
) -> Calendar | None:
    """The same, of a credit whose acts are at hand."""
    days = [act.perfected_on for act in acts if act.kind in TITLES]
    if not days:
        return None
    return calendar_of(
        notified_on=max(days),
        nature=rules.nature,
        debt_cents=position.residual_cents,
        same_collector=False,
        terms=rules.terms,
    )


def act_facts(
    position: Position, *, way: Way | None, with_sanction: bool, with_charges: bool, on: date,
    with_interest: bool = True, own_expenses_cents: int = 0, rules: CreditRules | None = None,
) -> ActFacts:  # fmt: skip
    """The facts of an act of that day; a sanction or charges that are not owed are left out.

    ``rules``: those of the service, when they are at hand already.
    """
    rules = rules or rules_of(position.service)
    looked = with_charges or rules.mora_spread > 0
    calendar = title_calendar(position, rules) if looked else None
    return ActFacts(
        debts=debts_of(position),
        earlier_cents=position.residual_cents - principal_of(position),
        on=on,
        way=way,
        with_sanction=with_sanction and may_sanction(position, rules),
        executive_on=calendar.executive_on if calendar and with_charges else None,
        mora_from=calendar.executive_on + MORA_AFTER if calendar else None,
        mora_spread=rules.mora_spread,
        charges_on_everything=rules.charges_on_everything,
        with_interest=with_interest,
        own_expenses_cents=own_expenses_cents,
    )


def may_sanction(position: Position, rules: CreditRules) -> bool:
    """Local taxes only, and only once."""
    return rules.kind == CreditKind.LOCAL_TAX and not is_sanctioned(position)


def ravvedimento_of(position: Position, rules: CreditRules, *, on: date) -> int | None:
    """The reduced sanction, in cents, of who paid by herself that day; None where it cannot be: no tax, not late, an act served."""
    served = any(act.kind in TITLES for act in acts_served([position.pk])[position.pk])
    if not may_sanction(position, rules) or served:
        return None
    late = [debt for debt in debts_of(position) if debt.due_on < on]
    due = [ravvedimento_cents(tax_cents=d.cents, due_on=d.due_on, paid_on=on) for d in late]
    return sum(due) if due else None


def _lines(position: Position) -> dict[str, Any]:
    lines: dict[str, Any] = position.details.get("righe", {})
    return lines


def _open_rates(position: Position) -> list[Debt]:
    payable = [
        i for i in position.instalments.all() if i.number and i.state == InstalmentState.PAYABLE
    ]
    return sorted(Debt(i.due_on, i.due_on, i.amount_cents) for i in payable)


def _day(written: str | None, position: Position) -> date:
    return date.fromisoformat(written) if written else position.next_due_on
