"""The *minuta di ruolo*, 290 characters a record: what a collector's agent reads to form the ruolo. Pure.

Before: credits that go to enforced collection.  After: one of the files of a hand-over.
No official text of the layout is public: the places come from programs that write or read it, and agree on all the fields
written here. What is inferred, and must be tried with the agent before the first delivery, is marked «inferred»: the tail
of N0, the splitting of names, what the totals count, and whether the agent still takes this layout at all. Fields that we
do not know (birth, sex, cadastral codes) are left blank.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from paybox.kernel.problems import Refused

WIDTH = 290
INFERRED = (
    "la coda del record N0, dal posto 16, è in bianco",
    "il cognome è la prima parola della denominazione, con le particelle che la precedono",
    "i totali di N5 contano anche N1 e N5; quelli di N9 anche N0 e N9",
    "nascita, sesso e codici catastali sono in bianco, e non ci sono record N3",
)
_MINUTA = "01"
_COERCIVE = "1"
_RUOLO_ORDINARY = "1"
_PERSON, _BODY = "1", "2"
_PARTICLES = frozenset(
    ["DA", "DAL", "DALLA", "DE", "DEI", "DEL", "DELLA", "DELLE", "DI", "LA", "LE", "LI", "LO"]
)
_CAP_DIGITS = 5

Field = tuple[int, int, str]


class RuoloRefused(Refused):
    """A value does not fit its field: the file would not be true."""


@dataclass(frozen=True, slots=True)
class Minuta:
    """The codes that the collector gave the body, and the day of the file."""

    ente: str
    comune: str
    on: date


@dataclass(frozen=True, slots=True)
class Debtor:
    """``partita`` ties the records of one credit together: at most 14 characters."""

    partita: str
    codice_fiscale: str
    name: str
    is_body: bool
    street: str
    civic: str
    cap: str
    city: str


@dataclass(frozen=True, slots=True)
class Article:
    """One sum due; cents."""

    year: int
    code: str
    cents: int
    words: str


def write_290(minuta: Minuta, credits_: Sequence[tuple[Debtor, Sequence[Article]]]) -> bytes:
    """The whole file: N0, N1, for each credit N2 and its N4, N5, N9; ASCII, CRLF. Raises RuoloRefused."""
    body = []
    for debtor, articles in credits_:
        body.append(_n2(minuta, debtor))
        body += [_n4(minuta, debtor, article) for article in articles]
    count = len(credits_), sum(len(articles) for _, articles in credits_)
    total = sum(article.cents for _, articles in credits_ for article in articles)
    records = [_n0(minuta), _n1(minuta), *body, _n5(minuta, count, total), _n9(minuta, count)]
    return b"".join(record.encode("ascii") + b"\r\n" for record in records)


def _n0(minuta: Minuta) -> str:
    # inferred: places 16–290 belong to each agent, here blank
    return _record("N0", (3, 7, _digits(minuta.ente, 5)), (8, 15, f"{minuta.on:%Y%m%d}"))


def _n1(minuta: Minuta) -> str:
    return _record(
        "N1",
        *_head(minuta),
        (11, 11, _RUOLO_ORDINARY),
        (12, 15, _digits("0", 4)),  # the agent gives the number
        (16, 17, _digits("1", 2)),
        (18, 18, _COERCIVE),
    )


def _n2(minuta: Minuta, debtor: Debtor) -> str:
    surname, name = split_name(debtor.name)
    person = ((210, 233, surname[:24]), (234, 253, name[:20]))
    who = ((210, 285, _plain(debtor.name)[:76]),) if debtor.is_body else person
    digits = "".join(c for c in debtor.civic if c.isdigit())
    letter = "".join(c for c in _plain(debtor.civic) if c.isalpha())
    return _record(
        "N2",
        *_head(minuta),
        (11, 24, _plain(debtor.partita)),
        (25, 40, _plain(debtor.codice_fiscale)),
        (57, 86, _plain(debtor.street)[:30]),
        (87, 91, _digits(digits[:5] or "0", 5)),
        (92, 93, letter[:2]),
        (100, 104, debtor.cap if len(debtor.cap) == _CAP_DIGITS and debtor.cap.isdigit() else ""),
        (109, 129, _plain(debtor.city)[:21]),
        (209, 209, _BODY if debtor.is_body else _PERSON),
        *who,
    )


def _n4(minuta: Minuta, debtor: Debtor, article: Article) -> str:
    return _record(
        "N4",
        *_head(minuta),
        (11, 24, _plain(debtor.partita)),
        (25, 28, _digits(str(article.year), 4)),
        (29, 32, _plain(article.code)),
        (33, 45, _digits("0", 13)),
        (46, 58, _digits(str(article.cents), 13)),
        (71, 145, _plain(article.words)[:75]),
    )


def _n5(minuta: Minuta, count: tuple[int, int], total_cents: int) -> str:
    # inferred: the total of records counts N1 and N5 too; some agents count N2, N3 and N4 alone
    debtors, articles = count
    return _record(
        "N5",
        *_head(minuta),
        (11, 17, _digits(str(debtors + articles + 2), 7)),
        (18, 24, _digits(str(debtors), 7)),
        (25, 31, _digits("0", 7)),
        (32, 38, _digits(str(articles), 7)),
        (39, 53, _digits(str(total_cents), 15)),
    )


def _n9(minuta: Minuta, count: tuple[int, int]) -> str:
    # inferred: as in N5, the envelope (N0 and N9) is counted
    debtors, articles = count
    numbers = (debtors + articles + 4, 1, debtors, 0, articles, 1)
    fields = [(8 + 7 * n, 14 + 7 * n, _digits(str(value), 7)) for n, value in enumerate(numbers)]
    return _record("N9", (3, 7, _digits(minuta.ente, 5)), *fields)


def split_name(name: str) -> tuple[str, str]:
    """Surname and name. Inferred: the surname is the first word, with the particles before it."""
    words = _plain(name).split()
    first = next((n for n, word in enumerate(words) if word not in _PARTICLES), 0)
    return " ".join(words[: first + 1]), " ".join(words[first + 1 :])


def _head(minuta: Minuta) -> tuple[Field, Field]:
    return (3, 8, _digits(minuta.comune, 6)), (9, 10, _MINUTA)


def _record(kind: str, *fields: Field) -> str:
    """Blank where no field stands; places count from 1, both ends included."""
    record = [" "] * WIDTH
    for first, last, value in ((1, 2, kind), *fields):
        width = last - first + 1
        if len(value) > width:
            raise RuoloRefused(f"Record {kind}, posizioni {first}-{last}: «{value}» è troppo lungo")
        record[first - 1 : last] = value.ljust(width)
    return "".join(record)


def _digits(value: str, width: int) -> str:
    if not value.isdigit() or len(value) > width:
        raise RuoloRefused(f"«{value}» non è un numero di al massimo {width} cifre")
    return value.rjust(width, "0")


def _plain(text: str) -> str:
    """Capitals without accents, nothing beyond ASCII."""
    flat = unicodedata.normalize("NFKD", text.upper().replace("’", "'"))
    kept = "".join(c for c in flat if not unicodedata.combining(c))
    return " ".join("".join(c if " " <= c <= "~" else " " for c in kept).split())
