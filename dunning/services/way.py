"""What the door knows of an installation and a service must not look up: passed to everything that sends."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from dunning.channels.throttle import Turns
from dunning.rules.quiet_hours import SendingHours
from tenants.models import Ente


def no_limit(wanted: int) -> Turns:
    """As fast as the provider answers."""
    return Turns(wanted)


def no_farewell(attempt_id: UUID) -> str:
    """Nowhere to ask for no more."""
    return ""


def no_address(thing: UUID) -> str:
    """No page of ours is offered."""
    return ""


def no_notice(position: UUID, last_day: date) -> str:
    """No page of ours shows it."""
    return ""


@dataclass(frozen=True, slots=True)
class SendingWay:
    """``hours`` None: no quiet hours. ``clock_ahead``: how much the passed instants run ahead of the provider's clock.

    ``turns`` takes as many tokens as there are, up to those wanted.
    ``farewell`` is the address at which who got that message asks for no more of them; ``notice``
    shows a position's notice until a day; ``back`` goes back to paper with one press.
    """

    ente: Ente
    sender: str
    portal_url: str
    callback_url: str = ""
    hours: SendingHours | None = None
    clock_ahead: timedelta = timedelta(0)
    turns: Callable[[int], Turns] = no_limit
    farewell: Callable[[UUID], str] = no_farewell
    notice: Callable[[UUID, date], str] = no_notice
    back: Callable[[UUID], str] = no_address
