"""Chapter 9 – choosing: for one debtor, whether she is written to, on which channel, in which group, and at what cost.

Before: a candidate with all her facts.  After: one row of the simulated wave.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from dunning.models import Wave
from dunning.rules.channels import LETTER, reachable
from dunning.rules.effect import held_out
from dunning.rules.eligibility import ExclusionReason, ItemFacts, why_not
from dunning.rules.placeholders import NO_NOTICE, MessageFacts
from dunning.selectors.candidates import Candidate
from dunning.selectors.messages import reminder_words
from dunning.services.simulation import Planned
from paybox.kernel.problems import Refused
from tenants.models import Ente

_ANY_LINK = (
    "https://ente.example/"  # reminders carry no link; a text that did would be as long as this
)


@dataclass(frozen=True, slots=True)
class Choice:
    """What is the same for the whole wave. ``prices``: channel → thousandths of a euro a message."""

    wave: Wave
    at: datetime
    ente: Ente
    prices: Mapping[str, int]
    threshold_cents: int

    def planned(self, who: Candidate) -> Planned:
        """One item: out with its reason, in the group of comparison, or ready with its channel and cost."""
        cascade: list[str] = self.wave.channels
        rung = reachable(cascade, who.contacts) or 0
        channel = cascade[rung]
        reason = self._why_not(who, who.contacts[channel])
        parts = 0 if reason else self._parts(who, channel)
        if not reason and not parts:
            reason = ExclusionReason.TESTO
        drawn = held_out(str(self.wave.uuid), who.key, self.wave.holdout_percent)
        return Planned(
            who.subject_id, who.position_ids, who.key, who.cents, who.contacts[channel], reason or "", channel, rung,
            parts=parts, cost_mills=parts * self.prices[channel], held_out=drawn,
        )  # fmt: skip

    def _why_not(self, who: Candidate, contact: str) -> ExclusionReason | None:
        stopped = ExclusionReason(who.stopped) if who.stopped else None
        if stopped is None and who.held_out:
            stopped = ExclusionReason.CONFRONTO
        facts = ItemFacts(
            at=self.at,
            residual_cents=who.cents,
            withdrawn=False,
            held=False,
            already_sent=False,
            contact=contact,
            stopped=stopped,
            silenced=who.silenced,
            last_message_at=who.last_message_at,
            threshold_cents=self.threshold_cents,
            keeps_hours=False,  # a simulation has no hour: sending asks again
        )
        return why_not(facts)

    def _parts(self, who: Candidate, channel: str) -> int:
        """0 when the message cannot be composed."""
        if channel == LETTER:
            return 1
        facts = MessageFacts(
            nome=who.name,
            importo_cents=who.cents,
            scadenza=who.due_on,
            avviso=who.notice if who.notices == 1 else NO_NOTICE,
            ente=self.ente.name,
            link=_ANY_LINK,
            anni=_years(self.wave),
        )
        try:
            said = reminder_words(wave=self.wave, channel=channel, facts=facts, ente=self.ente)
        except Refused:
            return 0
        return said.parts_on(channel)


def _years(wave: Wave) -> str:
    """As long as what will be said."""
    campaign = wave.campaign
    first, last = (
        (campaign.year_from, campaign.year_to) if campaign else (wave.planned_on.year,) * 2
    )
    return ", ".join(str(year) for year in range(first, last + 1))
