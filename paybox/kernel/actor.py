"""Who does a thing: recorded as id plus name, never as a foreign key."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """``user_id`` is 0 for the system itself."""

    user_id: int
    name: str


SYSTEM = Actor(0, "sistema")
PAGOPA = Actor(0, "pagoPA")
CITIZEN = Actor(0, "cittadino")
