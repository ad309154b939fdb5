"""RFC 3461 for the mail sink: what a client asks to be told of, kept beside each envelope.

Before: aiosmtpd's own commands, which know nothing of it.  After: ``smtp_reports``, once the message is taken.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.smtp import SMTP

_OPTION = re.compile(r"\s+(RET|ENVID|NOTIFY|ORCPT)=(\S+)", re.IGNORECASE)


@dataclass
class Asked:
    """Of one envelope. ``notify``: recipient → the words after NOTIFY, empty when the client did not say."""

    envelope_id: str = ""
    notify: dict[str, tuple[str, ...]] = field(default_factory=dict)
    original: dict[str, str] = field(default_factory=dict)


class DsnSMTP(SMTP):
    """Says DSN at EHLO through its handler; takes RET and ENVID, NOTIFY and ORCPT."""

    async def smtp_MAIL(self, arg: str | None) -> None:
        rest, options = _taken(arg)
        await super().smtp_MAIL(rest)
        if self.envelope is not None:
            asked_of(self.envelope).envelope_id = options.get("ENVID", "")

    async def smtp_RCPT(self, arg: str | None) -> None:
        rest, options = _taken(arg)
        before = len(self.envelope.rcpt_tos) if self.envelope else 0
        await super().smtp_RCPT(rest)
        if self.envelope is None or len(self.envelope.rcpt_tos) == before:
            return
        address, asked = self.envelope.rcpt_tos[-1], asked_of(self.envelope)
        asked.notify[address] = tuple(
            one for one in options.get("NOTIFY", "").upper().split(",") if one
        )
        asked.original[address] = options.get("ORCPT", "")


def asked_of(envelope: Any) -> Asked:
    """What was asked for this envelope; aiosmtpd makes a new envelope for each message."""
    if not hasattr(envelope, "asked"):
        envelope.asked = Asked()
    asked: Asked = envelope.asked
    return asked


def _taken(arg: str | None) -> tuple[str | None, dict[str, str]]:
    """The command without our options, and the options."""
    if arg is None:
        return None, {}
    options = {name.upper(): value for name, value in _OPTION.findall(arg)}
    return _OPTION.sub("", arg), options
