from typing import ClassVar

from django.db import models

from registry.models.contact import Contact
from registry.models.proposal import Proposal
from registry.models.subject import Subject


class ContactProposal(Proposal):
    """An e-mail address or a telephone that somebody says is a debtor's now: an official takes it or not."""

    id: int
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="contact_proposals")
    kind = models.TextField(choices=Contact.Kind.choices)
    value = models.TextField()

    objects: ClassVar[models.Manager["ContactProposal"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "kind", "value"], name="contactproposal_open_once",
                condition=models.Q(decided_at__isnull=True),
            )
        ]  # fmt: skip
        indexes = [
            models.Index(
                fields=["created_at"],
                name="contactproposal_open",
                condition=models.Q(decided_at__isnull=True),
            )
        ]
