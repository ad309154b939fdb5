"""The four savings of ZERO_CARTA: paper, printing, postage, process – for notices that did not need a letter.

Before: how many went without paper, and what a paper one costs the Ente.  After: the figures page.
Costs are thousandths of a euro for one notice; each saving is rounded to the cent once, on its total.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UnitCosts:
    """Of one paper notice; ``sheet`` and ``printing`` are of one sheet. Thousandths of a euro."""

    sheets: int = 2
    sheet_mills: int = 10
    printing_mills: int = 50
    postage_mills: int = 950
    process_mills: int = 250


@dataclass(frozen=True, slots=True)
class Savings:
    """Cents. ``messages_cents`` is what was spent on the messages that took the letters' place."""

    letters: int
    sheets: int
    paper_cents: int
    printing_cents: int
    postage_cents: int
    process_cents: int
    messages_cents: int

    @property
    def total_cents(self) -> int:
        return self.paper_cents + self.printing_cents + self.postage_cents + self.process_cents

    @property
    def net_cents(self) -> int:
        return self.total_cents - self.messages_cents


def savings_of(*, letters: int, messages_mills: int, costs: UnitCosts) -> Savings:
    """What was not spent on ``letters`` notices that went without paper."""
    sheets = letters * costs.sheets
    return Savings(
        letters=letters,
        sheets=sheets,
        paper_cents=_cents(sheets * costs.sheet_mills),
        printing_cents=_cents(sheets * costs.printing_mills),
        postage_cents=_cents(letters * costs.postage_mills),
        process_cents=_cents(letters * costs.process_mills),
        messages_cents=_cents(messages_mills),
    )


def _cents(mills: int) -> int:
    """Half a cent goes up."""
    return (mills + 5) // 10
