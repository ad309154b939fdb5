"""The law in the texts: how each reference is written today, and the blocks that nobody may reword. Dated data.

Before: nothing.  After: ``template_checks`` and the services that write a version, which keeps the words of its day.
A change of law is a new line here with its first day: versions written before it can no longer be used from that day.
Sources: art. 1219 and 2943 c.c.; L. 160/2019 art. 1 c. 792; D.P.R. 602/1973 art. 50, from 1-1-2027 D.Lgs. 33/2025.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from paybox.kernel.problems import Refused

_ALWAYS = date(1942, 4, 21)
_REFERENCE = re.compile(r"\{legge\.([a-z_]+)\}")


class LawRefused(Refused):
    """A reference or a legal block that does not exist on that day."""


@dataclass(frozen=True, slots=True)
class Dated:
    """``code`` reads ``words`` from ``since`` to ``until``, both included."""

    code: str
    words: str
    since: date = _ALWAYS
    until: date = date.max


REFERENCES = (
    Dated("mora", "articolo 1219 del codice civile"),
    Dated("prescrizione", "articolo 2943 del codice civile"),
    Dated(
        "accertamento_esecutivo",
        "articolo 1, comma 792, della legge 27 dicembre 2019, n. 160",
        date(2020, 1, 1),
    ),
    Dated(
        "intimazione",
        "articolo 50 del decreto del Presidente della Repubblica 29 settembre 1973, n. 602",
        until=date(2026, 12, 31),
    ),
    Dated(
        "intimazione",
        "articolo 146 del decreto legislativo 24 marzo 2025, n. 33",
        date(2027, 1, 1),
    ),
)

LEGAL_BLOCKS = (
    Dated(
        "MORA",
        "La presente vale come costituzione in mora ai sensi dell'{legge.mora} e interrompe la prescrizione "
        "ai sensi dell'{legge.prescrizione}.",
    ),
    Dated(
        "INTIMAZIONE_TRIBUTI",
        "Ai sensi dell'{legge.accertamento_esecutivo}, si intima di pagare le somme indicate entro il termine "
        "per presentare ricorso.",
        date(2020, 1, 1),
    ),
    Dated(
        "INTIMAZIONE_ENTRATE",
        "Ai sensi dell'{legge.accertamento_esecutivo}, si intima di pagare le somme indicate entro sessanta "
        "giorni dalla notifica di questo atto.",
        date(2020, 1, 1),
    ),
    Dated(
        "TITOLO",
        "Questo atto costituisce titolo esecutivo idoneo ad attivare le procedure esecutive e cautelari.",
        date(2020, 1, 1),
    ),
    Dated(
        "RISCOSSORE",
        "Scaduto il termine senza pagamento, alla riscossione delle somme, anche con l'esecuzione forzata, "
        "procederà {riscossore}.",
        date(2020, 1, 1),
    ),
)
BLOCK_CODES = frozenset(block.code for block in LEGAL_BLOCKS)


def legal_block(code: str, *, on: date) -> str:
    """The block as the law wants it that day, its references still variables. Raises LawRefused."""
    return _on(LEGAL_BLOCKS, code, on, "Il blocco di legge")


def written_out(text: str, *, on: date) -> str:
    """The text with its references in the words of that day. Raises LawRefused."""
    return _REFERENCE.sub(lambda slot: _on(REFERENCES, slot[1], on, "Il riferimento"), text)


def references_in(text: str, *, on: date) -> dict[str, str]:
    """Each reference that the text makes, with its words on that day. Raises LawRefused."""
    codes = sorted(set(_REFERENCE.findall(text)))
    return {code: _on(REFERENCES, code, on, "Il riferimento") for code in codes}


def outdated(references: Mapping[str, str], *, on: date) -> list[str]:
    """The codes that on that day would be written with other words, or not at all."""
    today = {ref.code: ref.words for ref in REFERENCES if ref.since <= on <= ref.until}
    return sorted(code for code, words in references.items() if today.get(code) != words)


def _on(known: tuple[Dated, ...], code: str, on: date, what: str) -> str:
    for entry in known:
        if entry.code == code and entry.since <= on <= entry.until:
            return entry.words
    raise LawRefused(f"{what} «{code}» non esiste o non vale il {on:%d/%m/%Y}")
