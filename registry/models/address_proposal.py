from typing import ClassVar

from django.db import models

from registry.models.proposal import Proposal
from registry.models.subject import Subject


class AddressProposal(Proposal):
    """Another address for a debtor, from somebody who may know better: an official takes it or not. Kept for ever."""

    id: int
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="address_proposals")
    street = models.TextField()
    civic = models.TextField(blank=True)
    cap = models.TextField(blank=True)
    city = models.TextField()
    province = models.CharField(max_length=2, blank=True)
    country = models.CharField(max_length=2, default="IT")

    objects: ClassVar[models.Manager["AddressProposal"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "street", "civic", "cap", "city", "province", "country"],
                name="addressproposal_open_once",
                condition=models.Q(decided_at__isnull=True),
            )
        ]
        indexes = [
            models.Index(
                fields=["created_at"],
                name="addressproposal_open",
                condition=models.Q(decided_at__isnull=True),
            )
        ]

    @property
    def lines(self) -> str:
        """On one line."""
        province = f"({self.province})" if self.province else ""
        return " ".join(f"{self.street} {self.civic}, {self.cap} {self.city} {province}".split())
