"""Who may speak as the Node: the certificate that the proxy has verified, against what each station allows.

Before: nginx has checked the chain and sealed the request.  After: the door answers, or says 403.
Source: SANP, the forwarder's client certificate on the connections towards an Ente Creditore.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

EVERY_STATION = "*"
_FINGERPRINT = re.compile(r"[0-9a-f]{40}")
_COMMON_NAME = re.compile(r"CN=(.*)", re.DOTALL)
# Names inside a name are told apart by commas and pluses; a backslash takes their meaning away.
_PARTS = re.compile(r"(?:[^,+\\]|\\.)+", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Caller:
    """``subject`` as in RFC 2253; ``fingerprint`` SHA-1 of the certificate in hexadecimal, as nginx says it."""

    subject: str
    fingerprint: str


def may_call(caller: Caller, station: str, allowed: Mapping[str, Sequence[str]]) -> bool:
    """Whether that certificate may call that station.

    ``allowed``: for each station (``*``: for all), names (CN) or fingerprints. Nothing allowed, nobody calls.
    """
    entries = [*allowed.get(station, ()), *allowed.get(EVERY_STATION, ())]
    fingerprint = _plain(caller.fingerprint)
    names = common_names(caller.subject)
    # A subject with two names is nobody's: one of them could have been slipped in.
    name = names[0] if len(names) == 1 else ""
    return any(
        _plain(entry) == fingerprint if _FINGERPRINT.fullmatch(_plain(entry)) else entry == name
        for entry in entries
        if entry
    )


def common_names(subject: str) -> list[str]:
    """Each CN of a subject; a comma that belongs to another name does not begin one."""
    found = (_COMMON_NAME.fullmatch(part.strip()) for part in _PARTS.findall(subject))
    return [name[1] for name in found if name]


def _plain(fingerprint: str) -> str:
    return fingerprint.replace(":", "").lower()
