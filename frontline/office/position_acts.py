"""What an official does with one position: print it, prove a payment, withdraw it with a reason."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from billing.documents.data import DocumentRefused
from billing.models import Collection
from billing.selectors.positions import positions_in
from billing.services.notices import render_notice_pdf
from billing.services.positions import withdraw_position
from billing.services.receipts import receipt_pdf
from billing.states import PositionState
from frontline.access import StaffRequest, staff
from frontline.office.pages import crumbs, posted
from frontline.office.positions import access_position
from frontline.office.told import tell_refusal, told
from paybox.kernel.clock import now
from tenants.roles import Capability

REASONS = ("Sgravio", "Errore di caricamento", "Doppia emissione", "Decesso del debitore", "Altro")


class WithdrawalForm(forms.Form):
    """A kind from a short list and, in words, what the file will say."""

    kind = forms.ChoiceField(
        label="Motivo", choices=[("", "Scegliere"), *[(r, r) for r in REASONS]],
        error_messages={"required": "Scegliere un motivo: resta scritto nella storia della posizione."},
    )  # fmt: skip
    words = forms.CharField(
        label="Atto o spiegazione", max_length=200, required=False,
        help_text="Per esempio il numero del provvedimento. Obbligatoria se il motivo è «Altro».",
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip

    def clean(self) -> dict[str, str]:
        given = super().clean() or {}
        if given.get("kind") == "Altro" and not given.get("words", "").strip():
            self.add_error("words", "Scrivere la spiegazione: il motivo è «Altro».")
        return given

    @property
    def reason(self) -> str:
        words = " ".join(self.cleaned_data["words"].split())
        return f"{self.cleaned_data['kind']}: {words}" if words else str(self.cleaned_data["kind"])


@staff(Capability.SEE)
def notice_pdf(request: StaffRequest, uuid: UUID) -> HttpResponse:
    position = access_position(request, uuid)
    try:
        pdf = render_notice_pdf(position, request.tenant)
    except DocumentRefused as refusal:
        tell_refusal(request, refusal)
        return redirect("office:position", uuid=uuid)
    return _pdf(pdf, f"avviso-{position.reference}")


@staff(Capability.SEE)
def receipt(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """The quietanza of one collection."""
    theirs = positions_in(request.membership.services).values("pk")
    found = Collection.objects.select_related("position__subject", "position__service")
    collection = found.filter(uuid=uuid, position_id__in=theirs).first()
    if collection is None:
        raise Http404("Incasso inesistente")
    return _pdf(receipt_pdf(collection, request.tenant), f"quietanza-{collection.reference}")


@staff(Capability.LITIGATE)
def withdraw(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Ask once more, naming whose credit it is and how much of it goes; then do it."""
    position = access_position(request, uuid)
    if position.state in (PositionState.SETTLED, PositionState.WITHDRAWN):
        messages.error(request, "La posizione è già pagata o annullata: non si può annullare.")
        return redirect("office:position", uuid=uuid)
    form = WithdrawalForm(posted(request)[0])
    if request.method == "POST" and form.is_valid():
        with told(request, f"La posizione {position.reference} è annullata."):
            withdraw_position(
                position_id=position.pk, reason=form.reason, actor=request.actor, at=now()
            )
        return redirect("office:position", uuid=uuid)
    here = reverse("office:position", args=[uuid])
    trail = crumbs(
        ("Posizioni", reverse("office:positions")), (position.reference, here), ("Annulla", "")
    )
    return render(
        request, "office/withdraw.html", {"position": position, "form": form, "crumbs": trail}
    )


def _pdf(body: bytes, name: str) -> HttpResponse:
    safe = "".join(c if c.isalnum() or c in "-_" else "-" for c in name)[:80]
    answer = HttpResponse(body, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{safe}.pdf"'
    answer["Cache-Control"] = "private, no-store"
    return answer
