"""The clock's and the queue's door on the telephone: every morning promises and ends, and the package of who has ended.

Before: beat, ``close_phone_campaign``.  After: ``services/phone_handback``, ``phone_promises``.
"""

from celery import shared_task
from django.conf import settings

from dunning.models import PhoneCampaign
from dunning.rules.phone_limits import PhoneRules
from dunning.rules.quiet_hours import patron_day
from dunning.selectors.phone import rules_for
from dunning.services.phone_handback import WORK, follow_campaigns
from dunning.services.phone_handback import make_phone_package as make
from paybox.kernel.clock import now, today
from paybox.kernel.queue import queued
from tenants.models import Ente
from tenants.services.fan_out import for_each_ente


@shared_task(name="dunning.follow_phone")
def follow_phone() -> None:
    """One round over all the Enti."""
    for_each_ente(lambda: follow_campaigns(at=now(), today=today()))


@queued(WORK)
def make_phone_package(*, campaign_id: int) -> None:
    """The hand-back of a campaign that ended."""
    make(campaign_id=campaign_id)


def desk_rules(campaign: PhoneCampaign, ente: Ente) -> PhoneRules:
    """The limits of this installation: where the clock can be moved the hours are not kept, as for the SMS."""
    patron = patron_day(ente.patron_saint)
    return rules_for(campaign, patron=patron, keeps_hours=not settings.MOVABLE_CLOCK)
