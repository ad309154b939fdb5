"""Chapter 10 – the *fascicolo di sollecito*: an index to read, the pieces as they are, a manifest to check them by.

Before: ``evidence_pieces``.  After: whoever must prove it, years later and without PayBox.
"""

import io
import json
import zipfile
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from billing.documents.file_index import FileIndex, IndexRow, render_index
from billing.models import Position
from billing.services.notices import creditor_data
from dunning.models import ServedAct, Wave, WaveSeal
from dunning.selectors.evidence_pieces import Piece, evidence_pieces
from dunning.selectors.seals import last_seals
from paybox.kernel.clock import ROME
from paybox.kernel.money import format_euro
from tenants.models import Ente

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same pieces always make the same file


def evidence_file(position: Position, *, ente: Ente, at: datetime) -> bytes:
    """A ZIP: ``indice.pdf``, the pieces numbered in order of time, ``manifesto.json`` with the SHA-256 of each."""
    pieces = evidence_pieces(position, ente)
    names = [_name(number, piece) for number, piece in enumerate(pieces, 1)]
    served = list(position.served_acts.order_by("perfected_on", "pk"))
    seals = list(last_seals(Wave.objects.filter(items__position_ids__contains=[position.pk])))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as pack:
        _put(
            pack, "indice.pdf", render_index(_index(position, ente, pieces, served, seals, at)).pdf
        )
        for name, piece in zip(names, pieces, strict=True):
            if piece.content is not None:
                _put(pack, name, piece.content)
        told = _manifest(position, names, pieces, served, seals, at)
        _put(pack, "manifesto.json", json.dumps(told, ensure_ascii=False, indent=1).encode())
    return file.getvalue()


def _index(
    position: Position,
    ente: Ente,
    pieces: Sequence[Piece],
    served: Sequence[ServedAct],
    seals: Sequence[WaveSeal],
    at: datetime,
) -> FileIndex:
    rows = [
        IndexRow(f"{number:02d}", piece.what, _when(piece.at), piece.address, piece.outcome, piece.sha256)
        for number, piece in enumerate(pieces, 1)
    ]  # fmt: skip
    acts = [
        f"{act.get_kind_display()} perfezionato il {act.perfected_on:%d/%m/%Y}: {act.get_source_display()}, {act.reference}"
        for act in served
    ]
    sealed = [
        f"{one.wave.get_kind_display()} del {one.wave.planned_on:%d/%m/%Y}: messaggi ed esiti fino al {_when(one.until_at)} "
        f"chiusi dal sigillo n. {one.number}, SHA-256 {one.sha256}"
        for one in seals
    ]
    subject = position.subject
    return FileIndex(
        creditor=creditor_data(ente, position.service),
        title=f"Fascicolo di sollecito {position.reference}",
        about=(
            f"Debitore: {subject.name}, codice fiscale {subject.codice_fiscale}",
            f"Credito: {position.causale}, {format_euro(position.total_cents)} €, ancora dovuti "
            f"{format_euro(position.residual_cents)} €",
            f"Composto il {_when(at)}",
        ),
        rows=tuple(rows),
        facts=(*acts, *sealed),
    )  # fmt: skip


def _manifest(
    position: Position,
    names: Sequence[str],
    pieces: Sequence[Piece],
    served: Sequence[ServedAct],
    seals: Sequence[WaveSeal],
    at: datetime,
) -> dict[str, Any]:
    return {
        "posizione": str(position.uuid),
        "riferimento": position.reference,
        "codice_fiscale": position.subject.codice_fiscale,
        "importo_centesimi": position.total_cents,
        "residuo_centesimi": position.residual_cents,
        "composto_il": at.isoformat(),
        "pezzi": [_told(name, piece) for name, piece in zip(names, pieces, strict=True)],
        "notifiche": [
            {
                "atto": act.kind, "perfezionata_il": act.perfected_on.isoformat(), "prova": act.source,
                "riferimento": act.reference,
            }
            for act in served
        ],
        "sigilli": [
            {
                "invio": str(one.wave.uuid), "numero": one.number, "fino_al": one.until_at.isoformat(), "sha256": one.sha256
            }
            for one in seals
        ],
    }  # fmt: skip


def _told(name: str, piece: Piece) -> dict[str, Any]:
    return {
        "file": name if piece.content is not None else None,
        "sha256": piece.sha256,
        "che_cosa": piece.what,
        "quando": piece.at.isoformat(),
        "recapito": piece.address,
        "esito": piece.outcome,
        "impronta_confermata": piece.proved,
    }


def _name(number: int, piece: Piece) -> str:
    word = piece.what.partition(":")[0].partition(" ")[0].lower()
    return f"{number:02d}-{word}.{piece.ending}"


def _when(at: datetime) -> str:
    return f"{at.astimezone(ROME):%d/%m/%Y %H:%M:%S}"


def _put(pack: zipfile.ZipFile, name: str, content: bytes) -> None:
    pack.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)
