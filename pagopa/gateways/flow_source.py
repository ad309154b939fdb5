"""Where reporting flows are asked for, whatever protocol answers: a list, then each flow in one or more parts.

Before: pagopa/services/flow_pull.  After: the bytes as they came, kept before they are understood.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pagopa.wire.flow_file import FlowFile
from paybox.kernel.problems import Refused


class SourceUnavailable(Refused):
    """The other side is not there now, or asks to slow down: the work is taken up again later."""


class SourceRefused(Refused):
    """The other side has answered that this cannot be had; asking again would not help."""


class NotThere(SourceRefused):
    """The other side does not have it, or not yet."""


@dataclass(frozen=True, slots=True)
class ListedFlow:
    """One revision of a flow that can be asked for. ``psp_id`` is empty where the list does not say it."""

    identifier: str
    psp_id: str
    revision: int
    published_at: datetime


@dataclass(frozen=True, slots=True)
class ListedPage:
    """Flows of one page of the list; ``last``: there are no more."""

    flows: tuple[ListedFlow, ...]
    last: bool


@dataclass(frozen=True, slots=True)
class FlowPart:
    """One answer as it came; ``last``: the flow is whole with it."""

    raw: bytes
    last: bool


class FlowSource(Protocol):
    """Anything that has the flows of an Ente (``organization`` is its codice fiscale)."""

    name: str

    def listed(self, *, organization: str, since: datetime, page: int) -> ListedPage:
        """Flows published after ``since``; pages from 1. Raises SourceUnavailable, SourceRefused."""
        ...

    def part(self, *, organization: str, flow: ListedFlow, number: int) -> FlowPart:
        """Parts from 0, in order until the last. Raises SourceUnavailable, SourceRefused."""
        ...

    def read(self, parts: Iterable[bytes]) -> FlowFile:
        """All the parts as one flow, each asked for when its lines are. Raises FlowFileRefused."""
        ...
