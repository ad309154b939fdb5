from typing import ClassVar

from django.db import models

from billing.models import Service


class NoticeMail(models.Model):
    """How the notices of one service travel by e-mail: the PDF inside, or an address that shows it for some days."""

    id: int
    service = models.OneToOneField(Service, on_delete=models.PROTECT, related_name="notice_mail")
    link_days = models.SmallIntegerField(default=0)  # 0: the PDF is attached
    changed_at = models.DateTimeField()
    actor_name = models.TextField()

    objects: ClassVar[models.Manager["NoticeMail"]]

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(link_days__gte=0, link_days__lte=365), name="noticemail_days"
            )
        ]
