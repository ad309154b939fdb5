"""Chapter 2 – what paper costs an Ente: written by its official, each time a new row."""

from datetime import datetime

from paybox.kernel.actor import Actor
from paybox.kernel.problems import Refused
from registry.models import PaperCost

MOST_MILLS = 100_000


class PaperCostRefused(Refused):
    """The costs cannot be right; nothing was written."""


def set_paper_costs(
    *, sheets: int, sheet_mills: int, printing_mills: int, postage_mills: int, process_mills: int,
    actor: Actor, at: datetime,
) -> PaperCost:  # fmt: skip
    """From now on. Thousandths of a euro. Raises PaperCostRefused."""
    costs = (sheet_mills, printing_mills, postage_mills, process_mills)
    if not 1 <= sheets <= 50:
        raise PaperCostRefused("I fogli di un avviso vanno da 1 a 50")
    if any(not 0 <= mills <= MOST_MILLS for mills in costs):
        raise PaperCostRefused("Ogni costo va da 0 a 100 euro")
    return PaperCost.objects.create(
        sheets=sheets, sheet_mills=sheet_mills, printing_mills=printing_mills,
        postage_mills=postage_mills, process_mills=process_mills, created_at=at,
        actor_name=actor.name,
    )  # fmt: skip
