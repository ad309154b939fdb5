"""*Oneri di riscossione*: a share of the debt once the act has become enforceable, with a cap. Pure.

Before: an act that is enforceable.  After: a line of its own in what is asked.
Source: L. 160/2019 art. 1 c. 803 a): 3 % up to € 300 within 60 days of enforceability, then 6 % up to € 600.
Which sums bear the charge is the body's own rule: the caller passes them.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from billing.rules.dated import Dated, in_force, share


@dataclass(frozen=True, slots=True)
class Charge:
    """Hundredths of a percent and the cap in cents."""

    rate: int
    cap_cents: int


@dataclass(frozen=True, slots=True)
class Charges:
    """``early`` applies up to ``early_days`` after enforceability, ``late`` afterwards."""

    early: Charge
    late: Charge
    early_days: int


CHARGES: tuple[Dated[Charges], ...] = (
    Dated(
        date(2020, 1, 1),
        Charges(early=Charge(300, 30_000), late=Charge(600, 60_000), early_days=60),
        "L. 160/2019, art. 1 c. 803 lett. a)",
    ),
)


def charge_cents(*, base_cents: int, executive_on: date, paid_on: date) -> int:
    """What is added to ``base_cents`` for a payment on that day; nothing before the act is enforceable.

    Raises RulesRefused for acts that were enforceable before 2020.
    """
    if paid_on < executive_on:
        return 0
    rule = in_force(CHARGES, on=executive_on).value
    late = paid_on > executive_on + timedelta(days=rule.early_days)
    charge = rule.late if late else rule.early
    whole = share(base_cents, numerator=charge.rate, denominator=10_000)
    return min(whole, charge.cap_cents)
