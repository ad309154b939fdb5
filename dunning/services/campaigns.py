"""Chapter 9 – campaigns for past years: old credits asked for by post or e-mail, through the same waves as every reminder.

Before: credits of years gone, whose kind the body has said.  After: a simulated wave, the nearest to its last day first;
what time has taken away is never asked for. The words are a text of their own, authorised by the Ente.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db import transaction

from billing.models import Service
from dunning.models import CreditRules, LetterCampaign, Wave
from dunning.rules.channels import EMAIL, LETTER, label_of
from dunning.selectors.campaigns import Chosen, chosen_for
from dunning.selectors.chosen_texts import texts_for
from dunning.services.planning import CANARY, simulate
from dunning.services.refusals import WaveRefused
from dunning.services.simulation import Plan, Planned
from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit

CASCADES = ((LETTER,), (EMAIL,), (EMAIL, LETTER))


@dataclass(frozen=True, slots=True)
class CampaignDraft:
    """A campaign as typed. Cents; years included."""

    name: str
    year_from: int
    year_to: int
    channels: tuple[str, ...]
    minimum_cents: int = 0
    quiet_since: date | None = None
    unserved_only: bool = False


@transaction.atomic
def write_campaign(
    *, service_id: int, draft: CampaignDraft, actor: Actor, at: datetime
) -> LetterCampaign:
    """Keep the choice; nothing is simulated yet. Raises WaveRefused."""
    _check(service_id, draft)
    campaign = LetterCampaign.objects.create(
        service=Service.objects.get(pk=service_id), name=draft.name.strip(), year_from=draft.year_from,
        year_to=draft.year_to, minimum_cents=draft.minimum_cents, quiet_since=draft.quiet_since,
        unserved_only=draft.unserved_only, channels=list(draft.channels), created_at=at,
        author_id=actor.user_id, author_name=actor.name,
    )  # fmt: skip
    record_audit(
        action="dunning.campaign.written", actor=actor, at=at, subject=f"campaign:{campaign.uuid}",
        years=[draft.year_from, draft.year_to], channels=list(draft.channels),
    )  # fmt: skip
    return campaign


@transaction.atomic
def plan_campaign(*, campaign_id: int, actor: Actor, at: datetime, today: date) -> Wave:
    """Simulate its letters of that day. Raises WaveRefused when a text is missing or nothing can be asked for."""
    campaign = LetterCampaign.objects.select_related("service").get(pk=campaign_id)
    if missing := _missing(campaign):
        raise WaveRefused(missing)
    chosen = chosen_for(campaign, on=today)
    if not chosen.last_days:
        raise WaveRefused("Nessun credito scaduto di questi anni corrisponde alla scelta")

    plan = Plan(
        Wave.Kind.REMINDER, campaign.service, campaign.channels, today, canary=CANARY, campaign=campaign,
        positions=tuple(chosen.last_days), lapsed=tuple(chosen.lapsed), minimum_cents=campaign.minimum_cents,
    )  # fmt: skip

    def nearest_first(found: Iterator[Planned]) -> Iterator[Planned]:
        return iter(sorted((_dated(one, chosen) for one in found), key=_urgency))

    return simulate(plan, actor, at, arrange=nearest_first)


def _dated(item: Planned, chosen: Chosen) -> Planned:
    """With the day after which the first of its credits may not be asked for any more."""
    last_day = min(chosen.last_days[pk] for pk in item.position_ids)
    return replace(item, told={"last_day": last_day.isoformat()})


def _urgency(item: Planned) -> tuple[str, str]:
    return item.told["last_day"], item.key


def _missing(campaign: LetterCampaign) -> str:
    """A campaign speaks only in words that the Ente has authorised for it."""
    found = texts_for(
        service_id=campaign.service_id, kind=Wave.Kind.REMINDER, step=None, channels=campaign.channels, campaign=True
    )  # fmt: skip
    absent = [label_of(channel) for channel in campaign.channels if channel not in found]
    if not absent:
        return ""
    return f"Manca il testo «Annualità arretrate» autorizzato dall'Ente: {', '.join(absent)}"


def _check(service_id: int, draft: CampaignDraft) -> None:
    if not draft.name.strip():
        raise WaveRefused("La campagna deve avere un nome")
    if draft.year_from > draft.year_to:
        raise WaveRefused("Il primo anno viene dopo l'ultimo")
    if draft.channels not in CASCADES:
        raise WaveRefused("Una campagna si fa per posta, per e-mail, o per e-mail e poi per posta")
    if draft.minimum_cents < 0:
        raise WaveRefused("L'importo minimo non può essere negativo")
    if not CreditRules.objects.filter(service_id=service_id).exists():
        raise WaveRefused(
            "Prima va indicata la natura del credito, in «Riscossione e termini»: senza, la prescrizione non si può "
            "verificare"
        )
