"""Invented credits for the demo and the bench: the same ones at every run, in the file's format.

TARI of Borgo has 500 credits: 488 good ones, each with a rata unica and two rate (two rows), and 12
bad ones of one row, each wrong in its own way. The dues of Valle are 120, in one payment. Names
are common Italian ones put together by chance; mail domains are those reserved for examples.
"""

import csv
import io
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import chain, islice
from random import Random

from billing.demo_people import Address, Debtor, invent_company, invent_person
from billing.rules.load_file.columns import COLUMNS
from paybox.kernel.money import format_euro

GOOD_TARI = 488
DUES = 120

BORGO = Address("Borgo", "41099", "MO")
VALLE = Address("Valle", "32099", "BL")

Cells = dict[str, str]


def tari_rows(today: date) -> bytes:
    """The CSV (UTF-8 with BOM, ``;``) of 500 TARI credits of Borgo, due after ``today``.

    12 rows are refused, one for each of BAD_ROWS' reasons; their lines are spread in the file.
    """
    random = Random("TARI Borgo")
    good = [_tari_credit(random, number, today) for number in range(1, GOOD_TARI + 1)]
    bad = _bad_credits(random, today, duplicate_of=good[10][0])
    credits: list[list[Cells]] = []
    for index, credit in enumerate(good):
        credits.append(credit)
        if index % 40 == 30 and bad:
            credits.append([bad.pop(0)])
    return b"".join(_write_rows(chain.from_iterable(credits)))


def dues_rows(today: date) -> bytes:
    """The CSV of 120 annual dues of the Ordine di Valle; each is one payment, none is refused."""
    random = Random("Quote Valle")
    return b"".join(_write_rows(_due(random, n, today) for n in range(1, DUES + 1)))


def bulk_rows(positions: int, today: date) -> Iterator[bytes]:
    """Pieces of a CSV of many good TARI credits, two rows each; flat memory."""
    random = Random("Bulk")
    credits = (_tari_credit(random, number, today) for number in range(1, positions + 1))
    return _write_rows(chain.from_iterable(credits))


def _tari_credit(random: Random, number: int, today: date, companies: float = 0.08) -> list[Cells]:
    company = random.random() < companies
    debtor = (invent_company if company else invent_person)(random, BORGO)
    total = random.randrange(80_00, 420_00)
    head = _head(debtor, f"TARI-{today.year}-{number:06d}", "mobile_or_email", random)
    head |= {
        "causale": f"TARI {today.year} - {debtor.street} {debtor.civico}",
        "anno": str(today.year),
        "importo": format_euro(total),
        "scadenza": _italian(today + timedelta(days=30)),
    }
    return [
        head | _rata(1, today + timedelta(days=30), total // 2),
        head | _rata(2, today + timedelta(days=150), total - total // 2),
    ]


def _due(random: Random, number: int, today: date) -> Cells:
    company = number % 15 == 0
    debtor = (invent_company if company else invent_person)(random, VALLE)
    what = "società tra professionisti" if company else "iscrizione all'albo"
    return _head(debtor, f"QUOTA-{today.year}-{number:04d}", "professional", random) | {
        "causale": f"Quota annuale {today.year} - {what}",
        "anno": str(today.year),
        "importo": format_euro(310_00 if company else random.choice((120_00, 165_00))),
        "scadenza": _italian(today + timedelta(days=45)),
    }


def _head(debtor: Debtor, riferimento: str, reach: str, random: Random) -> Cells:
    chances = {"mobile_or_email": (0.45, 0.06, 0.5), "professional": (0.9, 0.75, 0.7)}[reach]
    email, pec, mobile = (random.random() < chance for chance in chances)
    return {
        "riferimento": riferimento,
        "tipo_soggetto": debtor.kind,
        "codice_fiscale": debtor.codice_fiscale,
        "denominazione": debtor.name,
        "indirizzo": debtor.street,
        "civico": debtor.civico,
        "cap": debtor.address.cap,
        "comune": debtor.address.comune,
        "provincia": debtor.address.provincia,
        "nazione": "IT",
        "email": debtor.email if email else "",
        "pec": debtor.pec if pec else "",
        "cellulare": debtor.mobile if mobile else "",
    }


def _rata(number: int, due_on: date, cents: int) -> Cells:
    return {
        "rata": str(number),
        "scadenza_rata": _italian(due_on),
        "importo_rata": format_euro(cents),
    }


BAD_ROWS: tuple[tuple[str, Cells], ...] = (
    ("bad_codice_fiscale", {}),  # the check character is put out by one below
    ("bad_amount", {"importo": "abc"}),
    ("not_positive_amount", {"importo": "-85,00"}),
    ("missing_due_date", {"scadenza": ""}),
    ("bad_date", {"scadenza": "31/02/2027"}),
    ("duplicate_reference", {}),
    ("unknown_province", {"provincia": "XQ"}),
    ("too_long", {"causale": "TARI, utenza domestica e pertinenze: " + "cantina e soffitta, " * 6}),
    ("bad_mobile", {"cellulare": "333.123 (moglie)"}),
    ("empty_name", {"denominazione": ""}),
    ("formula", {"denominazione": '=HYPERLINK("https://borgo.example.com","Vincita")'}),
    ("bad_amount", {"importo": "120,505"}),
)
"""What is wrong with each bad TARI row: the problem's code, and the cells that make it so."""


def _bad_credits(random: Random, today: date, duplicate_of: Cells) -> list[Cells]:
    return [
        _spoil(_one_row(random, number, today), code, cells, duplicate_of)
        for number, (code, cells) in enumerate(BAD_ROWS, start=900_001)
    ]


def _one_row(random: Random, number: int, today: date) -> Cells:
    first = _tari_credit(random, number, today, companies=0)[0]
    return first | {"rata": "", "scadenza_rata": "", "importo_rata": ""}


def _spoil(row: Cells, code: str, cells: Cells, duplicate_of: Cells) -> Cells:
    if code == "bad_codice_fiscale":
        fiscal = row["codice_fiscale"]
        wrong = "A" if fiscal[-1] == "Z" else chr(ord(fiscal[-1]) + 1)
        return row | {"codice_fiscale": fiscal[:-1] + wrong}
    if code == "duplicate_reference":
        return row | {"riferimento": duplicate_of["riferimento"]}
    return row | cells


def _write_rows(rows: Iterator[Cells] | chain[Cells]) -> Iterator[bytes]:
    yield b"\xef\xbb\xbf" + _as_csv([dict(zip(COLUMNS, COLUMNS, strict=True))])
    while piece := list(islice(rows, 1_000)):
        yield _as_csv(piece)


def _as_csv(rows: list[Cells]) -> bytes:
    text = io.StringIO()
    csv.DictWriter(text, COLUMNS, restval="", delimiter=";").writerows(rows)
    return text.getvalue().encode()


def _italian(day: date) -> str:
    return f"{day:%d/%m/%Y}"
