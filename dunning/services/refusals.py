"""How dunning says no."""

from datetime import datetime

from paybox.kernel.problems import Refused


class WaveRefused(Refused):
    """The wave cannot be prepared or moved as asked; nothing was written."""


class ApprovalRefused(Refused):
    """This person may not approve this wave, or what she would approve is no longer what was simulated."""


class SendingMustWait(Refused):
    """What could be sent was sent; the rest may go from ``until`` on."""

    def __init__(self, words: str, *, until: datetime) -> None:
        super().__init__(words)
        self.until = until


class AttemptUnknown(Refused):
    """The provider speaks of a message that this Ente never sent."""


class PhoneRefused(Refused):
    """The telephone campaign, the file or the call cannot be handled so; nothing was written."""
