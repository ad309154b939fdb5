"""The clock's door on the telephone: every morning promises and ends.

Before: beat.  After: ``services/phone_handback``, ``phone_promises``.
"""

from celery import shared_task
from django.conf import settings

from dunning.models import PhoneCampaign
from dunning.rules.phone_limits import PhoneRules
from dunning.rules.quiet_hours import patron_day
from dunning.selectors.phone import rules_for
from dunning.services.phone_handback import follow_campaigns
from paybox.kernel.clock import now, today
from tenants.models import Ente
from tenants.services.fan_out import for_each_ente


@shared_task(name="dunning.follow_phone")
def follow_phone() -> None:
    """One round over all the Enti."""
    for_each_ente(lambda: follow_campaigns(at=now(), today=today()))


def desk_rules(campaign: PhoneCampaign, ente: Ente) -> PhoneRules:
    """The limits of this installation: where the clock can be moved the hours are not kept, as for the SMS."""
    patron = patron_day(ente.patron_saint)
    return rules_for(campaign, patron=patron, keeps_hours=not settings.MOVABLE_CLOCK)
