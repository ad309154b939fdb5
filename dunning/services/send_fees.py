"""Chapter 9 – what SEND adds to a notice: asked of the platform whenever an act moves, put on the credit as a difference.

Before: ``send_news`` has read the notification.  After: ``billing/services/notification_fees``. It may grow (a second
envelope) and go back to nothing (the notification is cancelled); asked twice it is booked once. Nothing is asked inside a
transaction. Source: SEND, retrieveNotificationPriceV23.
"""

from datetime import datetime

from django.db import transaction

from billing.services.notification_fees import charge_fee
from dunning.channels.send_desk import SendDesk, SentNotification
from dunning.models import SendNotification
from dunning.rules.send import price_of
from dunning.services.outcomes import SENDER
from paybox.kernel.inbox import store_raw
from paybox.kernel.locking import lock_row


def follow_price(
    *, notification_id: int, sent: SentNotification, desk: SendDesk, payee: str, at: datetime
) -> None:
    """Ask what the notification costs now, when its costs are added to a notice. Raises PlatformAway."""
    if not sent.costs_on:
        return
    raw = desk.price(payee=payee, notice=sent.costs_on)
    told = price_of(raw) if raw is not None else None
    if raw is not None and told is not None:
        _take(notification_id, sent, told, raw, at)


@transaction.atomic
def _take(
    notification_id: int, sent: SentNotification, told: int, raw: bytes, at: datetime
) -> None:
    notification = lock_row(SendNotification, notification_id)
    if told == notification.fee_cents:
        return
    store_raw(kind="dunning.send", body=raw, at=at)
    difference = told - notification.charged_cents
    if difference and charge_fee(
        notice_number=sent.costs_on, cents=difference, asked_by_us=sent.asked_by_us, iun=notification.iun,
        actor=SENDER, at=at,
    ):  # fmt: skip
        notification.charged_cents = told
    notification.fee_cents = told
    notification.save(update_fields=["fee_cents", "charged_cents"])
