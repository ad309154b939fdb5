"""Many notices as one file for the intermediary: a ZIP with a CSV of ``Versamento``, and the file of what it refused.

Source: the intermediary's import layout 1.3; each column is the ``Versamento`` element of the same meaning.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence

from lxml import etree

from pagopa.gateways.protocol import NoticeToPublish
from pagopa.gateways.versamento import Action, build_versamento
from paybox.kernel.archives import ArchiveRefused, open_archive, read_entry

LAYOUT = "1_3"
MOST_BYTES = 50_000_000
# Column → element of Versamento; empty: we have nothing to say there.
COLUMNS = {
    "IUD": "identificativoUnivocoDovuto",
    "codIuv": "identificativoUnivocoVersamento",
    "tipoIdentificativoUnivoco": "tipoIdentificativoUnivoco",
    "codiceIdentificativoUnivoco": "codiceIdentificativoUnivoco",
    "anagraficaPagatore": "anagraficaPagatore",
    "indirizzoPagatore": "indirizzoPagatore",
    "civicoPagatore": "civicoPagatore",
    "capPagatore": "capPagatore",
    "localitaPagatore": "localitaPagatore",
    "provinciaPagatore": "provinciaPagatore",
    "nazionePagatore": "nazionePagatore",
    "mailPagatore": "e-mailPagatore",
    "dataEsecuzionePagamento": "dataEsecuzionePagamento",
    "importoDovuto": "importoSingoloVersamento",
    "commissioneCaricoPa": "",
    "tipoDovuto": "identificativoTipoDovuto",
    "tipoVersamento": "tipoVersamento",
    "causaleVersamento": "causaleVersamento",
    "datiSpecificiRiscossione": "datiSpecificiRiscossione",
    "bilancio": "",
    "flgGeneraIuv": "",
    "azione": "azione",
}


class RejectsRefused(ValueError):
    """The file of what was refused cannot be read."""


def build_import(notices: Sequence[NoticeToPublish], action: Action, *, name: str) -> bytes:
    """The ZIP, with ``name`` as its only file. Raises ValueError without a positive amount or an iud."""
    text = io.StringIO(newline="")
    rows = csv.writer(text, delimiter=";", lineterminator="\n")
    rows.writerow(COLUMNS)
    rows.writerows(_row(notice, action) for notice in notices)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{name}.csv", text.getvalue())
    return packed.getvalue()


def read_rejects(raw: bytes) -> dict[str, tuple[str, str]]:
    """By iud, the code and the words of each refusal. Raises RejectsRefused."""
    try:
        archive = open_archive(raw)
        (inside,) = archive.infolist()
        text = read_entry(archive, inside, most_bytes=MOST_BYTES).decode()
        return dict(_rejects(csv.DictReader(io.StringIO(text), delimiter=";")))
    except (ArchiveRefused, ValueError, KeyError, csv.Error) as error:
        raise RejectsRefused(f"il file degli scarti non si legge: {error}") from error


def _row(notice: NoticeToPublish, action: Action) -> list[str]:
    """Cleaned and cut exactly as when it is sent alone."""
    root = etree.fromstring(build_versamento(notice, action))
    said = {etree.QName(node).localname: node.text or "" for node in root.iter() if not len(node)}
    row = {column: said.get(element, "") for column, element in COLUMNS.items()}
    return list((row | {"flgGeneraIuv": "false"}).values())


def _rejects(rows: Iterable[dict[str, str]]) -> Iterable[tuple[str, tuple[str, str]]]:
    for row in rows:
        yield row["IUD"], (row["cod_rifiuto"], row["de_rifiuto"])
