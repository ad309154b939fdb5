"""The channels there are: how each is called, which contact it needs, and what one message costs unless told otherwise.

Before: a policy's cascade.  After: planning chooses the first that works for each debtor; sending goes down the cascade.
"""

from collections.abc import Mapping, Sequence

SMS, EMAIL, PEC, LETTER = "SMS", "EMAIL", "PEC", "LETTERA"
CHANNELS: Mapping[str, str] = {SMS: "SMS", EMAIL: "E-mail", PEC: "PEC", LETTER: "Lettera"}
CONTACT_KINDS: Mapping[str, str] = {SMS: "MOBILE", EMAIL: "EMAIL", PEC: "PEC"}
# Thousandths of a euro a message (an SMS: a part), until the Ente writes its own prices.
USUAL_MILLS: Mapping[str, int] = {SMS: 60, EMAIL: 1, PEC: 0, LETTER: 1_100}


def reachable(cascade: Sequence[str], contacts: Mapping[str, str], *, start: int = 0) -> int | None:
    """The first rung from ``start`` on which there is an address (``contacts``: channel → address); None when none."""
    for rung in range(start, len(cascade)):
        if contacts.get(cascade[rung]):
            return rung
    return None


def label_of(channel: str) -> str:
    return CHANNELS.get(channel, channel)
