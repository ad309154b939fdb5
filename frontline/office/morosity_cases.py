"""The case of a member who does not pay her dues: each fact written by one person, confirmed by another. Nothing is automatic."""

from collections.abc import Callable
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from dunning.models import MorosityCase, MorosityFact
from dunning.rules.morosity import Fact, FactKind, may_follow, state_words
from dunning.selectors.morosity import case_facts, owed_on_case
from dunning.services.morosity_cases import confirm_fact, open_case, prepare_fact, refuse_fact
from frontline.access import StaffRequest, staff
from frontline.office.morosity import USUAL_YEARS, dues_of
from frontline.office.pages import crumbs, posted
from frontline.office.told import tell_refusal, told
from frontline.office.typed_number import whole_number
from paybox.kernel.clock import now, today
from paybox.kernel.problems import Refused
from tenants.roles import Capability


def _day(label: str, *, required: bool = True, help_text: str = "") -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=required, widget=widget, help_text=help_text)


class FactForm(forms.Form):
    """What the body has done."""

    kind = forms.ChoiceField(label="Passo")
    on = _day("Giorno", help_text="Della notifica, dell'audizione o della delibera.")
    hearing_on = _day("Convocato per il giorno", required=False, help_text="Solo per la convocazione.")  # fmt: skip
    reference = forms.CharField(label="Numero della delibera o prova della notifica", max_length=140)  # fmt: skip
    note = forms.CharField(label="Annotazioni", required=False, max_length=500)

    def __init__(self, data: object, *, kinds: tuple[FactKind, ...]) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # the posted fields, or nothing
        field = self.fields["kind"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [(kind.value, kind.label) for kind in kinds]


@staff(Capability.LITIGATE)
@require_POST
def open_one(request: StaffRequest, pk: int, subject: int) -> HttpResponse:
    """Open the case of a member on the list."""
    if not dues_of(request).filter(pk=pk).exists():
        raise Http404("Nessuna quota di un Ordine")
    years = whole_number(request.POST.get("anni", ""))
    try:
        case = open_case(
            service_id=pk, subject_id=subject, least_years=USUAL_YEARS if years is None else years,
            actor=request.actor, at=now(),
        )  # fmt: skip
    except Refused as refusal:
        tell_refusal(request, refusal)
        return redirect("office:morosity", pk=pk)
    return redirect("office:morosity_case", uuid=case.uuid)


@staff(Capability.LITIGATE)
def case(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """The facts, the one that waits for a second person, and the form of the next."""
    shown = _access(request, uuid)
    facts = case_facts(shown)
    form = FactForm(posted(request)[0], kinds=may_follow(facts))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        fact = Fact(FactKind(given["kind"]), given["on"], given["hearing_on"])
        try:
            prepare_fact(
                case_id=shown.pk, fact=fact, reference=given["reference"], note=given["note"], actor=request.actor, at=now()
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Il passo è scritto: conta quando un'altra persona lo conferma.")  # fmt: skip
            return redirect("office:morosity_case", uuid=uuid)
    waiting = shown.facts.filter(confirmed_at=None, refused_at=None).first()
    page = {
        "case": shown,
        "state": state_words(facts),
        "owed": owed_on_case(shown, on=today()),
        "facts": shown.facts.filter(refused_at=None).order_by("on", "pk"),
        "waiting": waiting,
        "is_preparer": waiting is not None and waiting.preparer_id == request.actor.user_id,
        "open": shown.closed_at is None and bool(may_follow(facts)),
        "form": form,
        "crumbs": crumbs(
            ("Riscossione coattiva", reverse("office:handovers")),
            ("Iscritti morosi", reverse("office:morosity", args=[shown.service_id])),
            (shown.subject.name, ""),
        ),
    }
    return render(request, "office/morosity_case.html", page, status=422 if form.errors else 200)


@staff(Capability.APPROVE)
@require_POST
def confirm(request: StaffRequest, uuid: UUID, pk: int) -> HttpResponse:
    return _order(request, uuid, pk, confirm_fact, "Il passo è confermato.")


@staff(Capability.LITIGATE)
@require_POST
def refuse(request: StaffRequest, uuid: UUID, pk: int) -> HttpResponse:
    return _order(request, uuid, pk, refuse_fact, "Il passo non conta: se ne può scrivere un altro.")  # fmt: skip


def _order(
    request: StaffRequest, uuid: UUID, pk: int, service: Callable[..., MorosityFact], done: str
) -> HttpResponse:
    shown = _access(request, uuid)
    if not shown.facts.filter(pk=pk).exists():
        raise Http404("Passo inesistente")
    with told(request, done):
        service(fact_id=pk, actor=request.actor, at=now())
    return redirect("office:morosity_case", uuid=uuid)


def _access(request: StaffRequest, uuid: UUID) -> MorosityCase:
    found: QuerySet[MorosityCase] = MorosityCase.objects.select_related("service", "subject")
    mine = found.filter(service__in=dues_of(request), uuid=uuid).first()
    if mine is None:
        raise Http404("Procedimento inesistente")
    return mine
