"""Acts that SEND has in hand: where each stands, and asking that it be taken back, one or all those of a stopped sending."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from billing.models import Position
from dunning.models import SendCancellation, SendNotification, WaveItem
from dunning.selectors.send_acts import cancellable, moving_for
from dunning.services.send_cancelling import ask_cancellation, ask_cancellations
from frontline.access import StaffRequest, staff
from frontline.office.told import told
from frontline.office.waves import access_wave
from paybox.kernel.clock import now
from tenants.roles import Capability


@dataclass(frozen=True, slots=True)
class ActAtSend:
    """``may_cancel``: nobody has asked yet, and it is not too late."""

    notification: SendNotification
    asked: list[SendCancellation]
    may_cancel: bool


@dataclass(frozen=True, slots=True)
class StillMoving:
    """An act for a credit nobody owes any more; ``url``: where it can be taken back."""

    iun: str
    url: str
    asked: bool


def act_at_send(item: WaveItem) -> ActAtSend | None:
    """The last one of that person in that sending; None when SEND has none."""
    found = SendNotification.objects.filter(attempt__item=item).order_by("-pk").first()
    if found is None:
        return None
    free = cancellable(item.wave).filter(pk=found.pk).exists()
    return ActAtSend(found, list(found.cancellations.order_by("-pk")), free)


def vain_acts(position: Position) -> list[StillMoving]:
    """Acts still on their way for a credit that is not owed any more."""
    if position.residual_cents:
        return []
    return [
        StillMoving(
            one.iun,
            reverse("office:wave_item", args=[one.attempt.item.wave.uuid, one.attempt.item_id]),
            one.cancellations.exclude(state=SendCancellation.State.REFUSED).exists(),
        )
        for one in moving_for(position)
    ]


@staff(Capability.SEND)
@require_POST
def cancel_one(request: StaffRequest, uuid: UUID, pk: int) -> HttpResponse:
    wave = access_wave(request, uuid)
    found = SendNotification.objects.filter(attempt__item__wave=wave, attempt__item_id=pk)
    notification = found.order_by("-pk").first()
    if notification is None:
        raise Http404("Nessuna notifica")
    _ask(
        request,
        lambda reason: ask_cancellation(
            notification_id=notification.pk, reason=reason, actor=request.actor, at=now()
        ),
        "La richiesta di annullare la notifica parte per SEND.",
    )
    return redirect("office:wave_item", uuid=uuid, pk=pk)


@staff(Capability.SEND)
@require_POST
def cancel_all(request: StaffRequest, uuid: UUID) -> HttpResponse:
    wave = access_wave(request, uuid)
    _ask(
        request,
        lambda reason: ask_cancellations(
            wave_id=wave.pk, reason=reason, actor=request.actor, at=now()
        ),
        "Le richieste di annullare le notifiche partono per SEND.",
    )
    return redirect("office:wave", uuid=uuid)


def _ask(request: StaffRequest, order: Callable[[str], object], done: str) -> None:
    with told(request, done):
        order(request.POST.get("motivo", "").strip()[:200])
