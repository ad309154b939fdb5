"""Letters on paper: batches for the printer, one batch with its letters, and what a person does with it."""

from uuid import UUID

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from dunning.models import PrintBatch, Wave
from dunning.rules.post import Product
from dunning.selectors.post import (
    letters_of,
    overtaken_letters,
    print_batches,
    search_letters,
    waves_to_print,
)
from dunning.services.post_batches import ENDED, PostRefused, ask_batch, cancel_batch, mark_sent
from frontline.access import StaffRequest, staff
from frontline.office.pages import crumbs, page_of
from frontline.office.told import tell_refusal, told
from paybox.kernel.clock import now
from paybox.kernel.models import Job
from tenants.roles import Capability


@staff(Capability.SEE)
def batches(request: StaffRequest) -> HttpResponse:
    """What waits to be printed, and every batch, newest first."""
    scope = request.membership.services
    page = {
        "waiting": waves_to_print(scope=scope)[:50],
        "products": [(one.value, one.label) for one in Product],
        "page": page_of(request, print_batches(scope=scope)),
        "crumbs": crumbs(("Invii", reverse("office:waves")), ("Lettere", "")),
    }
    return render(request, "office/post.html", page)


@staff(Capability.SEE)
def batch(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """One batch and its letters, found by number or by name."""
    shown = access_batch(request, uuid)
    asked = request.GET.get("q", "")
    found = search_letters(letters_of(scope=request.membership.services), asked)
    page = {
        "batch": shown,
        "ready": shown.job.state == Job.State.DONE,
        "ended": shown.job.state in ENDED,
        "overtaken": 0 if shown.sent_at else overtaken_letters(shown),
        "stopped": shown.job.state == Job.State.CANCELLED,
        "asked": asked,
        "page": page_of(
            request, found.filter(batch=shown).prefetch_related("cards").order_by("number")
        ),
        "crumbs": crumbs(
            ("Invii", reverse("office:waves")), ("Lettere", reverse("office:post")), ("Lotto", "")
        ),
    }
    return render(request, "office/post_batch.html", page)


@staff(Capability.SEND)
@require_POST
def ask(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Have the letters of a wave printed."""
    visible = Wave.objects.filter(uuid=uuid)
    if scope := request.membership.services:
        visible = visible.filter(service__code__in=scope)
    wave = get_object_or_404(visible)
    product = request.POST.get("prodotto", "")
    try:
        if product not in list(Product):
            raise PostRefused("Scegliere se posta ordinaria o raccomandata")
        made = ask_batch(wave_id=wave.pk, product=product, actor=request.actor, at=now())
    except PostRefused as refusal:
        tell_refusal(request, refusal)
        return redirect("office:post")
    return redirect("office:post_batch", uuid=made.uuid)


@staff(Capability.SEND)
@require_POST
def cancel(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Its letters wait for another batch."""
    shown = access_batch(request, uuid)
    with told(request, "Il lotto è annullato: le sue lettere si possono ristampare."):
        cancel_batch(batch_id=shown.pk, actor=request.actor, at=now())
    return redirect("office:post_batch", uuid=uuid)


@staff(Capability.SEND)
@require_POST
def sent(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """The printer has it."""
    shown = access_batch(request, uuid)
    with told(request, "Il lotto risulta consegnato allo stampatore."):
        mark_sent(batch_id=shown.pk, actor=request.actor, at=now())
    return redirect("office:post_batch", uuid=uuid)


@staff(Capability.SEND)
def file(request: StaffRequest, uuid: UUID) -> FileResponse:
    """The file for the printer; never shown, always saved."""
    shown = access_batch(request, uuid)
    gone = not shown.file or not default_storage.exists(shown.file)
    if gone:
        raise Http404("Nessun file")
    answer = FileResponse(
        default_storage.open(shown.file), as_attachment=True, filename=f"lettere-{shown.pk}.zip"
    )
    answer["Cache-Control"] = "private, no-store"
    return answer


def access_batch(request: StaffRequest, uuid: UUID) -> PrintBatch:
    """The batch, if it is of a service the reader works on. Raises Http404."""
    found = print_batches(scope=request.membership.services).filter(uuid=uuid).first()
    if found is None:
        raise Http404("Lotto inesistente")
    return found
