"""The Node's older service of flows for Enti (nodeForPa): a list, each flow in base64 or as an MTOM attachment.

It checks the questions as the Node does, and answers with whatever fault it has been told to answer with.
Source: nodeForPa (elements of the messages are qualified, their children are not).
"""

from xml.sax.saxutils import escape

from lxml import etree

from pagopa.simulator.faults import OrderRefused
from pagopa.simulator.fdr import FdrDesk
from pagopa.simulator.node_for_pa_answers import (
    FLOW,
    LIST,
    NS,
    answer,
    fault_bean,
    soap_fault,
    with_flow,
)
from pagopa.simulator.orders import Json
from pagopa.simulator.store import Store
from pagopa.wire.soap import CONTENT_TYPE, EnvelopeRefused, open_envelope

_TABLE = "CREATE TABLE IF NOT EXISTS node_for_pa_faults (operation TEXT, code TEXT, times INTEGER)"
_BROKER, _STATION = "identificativoIntermediarioPA", "identificativoStazioneIntermediarioPA"
_ENTE, _PSP, _IUF = "identificativoDominio", "identificativoPSP", "identificativoFlusso"
# What each question may hold, in order; those with a True must be there.
_FORM = {_BROKER: True, _STATION: True, "password": True, _ENTE: False, _PSP: False}
_FORMS = {LIST: _FORM, FLOW: {**_FORM, _IUF: True}}


class _Fault(Exception):
    """What the Node answers instead."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code


class NodeForPaDesk:
    """Answers (HTTP status, content type, body)."""

    def __init__(self, store: Store, desk: FdrDesk) -> None:
        self._store, self._desk = store, desk
        with store.transaction() as db:
            db.execute(_TABLE)

    def fault(self, body: Json) -> Json:
        """The next ``times`` questions of that ``operation`` get the fault ``code``. Raises OrderRefused."""
        told = (
            str(body.get("operation", "")),
            str(body.get("code", "")),
            int(body.get("times", 1)),
        )
        if told[0] not in _FORMS or not told[1].startswith("PPT_"):
            raise OrderRefused(f"operation: {', '.join(_FORMS)}; code: PPT_…")
        with self._store.transaction() as db:
            db.execute("INSERT INTO node_for_pa_faults VALUES (?, ?, ?)", told)
        return {"operation": told[0], "code": told[1], "times": told[2]}

    def answer(self, raw: bytes, *, mtom: bool = False) -> tuple[int, str, bytes]:
        try:
            message = open_envelope(raw)
            operation = etree.QName(message).localname
            if operation not in _FORMS or etree.QName(message).namespace != NS:
                raise EnvelopeRefused("operazione sconosciuta")
        except EnvelopeRefused as refusal:
            return 500, CONTENT_TYPE, soap_fault(str(refusal))
        try:
            self._forced(operation)
            asked = _read(operation, message)
            if operation == LIST:
                return 200, CONTENT_TYPE, answer(LIST, self._list(asked))
            return with_flow(self._flow(asked), mtom=mtom)
        except _Fault as fault:
            return 200, CONTENT_TYPE, answer(operation, fault_bean(fault.code, str(fault)))

    def _forced(self, operation: str) -> None:
        with self._store.transaction() as db:
            row = db.execute(
                "SELECT rowid, code FROM node_for_pa_faults WHERE operation = ? AND times > 0",
                (operation,),
            ).fetchone()
            if row is not None:
                db.execute(
                    "UPDATE node_for_pa_faults SET times = times - 1 WHERE rowid = ?",
                    (row["rowid"],),
                )
        if row is not None:
            raise _Fault(row["code"], "guasto richiesto al simulatore")

    def _list(self, asked: dict[str, str]) -> str:
        rows = [
            row
            for row in self._desk.recent(asked.get(_ENTE, ""))
            if asked.get(_PSP, row["id_psp"]) == row["id_psp"]
        ]
        found = "".join(
            f"<idRendicontazione><identificativoFlusso>{escape(row['iuf'])}</identificativoFlusso>"
            f"<dataOraFlusso>{row['flow_at']}</dataOraFlusso></idRendicontazione>"
            for row in rows
        )
        total = f"<totRestituiti>{len(rows)}</totRestituiti>"
        return f"<elencoFlussiRendicontazione>{total}{found}</elencoFlussiRendicontazione>"

    def _flow(self, asked: dict[str, str]) -> bytes:
        for row in self._desk.recent(asked.get(_ENTE, "")):
            if row["iuf"] == asked[_IUF] and asked.get(_PSP, row["id_psp"]) == row["id_psp"]:
                return bytes(row["xml"])
        raise _Fault("PPT_ID_FLUSSO_SCONOSCIUTO", "flusso non trovato")


def _read(operation: str, message: etree._Element) -> dict[str, str]:
    """Raises _Fault on what the schema would refuse, and on an Ente that cannot be one."""
    form = _FORMS[operation]
    names = [str(child.tag) for child in message]
    said = {name: child.text or "" for name, child in zip(names, message, strict=True)}
    in_order = [name for name in form if name in said] == names
    missing = [name for name, needed in form.items() if needed and name not in said]
    too_long = [name for name, text in said.items() if not 1 <= len(text) <= 35]
    if not in_order or missing or too_long or not 8 <= len(said["password"]) <= 15:
        raise _Fault("PPT_SINTASSI_EXTRAXSD", "richiesta non conforme allo schema")
    if _ENTE in said and not (len(said[_ENTE]) == 11 and said[_ENTE].isdigit()):
        raise _Fault("PPT_DOMINIO_SCONOSCIUTO", "dominio sconosciuto")
    return said
