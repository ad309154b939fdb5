"""A reporting flow (FdR) of a PSP: FlussoRiversamento XML becomes a typed value.

A row is never a reason to refuse a flow: an outcome that is not known is kept as it is. Rows are read one by one
and forgotten: a flow may have a hundred thousand.
Source: FlussoRiversamento 1.0.4 and 1.0.5 (elements are qualified).
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple

from lxml import etree

from pagopa.wire.values import cents_of, date_of, instant_of
from paybox.kernel.problems import Refused
from paybox.kernel.xml import XmlRefused
from paybox.kernel.xml_stream import stream_xml

NS = "{http://www.digitpa.gov.it/schemas/2011/Pagamenti/}"
MAX_BYTES = 50_000_000
UNREADABLE_OUTCOME = -1
_IDENTIFIER = re.compile(r"[a-zA-Z0-9_-]{1,35}")
_ROW = f"{NS}datiSingoliPagamenti"
_IUV = f"{NS}identificativoUnivocoVersamento"
_IUR = f"{NS}identificativoUnivocoRiscossione"
_INDEX = f"{NS}indiceDatiSingoloPagamento"
_AMOUNT = f"{NS}singoloImportoPagato"
_OUTCOME = f"{NS}codiceEsitoSingoloPagamento"
_PAID_ON = f"{NS}dataEsitoSingoloPagamento"
_day = lru_cache(maxsize=1024)(date_of)


class FlowFileRefused(Refused):
    """The bytes are not a reporting flow that adds up; the Italian message says why."""


class FlowLine(NamedTuple):
    """``amount_cents`` below zero only for a payment revoked."""

    iuv: str
    iur: str
    transfer_index: int
    amount_cents: int
    outcome: int
    paid_on: date


@dataclass(frozen=True, slots=True)
class FlowFile:
    """``regulation`` is the TRN of the one bank transfer that carries ``total_cents``.

    ``revision``: of two flows of one name the greater counts; in XML it is always 1 and ``flow_at`` decides.
    """

    identifier: str
    psp_id: str
    flow_at: datetime
    regulation: str
    regulation_on: date
    receiver: str
    total_cents: int
    lines: tuple[FlowLine, ...]
    revision: int = 1


def read_flow(raw: bytes) -> FlowFile:
    """Raises FlowFileRefused on bytes that are no flow, and on totals that do not add up."""
    lines: list[FlowLine] = []
    try:
        root = stream_xml(raw, _ROW, lambda row: lines.append(_line(row)), max_bytes=MAX_BYTES)
    except XmlRefused as refusal:
        raise FlowFileRefused(f"Il flusso non è leggibile: {refusal}") from refusal
    except (ValueError, OverflowError) as error:
        raise FlowFileRefused(f"Il flusso non è leggibile: {error}") from error
    if root.tag != f"{NS}FlussoRiversamento":
        raise FlowFileRefused("Il file non è un flusso di rendicontazione (FlussoRiversamento)")
    try:
        flow = _read(root, tuple(lines))
    except (ValueError, OverflowError) as error:
        raise FlowFileRefused(f"Il flusso non è leggibile: {error}") from error
    check_totals(flow, declared=_text(root, "numeroTotalePagamenti").lstrip("0"))
    return flow


def _read(root: etree._Element, lines: tuple[FlowLine, ...]) -> FlowFile:
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
        lines=lines,
    )


def _line(row: etree._Element) -> FlowLine:
    said = {child.tag: (child.text or "").strip() for child in row}
    return FlowLine(
        said.get(_IUV, "")[:35] or _missing(_IUV),
        said.get(_IUR, "")[:35] or _missing(_IUR),
        int(said.get(_INDEX) or "1"),
        _signed_cents(said.get(_AMOUNT, "") or _missing(_AMOUNT)),
        _outcome(said.get(_OUTCOME, "") or _missing(_OUTCOME)),
        _day(said.get(_PAID_ON, "") or _missing(_PAID_ON)),
    )


def check_totals(flow: FlowFile, *, declared: str) -> None:
    """``declared``: how many payments the flow says it has. Raises FlowFileRefused."""
    if declared != str(len(flow.lines)):
        raise FlowFileRefused(
            f"Il flusso dichiara {declared or 0} pagamenti e ne elenca {len(flow.lines)}"
        )
    if sum(line.amount_cents for line in flow.lines) != flow.total_cents:
        raise FlowFileRefused("Il totale del flusso non è la somma dei suoi pagamenti")


def _text(node: etree._Element, path: str) -> str:
    text = (node.findtext(f"{NS}{path}") or "").strip()
    return text or _missing(path)


def _missing(path: str) -> str:
    raise ValueError(f"manca {path.rsplit('}', 1)[-1]}")


def psp_of(identifier: str) -> str:
    """``2026-11-22FINTOPSP01-0000000001`` → ``FINTOPSP01``; empty when it is not made so."""
    made = re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([0-9A-Za-z_]+)-.+", identifier)
    return made.group(1) if made else ""


def _signed_cents(text: str) -> int:
    """Old flows write a revoked payment below zero."""
    digits = text[:-3] + text[-2:]
    # As they are nearly all written, and nearly all the time reading a long flow takes.
    if 3 < len(text) <= 12 and text[-3] == "." and digits.isascii() and digits.isdigit():
        return int(digits)
    return -cents_of(text[1:]) if text.startswith("-") else cents_of(text)


@lru_cache(maxsize=64)
def _outcome(text: str) -> int:
    return int(text) if re.fullmatch(r"[0-9]{1,4}", text) else UNREADABLE_OUTCOME
