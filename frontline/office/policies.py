"""How each *tipo di dovuto* is chased: the procedure in words, its versions, what changed, and the form for a new one."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from billing.models import Service
from dunning.models import DunningPolicy, PolicyStep, StandingApproval
from dunning.rules.channels import CHANNELS
from dunning.rules.steps import LONGEST_LEAD, MAX_STEPS
from dunning.selectors.chosen_texts import step_texts
from dunning.selectors.policies import (
    CHARGE_NAMES,
    changes_between,
    current_policy,
    policy_steps,
    step_words,
)
from dunning.selectors.texts import named_texts
from dunning.services.policies import StepDraft, write_policy
from frontline.access import StaffRequest, staff
from frontline.office.money_field import EuroField
from frontline.office.pages import crumbs, posted
from frontline.office.service_form import services_of
from frontline.office.typed_number import whole_number
from paybox.kernel.clock import now
from paybox.kernel.problems import Refused
from tenants.roles import Capability

_CHANNEL = [("", "–"), *CHANNELS.items()]


class StepForm(forms.Form):
    """One step; a row left without its first channel is not there."""

    kind = forms.ChoiceField(label="Che cosa", choices=PolicyStep.Kind.choices)
    offset_days = forms.IntegerField(
        label="Giorni", min_value=-LONGEST_LEAD, max_value=3650, initial=10,
        help_text="Con il meno davanti, prima della scadenza: -7 è una settimana prima, solo per promemoria di cortesia.",
    )  # fmt: skip
    anchor = forms.ChoiceField(label="Contati", choices=PolicyStep.From.choices)
    first = forms.ChoiceField(label="Primo canale", choices=_CHANNEL, required=False)
    second = forms.ChoiceField(label="Se non arriva", choices=_CHANNEL, required=False)
    third = forms.ChoiceField(label="Poi ancora", choices=_CHANNEL, required=False)
    text = forms.ChoiceField(
        label="Testo", required=False,
        help_text="Quello ordinario è il testo in vigore per il tipo di passo. Un altro testo deve essere autorizzato per "
        "ogni canale del passo: se manca, il passo non parte.",
    )  # fmt: skip
    needs_approval = forms.BooleanField(
        label="Va approvato ogni volta", required=False, initial=True
    )
    minimum_cents = EuroField(label="Importo minimo", required=False)
    costs_cents = EuroField(label="Spese addebitate", required=False)
    charges = forms.MultipleChoiceField(
        label="Somme aggiunte", required=False, widget=forms.CheckboxSelectMultiple,
        choices=[(kind.value, name.capitalize()) for kind, name in CHARGE_NAMES.items()],
        help_text="Ogni somma è un movimento e il credito si riapre con il nuovo totale.",
    )  # fmt: skip
    holdout_percent = forms.IntegerField(
        label="Gruppo di confronto, %", min_value=0, max_value=50, initial=0
    )

    def __init__(self, *args: Any, names: Iterable[str] = (), **given: Any) -> None:
        super().__init__(*args, **given)
        field = self.fields["text"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - as declared above
        field.choices = [("", "Quello ordinario"), *((name, name) for name in names)]

    def draft(self) -> StepDraft | None:
        given = self.cleaned_data
        channels = [given[name] for name in ("first", "second", "third") if given.get(name)]
        if not channels:
            return None
        return StepDraft(
            given["kind"], given["anchor"], given["offset_days"], tuple(channels), given["needs_approval"],
            given["minimum_cents"] or 0, given["costs_cents"] or 0, given["holdout_percent"],
            tuple(given["charges"]), given["text"],
        )  # fmt: skip


StepFormSet = forms.formset_factory(StepForm, extra=1, max_num=MAX_STEPS + 1, validate_max=True)


@staff(Capability.SEE)
def policies(request: StaffRequest) -> HttpResponse:
    """Every service, with its procedure in a line."""
    listed = [(service, _steps(service)) for service in services_of(request).order_by("name")]
    page = {"listed": listed, "crumbs": _trail()}
    return render(request, "office/policies.html", page)


@staff(Capability.SEE)
def policy(request: StaffRequest, pk: int) -> HttpResponse:
    """The procedure in force (or ``?versione=``), its automatic steps, and what its last change was."""
    service = _service(request, pk)
    versions = service.policies.order_by("-version")
    shown = _asked(request, versions)
    before = versions.filter(version=shown.version - 1).first() if shown else None
    page = {
        "service": service,
        "policy": shown,
        "steps": [(s, step_words(s), _standing(s), step_texts(s)) for s in policy_steps(shown)] if shown else [],
        "is_current": shown is not None and shown == versions.first(),
        "is_author": shown is not None and shown.author_id == request.actor.user_id,
        "versions": versions[:20],
        "changes": changes_between(before, shown) if before and shown else [],
        "crumbs": _trail((service.name, "")),
    }  # fmt: skip
    return render(request, "office/policy.html", page)


@staff(Capability.ADMINISTER)
def change(request: StaffRequest, pk: int) -> HttpResponse:
    """A new version: the one in force stays as it is for what it began."""
    service = _service(request, pk)
    names = named_texts(service_id=service.pk)
    formset = StepFormSet(
        posted(request)[0], initial=_initial(service), form_kwargs={"names": names}
    )
    refusal = ""
    if request.method == "POST" and formset.is_valid():
        drafts = [draft for form in formset.forms if (draft := form.draft())]
        try:
            written = write_policy(
                service_id=service.pk, steps=drafts, actor=request.actor, at=now()
            )
        except Refused as refused:
            refusal = str(refused)
        else:
            messages.success(request, f"La procedura in vigore è la versione {written.version}.")
            return redirect("office:policy", pk=pk)
    here = reverse("office:policy", args=[pk])
    page = {
        "service": service,
        "formset": formset,
        "names": names.items(),
        "refusal": refusal,
        "crumbs": _trail((service.name, here), ("Cambia", "")),
    }
    wrong = refusal or any(formset.errors)
    return render(request, "office/policy_change.html", page, status=422 if wrong else 200)


def _asked(request: StaffRequest, versions: "QuerySet[DunningPolicy]") -> DunningPolicy | None:
    asked = request.GET.get("versione", "")
    if not asked:
        return versions.first()
    found = versions.filter(version=whole_number(asked) or 0).first()
    if found is None:
        raise Http404("Versione inesistente")
    return found


def _service(request: StaffRequest, pk: int) -> Service:
    found = services_of(request).filter(pk=pk).first()
    if found is None:
        raise Http404("Tipo di dovuto inesistente")
    return found


def _steps(service: Service) -> list[PolicyStep]:
    current = current_policy(service_id=service.pk)
    return policy_steps(current) if current else []


def _standing(step: PolicyStep) -> StandingApproval | None:
    return step.standing.filter(ended_at=None).first()


def _initial(service: Service) -> list[dict[str, Any]]:
    return [
        {
            "kind": step.kind,
            "offset_days": step.offset_days,
            "anchor": step.anchor,
            **dict(zip(("first", "second", "third"), step.channels, strict=False)),
            "needs_approval": step.needs_approval,
            "minimum_cents": step.minimum_cents,
            "costs_cents": step.costs_cents,
            "holdout_percent": step.holdout_percent,
            "charges": step.charges,
            "text": step.text,
        }
        for step in _steps(service)
    ]


def _trail(*steps: tuple[str, str]) -> list[tuple[str, str]]:
    here = reverse("office:policies") if steps else ""
    return crumbs(("Invii", reverse("office:waves")), ("Procedure", here), *steps)
