"""Flussi di rendicontazione: what the PSP pays over in one bank transfer, told row by row.

One flow per (Ente, credited IBAN, PSP, day). Payments that come later get the next one.
Source: FlussoRiversamento 1.0.5 and the rules of the credit's causale.
"""

import base64
import sqlite3
from datetime import date, datetime, timedelta
from xml.sax.saxutils import escape

from pagopa.simulator.orders import Json
from pagopa.simulator.store import Store
from pagopa.simulator.world import World
from paybox.kernel.money import to_decimal_string

_NS = "http://www.digitpa.gov.it/schemas/2011/Pagamenti/"


class FlowMill:
    """Flows are stored: asking twice gives the same ones."""

    def __init__(self, world: World, store: Store) -> None:
        self._world = world
        self._store = store

    def flows_of(self, on: date, now: datetime) -> list[Json]:
        """Make what is missing for the payments of ``on``, and return every flow of that day."""
        with self._store.transaction() as db:
            groups = db.execute(
                "SELECT DISTINCT fiscal_code, iban, id_psp FROM shares"
                " WHERE applied_on = ? AND iuf = '' ORDER BY 1, 2, 3",
                (on.isoformat(),),
            ).fetchall()
            for group in groups:
                self._make(db, group, on, now)
            rows = db.execute(
                "SELECT * FROM flows WHERE applied_on = ? ORDER BY iuf", (on.isoformat(),)
            ).fetchall()
        return [_as_json(row) for row in rows]

    def _make(self, db: sqlite3.Connection, group: sqlite3.Row, on: date, now: datetime) -> None:
        fiscal_code, iban, id_psp = group
        number = db.execute("SELECT count(*) + 1 FROM flows").fetchone()[0]
        settled_on = on + timedelta(days=1)
        iuf = f"{settled_on.isoformat()}{id_psp}-{number:010d}"
        trn = f"05034{number:011d}{settled_on:%Y%m%d}4890IT"
        shares = db.execute(
            "SELECT * FROM shares WHERE applied_on = ? AND iuf = '' AND fiscal_code = ?"
            " AND iban = ? AND id_psp = ? ORDER BY token, id_transfer",
            (on.isoformat(), fiscal_code, iban, id_psp),
        ).fetchall()
        xml = self._document(iuf, trn, settled_on, now, fiscal_code, shares)
        total = sum(share["amount_cents"] for share in shares)
        causale = f"/PUR/LGPE-RIVERSAMENTO/URI/{iuf}"
        db.execute(
            "INSERT INTO flows VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (iuf, fiscal_code, iban, id_psp, on.isoformat(), trn, causale, total, xml),
        )
        db.executemany(
            "UPDATE shares SET iuf = ? WHERE token = ? AND id_transfer = ?",
            [(iuf, share["token"], share["id_transfer"]) for share in shares],
        )

    def _document(
        self,
        iuf: str,
        trn: str,
        settled_on: date,
        now: datetime,
        fiscal_code: str,
        shares: list[sqlite3.Row],
    ) -> bytes:
        psp = self._world.psp
        total = sum(share["amount_cents"] for share in shares)
        return (
            f'<?xml version="1.0" encoding="UTF-8"?><FlussoRiversamento xmlns="{_NS}">'
            f"<versioneOggetto>1.0</versioneOggetto>{_tag('identificativoFlusso', iuf)}"
            f"{_tag('dataOraFlusso', now.replace(microsecond=0).isoformat())}"
            f"{_tag('identificativoUnivocoRegolamento', trn)}"
            f"{_tag('dataRegolamento', settled_on.isoformat())}"
            "<istitutoMittente><identificativoUnivocoMittente>"
            "<tipoIdentificativoUnivoco>B</tipoIdentificativoUnivoco>"
            f"{_tag('codiceIdentificativoUnivoco', psp.bic)}</identificativoUnivocoMittente>"
            f"{_tag('denominazioneMittente', psp.name)}</istitutoMittente>"
            f"{_tag('codiceBicBancaDiRiversamento', psp.bic)}"
            "<istitutoRicevente><identificativoUnivocoRicevente>"
            "<tipoIdentificativoUnivoco>G</tipoIdentificativoUnivoco>"
            f"{_tag('codiceIdentificativoUnivoco', fiscal_code)}</identificativoUnivocoRicevente>"
            f"</istitutoRicevente>{_tag('numeroTotalePagamenti', str(len(shares)))}"
            f"{_tag('importoTotalePagamenti', to_decimal_string(total))}"
            f"{''.join(_row(share) for share in shares)}</FlussoRiversamento>"
        ).encode()


def _row(share: sqlite3.Row) -> str:
    return (
        "<datiSingoliPagamenti>"
        f"{_tag('identificativoUnivocoVersamento', share['iuv'])}"
        f"{_tag('identificativoUnivocoRiscossione', share['token'])}"
        f"{_tag('indiceDatiSingoloPagamento', str(share['id_transfer']))}"
        f"{_tag('singoloImportoPagato', to_decimal_string(share['amount_cents']))}"
        f"{_tag('codiceEsitoSingoloPagamento', share['code'])}"
        f"{_tag('dataEsitoSingoloPagamento', share['applied_on'])}</datiSingoliPagamenti>"
    )


def _tag(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>"


def _as_json(row: sqlite3.Row) -> Json:
    return {
        "iuf": row["iuf"],
        "fiscal_code": row["fiscal_code"],
        "iban": row["iban"],
        "id_psp": row["id_psp"],
        "applied_on": row["applied_on"],
        "amount_cents": row["amount_cents"],
        "trn": row["trn"],
        "causale": row["causale"],
        "xml_base64": base64.b64encode(row["xml"]).decode(),
    }
