"""Chapter 9 – wave zero, one by one: who gets the notice without paper, on which channel, and who gets it on paper.

Before: ``planning``, with a confirmed load.  After: the rows of the simulated wave. Who gets paper is decided by her e-mail
address, as the printed file does: App IO only comes first for those who gave one.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from billing.models import Load, Position, Service
from billing.states import PositionState
from dunning.models import NoticeMail
from dunning.rules.channels import EMAIL, IO, taxpayer_addresses
from dunning.rules.eligibility import ExclusionReason, ItemFacts, why_not
from dunning.selectors.channel_access import usable_channels
from dunning.selectors.facts import holds_in_force, noticed_keys, prices_on
from dunning.services.simulation import Planned
from registry.models import Contact
from registry.selectors.contacts import best_contacts

_COLUMNS = ("pk", "subject_id", "uuid", "residual_cents", "state", "subject__codice_fiscale")


def notice_channels(service: Service) -> list[str]:
    """The cascade of a service's notices: App IO first where the office chose it and it is on."""
    chosen = NoticeMail.objects.filter(service=service, app_io=True).exists()
    return usable_channels([IO, EMAIL] if chosen else [EMAIL], service_id=service.pk)


def notice_items(
    *, load: Load, channels: Sequence[str], at: datetime, today: date
) -> Iterator[Planned]:
    """One for each position of the load, in or out."""
    positions = list(Position.objects.filter(load=load).order_by("pk").values_list(*_COLUMNS))
    mails = best_contacts(kind=Contact.Kind.EMAIL, subject_ids={p[1] for p in positions})
    holds, prices = holds_in_force(on=today), prices_on(today)
    gone = noticed_keys(str(p[2]) for p in positions)
    for pk, subject_id, uuid, residual, state, code in positions:
        mail = mails.get(subject_id, "")
        held, sent = holds.stop(subject_id, pk), str(uuid) in gone
        reason = _why_not(residual, state, mail, held=held, sent=sent, at=at)
        rung, address = _way(channels, code, mail)
        channel = channels[rung]
        yield Planned(
            subject_id, (pk,), str(uuid), residual, address, reason, channel, rung,
            parts=0 if reason else 1, cost_mills=0 if reason else prices[channel],
        )  # fmt: skip


def _way(channels: Sequence[str], code: str, mail: str) -> tuple[int, str]:
    """The rung she begins from, and her address there; paper has none."""
    known = taxpayer_addresses(code, has_address=False)[IO]
    if mail and known and channels[0] == IO:
        return 0, known
    return len(channels) - 1, mail


def _why_not(residual: int, state: str, mail: str, *, held: bool, sent: bool, at: datetime) -> str:
    facts = ItemFacts(
        at=at,
        residual_cents=residual,
        withdrawn=state == PositionState.WITHDRAWN,
        held=held,
        already_sent=sent,
        contact=mail,
        keeps_hours=False,
    )
    reason = why_not(facts)
    return ExclusionReason.CARTA if reason is ExclusionReason.SENZA_RECAPITO else reason or ""
