"""The desk of the letters: cards that came back and those that are missing, addresses to be put right."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from dunning.models import AddressTask, ReceiptCard
from dunning.rules.post import PostOutcome
from dunning.selectors.post import address_tasks, letters_of, missing_cards
from dunning.services.post_addresses import correct_address, give_address_up
from dunning.services.post_cards import ON_CARDS, CardRead, take_card
from frontline.access import StaffRequest, staff
from frontline.office.pages import crumbs, page_of, posted
from paybox.kernel.clock import now, today
from paybox.kernel.problems import Refused
from registry.models import Subject
from registry.rules.addresses import PostalAddress
from tenants.roles import Capability

_EXTENSIONS = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}


class CardForm(forms.Form):
    """What is read on the card, and its scan."""

    number = forms.CharField(
        label="Numero sotto il codice a barre, o della raccomandata", max_length=40
    )
    outcome = forms.ChoiceField(label="Esito", choices=[(one.value, one.label) for one in ON_CARDS])
    on = forms.DateField(label="Data dell'esito", widget=forms.DateInput(attrs={"type": "date"}))
    notice_on = forms.DateField(
        label="Data dell'avviso di giacenza",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    place = forms.CharField(
        label="Dove si conserva la cartolina",
        max_length=100,
        required=False,
        help_text="Per esempio: scatola 3, n. 12.",
    )
    scan = forms.FileField(
        label="Scansione", max_length=200, help_text="PDF, JPEG o PNG, al massimo 10 MB.",
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
    )  # fmt: skip


class AddressForm(forms.Form):
    """The address found, or why none was."""

    street = forms.CharField(label="Via", max_length=100, required=False)
    civic = forms.CharField(label="Numero civico", max_length=20, required=False)
    cap = forms.CharField(label="CAP", max_length=10, required=False)
    city = forms.CharField(label="Comune", max_length=60, required=False)
    province = forms.CharField(label="Provincia (sigla)", max_length=2, required=False)
    note = forms.CharField(
        label="Da dove viene, o che cosa si è cercato", max_length=300, required=False
    )


def address_form(request: StaffRequest, subject: Subject) -> AddressForm:
    """What was posted; else what is on file."""
    told = {name: getattr(subject, name) for name in ("street", "civic", "cap", "city", "province")}
    return AddressForm(posted(request)[0], initial=told)


@staff(Capability.SEND)
def cards(request: StaffRequest) -> HttpResponse:
    """Enter one card; below, the letters whose card is awaited for too long."""
    form, scope = CardForm(*posted(request)), tuple(request.membership.services or ())
    if request.method == "POST" and form.is_valid():
        try:
            _keep(request, dict(form.cleaned_data), scope)
        except Refused as refusal:
            form.add_error(None, f"{refusal}.")
        else:
            messages.success(request, "La cartolina è registrata.")
            return redirect("office:post_cards")
    page = {
        "form": form,
        "page": page_of(request, missing_cards(scope=scope, on=today())),
        "crumbs": _crumbs("Cartoline"),
    }
    return render(request, "office/post_cards.html", page, status=422 if form.errors else 200)


@staff(Capability.SEE)
def card_file(request: StaffRequest, pk: int) -> FileResponse:
    """The scan; never shown, always saved."""
    visible = letters_of(scope=request.membership.services)
    card = ReceiptCard.objects.filter(pk=pk, letter__in=visible).first()
    if card is None or not default_storage.exists(card.file):
        raise Http404("Cartolina inesistente")
    name = f"cartolina-{card.letter.code}.{_EXTENSIONS[card.mime]}"
    answer = FileResponse(
        default_storage.open(card.file),
        as_attachment=True,
        filename=name,
        content_type="application/octet-stream",
    )
    answer["Cache-Control"] = "private, no-store"
    return answer


@staff(Capability.SEE)
def addresses(request: StaffRequest) -> HttpResponse:
    """What came back or could not be printed, oldest first."""
    found = address_tasks(scope=request.membership.services).filter(settled_at__isnull=True)
    page = {
        "page": page_of(request, found.order_by("opened_at", "pk")),
        "crumbs": _crumbs("Indirizzi da correggere"),
    }
    return render(request, "office/post_addresses.html", page)


@staff(Capability.SEND)
def address(request: StaffRequest, pk: int) -> HttpResponse:
    """One of them worked."""
    task = address_tasks(scope=request.membership.services).filter(pk=pk).first()
    if task is None or task.item.subject is None:
        raise Http404("Indirizzo inesistente")
    subject = task.item.subject
    form = address_form(request, subject)
    if request.method == "POST" and form.is_valid():
        try:
            words = _work(request, task, dict(form.cleaned_data))
        except Refused as refusal:
            form.add_error(None, f"{refusal}.")
        else:
            messages.success(request, words)
            return redirect("office:post_addresses")
    page = {"task": task, "subject": subject, "form": form, "crumbs": _crumbs("Indirizzo")}
    return render(request, "office/post_address.html", page, status=422 if form.errors else 200)


def _keep(request: StaffRequest, given: dict[str, Any], scope: tuple[str, ...]) -> None:
    scan = given.pop("scan").read()
    given["outcome"] = PostOutcome(given["outcome"])
    take_card(card=CardRead(**given), scan=scan, scope=scope, actor=request.actor, at=now())


def _work(request: StaffRequest, task: AddressTask, given: dict[str, str]) -> str:
    note = given.pop("note")
    if "abbandona" in request.POST:
        give_address_up(task_id=task.pk, note=note, actor=request.actor, at=now())
        return "L'indirizzo è chiuso senza correzione: la lettera non si ripete."
    found = PostalAddress(**{**given, "province": given["province"].upper()})
    correct_address(task_id=task.pk, address=found, note=note, actor=request.actor, at=now())
    return "L'indirizzo è corretto: la lettera entra nel prossimo lotto."


def _crumbs(last: str) -> list[tuple[str, str]]:
    return crumbs(
        ("Invii", reverse("office:waves")), ("Lettere", reverse("office:post")), (last, "")
    )
