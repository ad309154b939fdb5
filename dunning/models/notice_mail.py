from typing import ClassVar

from django.db import models

from billing.models import Service


class NoticeMail(models.Model):
    """How the notices of one service travel without paper: the PDF inside an e-mail, or an address that shows it for some
    days; ``app_io``: first on App IO, and by e-mail to who has not the app.
    """

    id: int
    service = models.OneToOneField(Service, on_delete=models.PROTECT, related_name="notice_mail")
    link_days = models.SmallIntegerField(default=0)  # 0: the PDF is attached
    app_io = models.BooleanField(default=False, db_default=False)
    changed_at = models.DateTimeField()
    actor_name = models.TextField()

    objects: ClassVar[models.Manager["NoticeMail"]]

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(link_days__gte=0, link_days__lte=365), name="noticemail_days"
            )
        ]
