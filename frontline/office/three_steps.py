"""The three steps of money on a position: paid, reported in a flow, cashed by the treasurer."""

from dataclasses import dataclass
from datetime import date

from pagopa.selectors.steps import Steps
from paybox.kernel.clock import ROME


@dataclass(frozen=True, slots=True)
class Stage:
    """``on`` is None for what has not happened yet; ``words`` is its reference, or what is awaited."""

    label: str
    on: date | None
    words: str


def three_steps(steps: Steps) -> list[Stage]:
    """Of one collection, in order. What did not pass through pagoPA has no flow to wait for."""
    paid = Stage("Pagato", steps.paid_at.astimezone(ROME).date(), steps.reference)
    if steps.channel != "PAGOPA":
        return [paid]
    by_itself = steps.flow is None and steps.cashed_on is not None
    awaited = "bonifico singolo, senza flusso" if by_itself else "in attesa del flusso del PSP"
    reported = steps.cashed_on if by_itself else steps.reported_on
    return [
        paid,
        Stage("Rendicontato", reported, steps.flow or awaited),
        Stage(
            "Incassato",
            steps.cashed_on,
            f"provvisorio {steps.treasury_reference}" if steps.cashed_on else "in attesa dell'accredito in tesoreria",
        ),
    ]  # fmt: skip
