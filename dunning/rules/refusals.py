"""Whose fault a refused message is: the person's address, or our side of the wire.

Before: a channel's Rejected.  After: sending goes on to the next person, waits, or stops the wave.
"""

from enum import StrEnum

from dunning.rules.sms_faults import Remedy, sms_fault


class Fault(StrEnum):
    """What the next message would meet."""

    RECIPIENT = "RECIPIENT"  # another person's message may well pass
    AWAY = "AWAY"  # nobody's message passes now
    OURS = "OURS"  # nobody's message passes until a person mends something


NEVER_LEFT = "NON_PARTITO"  # our own code: the provider says that it was never given the message
_AWAY = ("COLLEGAMENTO", "429")
_OURS = ("AUTENTICAZIONE", "MITTENTE", "401", "403", "404")


def fault_of(code: str, *, channel: str) -> Fault:
    """Read the code of a refusal as that channel gives it."""
    if code in _OURS:
        return Fault.OURS
    if code in _AWAY:
        return Fault.AWAY
    if channel != "SMS":
        return Fault.RECIPIENT
    match sms_fault(code).remedy:
        case Remedy.STOP_WAVE:
            return Fault.OURS
        case Remedy.SLOW_DOWN | Remedy.RETRY_IN_HOURS:  # its queue is full: for everybody
            return Fault.AWAY
        case _:
            return Fault.RECIPIENT
