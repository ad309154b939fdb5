"""What a person asks of a credit or of a row, as posted by its page: reason, amounts in euros, service."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import QueryDict

from billing.models import Service
from frontline.access import StaffRequest
from pagopa.labels import ON_A_SERVICE, RepairKind
from pagopa.models import Flow, Receipt, Repair, RowRepair, TreasuryCredit
from pagopa.selectors.coverage import room_of_flow, room_of_receipt
from pagopa.services.opened_credits import OpenedFor, read_opened_for
from pagopa.services.repairs import Part
from pagopa.services.two_persons import RepairRefused, needs_second
from paybox.kernel.money import AmountRefused, format_euro, parse_cents


class ReasonForm(forms.Form):
    """Why; read by who confirms and by who checks."""

    reason = forms.CharField(max_length=300)


def reason_in(posted: QueryDict) -> str:
    """Raises RepairRefused."""
    form = ReasonForm(posted)
    if not form.is_valid():
        raise RepairRefused("Scrivere il motivo della correzione.")
    return str(form.cleaned_data["reason"])


def service_in(posted: QueryDict) -> Service | None:
    """The service chosen for income of another kind. None when none is."""
    code = posted.get("service", "").replace("\0", "")
    return Service.objects.filter(code=code, is_active=True).first() if code else None


def debtor_in(posted: QueryDict) -> OpenedFor | None:
    """Whose credit it was, when it is to be opened as one. Raises RepairRefused."""
    if posted.get("kind") != RepairKind.OPEN_CREDIT:
        return None
    typed = {
        name: posted.get(name, "").replace("\0", "")
        for name in ("codice_fiscale", "name", "causale")
    }
    return read_opened_for(**typed)


def corrections(kinds: Sequence[RepairKind], in_force: Repair | RowRepair | None) -> dict[str, Any]:
    """For ``_corrections.html``: each with the fields that it needs, and whether one person is enough."""
    return {
        "kinds": kinds,
        "by_one": [kind for kind in kinds if not needs_second(kind, in_force)],
        "on_a_service": ON_A_SERVICE,
        "opens_credit": RepairKind.OPEN_CREDIT,
        "services": services_to_choose() if set(kinds) & set(ON_A_SERVICE) else [],
    }


def services_to_choose() -> list[Service]:
    return list(Service.objects.filter(is_active=True).order_by("name"))


def parts_in(posted: QueryDict, credit: TreasuryCredit) -> list[Part]:
    """Each thing ticked, for the euros typed beside it; nothing typed: all the credit if alone, or what it lacks.

    Raises RepairRefused.
    """
    keys = [key for key in posted.getlist("part") if key[1:].isdecimal() and len(key) < 20]
    flows = Flow.objects.filter(pk__in=[int(k[1:]) for k in keys if k[0] == "F"])
    receipts = Receipt.objects.filter(pk__in=[int(k[1:]) for k in keys if k[0] == "R"])
    alone = credit.net_cents if len(keys) == 1 else None
    parts = [
        Part(_typed(posted, f"F{f.pk}") or alone or room_of_flow(f, besides=credit), flow=f)
        for f in flows
    ]
    return parts + [
        Part(_typed(posted, f"R{r.pk}") or alone or room_of_receipt(r, besides=credit), receipt=r)
        for r in receipts
    ]


def _typed(posted: QueryDict, key: str) -> int:
    """Cents; 0 when nothing was typed. Raises RepairRefused."""
    text = posted.get(f"amount-{key}", "").strip()
    if not text:
        return 0
    try:
        cents = parse_cents(text)
    except AmountRefused as refusal:
        raise RepairRefused(
            f"Importo «{text[:20]}» non valido: scriverlo come 1.234,56"
        ) from refusal
    if cents <= 0:
        raise RepairRefused(
            f"L'importo di una parte deve essere maggiore di zero, non {format_euro(cents)}"
        )
    return cents


def tell_proposed(request: StaffRequest, made: Repair | RowRepair) -> None:
    """Whether it counts already, or waits for somebody else."""
    waits = made.state == made.State.PROPOSED
    messages.success(
        request,
        "La correzione è proposta: la confermi una persona diversa, con il suo accesso."
        if waits
        else "La correzione è in vigore.",
    )
