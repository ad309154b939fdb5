"""An answer whose question is still with the database, and the agreement with a worker that knows of such answers.

The worker leaves in the WSGI environment what finishes the answer that waits; whoever is about to speak to the database
calls it first. Under any other server nothing waits: an answer is had as soon as it is looked at.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

FINISH = "paybox.finish_what_waits"


class Waiting:
    """A response; ``answer`` says status and headers and gives the body, when it is had (PEP 3333 lets it)."""

    is_waiting = True

    def __init__(self, answer: Callable[[], bytes]) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        return iter((self._answer(),))


def turn_to_database(environ: Mapping[str, Any]) -> None:
    """The answer that waits is finished first: it was on the same connection."""
    finish = environ.get(FINISH)
    if finish is not None:
        finish()
