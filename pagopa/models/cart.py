import uuid
from typing import ClassVar

from django.db import models


class Cart(models.Model):
    """A payment started on our pages and sent to checkout: return URLs are courtesy, the receipt is the truth."""

    id: int
    uuid = models.UUIDField(default=uuid.uuid4)
    notice_numbers = models.JSONField()
    amount_cents = models.BigIntegerField()
    created_at = models.DateTimeField()
    checkout_url = models.TextField(blank=True)

    objects: ClassVar[models.Manager["Cart"]]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["uuid"], name="cart_uuid")]
