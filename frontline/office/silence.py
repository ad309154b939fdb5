"""Addresses left alone: who asked for no messages, by whom it was written, and how to undo it."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from dunning.models import Suppression
from dunning.rules.channels import EMAIL, PEC, SMS, label_of
from dunning.services.suppressions import lift_silence, silence_address
from frontline.access import StaffRequest, staff
from frontline.office.pages import crumbs, page_of, posted
from paybox.kernel.clock import now
from paybox.kernel.problems import Refused
from tenants.roles import Capability


class AddressForm(forms.Form):
    """One address to leave alone."""

    channel = forms.ChoiceField(
        label="Canale", choices=[(name, label_of(name)) for name in (SMS, EMAIL, PEC)]
    )
    address = forms.CharField(label="Numero o indirizzo", max_length=254)


@staff(Capability.SEND)
def silenced(request: StaffRequest) -> HttpResponse:
    """The list, and the form to add to it."""
    form = AddressForm(posted(request)[0])
    if request.method == "POST" and form.is_valid():
        try:
            added = silence_address(**form.cleaned_data, actor=request.actor, at=now())
        except Refused as refusal:
            form.add_error("address", str(refusal))
        else:
            messages.success(request, f"{added.address} non riceve più messaggi di cortesia.")
            return redirect("office:silenced")
    found = Suppression.objects.filter(lifted_at=None).order_by("-created_at", "-pk")
    listed = page_of(request, found)
    for one in listed.object_list:
        one.channel_words = label_of(one.channel)
    page = {
        "form": form,
        "page": listed,
        "crumbs": crumbs(("Invii", reverse("office:waves")), ("Recapiti esclusi", "")),
    }
    return render(request, "office/silenced.html", page, status=422 if form.errors else 200)


@staff(Capability.SEND)
@require_POST
def lift(request: StaffRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Suppression, pk=pk)
    lift_silence(suppression_id=found.pk, actor=request.actor, at=now())
    messages.success(request, f"{found.address} può ricevere di nuovo i messaggi.")
    return redirect("office:silenced")
