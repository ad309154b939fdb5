"""What an installation knows of one Ente's sendings and a service must not look up: sender, addresses, hours, turns.

Before: the environment and the Ente.  After: ``services/way`` carries it to whatever sends.
"""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

from django.conf import settings
from django.utils import timezone

from dunning.channels.throttle import TokenBucket, Turns
from dunning.inbound.addresses import callback_url, email_sender, farewell_url, portal_url
from dunning.inbound.consents import back_url
from dunning.inbound.notice_links import notice_url
from dunning.rules.channels import EMAIL, SMS
from dunning.rules.quiet_hours import SendingHours, patron_day
from dunning.services.way import SendingWay, no_farewell, no_limit
from paybox.kernel.clock import now
from tenants.models import Ente


def sending_way(ente: Ente, channel: str) -> SendingWay:
    """Sender, addresses and hours of one Ente on one channel."""
    environment = settings.ENVIRONMENT
    sms = channel == SMS
    address, portal = email_sender(ente), portal_url(ente)
    return SendingWay(
        ente=ente,
        sender=(ente.sms_alias or environment.twilio_sender) if sms else _named(ente, address),
        portal_url=portal,
        callback_url=callback_url(ente.schema_name) if sms else "",
        hours=hours_of(ente),
        clock_ahead=now() - timezone.now(),
        turns=_bucket(ente, channel),
        farewell=partial(farewell_url, portal) if channel == EMAIL else no_farewell,
        notice=partial(notice_url, ente, portal=portal),
        back=partial(back_url, ente, portal=portal),
    )


def _bucket(ente: Ente, channel: str) -> Callable[[int], Turns]:
    """The turns of this Ente on this channel, towards the provider that serves it."""
    environment = settings.ENVIRONMENT
    rate = environment.messages_per_second.get(channel, 0.0)
    if rate <= 0:
        return no_limit
    provider = environment.mailgun_domain or environment.email_host if channel == EMAIL else channel
    key = f"paybox:turn:{ente.schema_name}:{channel}:{provider}"
    return TokenBucket(_redis(), key, rate, capacity=max(1, int(rate))).take


@lru_cache(maxsize=1)
def _redis() -> Any:
    from redis import Redis

    url = settings.ENVIRONMENT.redis_url.get_secret_value()
    return Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2)


def hours_of(ente: Ente) -> SendingHours | None:
    """When SMS may ring. None where the clock can be moved (the demo, the tests): there is nobody to wake, and a demo must
    work by night.
    """
    if settings.MOVABLE_CLOCK:
        return None
    return SendingHours(patron=patron_day(ente.patron_saint))


def _named(ente: Ente, address: str) -> str:
    from email.utils import formataddr

    return formataddr((ente.name, address))
