import uuid

from django.db import models


class Job(models.Model):
    """A long piece of work with progress that a person can watch, cancel and resume."""

    class State(models.TextChoices):
        WAITING = "ATTESA", "In attesa"
        RUNNING = "IN_CORSO", "In corso"
        DONE = "COMPLETATO", "Completato"
        FAILED = "ERRORE", "Interrotto da un errore"
        CANCELLED = "ANNULLATO", "Annullato"

    id: int
    uuid = models.UUIDField(default=uuid.uuid4)
    kind = models.TextField()
    title = models.TextField()
    state = models.TextField(choices=State.choices, default=State.WAITING)
    done = models.BigIntegerField(default=0)
    failed = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    actor_name = models.TextField()
    message = models.TextField(blank=True)
    details = models.JSONField(default=dict)
    result_file = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["uuid"], name="job_uuid")]
        indexes = [models.Index(fields=["-created_at"], name="job_created")]

    @property
    def percent(self) -> int:
        return min(100, self.done * 100 // self.total) if self.total else 0
