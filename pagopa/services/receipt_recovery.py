"""Chapter 6 – receipts that never came are asked for, a few an hour: of flows' rows, of carts, of one notice by hand.

Before: a row without a receipt; a payer back from the checkout; an official who asks.
After: ``receipts``, exactly as if the Node had sent it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pagopa.gateways.flow_source import SourceRefused, SourceUnavailable
from pagopa.gateways.receipt_sources import CallBudget, ReceiptSource
from pagopa.labels import PAID_OUTCOMES, UNRECEIPTED
from pagopa.models import FlowRow, Receipt
from pagopa.services.receipts import ReceiptRefused, keep_unread, take_receipt
from pagopa.services.waiting import BookingWaits
from pagopa.wire.receipt_json import ReceiptAnswerRefused
from paybox.kernel.queue import RetryLater

MOST = 1000  # rows looked at in one go


@dataclass(frozen=True, slots=True)
class Recovered:
    """``asked`` of the archives, ``taken`` as receipts; ``more``: the hour's calls ended before the questions did."""

    asked: int
    taken: int
    more: bool

    def and_then(self, other: "Recovered") -> "Recovered":
        return Recovered(
            self.asked + other.asked, self.taken + other.taken, self.more or other.more
        )


NOTHING = Recovered(0, 0, False)


@dataclass(frozen=True, slots=True)
class Archives:
    """Whom to ask, in that order, for the receipts of ``organization``, and how often."""

    sources: Sequence[ReceiptSource]
    organization: str
    budget: CallBudget


def recover_receipts(*, archives: Archives, before: datetime, at: datetime) -> Recovered:
    """Ask for what flows received before ``before`` report without a receipt. Raises RetryLater."""
    done = NOTHING
    for iur, iuv in _missing(before):
        done = done.and_then(_look(archives, iur, iuv, at, again=False))
        if done.more:
            break
    return done


def look_for_receipt(*, iuv: str, archives: Archives, at: datetime, again: bool) -> Recovered:
    """Ask for the receipt of one notice, whatever we know of it. ``again``: even if it was asked today.

    Raises RetryLater.
    """
    rows = FlowRow.objects.filter(iuv=iuv, receipt_id__isnull=True, outcome__in=PAID_OUTCOMES)
    names = list(rows.order_by("pk").values_list("iur", flat=True)) or [""]
    done = NOTHING
    for iur in names:
        done = done.and_then(_look(archives, iur, iuv, at, again=again))
    return done


def _missing(before: datetime) -> list[tuple[str, str]]:
    rows = FlowRow.objects.filter(
        label__in=UNRECEIPTED,
        outcome__in=PAID_OUTCOMES,
        receipt_id__isnull=True,
        flow__received_at__lt=before,
    )
    return list(rows.order_by("flow__received_at", "pk").values_list("iur", "iuv")[:MOST])


def _look(archives: Archives, iur: str, iuv: str, at: datetime, *, again: bool) -> Recovered:
    """One payment, archive after archive until one has its receipt; who is away or busy is asked again later."""
    asked, more, away, budget = 0, False, "", archives.budget
    for source in archives.sources:
        what = iur if source.needs_iur else iuv
        if not what or (not again and budget.asked_today(source.operation, what)):
            continue
        if not budget.spend(source.operation, what):
            more = True
            continue
        asked += 1
        try:
            if _ask(source, archives.organization, iur, iuv, at):
                return Recovered(asked, 1, more)
        except (SourceUnavailable, BookingWaits) as trouble:
            budget.take_back(source.operation, what)
            away = str(trouble)
    if away:
        raise RetryLater(away)
    return Recovered(asked, 0, more)


def _ask(source: ReceiptSource, organization: str, iur: str, iuv: str, at: datetime) -> bool:
    """Whether a receipt that we did not have was there and is ours now. Raises SourceUnavailable, BookingWaits."""
    try:
        raw = source.receipt(organization=organization, iur=iur, iuv=iuv)
    except SourceRefused:
        return False
    return raw is not None and _take(source, raw, organization, iur, iuv, at)


def _take(
    source: ReceiptSource, raw: bytes, organization: str, iur: str, iuv: str, at: datetime
) -> bool:
    """What cannot be taken is kept, with an alarm, like what the Node itself sends."""
    try:
        receipt = source.read(raw)
        if receipt.iuv != iuv or (source.needs_iur and receipt.receipt_id != iur):
            raise ReceiptAnswerRefused("è la ricevuta di un altro pagamento")
        if _is_here(organization, receipt.receipt_id):
            return False
        operation = source.operation
        take_receipt(receipt=receipt, id_pa=organization, raw=raw, operation=operation, at=at)
    except (ReceiptAnswerRefused, ReceiptRefused) as refusal:
        keep_unread(raw=raw, why=str(refusal), at=at)
        return False
    return True


def _is_here(organization: str, receipt_id: str) -> bool:
    """An archive that knows the IUV only may have the receipt of the first of two payments."""
    return Receipt.objects.filter(id_pa=organization, receipt_id=receipt_id).exists()
