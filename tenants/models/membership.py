import uuid
from datetime import date
from typing import ClassVar

from django.contrib.postgres.functions import RandomUUID
from django.db import models

from tenants.models.ente import Ente
from tenants.models.user import User
from tenants.roles import Capability, Role, may


class MembershipQuerySet(models.QuerySet["Membership"]):
    def valid(self, *, on: date) -> "MembershipQuerySet":
        open_ended = models.Q(until__isnull=True) | models.Q(until__gte=on)
        return self.filter(open_ended, since__lte=on)


class Membership(models.Model):
    """A role of one person in one Ente, for a time; ``services`` empty means all of them."""

    uuid = models.UUIDField(default=uuid.uuid4, db_default=RandomUUID())
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    ente = models.ForeignKey(Ente, on_delete=models.PROTECT, related_name="memberships")
    role = models.TextField(choices=[(role.value, role.label) for role in Role])
    services = models.JSONField(default=list, blank=True)
    since = models.DateField()
    until = models.DateField(null=True, blank=True)
    reason = models.TextField(blank=True)

    objects: ClassVar[models.Manager["Membership"]] = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "ente"], name="membership_user_ente"),
            models.UniqueConstraint(fields=["uuid"], name="membership_uuid"),
        ]

    def may(self, capability: Capability) -> bool:
        return may(Role(self.role), capability)
