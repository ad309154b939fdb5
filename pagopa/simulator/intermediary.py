"""The intermediary's service for its Enti: notices taken one by one, payments told, with a memory of what it was told.

The same notice twice is taken twice; a known iud or iuv with another content is a duplicate.
"""

import base64
import sqlite3
from collections.abc import Callable
from xml.sax.saxutils import escape

from pagopa.simulator.dovuti import (
    ENTE_NS,
    Call,
    Dovuto,
    DovutoRefused,
    NotSoap,
    read_call,
    read_dovuto,
    with_other_bodies,
)
from pagopa.simulator.import_flows import ImportFlows
from pagopa.simulator.paid import paid_document
from pagopa.simulator.store import Store
from pagopa.wire.soap import SOAP_NS

UPLOAD_PATH, REJECTS_PATH = "/intermediary/upload", "/intermediary/scarti"
_ON, _OFF = "INSERITO", "ANNULLATO"


class Intermediary:
    """Answers (HTTP status, body)."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.imports = ImportFlows(self._apply)

    def answer(self, raw: bytes, base: str = "") -> tuple[int, bytes]:
        """``base`` is the address we are called at, for the addresses we give out."""
        try:
            call = read_call(raw)
        except NotSoap as error:
            return 500, _soap_fault(str(error))
        except DovutoRefused as refusal:
            return 200, _refused("paaSILImportaDovuto", "", refusal)
        acts: dict[str, Callable[[Call], str]] = {
            "paaSILImportaDovuto": self._import,
            "paaSILChiediPagatiConRicevuta": self._tell_paid,
            "paaSILAutorizzaImportFlusso": lambda call: self._authorise(call, base),
            "paaSILChiediStatoImportFlusso": lambda call: self._tell_state(call, base),
        }
        act = acts.get(call.operation)
        if act is None:
            return 500, _soap_fault("operazione sconosciuta")
        try:
            return 200, answer_of(call.operation, act(call))
        except DovutoRefused as refusal:
            return 200, _refused(call.operation, call.ente_code, refusal)

    def _import(self, call: Call) -> str:
        dovuto = with_other_bodies(read_dovuto(call.ente_code, call.document()), call)
        self._apply(dovuto)
        return f"<esito>OK</esito>{text_in('identificativoUnivocoVersamento', dovuto.iuv)}"

    def _authorise(self, call: Call, base: str) -> str:
        request, upload = self.imports.authorise(call)
        return (
            text_in("uploadUrl", f"{base}{UPLOAD_PATH}")
            + text_in("authorizationToken", upload)
            + text_in("requestToken", request)
            + text_in("importPath", f"{request}.zip")
        )

    def _tell_state(self, call: Call, base: str) -> str:
        state, refused = self.imports.state(call)
        address = f"{base}{REJECTS_PATH}/{call.fields['requestToken']}" if refused else ""
        return text_in("stato", state) + (text_in("urlFileScarti", address) if address else "")

    def _tell_paid(self, call: Call) -> str:
        iuv = call.fields.get("identificativoUnivocoVersamento", "")
        with self._store.transaction() as db:
            document = paid_document(db, call.ente_code, iuv)
        return text_in("pagati", base64.b64encode(document).decode())

    def _apply(self, dovuto: Dovuto) -> None:
        with self._store.transaction() as db:
            known = _find(db, dovuto)
            if dovuto.action == "I":
                _insert(db, dovuto, known)
            elif known is None or known["state"] == _OFF:
                raise DovutoRefused("PAA_IMPORT_DOVUTO_NON_PRESENTE", "Dovuto non presente")
            elif known["iuv"] != dovuto.iuv:
                raise DovutoRefused("PAA_CAMPO_NON_MODIFICABILE", "Lo IUV non può cambiare")
            else:
                _change(db, dovuto)


def _find(db: sqlite3.Connection, dovuto: Dovuto) -> sqlite3.Row | None:
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM notices WHERE ente_code = ? AND (iud = ? OR iuv = ?)",
        (dovuto.ente_code, dovuto.iud, dovuto.iuv),
    ).fetchone()
    return row


def _insert(db: sqlite3.Connection, dovuto: Dovuto, known: sqlite3.Row | None) -> None:
    if known is not None:
        if known["state"] == _ON and known["content"] == dovuto.content:
            return
        raise DovutoRefused("PAA_DOVUTO_DUPLICATO", "Dovuto già presente con altri dati")
    db.execute(
        "INSERT INTO notices VALUES (?, ?, ?, ?, ?, ?)",
        (dovuto.ente_code, dovuto.iud, dovuto.iuv, dovuto.content, dovuto.amount_cents, _ON),
    )


def _change(db: sqlite3.Connection, dovuto: Dovuto) -> None:
    state = _OFF if dovuto.action == "A" else _ON
    db.execute(
        "UPDATE notices SET content = ?, amount_cents = ?, state = ?"
        " WHERE ente_code = ? AND iud = ?",
        (dovuto.content, dovuto.amount_cents, state, dovuto.ente_code, dovuto.iud),
    )


def _envelope(body: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<soapenv:Envelope xmlns:soapenv="{SOAP_NS}"><soapenv:Body>{body}'
        "</soapenv:Body></soapenv:Envelope>"
    ).encode()


def answer_of(operation: str, children: str) -> bytes:
    """The envelope with the answer to that operation; ``children`` are escaped."""
    name = f"{operation}Risposta"
    return _envelope(f'<ente:{name} xmlns:ente="{ENTE_NS}">{children}</ente:{name}>')


def text_in(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>"


def _refused(operation: str, ente_code: str, refusal: DovutoRefused) -> bytes:
    words = escape(str(refusal))
    outcome = "<esito>KO</esito>" if operation == "paaSILImportaDovuto" else ""
    return answer_of(
        operation,
        f"<fault><faultCode>{refusal.code}</faultCode><faultString>{words}</faultString>"
        f"<id>{escape(ente_code)}</id><description>{words}</description></fault>{outcome}",
    )


def _soap_fault(words: str) -> bytes:
    return _envelope(
        "<soapenv:Fault><faultcode>soapenv:Client</faultcode>"
        f"<faultstring>{escape(words)}</faultstring></soapenv:Fault>"
    )
