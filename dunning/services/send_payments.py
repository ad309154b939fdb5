"""Chapter 9 – acts on their way whose debts are paid meanwhile: SEND is told, so that no paper leaves for them.

Before: ``send_news``.  After: the platform sends nothing more; what was served stays served. Source: SEND, PAYMENT event.
"""

from datetime import datetime

from django.db import connection

from billing.models import Collection
from dunning.channels.send_desk import SendDesk
from dunning.models import SendNotification

MANY = 200

# However many are on their way, those for whom nothing came are passed over by the database.
_PAID = """
SELECT n.id FROM dunning_sendnotification n
JOIN dunning_attempt a ON a.id = n.attempt_id JOIN dunning_waveitem i ON i.id = a.item_id
WHERE n.perfected_at IS NULL AND n.paid_told_at IS NULL AND n.look_at IS NOT NULL AND n.iun <> '' AND EXISTS (
    SELECT FROM jsonb_array_elements_text(i.position_ids) AS one (id)
    JOIN billing_collection c ON c.position_id = one.id::bigint
    WHERE c.paid_at >= a.created_at AND c.notice_number <> ''
)
ORDER BY n.id LIMIT %s
"""


def tell_payments(*, desk: SendDesk, payee: str, at: datetime) -> int:
    """Each act once, some hundreds in a round. Returns how many were told. Raises PlatformAway."""
    with connection.cursor() as cursor:
        cursor.execute(_PAID, [MANY])
        keys = [row[0] for row in cursor.fetchall()]
    paid = SendNotification.objects.filter(pk__in=keys).select_related("attempt__item")
    for one in paid.order_by("pk"):
        _tell(one, desk, payee, at)
    return len(keys)


def _tell(notification: SendNotification, desk: SendDesk, payee: str, at: datetime) -> None:
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
    desk.tell_paid(said)
    SendNotification.objects.filter(pk=notification.pk).update(paid_told_at=at)
