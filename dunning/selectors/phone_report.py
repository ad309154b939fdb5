"""The figures of a telephone campaign: what was done, what was promised, what came in, what it cost. Counted, not claimed.

Before: calls, promises, collections.  After: the campaign's page; at its end the same figures are frozen.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import Sum

from dunning.models import PhoneCall, PhoneCampaign, PhoneMessage, PhonePromise
from dunning.rules.phone_ends import ENDS, FileState, Negative
from dunning.rules.phone_outcomes import Called
from dunning.selectors.phone import owed_by
from paybox.kernel.sheets import Euro

FILE_COLUMNS = ("pratica", "debitore", "codice_fiscale", "affidato", "incassato", "residuo", "esito", "motivo", "telefonate", "chiusa_il")  # fmt: skip
CALL_COLUMNS = ("pratica", "quando", "operatore", "numero", "esito", "nota")
PROMISE_COLUMNS = ("pratica", "fatta_il", "per_il", "importo", "modo", "stato", "pagato")


@dataclass(frozen=True, slots=True)
class PhoneFigures:
    """Cents and thousandths of a euro. ``promises`` are those whose days are over; ``collected_cents`` since the approval.

    What came in is not said to be the telephone's merit: without a group of comparison nobody knows what would have come.
    """

    files: int
    open: int
    called: int
    calls: int
    conversations: int
    amount_cents: int
    collected_cents: int
    promises: int
    promises_kept: int
    promises_pending: int
    messages: int
    cost_mills: int

    @property
    def kept_percent(self) -> int | None:
        return self.promises_kept * 100 // self.promises if self.promises else None

    @property
    def mills_per_euro(self) -> int | None:
        """What each euro that came in has cost."""
        return self.cost_mills * 100 // self.collected_cents if self.collected_cents else None


def phone_figures(campaign: PhoneCampaign) -> PhoneFigures:
    """As it is now; of a campaign that ended, as it was then."""
    if campaign.report:
        return PhoneFigures(**campaign.report["figures"])
    files = campaign.files.exclude(state=FileState.EXCLUDED.value)
    calls = PhoneCall.objects.filter(file__campaign=campaign)
    spoke = [one.value for one in Called if one.rule.spoke]
    promises = Counter(
        PhonePromise.objects.filter(file__campaign=campaign).values_list("state", flat=True)
    )
    over = sum(promises[s] for s in (PhonePromise.State.KEPT, PhonePromise.State.PARTIAL, PhonePromise.State.BROKEN))  # fmt: skip
    sent = PhoneMessage.objects.filter(file__campaign=campaign)
    made = calls.count()
    messages_mills = sent.aggregate(cost=Sum("wave__items__attempts__cost_mills"))["cost"] or 0
    return PhoneFigures(
        files=files.count(),
        open=files.filter(state=FileState.OPEN.value).count(),
        called=calls.values("file_id").distinct().count(),
        calls=made,
        conversations=calls.filter(outcome__in=spoke).count(),
        amount_cents=files.aggregate(cents=Sum("amount_cents"))["cents"] or 0,
        collected_cents=sum(owed_by(one).collected_cents for one in files.select_related("campaign")),
        promises=over,
        promises_kept=promises[PhonePromise.State.KEPT],
        promises_pending=promises[PhonePromise.State.PENDING],
        messages=sent.count(),
        cost_mills=made * campaign.call_mills + int(messages_mills),
    )  # fmt: skip


def report_of(campaign: PhoneCampaign) -> dict[str, Any]:
    """What is frozen at the end: the figures, the ends, the reasons of the negatives, the outcomes of the calls."""
    ends = Counter(campaign.files.filter(state__in=[e.value for e in ENDS]).values_list("state", "reason"))  # fmt: skip
    calls = Counter(
        PhoneCall.objects.filter(file__campaign=campaign).values_list("outcome", flat=True)
    )
    by_state: Counter[str] = Counter()
    for (state, _), count in ends.items():
        by_state[state] += count
    negatives = {reason: n for (state, reason), n in sorted(ends.items()) if state == FileState.NEGATIVE.value}  # fmt: skip
    return {
        "figures": asdict(phone_figures(campaign)),
        "ends": dict(sorted(by_state.items())),
        "negatives": negatives,
        "outcomes": dict(sorted((code, n) for code, n in calls.items() if code)),
    }


def end_words(state: str, reason: str) -> tuple[str, str]:
    """State and reason as they are read."""
    said = Negative(reason).label if reason in set(Negative) else reason
    return FileState(state).label, said


def file_rows(campaign: PhoneCampaign) -> Iterator[tuple[object, ...]]:
    """One row a file, for the lists of the hand-back."""
    files = campaign.files.exclude(state=FileState.EXCLUDED.value).select_related("subject", "campaign")  # fmt: skip
    for file in files.order_by("pk"):
        state, reason = end_words(file.state, file.reason)
        collected, left = file.collected_cents, file.left_cents
        if file.ended_at is None:
            owed = owed_by(file)
            collected, left = owed.collected_cents, owed.residual_cents
        yield (
            str(file.uuid), file.subject.name, file.subject.codice_fiscale, Euro(file.amount_cents),
            Euro(collected), Euro(left), state, reason, file.calls.count(),
            file.ended_at,
        )  # fmt: skip


def call_rows(campaign: PhoneCampaign) -> Iterator[tuple[object, ...]]:
    """The log of the contacts, oldest first."""
    calls = PhoneCall.objects.filter(file__campaign=campaign).select_related("file").order_by("at", "pk")  # fmt: skip
    for call in calls:
        said = Called(call.outcome).rule.label if call.outcome else ""
        yield str(call.file.uuid), call.at, call.operator_name, call.number, said, call.note  # fmt: skip


def promise_rows(campaign: PhoneCampaign) -> Iterator[tuple[object, ...]]:
    promises = PhonePromise.objects.filter(file__campaign=campaign).select_related("file")
    for one in promises.order_by("pk"):
        yield (
            str(one.file.uuid), one.promised_on, one.due_on, Euro(one.amount_cents), one.get_method_display(),
            one.get_state_display(), Euro(one.paid_cents),
        )  # fmt: skip
