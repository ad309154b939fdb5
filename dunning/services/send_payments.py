"""Chapter 9 – acts on their way whose debts are paid meanwhile: SEND is told, so that no paper leaves for them.

Before: ``send_news``.  After: the platform sends nothing more; what was served stays served. Source: SEND, PAYMENT event.
"""

from datetime import datetime

from billing.models import Collection
from dunning.channels.send_desk import SendDesk
from dunning.models import SendNotification

MANY = 200


def tell_payments(*, desk: SendDesk, payee: str, at: datetime) -> int:
    """Each act once. Returns how many were told. Raises PlatformAway."""
    moving = SendNotification.objects.filter(
        perfected_at=None, paid_told_at=None, look_at__isnull=False
    ).exclude(iun="")
    return sum(_tell(one, desk, payee, at) for one in moving.select_related("attempt__item")[:MANY])


def _tell(notification: SendNotification, desk: SendDesk, payee: str, at: datetime) -> bool:
    """What the platform refuses is not told again: it knows nothing of those notices."""
    attempt = notification.attempt
    paid = Collection.objects.filter(
        position_id__in=attempt.item.position_ids, paid_at__gte=attempt.created_at
    ).exclude(notice_number="")
    said = [
        {
            "noticeCode": one.notice_number, "creditorTaxId": payee, "paymentDate": one.paid_at.isoformat(),
            "amount": one.amount_cents,
        }
        for one in paid.order_by("pk")
    ]  # fmt: skip
    if not said:
        return False
    desk.tell_paid(said)
    SendNotification.objects.filter(pk=notification.pk).update(paid_told_at=at)
    return True
