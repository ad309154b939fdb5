"""The channels there are: how each is called, which contact it needs, and what one message costs unless told otherwise.

Before: a policy's cascade.  After: planning chooses the first that works for each debtor; sending goes down the cascade.
"""

import re
from collections.abc import Mapping, Sequence

SMS, EMAIL, PEC, LETTER = "SMS", "EMAIL", "PEC", "LETTERA"
IO, SEND = "IO", "SEND"
CHANNELS: Mapping[str, str] = {
    IO: "App IO", SMS: "SMS", EMAIL: "E-mail", PEC: "PEC", SEND: "SEND", LETTER: "Lettera",
}  # fmt: skip
BY_TAX_CODE = (IO, SEND)  # platforms that know the person themselves; each Ente turns them on
# Whose far end is asked what it was given; of the others what is uncertain is left to a person.
LOOKED_UP = (SMS, SEND)
CONTACT_KINDS: Mapping[str, str] = {SMS: "MOBILE", EMAIL: "EMAIL", PEC: "PEC"}
# Thousandths of a euro a message (an SMS: a part), until the Ente writes its own prices.
USUAL_MILLS: Mapping[str, int] = {
    IO: 0, SMS: 60, EMAIL: 1, PEC: 0, SEND: 1_000, LETTER: 1_100,
}  # fmt: skip

# With the letters that take the place of digits when two persons would have the same code.
_PERSON = re.compile(
    r"[A-Z]{6}[0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]"
)
_BODY = re.compile(r"[0-9]{11}")


def reachable(cascade: Sequence[str], contacts: Mapping[str, str], *, start: int = 0) -> int | None:
    """The first rung from ``start`` on which there is an address (``contacts``: channel → address); None when none."""
    for rung in range(start, len(cascade)):
        if contacts.get(cascade[rung]):
            return rung
    return None


def taxpayer_addresses(codice_fiscale: str, *, has_address: bool) -> dict[str, str]:
    """Where the platforms find her: App IO only a person, SEND whoever also has an address for the paper."""
    person = bool(_PERSON.fullmatch(codice_fiscale))
    known = person or bool(_BODY.fullmatch(codice_fiscale))
    return {
        IO: codice_fiscale if person else "",
        SEND: codice_fiscale if known and has_address else "",
    }


def label_of(channel: str) -> str:
    return CHANNELS.get(channel, channel)
