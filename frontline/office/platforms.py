"""App IO and SEND: off until an administrator writes the Ente's own key, which goes in and is never shown again."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from billing.models import Service
from dunning.inbound.platforms import address_of
from dunning.models import ChannelAccess
from dunning.rules.channels import BY_TAX_CODE, IO, SEND, label_of
from dunning.rules.send_settings import INTEGRATIONS, LETTERS, POLICIES, settings_of
from dunning.selectors.channel_access import accesses
from dunning.services.channel_access import AccessDraft, write_access
from frontline.access import StaffRequest, staff
from frontline.office.money_field import EuroField
from frontline.office.pages import crumbs, posted
from frontline.office.service_form import services_of
from frontline.office.typed_number import whole_number
from paybox.kernel.clock import now
from paybox.kernel.problems import Refused
from tenants.roles import Capability


class AccessForm(forms.Form):
    """The key and the switch, for both."""

    key = forms.CharField(
        label="Chiave", required=False, strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="Si scrive una volta e non si può più leggere. Lasciare vuoto per conservare quella che c'è.",
    )  # fmt: skip
    active = forms.BooleanField(label="Attivo", required=False)


class IoForm(AccessForm):
    """App IO has a key for each of the Ente's services."""

    service = forms.ModelChoiceField(
        label="Tipo di dovuto", queryset=Service.objects.none(), required=False, empty_label="Tutti quelli senza una chiave propria",
    )  # fmt: skip
    field_order = ("service", "key", "active")

    def __init__(self, *args: Any, request: StaffRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["service"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
        field.queryset = services_of(request)


class SendForm(AccessForm):
    """SEND has one key, and wants to know how its notifications are made."""

    taxonomy = forms.CharField(
        label="Codice tassonomico di SEND", max_length=7,
        help_text="Sei cifre e una lettera: dice a SEND di che atto si tratta.",
    )  # fmt: skip
    letter = forms.ChoiceField(label="Se serve la carta", choices=list(LETTERS.items()))
    policy = forms.ChoiceField(
        label="Costi della notifica", choices=list(POLICIES.items()), widget=forms.RadioSelect,
        help_text="Se li sopporta l'Ente, le spese di notifica di un atto sono quelle che l'atto stesso addebita.",
    )  # fmt: skip
    integration = forms.ChoiceField(
        label="Chi comunica i costi a chi paga", choices=list(INTEGRATIONS.items()), widget=forms.RadioSelect,
        help_text="Conta solo se i costi li aggiunge SEND. In ogni caso sono un movimento del credito.",
    )  # fmt: skip
    fee_cents = EuroField(
        label="Costo dell'Ente per notifica (€)", required=False,
        help_text="Al massimo 1,00. Anche questo conta solo se i costi li aggiunge SEND.",
    )  # fmt: skip
    vat = forms.IntegerField(
        label="IVA sui costi di spedizione, %", min_value=0, max_value=100,
        help_text="Anche questa conta solo se i costi li aggiunge SEND.",
    )  # fmt: skip
    group = forms.CharField(
        label="Gruppo", required=False, help_text="Solo se l'Ente usa i gruppi nell'area riservata di SEND."
    )  # fmt: skip
    field_order = (
        "key",
        "taxonomy",
        "letter",
        "policy",
        "integration",
        "fee_cents",
        "vat",
        "group",
        "active",
    )

    def __init__(self, *args: Any, request: StaffRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)


@staff(Capability.ADMINISTER)
def platforms(request: StaffRequest) -> HttpResponse:
    """Both platforms, each with what is written for it."""
    written = accesses()
    listed = [
        (name, label_of(name), bool(address_of(name)), [one for one in written if one.channel == name])
        for name in BY_TAX_CODE
    ]  # fmt: skip
    return render(request, "office/platforms.html", {"listed": listed, "crumbs": _trail()})


@staff(Capability.ADMINISTER)
def platform(request: StaffRequest, name: str) -> HttpResponse:
    """Write the access; ``?chiave=`` names the one to change."""
    if name not in BY_TAX_CODE or not address_of(name):
        raise Http404("Piattaforma non disponibile")
    shown = _shown(request, name)
    kind = IoForm if name == IO else SendForm
    form = kind(posted(request)[0], initial=_initial(name, shown), request=request)
    if request.method == "POST" and form.is_valid() and _written(request, name, form):
        return redirect("office:platforms")
    page = {
        "form": form, "name": label_of(name), "shown": shown, "is_send": name == SEND,
        "crumbs": _trail((label_of(name), "")),
    }  # fmt: skip
    return render(request, "office/platform.html", page, status=422 if form.errors else 200)


def _written(request: StaffRequest, name: str, form: AccessForm) -> bool:
    given = dict(form.cleaned_data)
    service, key, active = given.pop("service", None), given.pop("key"), given.pop("active")
    if name == SEND:
        given["fee_cents"] = given["fee_cents"] or 0
    draft = AccessDraft(name, service.pk if service else None, key, active, given)
    try:
        write_access(draft=draft, actor=request.actor, at=now())
    except Refused as refusal:
        form.add_error(None, f"{refusal}.")
        return False
    words = "è attivo" if active else "è spento"
    messages.success(request, f"{label_of(name)} {words}.")
    return True


def _shown(request: StaffRequest, name: str) -> ChannelAccess | None:
    asked = request.GET.get("chiave", "")
    found = ChannelAccess.objects.filter(channel=name).select_related("service")
    if name == SEND:
        return found.first()
    return found.filter(pk=whole_number(asked) or 0).first()


def _initial(name: str, shown: ChannelAccess | None) -> dict[str, Any]:
    first: dict[str, Any] = {"active": shown.active if shown else True}
    if name == SEND:
        known = settings_of(shown.settings if shown else {})
        return first | {field: getattr(known, field) for field in known.__slots__}
    return first | {"service": shown.service_id if shown else None}


def _trail(*steps: tuple[str, str]) -> list[tuple[str, str]]:
    here = reverse("office:platforms") if steps else ""
    return crumbs(("Invii", reverse("office:waves")), ("App IO e SEND", here), *steps)
