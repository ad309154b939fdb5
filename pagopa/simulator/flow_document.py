"""The XML of a flusso di rendicontazione, as a PSP writes it.

Source: FlussoRiversamento 1.0.5; code 3 and rows without an index are of older versions, and still seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from xml.sax.saxutils import escape

from pagopa.simulator.world import Psp
from paybox.kernel.money import to_decimal_string

_NS = "http://www.digitpa.gov.it/schemas/2011/Pagamenti/"


@dataclass(frozen=True, slots=True)
class Row:
    """One payment paid over. ``index`` None: the PSP does not write it; ``code`` 0, 3, 4, 8 or 9."""

    iuv: str
    iur: str
    amount_cents: int
    code: str
    paid_on: str
    index: int | None = 1


@dataclass(frozen=True, slots=True)
class Heading:
    """What the flow says of itself and of the one transfer that carries its money."""

    iuf: str
    trn: str
    flow_at: datetime
    settled_on: date
    receiver: str


def write_flow(heading: Heading, rows: Sequence[Row], psp: Psp) -> bytes:
    """The whole document; its total is the sum of the rows, in cents written as euro."""
    total = sum(row.amount_cents for row in rows)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><FlussoRiversamento xmlns="{_NS}">'
        f"<versioneOggetto>1.0</versioneOggetto>{_tag('identificativoFlusso', heading.iuf)}"
        f"{_tag('dataOraFlusso', heading.flow_at.replace(microsecond=0).isoformat())}"
        f"{_tag('identificativoUnivocoRegolamento', heading.trn)}"
        f"{_tag('dataRegolamento', heading.settled_on.isoformat())}"
        "<istitutoMittente><identificativoUnivocoMittente>"
        "<tipoIdentificativoUnivoco>B</tipoIdentificativoUnivoco>"
        f"{_tag('codiceIdentificativoUnivoco', psp.bic)}</identificativoUnivocoMittente>"
        f"{_tag('denominazioneMittente', psp.name)}</istitutoMittente>"
        f"{_tag('codiceBicBancaDiRiversamento', psp.bic)}"
        "<istitutoRicevente><identificativoUnivocoRicevente>"
        "<tipoIdentificativoUnivoco>G</tipoIdentificativoUnivoco>"
        f"{_tag('codiceIdentificativoUnivoco', heading.receiver)}</identificativoUnivocoRicevente>"
        f"</istitutoRicevente>{_tag('numeroTotalePagamenti', str(len(rows)))}"
        f"{_tag('importoTotalePagamenti', to_decimal_string(total))}"
        f"{''.join(_row(row) for row in rows)}</FlussoRiversamento>"
    ).encode()


def _row(row: Row) -> str:
    index = "" if row.index is None else _tag("indiceDatiSingoloPagamento", str(row.index))
    return (
        "<datiSingoliPagamenti>"
        f"{_tag('identificativoUnivocoVersamento', row.iuv)}"
        f"{_tag('identificativoUnivocoRiscossione', row.iur)}{index}"
        f"{_tag('singoloImportoPagato', to_decimal_string(row.amount_cents))}"
        f"{_tag('codiceEsitoSingoloPagamento', row.code)}"
        f"{_tag('dataEsitoSingoloPagamento', row.paid_on)}</datiSingoliPagamenti>"
    )


def _tag(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>"
