"""What each provider writes in its outcome file, as data: its columns, its days, its codes.

Before: a file as it came.  After: ``PostNews``, the same whoever carried the letter. A new provider is a new row here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from billing.rules.load_file.named_rows import SURPLUS, NamedRow, named_rows
from billing.rules.load_file.refusal import FileRefused
from dunning.rules.post import PostOutcome
from dunning.rules.post_codes import CODES, outcome_of
from paybox.kernel.problems import Refused
from registry.rules.addresses import AddressRefused, PostalAddress, read_address


class OutcomesRefused(Refused):
    """The file cannot be read at all; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Mapper:
    """``columns``: our field → its header; ``number``, ``cause``, ``notice_on`` and the new address may be missing. ``day`` as in ``strptime``."""

    name: str
    columns: Mapping[str, str]
    codes: Mapping[str, PostOutcome]
    day: str = "%d/%m/%Y"
    coded: bool = False

    def outcome(self, code: str, cause: str) -> PostOutcome | None:
        """None for a code that nobody taught us."""
        return outcome_of(code, cause=cause) if self.coded else self.codes.get(code.upper())


@dataclass(frozen=True, slots=True)
class PostNews:
    """One row understood. ``letter``: our number; ``number``: the operator's; empty when not said.

    ``forward``: where the operator says she lives now.
    """

    row: int
    letter: str
    number: str
    outcome: PostOutcome
    code: str
    on: date
    notice_on: date | None
    forward: PostalAddress | None = None


@dataclass(frozen=True, slots=True)
class RowUnread:
    """One row whose outcome nobody taught us, word for word: a person says what it means."""

    row: int
    letter: str
    number: str
    code: str
    on: str
    notice_on: str
    words: str


@dataclass(frozen=True, slots=True)
class RowRefused:
    """``row`` as a spreadsheet counts it, the header being 1."""

    row: int
    column: str
    words: str


MAX_ROWS = 3_000  # half a minute, while a person waits
_ADDRESS = ("street", "civic", "cap", "city", "province")
_O = PostOutcome
_PLAIN_CODES = {
    "ACCETTATA": _O.ACCETTATA, "CONSEGNATA": _O.CONSEGNATA, "RIFIUTATA": _O.RIFIUTATA,
    "COMPIUTA GIACENZA": _O.COMPIUTA_GIACENZA, "RITIRATA": _O.RITIRATA, "IN GIACENZA": _O.IN_GIACENZA,
    "IRREPERIBILE": _O.IRREPERIBILE, "SCONOSCIUTO": _O.IRREPERIBILE, "TRASFERITO": _O.IRREPERIBILE,
    "INDIRIZZO INESATTO": _O.INDIRIZZO, "INDIRIZZO INSUFFICIENTE": _O.INDIRIZZO, "DECEDUTO": _O.DECEDUTO,
    "SMARRITA": _O.SMARRITA, "NON CONSEGNATA": _O.NON_CONSEGNATA,
}  # fmt: skip
MAPPERS: Mapping[str, Mapper] = {
    "PAROLE": Mapper(
        name="Esiti a parole",
        columns={"id": "id_invio", "number": "numero_raccomandata", "code": "esito", "on": "data_esito",
                 "notice_on": "data_avviso_giacenza", "street": "nuova_via", "civic": "nuovo_civico",
                 "cap": "nuovo_cap", "city": "nuovo_comune", "province": "nuova_provincia"},
        codes=_PLAIN_CODES,
    ),
    "CODICI": Mapper(
        name="Codici RECRN e RECAG",
        columns={"id": "IdInvio", "number": "CodiceRaccomandata", "code": "CodiceEsito", "cause": "CausaEsito",
                 "on": "DataEsito", "notice_on": "DataAvviso", "street": "NuovaVia", "civic": "NuovoCivico",
                 "cap": "NuovoCap", "city": "NuovoComune", "province": "NuovaProvincia"},
        codes=CODES,
        day="%Y-%m-%d",
        coded=True,
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Read:
    """The rows of a file, in order, by what can be done with them."""

    news: list[PostNews] = field(default_factory=list)
    unread: list[RowUnread] = field(default_factory=list)
    refused: list[RowRefused] = field(default_factory=list)


def read_outcomes(raw: bytes, mapper: Mapper) -> Read:
    """Raises OutcomesRefused when it is no such file, or it has more rows than are read while a person waits."""
    needed = tuple(mapper.columns[field] for field in ("id", "code", "on"))
    read = Read()
    for count, row in enumerate(file_rows(raw, tuple(mapper.columns.values()), needed), start=1):
        if count > MAX_ROWS:
            raise OutcomesRefused(
                "Il file ha più di 3.000 righe: dividerlo in più file, ripetendo in ognuno la prima riga"
            )
        if row.surplus:
            read.refused.append(RowRefused(row.line, "", SURPLUS))
            continue
        match _row(row.line, row.cells, mapper):
            case PostNews() as one:
                read.news.append(one)
            case RowUnread() as one:
                read.unread.append(one)
            case RowRefused() as one:
                read.refused.append(one)
    return read


def file_rows(
    raw: bytes, columns: tuple[str, ...], needed: tuple[str, ...], one_of: tuple[str, ...] = ()
) -> Iterator[NamedRow]:
    """The rows of a provider's CSV. Raises OutcomesRefused when it is no such file."""
    try:
        yield from named_rows(raw, columns=columns, mandatory=needed, one_of=one_of)
    except FileRefused as refusal:
        raise OutcomesRefused(str(refusal).removesuffix(".")) from refusal


def _row(row: int, cells: Mapping[str, str], mapper: Mapper) -> PostNews | RowUnread | RowRefused:
    def cell(name: str) -> str:
        return cells.get(mapper.columns.get(name, ""), "")

    code, cause = cell("code").upper(), cell("cause").upper()
    outcome, code = mapper.outcome(code, cause), f"{code}-{cause}" if cause else code
    if outcome is None:
        words = f"l'esito «{code}» non è previsto: è tra quelli da interpretare"
        return RowUnread(
            row, cell("id"), cell("number"), code, cell("on"), cell("notice_on"), words
        )
    on, notice_on = day_of(cell("on"), mapper.day), day_of(cell("notice_on"), mapper.day)
    if on is None:
        return RowRefused(row, mapper.columns["on"], f"la data «{cell('on')}» non è valida")
    if cell("notice_on") and notice_on is None:
        words = f"la data «{cell('notice_on')}» non è valida"
        return RowRefused(row, mapper.columns["notice_on"], words)
    parts = {name: cell(name) for name in _ADDRESS}
    try:
        forward = read_address(**parts) if any(parts.values()) else None
    except AddressRefused as refusal:
        return RowRefused(
            row, mapper.columns["street"], f"l'indirizzo nuovo non si legge: {refusal}"
        )
    return PostNews(row, cell("id"), cell("number"), outcome, code, on, notice_on, forward)


def day_of(text: str, form: str) -> date | None:
    """None when it is no day."""
    try:
        return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return None
