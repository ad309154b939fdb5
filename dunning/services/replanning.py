"""Chapter 9 – replanning: a simulation that is void or too old is made again with today's figures, and the old one ends."""

from datetime import date, datetime

from django.db import transaction

from dunning.models import Wave
from dunning.services.act_sending import plan_act_wave
from dunning.services.campaigns import plan_campaign
from dunning.services.inviting import plan_invitations
from dunning.services.planning import plan_notices, plan_reminders, plan_step
from dunning.services.refusals import WaveRefused
from dunning.services.waves import cancel_wave
from paybox.kernel.actor import Actor


@transaction.atomic
def simulate_again(*, wave_id: int, actor: Actor, at: datetime, today: date) -> Wave:
    """The same wave as of today; the old one is cancelled. Raises WaveRefused once it has started."""
    old = Wave.objects.get(pk=wave_id)
    if old.state not in (Wave.State.SIMULATED, Wave.State.APPROVED):
        raise WaveRefused("L'invio è già cominciato o finito: se serve, prepararne uno nuovo")
    new = _same(old, actor, at, today)
    if old.kind != Wave.Kind.ACT:
        cancel_wave(wave_id=old.pk, actor=actor, at=at, reason="Simulazione rifatta")
    return new


def _same(old: Wave, actor: Actor, at: datetime, today: date) -> Wave:
    if old.kind == Wave.Kind.LIST:
        raise WaveRefused("Per rifare un invio da un elenco si carica di nuovo l'elenco")
    batch = old.act_batches.first()
    if batch is not None:
        cancel_wave(wave_id=old.pk, actor=actor, at=at, reason="Simulazione rifatta")
        return plan_act_wave(batch_id=batch.pk, actor=actor, at=at, today=today)
    if old.load_id is not None:
        return plan_notices(load_id=old.load_id, actor=actor, at=at, today=today)
    if old.invitation_id is not None:
        return plan_invitations(invitation_id=old.invitation_id, actor=actor, at=at, today=today)
    if old.campaign_id is not None:
        return plan_campaign(campaign_id=old.campaign_id, actor=actor, at=at, today=today)
    service_id = old.service_id
    if old.step is not None:
        return plan_step(
            service_id=service_id, number=old.step.number, actor=actor, at=at, today=today
        )
    return plan_reminders(
        service_id=service_id, channel=old.channel, actor=actor, at=at, today=today
    )
