"""ZERO_CARTA at the desk: the invitation to hand over, the signed form to enter, the withdrawal asked in person."""

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from billing.documents.data import DocumentRefused
from billing.selectors.positions import positions_in
from billing.services.invitations import invitation_pdf
from dunning.inbound.addresses import portal_url
from dunning.services.contact_checks import ask_contact
from frontline.access import StaffRequest, staff
from frontline.office.pages import crumbs, posted
from frontline.office.told import tell_refusal
from frontline.portal.forms import read_by
from paybox.kernel.clock import now, today
from paybox.kernel.problems import Refused
from registry.models import Consent, Contact, Subject
from registry.rules.consent import CURRENT_TEXT, TEXTS
from registry.rules.contacts import read_email, read_mobile
from registry.selectors.subjects import subject_of_uuid
from registry.services.consents import Given, record_consent, withdraw_consent
from registry.services.invitations import invite
from tenants.roles import Capability


class SignedForm(forms.Form):
    """What stands on the coupon."""

    email = forms.CharField(label="E-mail", required=False, max_length=254)
    mobile = forms.CharField(label="Cellulare", required=False, max_length=30)
    signed_on = forms.DateField(
        label="Data della firma", input_formats=["%d/%m/%Y", "%Y-%m-%d"],
        widget=forms.DateInput(format="%d/%m/%Y", attrs={"placeholder": "gg/mm/aaaa"}),
        error_messages={"required": "Scrivere la data accanto alla firma.", "invalid": "La data si scrive gg/mm/aaaa."},
    )  # fmt: skip
    version = forms.ChoiceField(
        label="Testo firmato", choices=[(name, name) for name in sorted(TEXTS, reverse=True)],
        initial=CURRENT_TEXT, help_text="La sigla stampata in fondo al consenso.",
    )  # fmt: skip
    signed = forms.BooleanField(
        label="Il modulo è firmato",
        error_messages={"required": "Senza firma il consenso non vale."},
    )

    def clean_email(self) -> str:
        typed = self.cleaned_data["email"]
        return read_by(read_email, typed) if typed.strip() else ""

    def clean_mobile(self) -> str:
        typed = self.cleaned_data["mobile"]
        return read_by(read_mobile, typed) if typed.strip() else ""

    def clean_signed_on(self) -> date:
        day: date = self.cleaned_data["signed_on"]
        if day > today():
            raise forms.ValidationError("La data della firma è nel futuro.")
        return day

    def clean(self) -> None:
        if not self.errors and not (self.cleaned_data["email"] or self.cleaned_data["mobile"]):
            self.add_error("email", "Scrivere l'e-mail, il cellulare o tutti e due.")


@staff(Capability.CONTACT)
def enter(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """The coupon of one person; a message asks the e-mail address to confirm itself."""
    person = access_subject(request, uuid)
    form = SignedForm(*posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            _record(request, person, form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, f"{refusal}.")
        else:
            messages.success(request, "Il consenso è registrato.")
            return redirect("office:subject", uuid=uuid)
    page = {
        "form": form, "subject": person, "text": TEXTS[CURRENT_TEXT],
        "acts": person.consents.order_by("-id")[:20],
        "crumbs": crumbs((person.name, reverse("office:subject", args=[uuid])), ("Consenso", "")),
    }  # fmt: skip
    status = 422 if form.errors else 200
    return render(request, "office/zero_carta_desk.html", page, status=status)


@staff(Capability.CONTACT)
@require_POST
def withdraw(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """She asks at the desk to go back to paper."""
    person = access_subject(request, uuid)
    done = withdraw_consent(
        subject_id=person.pk, source=Consent.Source.PAPER, text_version=CURRENT_TEXT,
        actor=request.actor, at=now(),
    )  # fmt: skip
    words = "Gli avvisi torneranno su carta." if done else "Gli avvisi erano già su carta."
    messages.success(request, words)
    return redirect("office:subject", uuid=uuid)


@staff(Capability.CONTACT)
@require_POST
def invitation(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Her invitation as PDF, with the code that is hers."""
    person = access_subject(request, uuid)
    made = invite(subject_id=person.pk, actor=request.actor, at=now())
    try:
        pdf = invitation_pdf(
            invitation=made, ente=request.tenant, portal_url=portal_url(request.tenant)
        )
    except DocumentRefused as refusal:
        tell_refusal(request, refusal)
        return redirect("office:subject", uuid=uuid)
    answer = HttpResponse(pdf.pdf, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="invito-{person.pk}.pdf"'
    return answer


def access_subject(request: StaffRequest, uuid: UUID) -> Subject:
    """Of this Ente and, for who works on some services only, with a position of theirs. Raises Http404."""
    found = subject_of_uuid(uuid)
    scope = request.membership.services
    if found is None or (scope and not positions_in(scope).filter(subject=found).exists()):
        raise Http404("Contribuente inesistente")
    return found


@transaction.atomic
def _record(request: StaffRequest, person: Subject, given: dict[str, Any]) -> None:
    """Raises ConsentRefused."""
    for kind, value in (
        (Contact.Kind.EMAIL, given["email"]),
        (Contact.Kind.MOBILE, given["mobile"]),
    ):
        if value:
            consent = Given(
                person.pk, kind.value, value, given["version"], Consent.Source.PAPER.value,
                given["signed_on"], verified=False,
            )  # fmt: skip
            record_consent(given=consent, actor=request.actor, at=now())
    if given["email"]:
        ask_contact(
            subject_id=person.pk, kind=Contact.Kind.EMAIL.value, value=given["email"],
            source=Consent.Source.PAPER.value, text_version=given["version"], at=now(),
        )  # fmt: skip
