"""Certified mail: what waits for somebody, every message in and out, one message with its receipts and its proofs."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from dunning.models import PecConcern, PecMessage
from dunning.rules.pec_receipts import PecKind
from dunning.selectors.pec import (
    pec_concerns,
    pec_instants,
    pec_mailboxes,
    pec_messages,
    pec_trail,
    search_pec,
)
from dunning.selectors.pec_evidence import evidence_zip
from dunning.services.pec_concerns import settle_concern
from frontline.access import StaffRequest, staff
from frontline.office.pages import crumbs, page_of
from frontline.office.told import told
from paybox.kernel.clock import now
from paybox.kernel.models import RawMessage
from tenants.roles import Capability


class SettleForm(forms.Form):
    """What was done, and whether reminders may start again."""

    reason = forms.CharField(max_length=300, required=False)
    resume = forms.BooleanField(required=False)


@staff(Capability.SEE)
def inbox(request: StaffRequest) -> HttpResponse:
    """What a person must see to, oldest first; what was settled, newest first, on demand."""
    found = pec_concerns(scope=request.membership.services)
    kind = request.GET.get("tipo", "")
    if kind in PecConcern.Kind.values:
        found = found.filter(kind=kind)
    settled = request.GET.get("stato") == "chiuse"
    waiting = found.filter(settled_at__isnull=True).order_by("opened_at", "pk")
    closed = found.filter(settled_at__isnull=False).order_by("-settled_at", "-pk")
    page = {
        "kinds": PecConcern.Kind.choices,
        "kind": kind,
        "settled": settled,
        "waiting": waiting.count(),
        "mailboxes": pec_mailboxes(),
        "page": page_of(request, closed if settled else waiting),
        "crumbs": crumbs(("Invii", reverse("office:waves")), ("PEC", "")),
    }
    return render(request, "office/pec_inbox.html", page)


@staff(Capability.SEE)
def letters(request: StaffRequest) -> HttpResponse:
    """Every message of the mailbox, ours and theirs."""
    found = search_pec(pec_messages(scope=request.membership.services), request.GET.get("q", ""))
    kind = request.GET.get("tipo", "")
    if kind in {one.value for one in PecKind}:
        found = found.filter(kind=kind)
    page = {
        "kinds": [(one.value, one.label) for one in PecKind],
        "kind": kind,
        "asked": request.GET.get("q", ""),
        "page": page_of(request, found),
        "crumbs": _crumbs(("Tutti i messaggi", "")),
    }
    return render(request, "office/pec_letters.html", page)


@staff(Capability.SEE)
def letter(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """One message, and everything that is about the same sending."""
    shown = _access(request, uuid)
    trail = pec_trail(shown)
    page = {
        "letter": shown,
        "trail": trail,
        "instants": pec_instants(trail.attempt.pk) if trail.attempt else None,
        "crumbs": _crumbs((str(shown.get_kind_display()), "")),
    }
    return render(request, "office/pec_letter.html", page)


@staff(Capability.SEND)
def original(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """The message as it travelled, byte for byte; never shown, always saved."""
    shown = _access(request, uuid)
    body = RawMessage.objects.values_list("body", flat=True).get(pk=shown.raw_message_id)
    return _saved(bytes(body), f"pec-{shown.uuid}.eml")


@staff(Capability.SEND)
def evidence(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """The originals of a whole sending with their fingerprints."""
    shown = _access(request, uuid)
    return _saved(evidence_zip(pec_trail(shown).messages), f"prove-{shown.uuid}.zip")


@staff(Capability.SEND)
@require_POST
def settle(request: StaffRequest, pk: int) -> HttpResponse:
    """Seen to, and how."""
    if not pec_concerns(scope=request.membership.services).filter(pk=pk).exists():
        raise Http404("Segnalazione inesistente")
    form = SettleForm(request.POST)
    given: dict[str, Any] = (
        form.cleaned_data if form.is_valid() else {"reason": "", "resume": False}
    )
    with told(request, "La segnalazione è chiusa."):
        settle_concern(concern_id=pk, actor=request.actor, at=now(), **given)
    return redirect("office:pec")


def _access(request: StaffRequest, uuid: UUID) -> PecMessage:
    """The message, if it is of this Ente and of a service the reader works on. Raises Http404."""
    found = pec_messages(scope=request.membership.services).filter(uuid=uuid).first()
    if found is None:
        raise Http404("Messaggio inesistente")
    return found


def _saved(content: bytes, filename: str) -> HttpResponse:
    answer = HttpResponse(content, content_type="application/octet-stream")
    answer["Content-Disposition"] = f'attachment; filename="{filename}"'
    answer["Cache-Control"] = "private, no-store"
    return answer


def _crumbs(*steps: tuple[str, str]) -> list[tuple[str, str]]:
    return crumbs(("Invii", reverse("office:waves")), ("PEC", reverse("office:pec")), *steps)
