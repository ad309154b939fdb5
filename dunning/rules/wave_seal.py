"""How a wave's register is sealed: one line a fact, one SHA-256 a seal, each seal upon the one before it.

A line is a JSON array in ASCII without spaces, ended by LF. A seal is the SHA-256 of, in this order:

1. ``["paybox-sigillo/1", wave uuid, number, since, until, SHA-256 of the seal before]``; of the first one ``since`` is
   null and the seal before is the empty text;
2. a line for each fact, by instant, then by kind in the order of ``FactKind``, then by id:
   ``[kind, instant, id, what it belongs to, word, …]``;
3. ``["totale", messages, events]``.

Instants are UTC, ISO 8601 to the microsecond (``2026-07-01T09:00:00.000000Z``); numbers are whole, never floats. The words
are fingerprints, codes and ids, nothing that is thrown away after some months:

========================  ==================  ==============================================================
kind                      belongs to          words
========================  ==================  ==============================================================
messaggio (an attempt)    the recipient       uuid, try, channel, SHA-256 of the address, of the text, of the
                                              attachment, of each file that left, in their order
esito (what was told)     the message         status, error code, SHA-256 of what came
posta (of a letter)       the message         outcome, code, day, SHA-256 of what came
cartolina (its scan)      the message         SHA-256 of the scan, where the paper is
pec (each EML)            the message         kind, SHA-256 of the EML, verdict on its signature
attestazione (of SEND)    the message         key, category, SHA-256 of the document
========================  ==================  ==============================================================
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from uuid import UUID

FORMAT = "paybox-sigillo/1"
_as_json = json.JSONEncoder(separators=(",", ":")).encode


class FactKind(IntEnum):
    """Of what leaves, and of what is known of it afterwards; the numbers are their order in a seal."""

    MESSAGE = 1
    OUTCOME = 2
    POST = 3
    CARD = 4
    PEC = 5
    ATTESTATION = 6

    @property
    def word(self) -> str:
        return _WORDS[self]


_WORDS = {
    FactKind.MESSAGE: "messaggio",
    FactKind.OUTCOME: "esito",
    FactKind.POST: "posta",
    FactKind.CARD: "cartolina",
    FactKind.PEC: "pec",
    FactKind.ATTESTATION: "attestazione",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One row that is never written again; ``parent`` is the id of what it belongs to."""

    kind: FactKind
    at: datetime
    id: int
    parent: int
    words: Sequence[str]


@dataclass(frozen=True, slots=True)
class SealHead:
    """Which seal it is: ``since`` included (None: from the beginning), ``until`` excluded."""

    wave: UUID
    number: int
    since: datetime | None
    until: datetime
    previous: str


@dataclass(frozen=True, slots=True)
class Sealed:
    messages: int
    events: int
    sha256: str


def seal(head: SealHead, facts: Iterable[Fact]) -> Sealed:
    """Read the facts once, in the order of the module's docstring, and keep none."""
    digest = hashlib.sha256(head_line(head))
    messages = events = 0
    for fact in facts:
        digest.update(fact_line(fact))
        if fact.kind is FactKind.MESSAGE:
            messages += 1
        else:
            events += 1
    digest.update(_line(["totale", messages, events]))
    return Sealed(messages, events, digest.hexdigest())


def head_line(head: SealHead) -> bytes:
    """The first line of a seal."""
    since = _instant(head.since) if head.since else None
    return _line([FORMAT, str(head.wave), head.number, since, _instant(head.until), head.previous])


def fact_line(fact: Fact) -> bytes:
    """The line of a fact."""
    return _line([fact.kind.word, _instant(fact.at), fact.id, fact.parent, *fact.words])


def _line(values: list[object]) -> bytes:
    return _as_json(values).encode("ascii") + b"\n"


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
