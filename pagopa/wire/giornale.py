"""The OPI *giornale di cassa*, versions 1.4 to 1.8: only movements of provvisori d'entrata are read.

Mandati, reversali and provvisori of expense are the accounting software's business.
Source: OPI_GIORNALE_DI_CASSA 1.8; the earlier versions differ only in fields that are not read here.
"""

from collections.abc import Iterator

from lxml import etree

from pagopa.wire.treasury_movement import (
    Movement,
    Operation,
    TreasuryFileRefused,
    positive,
    present,
    year_of,
)
from pagopa.wire.values import cents_of, date_of
from paybox.kernel.problems import Refused
from paybox.kernel.xml import XmlRefused, walk_xml

_ROOT = "flusso_giornale_di_cassa"
_INCOME = ("ENTRATA", "SOSPESO ENTRATA")
_BANK = "dati_a_disposizione_BT"
_HOLDER = "codice_fiscale_ente"


def read_giornale(raw: bytes, *, ente: str = "") -> list[Movement]:
    """In the order of the file, one element in memory at a time; ``ente``: whose it must be, when it says so.

    Raises TreasuryFileRefused.
    """
    try:
        return list(_movements(raw, ente))
    except XmlRefused as refusal:
        raise TreasuryFileRefused(f"Il giornale di cassa non è leggibile: {refusal}") from refusal


def _movements(raw: bytes, ente: str) -> Iterator[Movement]:
    year, is_giornale = "", False
    for node in walk_xml(raw, {_ROOT, _HOLDER, "esercizio", "movimento_conto_evidenza"}):
        name = etree.QName(node).localname
        if name == _HOLDER:
            _check_holder((node.text or "").strip(), ente)
        elif name == "esercizio":
            year = (node.text or "").strip()
        elif name == "movimento_conto_evidenza" and _kind(node) == _INCOME:
            yield _movement(node, year)
        is_giornale = is_giornale or name == _ROOT
    if not is_giornale:
        raise TreasuryFileRefused(f"Il file non è un giornale di cassa ({_ROOT})")


def _check_holder(holder: str, ente: str) -> None:
    if ente and holder and holder != ente:
        raise TreasuryFileRefused(
            f"Il giornale di cassa è di un altro Ente (codice fiscale {holder[:16]})"
        )


def _kind(node: etree._Element) -> tuple[str, str]:
    return _text(node, "tipo_movimento"), _text(node, "tipo_documento")


def _movement(node: etree._Element, year: str) -> Movement:
    number = _text(node, "numero_documento")
    moved = _text(node, "data_movimento")
    try:
        return Movement(
            operation=_operation(_text(node, "tipo_operazione")),
            reference=f"{year_of(year)}/{present(number)}",
            amount_cents=positive(cents_of)(_two_decimals(_text(node, "importo"))),
            moved_on=date_of(moved),
            value_on=date_of(_text(node, "data_valuta_ente") or moved),
            causale=_text(node, "causale"),
            payer=_text(node, "cliente/anagrafica_cliente"),
            bank_reference=_text(node, f"{_BANK}/cro") or _text(node, "end_to_end_id"),
            number=_text(node, "numero_movimento"),
        )
    except (Refused, ValueError) as refusal:
        raise TreasuryFileRefused(f"Movimento {number[:20] or '?'}: {refusal}") from refusal


def _operation(said: str) -> Operation:
    if said not in set(Operation):
        raise TreasuryFileRefused(f"l'operazione «{said[:30]}» non è prevista")
    return Operation(said)


def _text(node: etree._Element, path: str) -> str:
    """Some treasurers put a namespace where the schema has none."""
    return (node.findtext("/".join(f"{{*}}{name}" for name in path.split("/"))) or "").strip()


def _two_decimals(amount: str) -> str:
    """xs:decimal may be written 120, 120.5 or 120.50."""
    euros, _, rest = amount.partition(".")
    return f"{euros}.{rest.ljust(2, '0')}" if euros.isdecimal() else amount
