"""Terms that have passed: how much was not paid then and now, the list of who has not, term after term."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from billing.models import Position, TermMemo
from billing.selectors.overdue import OverdueDebt
from billing.selectors.terms import TermFigures, memos_in, term_figures, unpaid_of_term
from frontline.access import StaffRequest, staff
from frontline.office.list_files import list_response
from frontline.office.pages import crumbs, page_of
from paybox.kernel.clock import today
from paybox.kernel.sheets import Euro
from tenants.roles import Capability

_COLUMNS = (
    "riferimento",
    "codice_fiscale",
    "denominazione",
    "causale",
    "scaduto_dal",
    "importo_scaduto",
)
SHOWN = 12


@staff(Capability.SEE)
def memos(request: StaffRequest) -> HttpResponse:
    """The terms, the latest first."""
    found = memos_in(request.membership.services)
    page = {
        "page": page_of(request, found),
        "crumbs": crumbs(_sendings(), ("Scadenze passate", "")),
    }
    return render(request, "office/memos.html", page)


@staff(Capability.SEE)
def memo(request: StaffRequest, pk: int) -> HttpResponse:
    """One term: as it was told, as it is today, and who has not paid."""
    shown = access_memo(request, pk)
    debts = _debts(shown)
    listed = page_of(request, debts)
    told = TermFigures(shown.positions, shown.unpaid, shown.unpaid_cents)
    page = {
        "memo": shown,
        "told": told,
        "now": term_figures(service_id=shown.service_id, due_on=shown.due_on, on=today()),
        "page": listed,
        "rows": list(_with_positions(list(listed.object_list))),
        "trend": _trend(shown),
        "mails": shown.mails.order_by("name"),
        "crumbs": crumbs(
            _sendings(), ("Scadenze passate", reverse("office:memos")), (_title(shown), "")
        ),
    }
    return render(request, "office/memo.html", page)


@staff(Capability.SEE)
def memo_file(request: StaffRequest, pk: int, form: str) -> HttpResponseBase:
    """Who has not paid, as of today."""
    shown = access_memo(request, pk)
    name = f"non-pagati-{shown.service.code.lower()}-{shown.due_on:%Y-%m-%d}"
    return list_response(form, name, _lines(shown), schema=request.tenant.schema_name)


def access_memo(request: StaffRequest, pk: int) -> TermMemo:
    """Of this Ente and of a service the reader works on. Raises Http404."""
    found = memos_in(request.membership.services).filter(pk=pk).first()
    if found is None:
        raise Http404("Scadenza inesistente")
    return found


def _debts(shown: TermMemo) -> list[OverdueDebt]:
    return unpaid_of_term(service_id=shown.service_id, due_on=shown.due_on, on=today())


def _with_positions(debts: Sequence[OverdueDebt]) -> Iterator[dict[str, Any]]:
    known = Position.objects.select_related("subject").in_bulk([d.position_id for d in debts])
    for debt in debts:
        yield {"debt": debt, "position": known[debt.position_id]}


def _lines(shown: TermMemo) -> Iterator[tuple[object, ...]]:
    yield _COLUMNS
    debts = _debts(shown)
    for start in range(0, len(debts), 1000):
        for row in _with_positions(debts[start : start + 1000]):
            p, debt = row["position"], row["debt"]
            yield (
                p.reference,
                p.subject.codice_fiscale,
                p.subject.name,
                p.causale,
                debt.due_on,
                Euro(debt.overdue_cents),
            )


def _trend(shown: TermMemo) -> list[tuple[TermMemo, TermFigures]]:
    """The terms of the same service up to this one, the latest first, as each was told."""
    before = TermMemo.objects.filter(service=shown.service, due_on__lte=shown.due_on)
    return [
        (m, TermFigures(m.positions, m.unpaid, m.unpaid_cents))
        for m in before.order_by("-due_on")[:SHOWN]
    ]


def _sendings() -> tuple[str, str]:
    return "Invii", reverse("office:waves")


def _title(shown: TermMemo) -> str:
    return f"{shown.service.name}, {shown.due_on:%d/%m/%Y}"
