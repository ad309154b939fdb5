"""Notices on paper that came back: the list, those who bring them in, and each of them worked."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import capfirst

from billing.models import NoticeReturn
from billing.rules.returned_notices import RETURNS, ReturnCause, ReturnedRow
from billing.selectors.returns import notice_returns
from billing.services.returned_addresses import correct_returned, give_returned_up
from billing.services.returned_notices import TakenReturns, import_returns, take_return
from billing.states import UNPAID
from frontline.access import StaffRequest, staff
from frontline.office.csv_files import csv_response
from frontline.office.pages import crumbs, page_of, posted
from frontline.office.post_desk import address_form
from frontline.office.uploads import SHEET, file_field
from paybox.kernel.clock import now, today
from paybox.kernel.problems import Refused
from registry.rules.addresses import read_address
from tenants.roles import Capability

SHOWN = 200
EXAMPLE = (("301000000000000120", "sconosciuto", "20/03/2026"), ("301000000000000221", "indirizzo inesatto", "21/03/2026"))  # fmt: skip


class ReturnsFile(forms.Form):
    """Many at once."""

    file = file_field(
        "Elenco degli avvisi tornati", missing="Scegliere il file da caricare.", accepts=SHEET,
        help_text="CSV o XLSX, al massimo 5 MB e 3.000 righe.",
    )  # fmt: skip


class ReturnForm(forms.Form):
    """One envelope in the hand."""

    number = forms.CharField(label="Codice avviso", max_length=40)
    cause = forms.ChoiceField(
        label="Causa", choices=[(one.value, one.label) for one in ReturnCause]
    )
    on = forms.DateField(label="Tornato il", widget=forms.DateInput(attrs={"type": "date"}))


@staff(Capability.SEE)
def returned(request: StaffRequest) -> HttpResponse:
    """What waits for an address, oldest first; or what was settled, newest first."""
    settled = request.GET.get("stato") == "chiusi"
    found = notice_returns(scope=request.membership.services).filter(settled_at__isnull=not settled)
    order = ("-settled_at", "-pk") if settled else ("opened_at", "pk")
    page = {
        "page": page_of(request, found.order_by(*order)),
        "settled": settled,
        "crumbs": _trail("Avvisi tornati"),
    }
    return render(request, "office/returned.html", page)


@staff(Capability.SEND)
def returned_new(request: StaffRequest) -> HttpResponse:
    """A file or one number, taken at once; the same twice changes nothing."""
    typed = "uno" in request.POST
    one = ReturnForm(request.POST if typed else None)
    many = ReturnsFile(*((None, None) if typed else posted(request)))
    done = _take(request, one, many)
    if done and one.is_bound:
        return redirect("office:returned_new")
    page = {
        "one": one, "many": many, "done": done, "refused": done.refused[:SHOWN] if done else (),
        "columns": RETURNS.columns, "causes": [cause.value.lower() for cause in ReturnCause],
        "crumbs": _trail("Registra"),
    }  # fmt: skip
    wrong = one.errors or many.errors
    return render(request, "office/returned_new.html", page, status=422 if wrong else 200)


@staff(Capability.SEND)
def returned_example(request: StaffRequest) -> StreamingHttpResponse:
    """To be opened in a spreadsheet and written over."""
    rows = [RETURNS.columns, *EXAMPLE]
    return csv_response("esempio-avvisi-tornati.csv", rows, schema=request.tenant.schema_name)


@staff(Capability.SEND)
def returned_notice(request: StaffRequest, pk: int) -> HttpResponse:
    """One of them worked: its address put right, or closed."""
    row = notice_returns(scope=request.membership.services).filter(pk=pk).first()
    if row is None:
        raise Http404("Avviso inesistente")
    subject = row.position.subject
    form = address_form(request, subject)
    if request.method == "POST" and form.is_valid():
        try:
            words = _work(request, row, dict(form.cleaned_data))
        except Refused as refusal:
            form.add_error(None, f"{capfirst(str(refusal))}.")
        else:
            messages.success(request, words)
            return redirect("office:returned_notice", pk=pk)
    page = {
        "row": row, "position": row.position, "subject": subject, "form": form, "today": today(),
        "payable": row.position.state in UNPAID, "crumbs": _trail("Avviso"),
    }  # fmt: skip
    return render(request, "office/returned_notice.html", page, status=422 if form.errors else 200)


def _take(request: StaffRequest, one: ReturnForm, many: ReturnsFile) -> TakenReturns | None:
    scope = request.membership.services or ()
    try:
        if one.is_bound and one.is_valid():
            row = ReturnedRow(1, one.cleaned_data["number"], ReturnCause(one.cleaned_data["cause"]), one.cleaned_data["on"])  # fmt: skip
            fresh = take_return(row=row, scope=scope, actor=request.actor, at=now())
            done = TakenReturns(int(fresh), int(not fresh))
        elif many.is_bound and many.is_valid():
            file = many.cleaned_data["file"]
            done = import_returns(raw=file.read(), filename=file.name, scope=scope, actor=request.actor, at=now())  # fmt: skip
        else:
            return None
    except Refused as refusal:
        form, field = (one, "number") if one.is_bound else (many, "file")
        form.add_error(field, f"{capfirst(str(refusal))}.")
        return None
    tell = messages.success if done.taken or done.known else messages.warning
    tell(request, f"Avvisi tornati registrati: {done.taken}. Già noti: {done.known}.")
    return done


def _work(request: StaffRequest, row: NoticeReturn, given: dict[str, Any]) -> str:
    note = given.pop("note")
    if "abbandona" in request.POST:
        give_returned_up(return_id=row.pk, note=note, actor=request.actor, at=now())
        return "L'avviso tornato è chiuso senza correggere l'indirizzo."
    correct_returned(
        return_id=row.pk, address=read_address(**given), note=note, actor=request.actor, at=now()
    )
    return "L'indirizzo è corretto: l'avviso si può ristampare."


def _trail(last: str) -> list[tuple[str, str]]:
    steps = [("Invii", reverse("office:waves")), ("Lettere", reverse("office:post"))]
    if last != "Avvisi tornati":
        steps.append(("Avvisi tornati", reverse("office:returned")))
    return crumbs(*steps, (last, ""))
