"""Lists of reconciliation as the accounting office looks at them: SQL that says what ``rules/labelling`` says."""

from datetime import date

from django.db.models import (
    Exists,
    F,
    IntegerField,
    OuterRef,
    QuerySet,
    Subquery,
    Sum,
    TextField,
    Value,
)
from django.db.models.functions import Replace

from pagopa.labels import REPORTED, CreditLabel
from pagopa.models import Flow, FlowRow, Receipt, Repair, RepairPart, TreasuryCredit

_PARTS = RepairPart.objects.filter(repair__state=Repair.State.IN_FORCE)


def flows() -> QuerySet[Flow]:
    """Newest first."""
    return Flow.objects.select_related("treasury_credit").order_by("-regulation_on", "-pk")


def flows_without_credit(*, before: date) -> QuerySet[Flow]:
    """Paid over before that day and not yet seen by the treasurer (IUF_NO_TES)."""
    parts = _PARTS.filter(flow=OuterRef("pk"))
    late = flows().filter(treasury_credit__isnull=True, regulation_on__lt=before)
    return late.filter(~Exists(parts))


def flows_paid_in_part() -> QuerySet[Flow]:
    """Some persons gave credits to them, and money is still missing (IUF_TES_PARTE)."""
    given = Flow.objects.filter(pk__in=_PARTS.filter(flow__isnull=False).values("flow"))
    found = given.filter(treasury_credit__isnull=True).annotate(said=_sum_for("flow"))
    return found.exclude(said=F("total_cents"))


def receipts_without_flow(*, before: date) -> QuerySet[Receipt]:
    """Received before that day and in no flow yet (RT_NO_IUF): an anomaly from the third day on."""
    parts = _PARTS.filter(receipt=OuterRef("pk"))
    late = _unreported().filter(
        ~Exists(parts), received_at__date__lt=before, treasury_credit__isnull=True
    )
    return late.order_by("received_at", "pk")


def receipts_paid_in_part() -> QuerySet[Receipt]:
    """Some persons gave single credits to them, and money is still missing (RT_TES_PARTE)."""
    given = _unreported().filter(pk__in=_PARTS.filter(receipt__isnull=False).values("receipt"))
    found = given.filter(treasury_credit__isnull=True).annotate(said=_sum_for("receipt"))
    return found.exclude(said=F("amount_cents"))


def is_awaited_by_credit(iuv: str) -> bool:
    """Whether a credit of one payment names that IUV and waits for its receipt; blanks inside do not count."""
    waiting = TreasuryCredit.objects.filter(label=CreditLabel.IUV_TES)
    tight = waiting.annotate(
        tight=Replace("causale", Value(" "), Value(""), output_field=TextField())
    )
    return tight.filter(tight__icontains=iuv).exists()


def _unreported() -> QuerySet[Receipt]:
    reported = FlowRow.objects.filter(receipt_id=OuterRef("pk"), label__in=REPORTED)
    return Receipt.objects.filter(~Exists(reported))


def _sum_for(target: str) -> Subquery:
    parts = _PARTS.filter(**{target: OuterRef("pk")}).order_by().values(target)
    sums = parts.annotate(cents=Sum("amount_cents")).values("cents")
    return Subquery(sums, output_field=IntegerField())
