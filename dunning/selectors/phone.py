"""What is known of a file on the telephone: its debts today, what came in, what holds it back, what a call is worth.

Before: positions, collections, calls.  After: the order of the list, the sheet, the end of the file.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from billing.models import Collection, Position, Transfer
from billing.selectors.replacements import heirs_of
from billing.states import UNPAID
from dunning.models import (
    CreditRules,
    Hold,
    PhoneCampaign,
    PhoneFile,
    PhonePromise,
    WaveItem,
)
from dunning.rules.eligibility import ExclusionReason
from dunning.rules.phone_limits import PhoneRules, calling_hours
from dunning.rules.phone_priority import FileFacts
from dunning.rules.promises import Payment
from dunning.selectors.facts import holds_in_force
from dunning.selectors.limitation import clocks_of
from dunning.selectors.phone_calls import past_of
from paybox.kernel.clock import ROME

SHEET_LASTS = timedelta(minutes=30)  # an operator who goes away leaves the file to the others
CALL_LASTS = timedelta(hours=2)  # who is on the telephone has not gone away


@dataclass(frozen=True, slots=True)
class Owed:
    """Cents. ``collected_cents``: for these debts, since the campaign was approved."""

    positions: Sequence[Position]
    residual_cents: int
    collected_cents: int


def rules_for(campaign: PhoneCampaign, *, patron: tuple[int, int] | None, keeps_hours: bool) -> PhoneRules:  # fmt: skip
    """The limits of the law within the hours of the campaign; ``keeps_hours`` False where the clock can be moved."""
    hours = calling_hours(patron=patron, opens=campaign.opens, closes=campaign.closes)
    return PhoneRules(hours=hours if keeps_hours else None)


def current_ids(file: PhoneFile) -> list[int]:
    """Its positions, or what has taken their place since."""
    heirs = heirs_of(file.position_ids)
    return [heirs.get(pk, pk) for pk in file.position_ids]


def owed_by(file: PhoneFile) -> Owed:
    """Now."""
    ids = current_ids(file)
    positions = Position.objects.filter(pk__in=ids).select_related("service").order_by("next_due_on", "pk")  # fmt: skip
    listed = list(positions)
    return Owed(
        listed,
        sum(p.residual_cents for p in listed if p.state in UNPAID),
        sum(one.cents for one in payments_for(file)),
    )


def payments_for(file: PhoneFile) -> list[Payment]:
    """Money allotted to its debts since the campaign was approved, by the day it was paid; also what came on the notice
    of a debt that another has replaced.
    """
    approved_at = file.campaign.approved_at
    if approved_at is None:
        return []
    ids = {*file.position_ids, *current_ids(file)}
    came = Collection.objects.filter(position_id__in=ids, created_at__gte=approved_at)
    rows = came.filter(allotted_cents__gt=0).values_list("paid_at", "allotted_cents")
    moved = Transfer.objects.filter(kind=Transfer.Kind.ATTRIBUTION, position_id__in=ids)
    later = moved.filter(created_at__gte=approved_at).values_list(
        "collection__paid_at", "amount_cents"
    )
    told = sorted([*rows, *later])
    return [Payment(at.astimezone(ROME).date(), cents) for at, cents in told]


def stopped_words(file: PhoneFile, *, on: date) -> str:
    """Why all her debts of the file are held back, or nothing. A promise holds messages back, not a call she expects."""
    holds = holds_in_force(on=on, subject_ids=[file.subject_id])
    found = [holds.why(file.subject_id, pk) for pk in current_ids(file)]
    if not all(found) or Hold.Reason.PROMISE in found:
        return ""
    code = "SOSPESO" if found[0] == Hold.Reason.MANUAL else found[0]
    return ExclusionReason(code).sentence.rstrip(".")


def broken_of(file: PhoneFile) -> int:
    return file.promises.filter(state=PhonePromise.State.BROKEN).count()


def worth_facts(file: PhoneFile, *, residual_cents: int, today: date) -> FileFacts:
    """What orders the list."""
    pending = file.promises.filter(state=PhonePromise.State.PENDING).first()
    missed = WaveItem.objects.filter(subject_id=file.subject_id, state=WaveItem.State.NOT_REACHED)
    return FileFacts(
        residual_cents=residual_cents,
        days_old=(today - file.due_on).days,
        unanswered=sum(not one.spoke for one in past_of(file) if one.ours),
        broken=broken_of(file),
        promise_due=pending is not None and pending.due_on <= today,
        unreached=missed.exists(),
        days_left=_days_left(file, today),
    )


def _days_left(file: PhoneFile, today: date) -> int | None:
    """Before time takes the first of its debts away; None where the Ente has not said of what kind they are."""
    rules = CreditRules.objects.filter(service_id=file.campaign.service_id).first()
    positions = Position.objects.filter(pk__in=current_ids(file), state__in=UNPAID)
    if rules is None or not rules.kind:
        return None
    return min((clock.days_left(on=today) for _, clock, _ in clocks_of(positions, rules)), default=None)  # fmt: skip
