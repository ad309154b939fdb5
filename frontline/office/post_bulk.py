"""Letters in bulk: an archive of scanned cards, what the operator asks for each letter, outcomes nobody taught us."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from dunning.channels.post_mappers import OutcomesRefused
from dunning.models import UnreadOutcome
from dunning.rules.post import PostOutcome
from dunning.selectors.post import unread_outcomes
from dunning.services.post_costs import import_costs
from dunning.services.post_scans import take_scans
from dunning.services.post_unread import settle_unread
from frontline.access import StaffRequest, staff
from frontline.office.pages import crumbs, page_of, posted
from frontline.office.uploads import CSV, file_field
from paybox.kernel.clock import now
from paybox.kernel.money import format_euro
from paybox.kernel.problems import Refused
from tenants.roles import Capability

SHOWN = 200


class ArchiveForm(forms.Form):
    """A ZIP of scans."""

    file = file_field(
        "Archivio delle scansioni (ZIP)", missing="Scegliere l'archivio.", accepts=".zip",
        help_text="Al massimo 50 MB e 2.000 scansioni; ognuna PDF, JPEG o PNG, al massimo 10 MB.",
    )  # fmt: skip


class CostsForm(forms.Form):
    """A CSV of letters and euros."""

    file = file_field(
        "File dei costi (CSV)", missing="Scegliere il file dei costi.", accepts=CSV, help_text="Al massimo 20 MB.",
    )  # fmt: skip


class MeaningForm(forms.Form):
    """What an outcome means; none when the row is put aside."""

    outcome = forms.ChoiceField(
        label="Significa",
        required=False,
        choices=[("", "Nessun esito: da mettere da parte"), *((o.value, o.label) for o in PostOutcome)],
    )  # fmt: skip
    on = forms.DateField(
        label="Giorno, se nel file non si legge",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    note = forms.CharField(label="Perché, o chi lo ha chiarito", max_length=300, required=False)


@staff(Capability.SEND)
def scans(request: StaffRequest) -> HttpResponse:
    """Many cards at once; the same archive twice changes nothing."""
    form, done = ArchiveForm(*posted(request)), None
    if request.method == "POST" and form.is_valid():
        try:
            done = take_scans(raw=form.cleaned_data["file"].read(), scope=_scope(request), actor=request.actor, at=now())  # fmt: skip
        except OutcomesRefused as refusal:
            form.add_error("file", f"{refusal}.")
        else:
            messages.success(request, f"Cartoline registrate: {done.taken}. Già note: {done.known}.")  # fmt: skip
    page = {"form": form, "done": done, "refused": done.refused[:SHOWN] if done else (), "crumbs": _crumbs("Archivio di scansioni")}  # fmt: skip
    return render(request, "office/post_scans.html", page, status=422 if form.errors else 200)


@staff(Capability.SEND)
def costs(request: StaffRequest) -> HttpResponse:
    """What the operator asks; the same file twice changes nothing."""
    form, done = CostsForm(*posted(request)), None
    if request.method == "POST" and form.is_valid():
        try:
            done = import_costs(raw=form.cleaned_data["file"].read(), scope=_scope(request), actor=request.actor, at=now())  # fmt: skip
        except OutcomesRefused as refusal:
            form.add_error("file", f"{refusal}.")
        else:
            words = f"Costi registrati: {done.taken}. Già noti: {done.known}. In tutto {format_euro(done.mills // 10)}."
            messages.success(request, words)
    page = {"form": form, "done": done, "refused": done.refused[:SHOWN] if done else (), "crumbs": _crumbs("Costi")}  # fmt: skip
    return render(request, "office/post_costs.html", page, status=422 if form.errors else 200)


@staff(Capability.SEND)
def unread(request: StaffRequest) -> HttpResponse:
    """Outcomes to be understood, oldest first."""
    found = _unread(request).filter(settled_at__isnull=True).order_by("opened_at", "pk")
    page = {"page": page_of(request, found), "crumbs": _crumbs("Esiti da interpretare")}
    return render(request, "office/post_unread.html", page)


@staff(Capability.SEND)
def meaning(request: StaffRequest, pk: int) -> HttpResponse:
    """One of them understood."""
    row = _unread(request).filter(pk=pk).first()
    if row is None:
        raise Http404("Esito inesistente")
    form = MeaningForm(posted(request)[0])
    if request.method == "POST" and form.is_valid():
        try:
            _settle(request, row, form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, f"{refusal}.")
        else:
            messages.success(request, "L'esito è stato interpretato.")
            return redirect("office:post_unread")
    steps = (("Esiti da interpretare", reverse("office:post_unread")), (row.code, ""))
    page = {"row": row, "form": form, "crumbs": _crumbs(*steps)}
    return render(request, "office/post_meaning.html", page, status=422 if form.errors else 200)


def _settle(request: StaffRequest, row: UnreadOutcome, given: dict[str, Any]) -> None:
    outcome = PostOutcome(given["outcome"]) if given["outcome"] else None
    settle_unread(
        unread_id=row.pk, outcome=outcome, on=given["on"], note=given["note"], scope=_scope(request), actor=request.actor,
        at=now(),
    )  # fmt: skip


def _unread(request: StaffRequest) -> "QuerySet[UnreadOutcome]":
    return unread_outcomes(scope=_scope(request))


def _scope(request: StaffRequest) -> tuple[str, ...]:
    return tuple(request.membership.services or ())


def _crumbs(*last: str | tuple[str, str]) -> list[tuple[str, str]]:
    steps = [one if isinstance(one, tuple) else (one, "") for one in last]
    return crumbs(("Invii", reverse("office:waves")), ("Lettere", reverse("office:post")), *steps)
