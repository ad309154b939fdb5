"""The Ente's texts, service by service: which are in force, which wait, which a step of the procedure chooses by name."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from billing.models import Service
from dunning.channels.library import ready_kinds
from dunning.models import TextVersion
from dunning.rules.template_checks import Act, Form
from dunning.rules.text_names import may_be_named
from dunning.selectors.policies import current_policy, policy_steps
from dunning.selectors.texts import authorised, family_of, state_of
from frontline.access import StaffRequest, staff
from frontline.office.service_form import services_of
from frontline.office.texts import trail
from tenants.models import Ente
from tenants.roles import Capability

# Of these the product's words are a start, and are never sent.
_ONLY_THE_ENTE_S = (Act.ARREARS, Act.DEMAND, Act.ASSESSMENT)


@staff(Capability.SEE)
def texts(request: StaffRequest) -> HttpResponse:
    """Every kind of debt with its texts: in force, waiting, or still the product's own."""
    services = services_of(request).order_by("name")
    listed = [(service, _rows(service, offered(request, service))) for service in services]
    return render(request, "office/texts.html", {"listed": listed, "crumbs": trail()})


def offered(request: StaffRequest, service: Service) -> list[tuple[Act, Form]]:
    """What this Ente may write for that service."""
    return ready_kinds(service.code, order=request.tenant.kind == Ente.Kind.ORDINE)


def _rows(service: Service, kinds: Sequence[tuple[Act, Form]]) -> list[dict[str, Any]]:
    """The ordinary text of each act and form, and after it those that have a name."""
    policy = current_policy(service_id=service.pk)
    steps = policy_steps(policy) if policy else []
    written = TextVersion.objects.filter(service=service).order_by("variant")
    known = list(written.values_list("act", "form", "variant").distinct())
    rows = []
    for act, form in kinds:
        named = [name for *kind, name in known if name and kind == [act.value, form.value]]
        for name in ["", *named]:
            used = [step.number for step in steps if name and step.text == name]
            rows.append(_row(service, act, form, name) | {"used_by": used})
    return rows


def _row(service: Service, act: Act, form: Form, variant: str) -> dict[str, Any]:
    family = family_of(service_id=service.pk, act=act.value, form=form.value, variant=variant)
    newest = family.first()
    return {
        "act": TextVersion.Acts(act.value),
        "form": TextVersion.Forms(form.value),
        "variant": variant,
        "is_needed": act in _ONLY_THE_ENTE_S or form is Form.PHONE,
        "may_be_copied": not variant and may_be_named(act, form),
        "in_force": authorised(family).first(),
        "newest": newest,
        "state": state_of(newest) if newest else "",
    }
