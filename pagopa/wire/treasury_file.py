"""What the treasurer sends: provvisori d'entrata from a CSV, or from an OPI *giornale di cassa*.

Only new money is read: of the giornale, ENTRATA + SOSPESO ENTRATA + ESEGUITO.
Source: OPI giornale di cassa 1.8; the CSV of provvisori that Italian treasurers export.
"""

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from lxml import etree

from billing.rules.load_file.cells import read_due_day
from billing.rules.load_file.encoding import find_encoding
from pagopa.wire.values import date_of
from paybox.kernel.money import from_decimal_string, parse_cents
from paybox.kernel.problems import Refused
from paybox.kernel.xml import XmlRefused, parse_xml

MAX_BYTES = 50_000_000
T = TypeVar("T")
_NEEDED = ("ESERCIZIO", "N.PROVV.", "DESCRIZIONE CAUSALE", "IMPORTO PROVVISORIO", "VALUTA ENTE")
_NEW_MONEY = ("ENTRATA", "SOSPESO ENTRATA", "ESEGUITO")


class TreasuryFileRefused(Refused):
    """The file is not one of provvisori; the Italian message says which row and why. Nothing is taken."""


@dataclass(frozen=True, slots=True)
class Provvisorio:
    """``reference``: year and number, unique at one Ente's treasurer. ``amount_cents`` > 0."""

    reference: str
    amount_cents: int
    value_on: date
    causale: str


def read_treasury(raw: bytes, filename: str) -> list[Provvisorio]:
    """Every new credit of the file, in order. Raises TreasuryFileRefused."""
    if len(raw) > MAX_BYTES:
        raise TreasuryFileRefused("Il file della tesoreria è più grande di 50 MB")
    is_xml = filename.lower().endswith(".xml") or raw.lstrip()[:1] == b"<"
    return _read_opi(raw) if is_xml else _read_csv(raw)


def _read_csv(raw: bytes) -> list[Provvisorio]:
    try:
        text = raw.decode(find_encoding(raw))
    except Refused as refusal:
        raise TreasuryFileRefused(str(refusal)) from refusal
    first_line = text.split("\n", 1)[0]
    delimiter = max(";,\t", key=first_line.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    reader.fieldnames = [name.strip().upper() for name in reader.fieldnames or []]
    missing = [name for name in _NEEDED if name not in reader.fieldnames]
    if missing:
        raise TreasuryFileRefused(f"Mancano le colonne: {', '.join(missing)}")
    try:
        return [_csv_row(number, row) for number, row in enumerate(reader, start=2)]
    except csv.Error as error:
        raise TreasuryFileRefused(f"Il file non è un CSV leggibile: {error}") from error


def _csv_row(number: int, row: Mapping[str, str | None]) -> Provvisorio:
    def cell(column: str, reader: Callable[[str], T]) -> T:
        try:
            return reader((row.get(column) or "").strip())
        except Refused as refusal:
            raise TreasuryFileRefused(f"Riga {number}, {column}: {refusal}") from refusal

    year, provvisorio = cell("ESERCIZIO", _present), cell("N.PROVV.", _present)
    return Provvisorio(
        reference=f"{year}/{provvisorio}",
        amount_cents=cell("IMPORTO PROVVISORIO", _positive(parse_cents)),
        value_on=cell("VALUTA ENTE", read_due_day),
        causale=(row.get("DESCRIZIONE CAUSALE") or "").strip(),
    )


def _read_opi(raw: bytes) -> list[Provvisorio]:
    try:
        root = parse_xml(raw, max_bytes=MAX_BYTES)
    except XmlRefused as refusal:
        raise TreasuryFileRefused(f"Il giornale di cassa non è leggibile: {refusal}") from refusal
    if etree.QName(root).localname != "flusso_giornale_di_cassa":
        raise TreasuryFileRefused("Il file non è un giornale di cassa (flusso_giornale_di_cassa)")
    year = (root.findtext("esercizio") or "").strip()
    movements = root.findall("informazioni_conto_evidenza/movimento_conto_evidenza")
    return [_movement(node, year) for node in movements if _kind(node) == _NEW_MONEY]


def _kind(node: etree._Element) -> tuple[str, ...]:
    names = ("tipo_movimento", "tipo_documento", "tipo_operazione")
    return tuple((node.findtext(name) or "").strip() for name in names)


def _movement(node: etree._Element, year: str) -> Provvisorio:
    number = (node.findtext("numero_documento") or "").strip()
    value = node.findtext("data_valuta_ente") or node.findtext("data_movimento") or ""
    try:
        return Provvisorio(
            reference=f"{_present(year)}/{_present(number)}",
            amount_cents=_positive(from_decimal_string)((node.findtext("importo") or "").strip()),
            value_on=date_of(value),
            causale=(node.findtext("causale") or "").strip(),
        )
    except (Refused, ValueError) as refusal:
        raise TreasuryFileRefused(f"Movimento {number or '?'}: {refusal}") from refusal


def _present(text: str) -> str:
    if not text:
        raise TreasuryFileRefused("manca il valore")
    return text


def _positive(reader: Callable[[str], int]) -> Callable[[str], int]:
    def read(text: str) -> int:
        cents = reader(text)
        if cents <= 0:
            raise TreasuryFileRefused("l'importo deve essere maggiore di zero")
        return cents

    return read
