from django.db import models


class Proposal(models.Model):
    """What somebody who may know better says of a debtor: an official takes it or not. Kept for ever."""

    class Source(models.TextChoices):
        RETURNED = "RITORNO", "Lettera tornata"
        REGISTER = "ANAGRAFE", "Anagrafe (ANPR) o altro registro"
        PORTAL = "PORTALE", "Detto dal contribuente"
        OFFICE = "UFFICIO", "Ufficio"

    class Decision(models.TextChoices):
        ACCEPTED = "ACCOLTA", "Accolta"
        REFUSED = "RESPINTA", "Respinta"

    source = models.TextField(choices=Source.choices)
    note = models.TextField(blank=True)
    raw_message_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()
    actor_name = models.TextField()
    decision = models.TextField(choices=Decision.choices, blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.TextField(blank=True)
    reason = models.TextField(blank=True)

    class Meta:
        abstract = True
