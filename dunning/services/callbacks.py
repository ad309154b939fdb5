"""Chapter 9 – callbacks: the provider's news of a message, kept as it came and then understood.

Before: ``inbound/twilio``, signature verified.  After: ``outcomes``. News may come late, twice, out of order, and before
our own record of the sending: the attempt's id travels with it.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from dunning.channels.sms_callbacks import DeliveryReport
from dunning.models import Attempt, DeliveryEvent
from dunning.rules.sms_faults import Remedy, sms_fault
from dunning.services.outcomes import News, take_news
from dunning.services.refusals import AttemptUnknown


@transaction.atomic
def take_delivery_report(
    *, report: DeliveryReport, raw_message_id: int | None, at: datetime
) -> Attempt:
    """Append the event and advance the attempt. Raises AttemptUnknown."""
    attempt = _attempt(report)
    fault = sms_fault(report.error_code) if report.error_code else None
    news = News(
        report.status,
        provider_ref=report.provider_ref,
        error_code=report.error_code,
        words=fault.words if fault else "",
        blames_contact=bool(fault and fault.blames_number),
        opted_out=bool(fault and fault.remedy is Remedy.SUPPRESS),
    )
    advanced = take_news(attempt_id=attempt.pk, news=news, at=at)
    DeliveryEvent.objects.create(
        attempt=advanced,
        at=at,
        status=report.status.value,
        error_code=report.error_code,
        raw_message_id=raw_message_id,
    )
    return advanced


def _attempt(report: DeliveryReport) -> Attempt:
    """By our id when the address carried it, else by the provider's reference."""
    wanted = Q(uuid=report.attempt_id) if report.attempt_id else Q(provider_ref=report.provider_ref)
    found = Attempt.objects.filter(wanted).first()
    if found is None or (found.provider_ref and found.provider_ref != report.provider_ref):
        raise AttemptUnknown("La notifica riguarda un messaggio che questo Ente non ha inviato")
    return found
