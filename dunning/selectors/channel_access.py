"""Which platforms of the State the Ente has turned on, and with which of its keys a service speaks to them."""

from collections.abc import Sequence

from django.db.models import F, Q

from dunning.models import ChannelAccess
from dunning.rules.channels import BY_TAX_CODE


def access_of(channel: str, *, service_id: int | None) -> ChannelAccess | None:
    """The service's own, else that of the whole Ente; None when it is off: the nearest one decides."""
    near = ChannelAccess.objects.filter(
        Q(service_id=service_id) | Q(service=None), channel=channel
    ).order_by(F("service_id").asc(nulls_last=True))
    found = near.first()
    return found if found is not None and found.active else None


def usable_channels(channels: Sequence[str], *, service_id: int) -> list[str]:
    """Those of a cascade that can be used now, in its order: a platform that is off is as if it were not there."""
    return [
        name
        for name in channels
        if name not in BY_TAX_CODE or access_of(name, service_id=service_id) is not None
    ]


def accesses() -> list[ChannelAccess]:
    """All of them, the Ente's before the services'."""
    listed = ChannelAccess.objects.select_related("service")
    return list(listed.order_by("channel", F("service__name").asc(nulls_first=True)))
