"""The XML of a reporting flow becomes a typed value, row by row.

Source: FlussoRiversamento 1.0.4 and 1.0.5 (elements are qualified; the head stands before the rows).
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache

from lxml import etree

from pagopa.wire.flow_file import (
    MOST_PAYMENTS,
    NAMESPACE,
    UNREADABLE_OUTCOME,
    FlowFile,
    FlowFileRefused,
    FlowLine,
    psp_of,
    transfer_index,
)
from pagopa.wire.flow_plain import PlainRows
from pagopa.wire.values import cents_of, date_of, instant_of, whole_of
from paybox.kernel.xml import XmlRefused
from paybox.kernel.xml_stream import open_xml

NS = f"{{{NAMESPACE}}}"
MAX_BYTES = 50_000_000
_IDENTIFIER = re.compile(r"[a-zA-Z0-9_-]{1,35}")
_ROW = f"{NS}datiSingoliPagamenti"
_IUV = f"{NS}identificativoUnivocoVersamento"
_IUR = f"{NS}identificativoUnivocoRiscossione"
_INDEX = f"{NS}indiceDatiSingoloPagamento"
_AMOUNT = f"{NS}singoloImportoPagato"
_OUTCOME = f"{NS}codiceEsitoSingoloPagamento"
_PAID_ON = f"{NS}dataEsitoSingoloPagamento"


def open_flow(raw: bytes) -> FlowFile:
    """The head; the lines are read as they are asked for. Raises FlowFileRefused, here or on the way."""
    if not raw.strip():
        raise FlowFileRefused("Il file è vuoto")
    try:
        root, _ = open_xml(raw, _ROW, max_bytes=MAX_BYTES)
        if root.tag != f"{NS}FlussoRiversamento":
            raise FlowFileRefused("Il file non è un flusso di rendicontazione (FlussoRiversamento)")
        return _head(root, _lines(raw)).checked()
    except (XmlRefused, ValueError, OverflowError) as error:
        raise FlowFileRefused(f"Il flusso non è leggibile: {error}") from error


def read_flow(raw: bytes) -> FlowFile:
    """The whole of it in memory. Raises FlowFileRefused."""
    return open_flow(raw).whole()


def _head(root: etree._Element, lines: Iterable[FlowLine]) -> FlowFile:
    identifier = _text(root, "identificativoFlusso")
    if not _IDENTIFIER.fullmatch(identifier):
        raise ValueError("identificativoFlusso non valido")
    sender = _text(
        root, f"istitutoMittente/{NS}identificativoUnivocoMittente/{NS}codiceIdentificativoUnivoco"
    )
    receiver = _text(
        root,
        f"istitutoRicevente/{NS}identificativoUnivocoRicevente/{NS}codiceIdentificativoUnivoco",
    )
    return FlowFile(
        identifier=identifier,
        psp_id=psp_of(identifier) or sender,
        flow_at=instant_of(_text(root, "dataOraFlusso")),
        regulation=_text(root, "identificativoUnivocoRegolamento")[:35],
        regulation_on=date_of(_text(root, "dataRegolamento")),
        receiver=receiver,
        total_cents=cents_of(_text(root, "importoTotalePagamenti")),
        payments=whole_of(_text(root, "numeroTotalePagamenti"), most=MOST_PAYMENTS),
        lines=lines,
    )


def _lines(raw: bytes) -> Iterator[FlowLine]:
    plain = PlainRows(raw)
    try:
        yield from plain
        _, rows = open_xml(plain.rest, _ROW, max_bytes=MAX_BYTES)
        for index, row in enumerate(rows, start=plain.count + 1):
            yield _line(index, row)
    except (XmlRefused, ValueError, OverflowError) as error:
        raise FlowFileRefused(f"Il flusso non è leggibile: {error}") from error


def _line(index: int, row: etree._Element) -> FlowLine:
    said = {child.tag: child.text for child in row}
    return FlowLine(
        index,
        (said.get(_IUV) or "").strip()[:35] or _missing(_IUV),
        (said.get(_IUR) or "").strip()[:35] or _missing(_IUR),
        transfer_index(said.get(_INDEX) or "1"),
        _signed_cents((said.get(_AMOUNT) or "").strip() or _missing(_AMOUNT)),
        _outcome(said.get(_OUTCOME) or _missing(_OUTCOME)),
        _day(said.get(_PAID_ON) or _missing(_PAID_ON)),
    )


def _text(node: etree._Element, path: str) -> str:
    text = (node.findtext(f"{NS}{path}") or "").strip()
    return text or _missing(path)


def _missing(path: str) -> str:
    raise ValueError(f"manca {path.rsplit('}', 1)[-1]}")


def _signed_cents(text: str) -> int:
    """Old flows write a revoked payment below zero."""
    digits = text[:-3] + text[-2:]
    # As they are nearly all written, and nearly all the time reading a long flow takes.
    if 3 < len(text) <= 12 and text[-3] == "." and digits.isascii() and digits.isdigit():
        return int(digits)
    return -cents_of(text[1:]) if text.startswith("-") else cents_of(text)


@lru_cache(maxsize=64)
def _outcome(text: str) -> int:
    said = text.strip()
    return int(said) if re.fullmatch(r"[0-9]{1,4}", said) else UNREADABLE_OUTCOME


@lru_cache(maxsize=1024)
def _day(text: str) -> date:
    return date_of(text.strip() or _missing(_PAID_ON))
