"""One version of a text: its preview, what changed, which steps say it, and who authorises it."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from billing.models import Service
from dunning.models import TextVersion
from dunning.rules.template_checks import Act, Form
from dunning.rules.text_names import may_be_named
from dunning.selectors.chosen_texts import steps_saying
from dunning.selectors.texts import (
    family_of_version,
    lines_changed,
    state_of,
    text_in_force,
    why_unusable,
)
from dunning.services.texts import approve_text, refuse_text, retire_text
from frontline.access import StaffRequest, staff
from frontline.office.pages import crumbs
from frontline.office.service_form import services_of
from frontline.office.text_reading import shown, version_of
from frontline.office.told import told
from paybox.kernel.clock import now, today
from tenants.roles import Capability


@staff(Capability.SEE)
def text(request: StaffRequest, pk: int) -> HttpResponse:
    """One version as it is read, with ``?avviso=`` a real debtor's data; what changed; what was decided."""
    version = version_of(request, pk)
    others = family_of_version(version)
    before = others.filter(version__lt=version.version).first() or _ordinary(version)
    state = state_of(version)
    page: dict[str, Any] = {
        "version": version,
        "state": state,
        "waiting": state == "Da autorizzare",
        "approved": state == "Autorizzato",
        "used_by": steps_saying(version),
        "may_be_copied": _may_be_copied(version),
        "is_author": version.author_id == request.actor.user_id,
        "unusable": why_unusable(version, on=today()) if state == "Autorizzato" else "",
        "changes": lines_changed(before, version) if before else [],
        "before": before,
        "decisions": version.decisions.order_by("pk"),
        "versions": others[:20],
        "crumbs": trail((f"{version.service.name}, {version.title}", "")),
        **shown(request, version),
    }
    return render(request, "office/text.html", page, status=422 if page["problem"] else 200)


@staff(Capability.APPROVE)
@require_POST
def approve(request: StaffRequest, pk: int) -> HttpResponse:
    seen = request.POST.get("impronta", "")
    return _decided(request, pk, approve_text, "Il testo è autorizzato.", seen=seen)


@staff(Capability.APPROVE)
@require_POST
def refuse(request: StaffRequest, pk: int) -> HttpResponse:
    reason = request.POST.get("motivo", "")[:500]
    return _decided(request, pk, refuse_text, "Il testo è respinto.", reason=reason)


@staff(Capability.APPROVE)
@require_POST
def retire(request: StaffRequest, pk: int) -> HttpResponse:
    reason = request.POST.get("motivo", "")[:500]
    return _decided(request, pk, retire_text, "Il testo non si usa più.", reason=reason)


def service_of(request: StaffRequest, pk: int) -> Service:
    """Raises Http404."""
    found = services_of(request).filter(pk=pk).first()
    if found is None:
        raise Http404("Tipo di dovuto inesistente")
    return found


def trail(*steps: tuple[str, str]) -> list[tuple[str, str]]:
    here = reverse("office:texts") if steps else ""
    return crumbs(("Invii", reverse("office:waves")), ("Testi", here), *steps)


def _ordinary(version: TextVersion) -> TextVersion | None:
    """What the first version of a text with a name is compared with."""
    if not version.variant:
        return None
    return text_in_force(service_id=version.service_id, act=version.act, form=version.form)


def _may_be_copied(version: TextVersion) -> bool:
    return not version.variant and may_be_named(Act(version.act), Form(version.form))


def _decided(
    request: StaffRequest, pk: int, service: Callable[..., TextVersion], done: str, **more: str
) -> HttpResponse:
    version = version_of(request, pk)
    with told(request, done):
        service(version_id=version.pk, actor=request.actor, at=now(), **more)
    return redirect("office:text", pk=pk)
