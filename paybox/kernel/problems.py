"""How the product says no: a typed refusal with a message an official can act on."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

Severity = Literal["error", "warning"]


class Refused(Exception):
    """Base of every refusal: nothing was written; ``str(refusal)`` is a clear Italian sentence."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with one cell of a file: what, where, and what to do.

    ``row`` is the line in the file, the header being 1. ``column`` is the header's name, empty for the whole row.
    """

    row: int
    column: str
    code: str
    severity: Severity
    message: str

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)
