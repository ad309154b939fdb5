"""Other addresses for debtors, with their source: read from a register's file, taken or refused by a person."""

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from billing.rules.load_file.named_rows import named_rows
from billing.selectors.positions import positions_in
from frontline.access import StaffRequest, staff
from frontline.office.contact_proposals import contact_proposals, decided
from frontline.office.pages import crumbs, page_of, posted
from frontline.office.uploads import CSV, file_field
from paybox.kernel.clock import now
from paybox.kernel.problems import Refused
from registry.models import AddressProposal
from registry.services.address_proposals import (
    COLUMNS,
    ImportedAddresses,
    decide_address,
    import_addresses,
)
from tenants.roles import Capability

SHOWN = 200


class AddressFileForm(forms.Form):
    """A register's answer."""

    file = file_field(
        "File degli indirizzi (CSV)", missing="Scegliere il file degli indirizzi.", accepts=CSV,
        help_text="Al massimo 20 MB.",
    )  # fmt: skip


@staff(Capability.SEE)
def proposals(request: StaffRequest) -> HttpResponse:
    """Those to decide, oldest first."""
    found = _proposals(request).filter(decided_at__isnull=True).order_by("created_at", "pk")
    contacts = contact_proposals(request).filter(decided_at=None).order_by("created_at", "pk")
    page = {"page": page_of(request, found), "contacts": contacts[:SHOWN], "crumbs": _crumbs()}
    return render(request, "office/address_proposals.html", page)


@staff(Capability.CONTACT)
@require_POST
def decide(request: StaffRequest, pk: int) -> HttpResponse:
    """One of them taken or refused."""
    found = _proposals(request).filter(pk=pk)
    return decided(request, found, decide_address, "L'indirizzo è nell'anagrafe.")


@staff(Capability.LOAD)
def upload(request: StaffRequest) -> HttpResponse:
    """A register's file: it proposes, it changes nothing."""
    form, done = AddressFileForm(*posted(request)), None
    if request.method == "POST" and form.is_valid():
        try:
            raw = form.cleaned_data["file"].read()
            rows = named_rows(raw, columns=COLUMNS, mandatory=COLUMNS)
            done = import_addresses(raw=raw, rows=rows, actor=request.actor, at=now())
        except Refused as refusal:
            form.add_error("file", str(refusal))
        else:
            messages.success(request, _words(done))
    page = {
        "form": form,
        "refused": done.refused[:SHOWN] if done else (),
        "crumbs": _crumbs(("Carica un file", "")),
    }
    return render(request, "office/address_file.html", page, status=422 if form.errors else 200)


def _words(done: ImportedAddresses) -> str:
    return (
        f"Proposte nuove: {done.proposed}. Già uguali in anagrafe: {done.same}. Già proposte: {done.known}. "
        f"Persone che l'Ente non ha: {done.strangers}."
    )


def _proposals(request: StaffRequest) -> "QuerySet[AddressProposal]":
    found = AddressProposal.objects.select_related("subject")
    scope = request.membership.services
    return found.filter(subject__in=positions_in(scope).values("subject")) if scope else found


def _crumbs(*last: tuple[str, str]) -> list[tuple[str, str]]:
    here = reverse("office:address_proposals") if last else ""
    letters = (("Invii", reverse("office:waves")), ("Lettere", reverse("office:post")))
    return crumbs(*letters, ("Indirizzi proposti", here), *last)
