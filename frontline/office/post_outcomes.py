"""What the post said: the provider's file read, with the rows it could not take, each with its column and why."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from dunning.channels.post_mappers import MAPPERS, OutcomesRefused
from dunning.services.post_outcomes import Imported, import_outcomes
from frontline.access import StaffRequest, staff
from frontline.office.pages import crumbs, posted
from frontline.office.uploads import CSV, file_field
from paybox.kernel.clock import now
from tenants.roles import Capability

SHOWN = 200


class OutcomesForm(forms.Form):
    """The file, and how whoever wrote it writes."""

    provider = forms.ChoiceField(
        label="Come è scritto il file",
        choices=[(code, mapper.name) for code, mapper in MAPPERS.items()],
    )
    file = file_field(
        "File degli esiti (CSV)", missing="Scegliere il file degli esiti.", accepts=CSV, help_text="Al massimo 20 MB e 3.000 righe.",
    )  # fmt: skip


@staff(Capability.SEND)
def outcomes(request: StaffRequest) -> HttpResponse:
    """Read it at once; the same file twice changes nothing."""
    form, done = OutcomesForm(*posted(request)), None
    if request.method == "POST" and form.is_valid():
        try:
            done = _imported(request, form.cleaned_data)
        except OutcomesRefused as refusal:
            form.add_error("file", f"{refusal}.")
        else:
            messages.success(request, f"Esiti registrati: {done.taken}. Già noti: {done.known}.")
    page = {
        "form": form,
        "done": done,
        "refused": done.refused[:SHOWN] if done else (),
        "mappers": MAPPERS.values(),
        "crumbs": crumbs(
            ("Invii", reverse("office:waves")), ("Lettere", reverse("office:post")), ("Esiti", "")
        ),
    }
    return render(request, "office/post_outcomes.html", page, status=422 if form.errors else 200)


def _imported(request: StaffRequest, given: dict[str, Any]) -> Imported:
    return import_outcomes(
        raw=given["file"].read(), provider=given["provider"], scope=tuple(request.membership.services or ()),
        actor=request.actor, at=now(),
    )  # fmt: skip
