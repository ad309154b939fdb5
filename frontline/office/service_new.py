"""One more *tipo di dovuto*: what is needed to open it; the rest is on its own page."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from billing.services.catalogue import open_service
from frontline.access import StaffRequest, staff
from frontline.office.account_fields import clean_taxonomy
from frontline.office.pages import crumbs, posted
from paybox.kernel.clock import now
from paybox.kernel.problems import Refused
from tenants.roles import Capability


class NewServiceForm(forms.Form):
    """How it is called, and what pagoPA calls it."""

    name = forms.CharField(label="Nome", max_length=140, help_text="Come lo legge il cittadino.")
    code = forms.CharField(
        label="Codice", max_length=20,
        help_text="Breve, in maiuscolo, per esempio MENSA. È il nome nei file di carico e non si cambia più.",
    )  # fmt: skip
    causale = forms.CharField(
        label="Causale proposta",
        max_length=60,
        help_text="Si può cambiare posizione per posizione.",
    )
    taxonomy = forms.CharField(
        label="Codice tassonomico pagoPA", max_length=20, help_text="Per esempio 9/0101101IM/."
    )
    sector = forms.CharField(label="Ufficio responsabile", max_length=100, required=False)

    def clean_code(self) -> str:
        return str(self.cleaned_data["code"]).upper()

    def clean_taxonomy(self) -> str:
        return clean_taxonomy(self.cleaned_data["taxonomy"])


@staff(Capability.ADMINISTER)
def new_service(request: StaffRequest) -> HttpResponse:
    """Opened, it leads to its page: accounts, amounts, what is offered to the public."""
    form = NewServiceForm(posted(request)[0])
    if request.method == "POST" and form.is_valid():
        try:
            opened = open_service(**form.cleaned_data, actor=request.actor, at=now())
        except Refused as refusal:
            form.add_error("code", f"{refusal}.")
        else:
            messages.success(request, f"«{opened.name}» è aperto. Qui si completa.")
            return redirect("office:service", pk=opened.pk)
    trail = crumbs(("Tipi di dovuto", reverse("office:services")), ("Nuovo", ""))
    page = {"form": form, "crumbs": trail}
    return render(request, "office/service_new.html", page, status=422 if form.errors else 200)
