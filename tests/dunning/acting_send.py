"""What the tests of acts through SEND share: a batch made and handed over, the platform's rounds, what is on the credit."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings

from billing.models import Position
from dunning.inbound.platform_rounds import platform_round
from dunning.models import Attempt, SendNotification, Wave, WaveItem
from dunning.rules.step_drafts import StepDraft
from dunning.rules.template_checks import Act, Form
from dunning.services.act_batches import WORK, approve_acts
from dunning.services.act_sending import plan_act_wave
from dunning.services.channel_access import AccessDraft, write_access
from paybox.kernel.clock import move_clock_to, now, today
from tests.build import AT, make_position
from tests.dunning import acting
from tests.dunning.acting import ADA, ELENA, TURN
from tests.platforms import SEND_KEY, Send

CHARGES = ("SPESE_NOTIFICA", "INTERESSI")
DEMAND = StepDraft("FORMALE", "SCADENZA", 60, ("SEND",), needs_approval=True, charges=CHARGES)
_serial = iter(range(100, 1_000))


def acts_at(send: Send, person: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """``go("IRREPE", …)``: a batch of acts made for such people and handed to SEND; the credits opened by it."""
    monkeypatch.setattr(settings.ENVIRONMENT, "send_url", send.url)

    def go(*surnames: str, step: StepDraft = DEMAND, **chosen: Any) -> list[Position]:
        write_access(draft=AccessDraft("SEND", None, SEND_KEY, True, chosen), actor=ADA, at=AT)
        acting.authorise(Act.DEMAND, Form.LETTER)
        acting.procedure(step)
        move_clock_to(TURN)
        people = [person(codice_fiscale=f"{one}83A01K{next(_serial)}X") for one in surnames]
        olds = [acting.at_turn(one) for one in people]
        batch = acting.planned()
        approve_acts(batch_id=batch.pk, actor=ELENA, at=now(), seen=batch.snapshot_sha256)
        acting.answer(WORK)
        acting.started(plan_act_wave(batch_id=batch.pk, actor=ADA, at=now(), today=today()))
        return [Position.objects.get(replaces=old) for old in olds]

    return go


def rounds(send: Send, stages: int) -> None:
    """The platform goes on, and we ask after each stage."""
    for _ in range(stages):
        send.push()
        platform_round()


def lines(position: Position) -> list[tuple[str, int]]:
    return list(position.transfers.order_by("pk").values_list("kind", "amount_cents"))


def item_of(position: Position) -> WaveItem:
    return WaveItem.objects.get(position_ids=[position.pk])


def moving_act(**given: Any) -> SendNotification:
    """On its way at SEND, of a sending that was paused; ``given`` is for its credit. No platform is asked."""
    position = make_position(rates=(), **given)
    wave = Wave.objects.create(
        kind="ATTO", service=position.service, channel="SEND", channels=["SEND"], template="tari", state="IN_PAUSA",
        planned_on=today(), created_at=now(), author_id=1, author_name="Ada Bianchi",
    )  # fmt: skip
    item = WaveItem.objects.create(
        wave=wave, subject=position.subject, position_ids=[position.pk], key=str(position.uuid), amount_cents=12_000,
        channel="SEND", address=position.subject.codice_fiscale, state="INVIATO", updated_at=now(),
    )  # fmt: skip
    attempt = Attempt.objects.create(
        item=item, channel="SEND", address=item.address, state="ACCETTATO", created_at=now(), sent_at=now(), body="Atto",
    )  # fmt: skip
    name = f"ABCD-EFGH-ILMN-202611-P-{position.pk}"
    return SendNotification.objects.create(
        attempt=attempt, request_id=name, iun=name, look_at=now()
    )
