from django.db import models


class AuditEntry(models.Model):
    """Who did what, append-only: ``action`` is dotted and in the past tense (``billing.load.confirmed``)."""

    append_only = True

    at = models.DateTimeField()
    actor_id = models.BigIntegerField()
    actor_name = models.TextField()
    action = models.TextField()
    subject = models.TextField(blank=True)
    details = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["-at"], name="audit_at"),
            models.Index(fields=["subject", "-at"], name="audit_subject"),
        ]
