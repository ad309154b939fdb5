"""How each *tipo di dovuto* is chased: the procedure in words, its versions, what changed, and the form for a new one."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from billing.models import Service
from dunning.models import DunningPolicy, PolicyStep, StandingApproval
from dunning.selectors.chosen_texts import step_texts
from dunning.selectors.policies import (
    changes_between,
    current_policy,
    policy_steps,
    step_words,
    when_words,
)
from dunning.selectors.texts import named_texts
from dunning.services.policies import write_policy
from frontline.access import StaffRequest, staff
from frontline.office.pages import crumbs, posted
from frontline.office.policy_form import StepFormSet
from frontline.office.service_form import services_of
from frontline.office.typed_number import whole_number
from paybox.kernel.clock import now
from paybox.kernel.problems import Refused
from tenants.roles import Capability


@staff(Capability.SEE)
def policies(request: StaffRequest) -> HttpResponse:
    """Every service, with its procedure in a line."""
    listed = [
        (service, [(step, when_words(step)) for step in _steps(service)])
        for service in services_of(request).order_by("name")
    ]
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
