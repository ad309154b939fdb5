"""What each message costs this Ente: the prices that simulations and reports count with."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from dunning.models import ChannelPrice
from dunning.rules.channels import CHANNELS, label_of
from dunning.selectors.facts import prices_on
from dunning.services.suppressions import write_price
from frontline.access import StaffRequest, staff
from frontline.office.money_field import PriceField
from frontline.office.pages import crumbs, posted
from paybox.kernel.clock import now, today
from paybox.kernel.problems import Refused
from tenants.roles import Capability


class PriceForm(forms.Form):
    """A price from a day on; the older ones stay for what was sent before."""

    channel = forms.ChoiceField(label="Canale", choices=list(CHANNELS.items()))
    mills = PriceField(
        label="Prezzo in euro",
        help_text="Fino a tre decimali, per esempio 0,061. Per un SMS, il prezzo di una parte.",
    )
    valid_from = forms.DateField(label="Dal giorno", widget=forms.DateInput(attrs={"type": "date"}))


@staff(Capability.ADMINISTER)
def prices(request: StaffRequest) -> HttpResponse:
    """Today's prices, those written, and the form for a new one."""
    form = PriceForm(posted(request)[0])
    if request.method == "POST" and form.is_valid():
        try:
            write_price(**form.cleaned_data, actor=request.actor, at=now())
        except Refused as refusal:
            form.add_error("valid_from", str(refusal))
        else:
            messages.success(request, "Il prezzo è scritto.")
            return redirect("office:prices")
    written = [
        (label_of(price.channel), price)
        for price in ChannelPrice.objects.order_by("-valid_from", "channel")[:50]
    ]
    page = {
        "form": form,
        "current": [(label_of(name), mills) for name, mills in prices_on(today()).items()],
        "written": written,
        "crumbs": crumbs(("Invii", reverse("office:waves")), ("Prezzi dei messaggi", "")),
    }
    return render(request, "office/prices.html", page, status=422 if form.errors else 200)
