"""Where the money of an Ente stands: collected in the ledger, reported by flows, credited by the treasurer.

Taken before and after a day of payments, the difference is what the day has left, in whatever queue.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Sum

from billing.selectors.ledger import ledger_totals
from pagopa.labels import EXPLAINED, PAID_OUTCOMES, UNRECEIPTED, RowLabel
from pagopa.models import FlowRow, Receipt, TreasuryCredit
from pagopa.selectors.queues import IUF_NO_TES
from pagopa.selectors.reconciliation import flows_without_credit


@dataclass(frozen=True, slots=True)
class Standing:
    """Cents, and how many receipts. ``credited`` is by label; ``waiting`` names the flows without a credit too."""

    receipts: int
    collected_cents: int
    allotted_cents: int
    excess_cents: int
    reported_cents: int
    unreceipted_cents: int
    credited: Counter[str] = field(default_factory=Counter)
    uncredited_cents: int = 0

    @property
    def credited_cents(self) -> int:
        return sum(self.credited.values())

    @property
    def explained_cents(self) -> int:
        return sum(cents for label, cents in self.credited.items() if label in EXPLAINED)

    @property
    def waiting(self) -> dict[str, int]:
        """Cents by queue, only where there are any."""
        queued = {str(label): cents for label, cents in self.credited.items()}
        open_ones = {label: cents for label, cents in queued.items() if label not in EXPLAINED}
        uncredited = {IUF_NO_TES: self.uncredited_cents}
        unreceipted = {str(RowLabel.IUV_NO_RT): self.unreceipted_cents}
        return {label: c for label, c in (open_ones | uncredited | unreceipted).items() if c}

    def since(self, before: "Standing") -> "Standing":
        """What has come since then."""
        credited = Counter(self.credited)
        credited.subtract(before.credited)
        return Standing(
            receipts=self.receipts - before.receipts,
            collected_cents=self.collected_cents - before.collected_cents,
            allotted_cents=self.allotted_cents - before.allotted_cents,
            excess_cents=self.excess_cents - before.excess_cents,
            reported_cents=self.reported_cents - before.reported_cents,
            unreceipted_cents=self.unreceipted_cents - before.unreceipted_cents,
            credited=credited,
            uncredited_cents=self.uncredited_cents - before.uncredited_cents,
        )


def standing() -> Standing:
    """Of the current Ente, now."""
    totals, rows = ledger_totals(), FlowRow.objects.all()
    untold = rows.filter(label__in=UNRECEIPTED, outcome__in=PAID_OUTCOMES)
    labels = TreasuryCredit.objects.order_by().values_list("label")
    return Standing(
        receipts=Receipt.objects.count(),
        collected_cents=totals.collected,
        allotted_cents=totals.allotted,
        excess_cents=totals.excess,
        reported_cents=rows.aggregate(cents=Sum("amount_cents", default=0))["cents"],
        unreceipted_cents=untold.aggregate(cents=Sum("amount_cents", default=0))["cents"],
        credited=Counter(dict(labels.annotate(cents=Sum("amount_cents")))),
        uncredited_cents=flows_without_credit(before=date.max).aggregate(
            cents=Sum("total_cents", default=0)
        )["cents"],
    )
