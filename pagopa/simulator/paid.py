"""What the intermediary tells of a payment: the receipt the Node has made, as ``PagatiConRicevuta``."""

import sqlite3
from typing import Any
from xml.sax.saxutils import escape

from pagopa.simulator.dovuti import DOVUTI_NS, DovutoRefused
from pagopa.wire.reading import read_request
from pagopa.wire.requests import Receipt, ReceiptTransfer, SendRtRequest
from paybox.kernel.money import to_decimal_string

_COPIES = """
SELECT r.envelope, r.operation FROM receipts r JOIN tokens t ON t.token = r.token
WHERE t.notice_number LIKE '%' || ? AND EXISTS (
    SELECT 1 FROM notices n WHERE n.iuv = ? AND n.ente_code = ?) ORDER BY r.id LIMIT 1
"""


def paid_document(db: sqlite3.Connection, ente_code: str, iuv: str) -> bytes:
    """Raises DovutoRefused where nothing was paid, or where the Ente has no such notice."""
    known = "SELECT 1 FROM notices WHERE ente_code = ? AND iuv = ?"
    if db.execute(known, (ente_code, iuv)).fetchone() is None:
        raise DovutoRefused("PAA_IUV_NON_PRESENTE", "IUV non presente")
    row: Any = db.execute(_COPIES, (iuv, iuv, ente_code)).fetchone()
    if row is None:
        raise DovutoRefused("PAA_PAGAMENTO_NON_INIZIATO", "Nessun pagamento per questo IUV")
    asked = read_request(row["envelope"], soap_action=row["operation"])
    if not isinstance(asked, SendRtRequest):
        raise DovutoRefused("PAA_SYSTEM_ERROR", "ricevuta illeggibile")
    return _document(asked.receipt)


def _document(receipt: Receipt) -> bytes:
    paid_at = receipt.paid_at.isoformat(timespec="seconds") if receipt.paid_at else ""
    day = paid_at[:10]
    inside = (
        "<versioneOggetto>6.2.0</versioneOggetto>"
        f"<dominio>{_el('identificativoDominio', receipt.fiscal_code)}</dominio>"
        f"{_el('identificativoMessaggioRicevuta', receipt.receipt_id)}"
        f"{_el('dataOraMessaggioRicevuta', paid_at)}"
        f"{_el('riferimentoMessaggioRichiesta', receipt.receipt_id)}"
        f"{_el('riferimentoDataRichiesta', day)}"
        f"<istitutoAttestante>{_who('identificativoUnivocoAttestante', 'G', receipt.id_psp)}"
        f"{_el('denominazioneAttestante', receipt.psp_company_name)}</istitutoAttestante>"
        f"<enteBeneficiario>{_who('identificativoUnivocoBeneficiario', 'G', receipt.fiscal_code)}"
        f"{_el('denominazioneBeneficiario', receipt.company_name)}</enteBeneficiario>"
        f"<soggettoPagatore>"
        f"{_who('identificativoUnivocoPagatore', receipt.debtor.kind, receipt.debtor.code)}"
        f"{_el('anagraficaPagatore', receipt.debtor.full_name)}</soggettoPagatore>"
        "<datiPagamento><codiceEsitoPagamento>0</codiceEsitoPagamento>"
        f"{_el('importoTotalePagato', to_decimal_string(receipt.amount_cents))}"
        f"{_el('identificativoUnivocoVersamento', receipt.iuv)}"
        f"{_el('codiceContestoPagamento', receipt.receipt_id)}"
        f"{''.join(_share(receipt, one, day) for one in receipt.transfers)}</datiPagamento>"
    )
    root = f'<PagatiConRicevuta xmlns="{DOVUTI_NS}">{inside}</PagatiConRicevuta>'
    return f'<?xml version="1.0" encoding="UTF-8"?>{root}'.encode()


def _share(receipt: Receipt, share: ReceiptTransfer, day: str) -> str:
    return (
        f"<datiSingoloPagamento>{_el('identificativoUnivocoDovuto', receipt.notice_number)}"
        f"{_el('singoloImportoPagato', to_decimal_string(share.amount_cents))}"
        f"{_el('dataEsitoSingoloPagamento', day)}"
        f"{_el('identificativoUnivocoRiscossione', receipt.receipt_id)}"
        f"{_el('causaleVersamento', receipt.description[:140])}"
        f"{_el('datiSpecificiRiscossione', share.category)}</datiSingoloPagamento>"
    )


def _who(name: str, kind: str, code: str) -> str:
    return (
        f"<{name}>{_el('tipoIdentificativoUnivoco', kind)}"
        f"{_el('codiceIdentificativoUnivoco', code[:35])}</{name}>"
    )


def _el(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>"
