"""The words of the memo to the body: how much was not paid when a term passed. No name of any debtor travels by e-mail."""

from dataclasses import dataclass
from datetime import date

from paybox.kernel.money import format_euro


@dataclass(frozen=True, slots=True)
class MemoFacts:
    """Cents. ``before`` is the percentage of the term before, None when there is none; ``link`` opens the list."""

    ente: str
    service: str
    due_on: date
    made_on: date
    positions: int
    unpaid: int
    unpaid_cents: int
    before: float | None
    link: str

    @property
    def percent(self) -> float:
        return 100 * self.unpaid / self.positions


def memo_subject(facts: MemoFacts) -> str:
    return f"{facts.service}, scadenza {facts.due_on:%d/%m/%Y}: non pagato il {_percent(facts.percent)}"


def memo_text(facts: MemoFacts) -> str:
    return (
        f"{facts.ente}\n{facts.service}, scadenza del {facts.due_on:%d/%m/%Y}\n\n"
        f"Alla data del {facts.made_on:%d/%m/%Y}:\n"
        f"posizioni in scadenza: {_thousands(facts.positions)}\n"
        f"non pagate: {_thousands(facts.unpaid)} ({_percent(facts.percent)})\n"
        f"importo scaduto: {format_euro(facts.unpaid_cents)} €\n"
        f"{_trend(facts)}\n"
        f"L'elenco di chi non ha pagato è qui:\n{facts.link}\n"
    )


def _trend(facts: MemoFacts) -> str:
    if facts.before is None:
        return "è la prima scadenza di cui si ha il dato\n"
    return f"alla scadenza precedente le posizioni non pagate erano il {_percent(facts.before)}\n"


def _percent(value: float) -> str:
    return f"{value:.1f}".replace(".", ",") + " %"


def _thousands(number: int) -> str:
    return f"{number:,}".replace(",", ".")
