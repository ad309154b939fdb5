"""Chapter 8 – credit of the treasurer ↔ flow, whichever of the two comes first."""

from pagopa.labels import CreditFacts, label_credit
from pagopa.models import Flow, TreasuryCredit
from pagopa.rules.causale import matching_flow, read_causale

_WAITING = (TreasuryCredit.Label.TES_NO_MATCH, TreasuryCredit.Label.IUF_TES_DIV_IMP)


def label_again(flow: Flow) -> None:
    """Credits that waited for a flow, or did not agree with its earlier revision."""
    mine = TreasuryCredit.objects.filter(flow=flow)
    waiting = TreasuryCredit.objects.filter(label__in=_WAITING, flow__isnull=True)
    for credit in (mine | waiting).select_for_update(of=("self",)).order_by("pk"):
        label_found(credit)


def label_found(credit: TreasuryCredit) -> None:
    """Find the flow the causale names, and say what the credit is."""
    named = read_causale(credit.causale)
    flow = _flow_named(named.flow) if named.flow else None
    takers = TreasuryCredit.objects.filter(flow=flow).exclude(pk=credit.pk) if flow else None
    taken = takers is not None and takers.exists()
    credit.label = label_credit(
        CreditFacts(
            names_flow=bool(named.flow),
            names_iuv=bool(named.iuv),
            credit_cents=credit.amount_cents,
            flow_cents=flow.total_cents if flow else None,
            flow_taken=taken,
        )
    )
    credit.flow = None if taken else flow
    credit.save()


def _flow_named(named: str) -> Flow | None:
    """Identifiers begin with a day, which neither capitals nor cuts change."""
    near = {
        flow.identifier: flow for flow in Flow.objects.filter(identifier__startswith=named[:10])
    }
    found = matching_flow(named, near)
    return near[found] if found else None
