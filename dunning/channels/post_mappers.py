"""What each provider writes in its outcome file, as data: its columns, its days, its codes.

Before: a file as it came.  After: ``PostNews``, the same whoever carried the letter. A new provider is a new row here.
"""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from dunning.rules.post import PostOutcome
from paybox.kernel.problems import Refused

MAX_BYTES = 20 * 1024 * 1024


class OutcomesRefused(Refused):
    """The file cannot be read at all; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Mapper:
    """``columns``: our field → its header; ``number`` and ``notice_on`` may be missing. ``day`` as in ``strptime``."""

    name: str
    columns: Mapping[str, str]
    codes: Mapping[str, PostOutcome]
    day: str = "%d/%m/%Y"


@dataclass(frozen=True, slots=True)
class PostNews:
    """One row understood. ``letter``: our number; ``number``: the operator's; empty when not said."""

    row: int
    letter: str
    number: str
    outcome: PostOutcome
    code: str
    on: date
    notice_on: date | None


@dataclass(frozen=True, slots=True)
class RowRefused:
    """``row`` as a spreadsheet counts it, the header being 1."""

    row: int
    column: str
    words: str


_O = PostOutcome
_SEND_CODES = {
    "RECRN001C": _O.CONSEGNATA, "RECRN002C-M02": _O.DECEDUTO, "RECRN002C-M05": _O.RIFIUTATA,
    "RECRN002C-M06": _O.INDIRIZZO, "RECRN002C-M07": _O.INDIRIZZO, "RECRN002C-M08": _O.INDIRIZZO,
    "RECRN002F-M01": _O.IRREPERIBILE, "RECRN002F-M03": _O.IRREPERIBILE, "RECRN002F-M04": _O.IRREPERIBILE,
    "RECRN003C": _O.RITIRATA, "RECRN005C": _O.COMPIUTA_GIACENZA, "RECRN006": _O.SMARRITA,
    "RECRN010": _O.IN_GIACENZA, "RECRN011": _O.IN_GIACENZA, "RECRN013": _O.SMARRITA,
}  # fmt: skip
_PLAIN_CODES = {
    "ACCETTATA": _O.ACCETTATA, "CONSEGNATA": _O.CONSEGNATA, "RIFIUTATA": _O.RIFIUTATA,
    "COMPIUTA GIACENZA": _O.COMPIUTA_GIACENZA, "RITIRATA": _O.RITIRATA, "IN GIACENZA": _O.IN_GIACENZA,
    "IRREPERIBILE": _O.IRREPERIBILE, "SCONOSCIUTO": _O.IRREPERIBILE, "TRASFERITO": _O.IRREPERIBILE,
    "INDIRIZZO INESATTO": _O.INDIRIZZO, "INDIRIZZO INSUFFICIENTE": _O.INDIRIZZO, "DECEDUTO": _O.DECEDUTO,
    "SMARRITA": _O.SMARRITA,
}  # fmt: skip
MAPPERS: Mapping[str, Mapper] = {
    "PAROLE": Mapper(
        name="Esiti a parole",
        columns={"id": "id_invio", "number": "numero_raccomandata", "code": "esito", "on": "data_esito",
                 "notice_on": "data_avviso_giacenza"},
        codes=_PLAIN_CODES,
    ),
    "CODICI": Mapper(
        name="Codici RECRN",
        columns={"id": "IdInvio", "number": "CodiceRaccomandata", "code": "CodiceEsito", "on": "DataEsito",
                 "notice_on": "DataAvviso"},
        codes=_SEND_CODES,
        day="%Y-%m-%d",
    ),
}  # fmt: skip


def read_outcomes(raw: bytes, mapper: Mapper) -> tuple[list[PostNews], list[RowRefused]]:
    """The rows understood and those refused, in order. Raises OutcomesRefused when it is no such file."""
    reader = csv.DictReader(io.StringIO(_text(raw)), delimiter=";")
    found = [name.strip() for name in reader.fieldnames or []]
    reader.fieldnames = found
    missing = [mapper.columns[f] for f in ("id", "code", "on") if mapper.columns[f] not in found]
    if missing:
        raise OutcomesRefused(f"Nel file mancano le colonne: {', '.join(missing)}")
    read: list[PostNews] = []
    refused: list[RowRefused] = []
    for number, cells in enumerate(reader, start=2):
        one = _row(number, cells, mapper)
        if isinstance(one, PostNews):
            read.append(one)
        else:
            refused.append(one)
    return read, refused


def _text(raw: bytes) -> str:
    if len(raw) > MAX_BYTES:
        raise OutcomesRefused("Il file supera 20 MB")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def _row(row: int, cells: Mapping[str, str | None], mapper: Mapper) -> PostNews | RowRefused:
    def cell(name: str) -> str:
        return (cells.get(mapper.columns[name]) or "").strip()

    outcome = mapper.codes.get(cell("code").upper())
    if outcome is None:
        return RowRefused(row, mapper.columns["code"], f"l'esito «{cell('code')}» non è previsto")
    on, notice_on = _day(cell("on"), mapper.day), _day(cell("notice_on"), mapper.day)
    if on is None:
        return RowRefused(row, mapper.columns["on"], f"la data «{cell('on')}» non è valida")
    if cell("notice_on") and notice_on is None:
        words = f"la data «{cell('notice_on')}» non è valida"
        return RowRefused(row, mapper.columns["notice_on"], words)
    code = cell("code").upper()
    return PostNews(row, cell("id"), cell("number"), outcome, code, on, notice_on)


def _day(text: str, form: str) -> date | None:
    try:
        return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return None
