"""Who works in this office: read, invited, given another role, let go. Administrators only."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from billing.models import Service
from frontline.access import StaffRequest, staff
from frontline.office.pages import crumbs, posted
from frontline.office.told import tell_refusal
from paybox.kernel.clock import now, today
from paybox.kernel.problems import Refused
from tenants.models import Membership
from tenants.roles import Capability, Role
from tenants.selectors.people import people_of
from tenants.services.people import Invitation, change_role, end_role, invite_again, invite_person

_DOES = {
    Role.RESPONSABILE: "tutto, anche approvare gli invii e amministrare",
    Role.FUNZIONARIO: "carica, prepara e approva gli invii, segue il contenzioso",
    Role.RAGIONERIA: "vede, riconcilia e scarica i libri",
    Role.OPERATORE: "cerca, risponde e aggiorna i recapiti",
    Role.ESATTORE: "cerca, telefona e aggiorna i recapiti",
    Role.LETTORE: "guarda e basta",
}


class RoleForm(forms.Form):
    """What somebody may do here, on what, and until when."""

    role = forms.ChoiceField(
        label="Ruolo", choices=[(role.value, f"{role.label}: {does}") for role, does in _DOES.items()],
    )  # fmt: skip
    services = forms.MultipleChoiceField(
        label="Tipi di dovuto", required=False, widget=forms.CheckboxSelectMultiple,
        help_text="Nessuno scelto: tutti, anche quelli che verranno.",
    )  # fmt: skip
    until = forms.DateField(
        label="Ultimo giorno", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="Vuoto: senza scadenza.",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["services"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101 - declared above
        field.choices = list(Service.objects.order_by("name").values_list("code", "name"))


class InvitationForm(RoleForm):
    """And who she is."""

    name = forms.CharField(label="Nome e cognome", max_length=100)
    email = forms.EmailField(
        label="Indirizzo e-mail", max_length=200,
        help_text="Con questo indirizzo entrerà: qui arriva il collegamento per scegliere la password.",
    )  # fmt: skip
    field_order = ("name", "email", "role", "services", "until")


@staff(Capability.ADMINISTER)
def people(request: StaffRequest) -> HttpResponse:
    here, before = people_of(request.tenant, on=today())
    page = {"here": here, "before": before, "me": request.actor.user_id, "crumbs": _trail()}
    return render(request, "office/people.html", page)


@staff(Capability.ADMINISTER)
def invite(request: StaffRequest) -> HttpResponse:
    form = InvitationForm(posted(request)[0], initial={"role": Role.OPERATORE.value})
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        invitation = Invitation(
            told["email"], told["name"], Role(told["role"]), told["services"], told["until"]
        )
        if _done(
            request, form, invite_person, invitation=invitation, ente=request.tenant, today=today()
        ):
            messages.success(request, f"L'invito per {told['email']} sta partendo.")
            return redirect("office:people")
    page = {"form": form, "crumbs": _trail(("Invita una persona", ""))}
    return render(request, "office/person.html", page, status=422 if form.errors else 200)


@staff(Capability.ADMINISTER)
def person(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Her role, to be changed."""
    shown = _access_membership(request, uuid)
    first = {"role": shown.role, "services": shown.services, "until": shown.until}
    form = RoleForm(posted(request)[0], initial=first)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        given = {"role": Role(told["role"]), "services": told["services"], "until": told["until"]}
        if _done(request, form, change_role, membership=shown, today=today(), **given):
            messages.success(request, f"Il ruolo di {shown.user.name} è cambiato.")
            return redirect("office:people")
    page = {
        "form": form, "shown": shown, "is_me": shown.user_id == request.actor.user_id,
        "crumbs": _trail((shown.user.name, "")),
    }  # fmt: skip
    return render(request, "office/person.html", page, status=422 if form.errors else 200)


@staff(Capability.ADMINISTER)
@require_POST
def again(request: StaffRequest, uuid: UUID) -> HttpResponse:
    shown = _access_membership(request, uuid)
    if _done(request, None, invite_again, membership=shown):
        messages.success(request, f"L'invito per {shown.user.email} sta partendo di nuovo.")
    return redirect("office:people")


@staff(Capability.ADMINISTER)
@require_POST
def end(request: StaffRequest, uuid: UUID) -> HttpResponse:
    shown = _access_membership(request, uuid)
    if _done(request, None, end_role, membership=shown, today=today()):
        messages.success(request, f"{shown.user.name} non lavora più in questo ufficio.")
    return redirect("office:people")


def _done(
    request: StaffRequest, form: forms.Form | None, service: Callable[..., object], **given: Any
) -> bool:
    """Whether the service did it; its refusal is shown in the form, or above the page."""
    try:
        service(actor=request.actor, at=now(), **given)
    except Refused as refusal:
        if form is not None:
            form.add_error(None, str(refusal))
        else:
            tell_refusal(request, refusal)
        return False
    return True


def _access_membership(request: StaffRequest, uuid: UUID) -> Membership:
    """Of this Ente and in force. Raises Http404."""
    valid = Membership.objects.valid(on=today()).filter(ente=request.tenant)
    found = valid.filter(uuid=uuid).select_related("user", "ente").first()
    if found is None:
        raise Http404("Persona inesistente")
    return found


def _trail(*steps: tuple[str, str]) -> list[tuple[str, str]]:
    return crumbs(("Persone", reverse("office:people") if steps else ""), *steps)
