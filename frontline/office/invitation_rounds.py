"""Invitations to notices without paper, many at once: the rounds with what became of them, and a new one."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from billing.models import Load
from dunning.rules.channels import EMAIL, LETTER
from dunning.rules.invitations import USUAL_QUIET_DAYS
from dunning.selectors.invitations import funnel_of, invitation_waves
from dunning.services.inviting import InvitationDraft, plan_round
from frontline.access import StaffRequest, staff
from frontline.office.loads import loads_in
from frontline.office.pages import crumbs, page_of, posted
from frontline.office.service_form import ServiceForm, service_field, services_of
from paybox.kernel.clock import now, today
from paybox.kernel.problems import Refused
from tenants.roles import Capability

_SERVICE, _LOAD, _EVERYONE = "tipo", "caricamento", "tutti"
_WHOM = [
    (_SERVICE, "Chi ha un credito di questo tipo"),
    (_LOAD, "Chi è in un caricamento"),
    (_EVERYONE, "Tutti i contribuenti"),
]
_LATEST = 50


class LoadField(forms.ModelChoiceField):  # type: ignore[type-arg]  # its class takes no argument at run time
    """A load by its file and day."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.filename}, {obj.created_at:%d/%m/%Y}"


class RoundForm(ServiceForm):
    """Whom, how, and how often at most."""

    service = service_field("Scegliere il tipo di dovuto.")
    whom = forms.ChoiceField(label="Chi invitare", choices=_WHOM)
    load = LoadField(
        label="Caricamento", queryset=Load.objects.none(), required=False, empty_label="Scegliere",
        help_text="Solo se si invita chi è in un caricamento.",
    )  # fmt: skip
    channel = forms.ChoiceField(
        label="Come", choices=[(LETTER, "Per posta, a chi riceve gli avvisi su carta"),
                               (EMAIL, "Per e-mail, a chi ha un indirizzo non ancora verificato")],
    )  # fmt: skip
    quiet_days = forms.IntegerField(
        label="Non invitare di nuovo prima di (giorni)", min_value=1, max_value=3_650, initial=USUAL_QUIET_DAYS,
    )  # fmt: skip
    most = forms.IntegerField(
        label="Quanti inviti al massimo (facoltativo)", min_value=1, max_value=1_000_000, required=False,
    )  # fmt: skip
    given_by_people = forms.BooleanField(
        label="Gli indirizzi e-mail li hanno dati all'Ente le persone stesse, informate di come si usano",
        required=False,
        help_text="Va dichiarato per scrivere per e-mail. Di ogni indirizzo resta scritto da dove viene.",
    )  # fmt: skip

    def __init__(self, *args: Any, request: StaffRequest) -> None:
        super().__init__(*args, services=services_of(request))
        load = self.fields["load"]
        assert isinstance(load, LoadField)  # noqa: S101 - declared above
        confirmed = loads_in(request).filter(state=Load.State.CONFIRMED).order_by("-created_at")
        load.queryset = Load.objects.filter(
            pk__in=list(confirmed.values_list("pk", flat=True)[:_LATEST])
        )
        if request.membership.services:
            whom = self.fields["whom"]
            assert isinstance(whom, forms.ChoiceField)  # noqa: S101 - declared above
            whom.choices = _WHOM[:2]

    def clean(self) -> None:
        given = self.cleaned_data
        if given.get("whom") == _LOAD and not given.get("load"):
            self.add_error("load", "Scegliere il caricamento.")

    def draft(self) -> InvitationDraft:
        given = self.cleaned_data
        load = given["load"] if given["whom"] == _LOAD else None
        return InvitationDraft(
            channel=given["channel"], load_id=load.pk if load else None, everyone=given["whom"] == _EVERYONE,
            quiet_days=given["quiet_days"], most=given["most"], given_by_people=given["given_by_people"],
        )  # fmt: skip


@staff(Capability.SEE)
def rounds(request: StaffRequest) -> HttpResponse:
    """Each with its funnel, newest first."""
    listed = page_of(request, invitation_waves(scope=request.membership.services))
    page = {
        "page": listed,
        "rows": [(wave, funnel_of([wave])) for wave in listed.object_list],
        "crumbs": _trail(("Inviti", "")),
    }
    return render(request, "office/invitation_rounds.html", page)


@staff(Capability.SEND)
def new(request: StaffRequest) -> HttpResponse:
    """Simulate a round: nobody gets a code, nothing leaves."""
    form = RoundForm(posted(request)[0], request=request)
    if request.method == "POST" and form.is_valid():
        try:
            wave = plan_round(
                service_id=form.cleaned_data["service"].pk, draft=form.draft(), actor=request.actor, at=now(),
                today=today(),
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, f"{refusal}.")
        else:
            return redirect("office:wave", uuid=wave.uuid)
    trail = _trail(("Inviti", reverse("office:invitation_rounds")), ("Nuovi inviti", ""))
    page = {"form": form, "crumbs": trail}
    return render(request, "office/invitation_round.html", page, status=422 if form.errors else 200)


def _trail(*steps: tuple[str, str]) -> list[tuple[str, str]]:
    here = ("Senza carta", reverse("office:zero_carta"))
    return crumbs(("Invii", reverse("office:waves")), here, *steps)
