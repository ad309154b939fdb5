"""The day the printer gave a billing file to the post: said once by an official, put right when it was wrong."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from billing.models import Bollettazione
from billing.services.posting import declare_posted
from frontline.access import StaffRequest, staff
from frontline.office.load_review import access_load
from frontline.office.pages import crumbs
from paybox.kernel.clock import now
from paybox.kernel.problems import Refused
from tenants.roles import Capability


class PostedForm(forms.Form):
    """One day."""

    on = forms.DateField(
        label="Giorno della spedizione", widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"required": "Scrivere il giorno in cui gli avvisi sono stati consegnati alla posta."},
    )  # fmt: skip


@staff(Capability.PUBLISH)
def posted_day(request: StaffRequest, uuid: UUID, pk: int) -> HttpResponse:
    load = access_load(request, uuid)
    made = get_object_or_404(Bollettazione, pk=pk, load=load)
    form = PostedForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        day = form.cleaned_data["on"]
        try:
            declare_posted(bollettazione_id=made.pk, posted_on=day, actor=request.actor, at=now())
        except Refused as refusal:
            form.add_error("on", f"{refusal}.")
        else:
            messages.success(request, f"Gli avvisi su carta risultano spediti il {day:%d/%m/%Y}.")
            return redirect("office:load", uuid=uuid)
    steps = [("Caricamenti", reverse("office:loads")), (load.filename, reverse("office:load", args=[uuid]))]  # fmt: skip
    page = {"load": load, "made": made, "form": form, "crumbs": crumbs(*steps, ("Spediti il", ""))}
    return render(request, "office/load_posted.html", page, status=422 if form.errors else 200)
