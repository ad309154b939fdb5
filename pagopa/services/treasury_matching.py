"""Chapter 8 – a credit of the treasurer finds what its causale names; a person's word goes before the causale's."""

from django.db import transaction

from pagopa.labels import RepairKind
from pagopa.models import Flow, FlowRow, Receipt, Repair, RepairPart, TreasuryCredit
from pagopa.rules.causale import is_regulation, matching_flow, read_causale
from pagopa.rules.facts import CreditFacts
from pagopa.rules.labelling import label_of
from paybox.kernel.locking import lock_name

_LABEL = TreasuryCredit.Label
_WAITING = (_LABEL.TES_NO_MATCH, _LABEL.IUF_TES_DIV_IMP, _LABEL.IUF_TES_TWICE)
_WAITING_RECEIPT = (_LABEL.IUV_TES, _LABEL.RT_TES_DIV_IMP, _LABEL.RT_TES_TWICE)


def lock_treasury() -> None:
    """What pays what is decided by one transaction at a time. Raises LockOutsideTransaction."""
    lock_name("tesoreria")


def label_again(flow: Flow) -> None:
    """Credits that waited for a flow, or did not agree with its earlier revision."""
    lock_treasury()
    mine = TreasuryCredit.objects.filter(flow=flow)
    waiting = TreasuryCredit.objects.filter(label__in=_WAITING, flow__isnull=True)
    nameless = TreasuryCredit.objects.filter(label=_LABEL.TES_NO_IUF).exclude(bank_reference="")
    for credit in (mine | waiting | nameless).select_for_update(of=("self",)).order_by("pk"):
        label_found(credit)


def label_singles_again() -> None:
    """Credits of one payment whose receipt may have arrived since."""
    waiting = TreasuryCredit.objects.filter(label__in=_WAITING_RECEIPT)
    for credit in waiting.select_for_update(of=("self",)).order_by("pk"):
        label_found(credit)


@transaction.atomic
def label_single_credits() -> None:
    """The same, by itself: a receipt has come that a credit was waiting for."""
    lock_treasury()
    label_singles_again()


def label_found(credit: TreasuryCredit) -> None:
    """Find what the causale names, unless a person said otherwise, and say what the credit is."""
    said = _said_of(credit)
    named = read_causale(credit.causale)
    flow = _flow_of(credit, named.flow) if said is None and credit.net_cents > 0 else None
    single = said is None and credit.net_cents > 0 and not flow and not named.flow
    receipt = _receipt_of(named.iuv) if single and named.iuv else None
    flow_taken = flow is not None and _is_taken(credit, flow=flow)
    receipt_taken = receipt is not None and _is_taken(credit, receipt=receipt)
    credit.label = label_of(
        CreditFacts(
            names_flow=bool(named.flow or flow),
            names_iuv=bool(named.iuv),
            credit_cents=credit.net_cents,
            flow_cents=flow.total_cents if flow else None,
            flow_taken=flow_taken,
            receipt_cents=receipt.amount_cents if receipt else None,
            receipt_taken=receipt_taken,
            repair=said,
        )
    )
    credit.flow = None if flow_taken else flow
    credit.receipt = None if receipt_taken else receipt
    credit.save()


def _said_of(credit: TreasuryCredit) -> RepairKind | None:
    """The word in force; to restore is to say nothing."""
    kinds = Repair.objects.filter(credit_id=credit.pk, state=Repair.State.IN_FORCE)
    kind = kinds.exclude(kind=RepairKind.RESTORE).values_list("kind", flat=True).first()
    return RepairKind(kind) if kind else None


def _is_taken(
    credit: TreasuryCredit, *, flow: Flow | None = None, receipt: Receipt | None = None
) -> bool:
    """Whether other money has paid it: another credit, a person's word, or for a receipt its flow."""
    others = TreasuryCredit.objects.exclude(pk=credit.pk)
    parts = RepairPart.objects.filter(repair__state=Repair.State.IN_FORCE)
    if flow is not None:
        return others.filter(flow=flow).exists() or parts.filter(flow=flow).exists()
    reported = FlowRow.objects.filter(receipt_id=receipt.pk if receipt else None)
    paid = others.filter(receipt=receipt).exists() or parts.filter(receipt=receipt).exists()
    return paid or reported.exists()


def _flow_of(credit: TreasuryCredit, named: str) -> Flow | None:
    if named:
        return _flow_named(named)
    return _flow_regulated(credit.bank_reference) if credit.bank_reference else None


def _flow_named(named: str) -> Flow | None:
    """Identifiers begin with a day, which neither capitals nor cuts change."""
    near = {
        flow.identifier: flow for flow in Flow.objects.filter(identifier__startswith=named[:10])
    }
    found = matching_flow(named, near)
    return near[found] if found else None


def _flow_regulated(bank_reference: str) -> Flow | None:
    """The one flow whose bank transfer has that TRN, or the CRO inside it."""
    near = Flow.objects.filter(regulation__icontains=bank_reference)[:2]
    found = [flow for flow in near if is_regulation(bank_reference, flow.regulation)]
    return found[0] if len(found) == 1 else None


def _receipt_of(iuv: str) -> Receipt | None:
    """The one receipt of that IUV; two receipts are for a person to tell apart."""
    found = list(Receipt.objects.filter(iuv=iuv)[:2])
    return found[0] if len(found) == 1 else None
