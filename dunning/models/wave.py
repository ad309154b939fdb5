import uuid
from typing import ClassVar

from django.db import models

from billing.models import Load, Service
from dunning.models.campaign import LetterCampaign
from dunning.models.invitation import InvitationRound
from dunning.models.policy import PolicyStep, StandingApproval
from registry.models import Subject


class Wave(models.Model):
    """One sending, frozen before approval: the first notice is wave zero."""

    class Kind(models.TextChoices):
        NOTICE = "AVVISO", "Invio degli avvisi"
        REMINDER = "SOLLECITO", "Sollecito bonario"
        LIST = "ELENCO", "Messaggi da un elenco"
        PHONE = "TELEFONO", "Messaggio dopo una telefonata"
        ACT = "ATTO", "Notifica di atti"
        INVITE = "INVITO", "Invito agli avvisi senza carta"

    class State(models.TextChoices):
        SIMULATED = "SIMULATA", "Simulato"
        APPROVED = "APPROVATA", "Approvato"
        SENDING = "IN_INVIO", "In invio"
        PAUSED = "IN_PAUSA", "In pausa"
        SENT = "INVIATA", "Inviato"
        CANCELLED = "ANNULLATA", "Annullato"

    id: int
    uuid = models.UUIDField(default=uuid.uuid4)
    kind = models.TextField(choices=Kind.choices)
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="waves")
    load = models.ForeignKey(Load, on_delete=models.PROTECT, related_name="waves", null=True)
    step = models.ForeignKey(PolicyStep, on_delete=models.PROTECT, related_name="waves", null=True)
    standing = models.ForeignKey(
        StandingApproval, on_delete=models.PROTECT, related_name="waves", null=True
    )
    campaign = models.ForeignKey(
        LetterCampaign, on_delete=models.PROTECT, related_name="waves", null=True
    )
    invitation = models.ForeignKey(
        InvitationRound, on_delete=models.PROTECT, related_name="waves", null=True
    )
    channel = models.TextField()  # the first of ``channels``
    channels = models.JSONField(default=list)
    template = models.TextField()
    texts = models.JSONField(default=dict)  # channel → the Ente's own TextVersion, frozen
    link_days = models.SmallIntegerField(default=0)  # of a notice; 0: the PDF is attached
    message = models.TextField(blank=True)  # why it stopped, for the official
    state = models.TextField(choices=State.choices, default=State.SIMULATED)
    planned_on = models.DateField()
    snapshot_sha256 = models.TextField(blank=True)
    recipients = models.IntegerField(default=0)
    excluded = models.IntegerField(default=0)
    held_out = models.IntegerField(default=0)
    holdout_percent = models.SmallIntegerField(default=0)
    parts = models.IntegerField(default=0)  # SMS are billed by the part
    cost_mills = models.BigIntegerField(default=0)  # thousandths of a euro, as foreseen
    canary = models.IntegerField(default=0)
    canary_at = models.DateTimeField(null=True)  # when the first ones were found good
    despite = models.TextField(blank=True)  # why it leaves though the collections are not fresh
    raw_message_id = models.BigIntegerField(null=True)
    amount_cents = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    author_id = models.BigIntegerField()
    author_name = models.TextField()
    expires_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    resumed_at = models.DateTimeField(null=True)
    approved_at = models.DateTimeField(null=True)
    approver_id = models.BigIntegerField(null=True)
    approver_name = models.TextField(blank=True)
    ended_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager["Wave"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["uuid"], name="wave_uuid"),
            models.UniqueConstraint(fields=["standing", "planned_on"], name="wave_standing_once"),
        ]
        indexes = [models.Index(fields=["-created_at"], name="wave_created")]


class WaveItem(models.Model):
    """One debtor in one wave, with the debts and amounts as they were when the wave was simulated."""

    class State(models.TextChoices):
        READY = "PRONTO", "Pronto"
        EXCLUDED = "ESCLUSO", "Escluso"
        HELD_OUT = "CONTROLLO", "Gruppo di confronto"
        SENDING = "IN_INVIO", "In invio"
        SENT = "INVIATO", "Inviato"
        PAPER = "DA_STAMPARE", "Da inviare su carta"
        REACHED = "RAGGIUNTO", "Recapitato"
        NOT_REACHED = "NON_RAGGIUNTO", "Non recapitato"
        SKIPPED = "SALTATO", "Saltato al momento dell'invio"
        UNCERTAIN = "INCERTO", "Esito da verificare"

    id: int
    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, related_name="items")
    subject = models.ForeignKey(
        Subject, on_delete=models.PROTECT, related_name="wave_items", null=True
    )
    # of a list: name, due date, account, as they were given; of a campaign: the last day to ask
    told = models.JSONField(default=dict)
    position_ids = models.JSONField()
    key = models.TextField()
    amount_cents = models.BigIntegerField()
    channel = models.TextField(blank=True)
    rung = models.SmallIntegerField(default=0)  # where it stands in the wave's cascade
    address = models.TextField(blank=True)
    parts = models.SmallIntegerField(default=0)
    cost_mills = models.IntegerField(default=0)
    state = models.TextField(choices=State.choices, default=State.READY)
    reason = models.TextField(blank=True)
    updated_at = models.DateTimeField()

    objects: ClassVar[models.Manager["WaveItem"]]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["wave", "key"], name="waveitem_once")]
        indexes = [
            models.Index(fields=["wave", "state", "id"], name="waveitem_state"),
            models.Index(fields=["subject", "-updated_at"], name="waveitem_subject"),
        ]
