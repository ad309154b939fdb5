"""Whom a telephone campaign would call today, and why not the others; and the fingerprint of what is approved.

Before: overdue debts, holds, numbers, calls lately.  After: the simulation, and the same question again at the approval.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from dunning.models import PhoneCampaign, PhoneFile
from dunning.rules.eligibility import ExclusionReason
from dunning.rules.phone_ends import FileState, LeftOut
from dunning.rules.phone_limits import WEEK, PhoneRules
from dunning.selectors.candidates import Candidate, candidates_of
from dunning.selectors.phone_calls import numbers_of, spoken_lately

BATCH = 2_000


@dataclass(frozen=True, slots=True)
class Chosen:
    """One debtor, in or out with the reason. ``position_ids`` in steady order."""

    subject_id: int
    position_ids: tuple[int, ...]
    cents: int
    due_on: date
    reason: str


def judged_debtors(campaign: PhoneCampaign, *, at: datetime, today: date) -> list[Chosen]:
    """Every debtor with something overdue, judged by that day's facts. Call inside a transaction."""
    found = list(candidates_of(service_id=campaign.service_id, gate=None, on=today, at=at))
    ids = [who.subject_id for who in found]
    numbers = numbers_of(ids)
    busy = set(
        PhoneFile.objects.filter(state=FileState.OPEN.value).values_list("subject_id", flat=True)
    )
    spoken = spoken_lately(subject_ids=ids, since=at - WEEK)
    tired = {pk for pk, times in spoken.items() if times >= PhoneRules(hours=None).per_week}
    return list(_judged(campaign, found, today, set(numbers), busy, tired))


def fingerprint(campaign: PhoneCampaign) -> str:
    """Of what is approved: the script, the rules, and each debtor with her debts and her sum."""
    digest = hashlib.sha256()
    told = (
        campaign.script.sha256, campaign.service_id, campaign.older_than_days, campaign.minimum_cents,
        campaign.starts_on, campaign.ends_on, campaign.opens, campaign.closes, campaign.grace_days,
    )  # fmt: skip
    digest.update(repr([str(one) for one in told]).encode())
    rows = campaign.files.order_by("subject_id").values_list("subject_id", "position_ids", "amount_cents", "reason")  # fmt: skip
    for row in rows.iterator(chunk_size=BATCH):
        digest.update(repr(row).encode())
    return digest.hexdigest()


def _judged(
    campaign: PhoneCampaign, found: list[Candidate], today: date, reachable: set[int], busy: set[int], tired: set[int],
) -> Iterator[Chosen]:  # fmt: skip
    oldest = today - timedelta(days=campaign.older_than_days)
    for who in found:
        out = (
            (bool(who.stopped), who.stopped),
            (who.due_on > oldest, LeftOut.YOUNG.value),
            (who.cents < campaign.minimum_cents, ExclusionReason.SOTTO_SOGLIA.value),
            (who.subject_id not in reachable, LeftOut.NO_PHONE.value),
            (who.subject_id in busy, LeftOut.ELSEWHERE.value),
            (who.subject_id in tired, LeftOut.LIMITS.value),
        )
        reason = next((why for holds, why in out if holds), "")
        yield Chosen(who.subject_id, who.position_ids, who.cents, who.due_on, reason)
