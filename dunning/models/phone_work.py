from typing import ClassVar

from django.db import models

from dunning.models.phone import PhoneFile
from dunning.rules.phone_outcomes import CHOICES, Work
from dunning.rules.promises import PromiseState


class PhoneCall(models.Model):
    """One call: begun when the number is shown, told when it has ended. The note is read with a trace."""

    id: int
    file = models.ForeignKey(PhoneFile, on_delete=models.PROTECT, related_name="calls")
    number = models.TextField()
    at = models.DateTimeField()
    operator_id = models.BigIntegerField()
    operator_name = models.TextField()
    outcome = models.TextField(choices=CHOICES, blank=True)
    note = models.TextField(blank=True)
    told_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager["PhoneCall"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["file"], name="phonecall_open_once", condition=models.Q(outcome="")
            )
        ]
        indexes = [models.Index(fields=["file", "at"], name="phonecall_file")]


class PhonePromise(models.Model):
    """What she promised to pay and by when; the state is the cache of ``rules.promises.promise_state``."""

    class State(models.TextChoices):
        PENDING = PromiseState.PENDING.value, "In attesa"
        KEPT = PromiseState.KEPT.value, "Mantenuta"
        PARTIAL = PromiseState.PARTIAL.value, "Mantenuta in parte"
        BROKEN = PromiseState.BROKEN.value, "Disattesa"
        WITHDRAWN = PromiseState.WITHDRAWN.value, "Ritirata"

    class Method(models.TextChoices):
        PAGOPA = "PAGOPA", "Con l'avviso pagoPA"
        BANK = "BONIFICO", "Bonifico"
        POST = "POSTA", "Bollettino postale"
        DESK = "SPORTELLO", "Allo sportello"

    id: int
    file = models.ForeignKey(PhoneFile, on_delete=models.PROTECT, related_name="promises")
    call = models.OneToOneField(PhoneCall, on_delete=models.PROTECT, related_name="promise")
    amount_cents = models.BigIntegerField()
    due_on = models.DateField()
    last_on = models.DateField()  # with the days of grace
    method = models.TextField(choices=Method.choices)
    promised_on = models.DateField()
    state = models.TextField(choices=State.choices, default=State.PENDING)
    paid_cents = models.BigIntegerField(default=0)
    settled_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.TextField(blank=True)
    hold_ids = models.JSONField(default=list)

    objects: ClassVar[models.Manager["PhonePromise"]]

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(amount_cents__gt=0), name="phonepromise_positive"
            ),
            models.UniqueConstraint(
                fields=["file"], name="phonepromise_pending_once",
                condition=models.Q(state=PromiseState.PENDING.value),
            ),
        ]  # fmt: skip


class PhoneTask(models.Model):
    """What the telephone leaves to the office: to check, to answer, to decide. Complaints are its register."""

    class Kind(models.TextChoices):
        CHECK_PAYMENT = Work.CHECK_PAYMENT.value, "Dice di avere pagato"
        DISPUTE = Work.DISPUTE.value, "Contesta"
        INSTALMENTS = Work.INSTALMENTS.value, "Chiede le rate"
        HARDSHIP = Work.HARDSHIP.value, "In difficoltà"
        COMPLAINT = Work.COMPLAINT.value, "Reclamo"
        DEATH = Work.DEATH.value, "Decesso da verificare"
        PROTECTED = Work.PROTECTED.value, "Minore o persona tutelata"
        SUPERVISOR = Work.SUPERVISOR.value, "Promesse disattese"

    id: int
    file = models.ForeignKey(PhoneFile, on_delete=models.PROTECT, related_name="tasks")
    call = models.ForeignKey(PhoneCall, on_delete=models.PROTECT, related_name="tasks", null=True)
    kind = models.TextField(choices=Kind.choices)
    hold_ids = models.JSONField(default=list)
    opened_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.TextField(blank=True)
    answer = models.TextField(blank=True)
    resumed = models.BooleanField(default=False)

    objects: ClassVar[models.Manager["PhoneTask"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["file", "kind"], name="phonetask_open_once",
                condition=models.Q(settled_at__isnull=True),
            )
        ]  # fmt: skip
        indexes = [models.Index(fields=["settled_at", "opened_at"], name="phonetask_open")]
