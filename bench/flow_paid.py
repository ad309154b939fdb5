"""``python -m bench.flow_paid CSV XML``: load the credits, let a receipt have come for each, write the flow that pays them.

What the flow will stand on, not what is measured: receipts and collections are written by plain SQL.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import django

from bench.loading import load
from bench.template import CODICE_FISCALE, ENTE

IUF = "2026-03-03FINTOPSP01-0000000001"
_COLLECTED = """
INSERT INTO billing_collection (uuid, channel, reference, amount_cents, allotted_cents, excess_cents, position_id,
    instalment_number, notice_number, payer, paid_at, booked_on, created_at, details)
SELECT gen_random_uuid(), 'PAGOPA', md5(i.iuv), i.amount_cents, i.amount_cents, 0, i.position_id, 0,
    i.notice_number, '', now(), current_date, now(), '{}'
FROM billing_instalment i WHERE i.number = 0 ORDER BY i.id
"""
_RECEIVED = """
INSERT INTO pagopa_receipt (receipt_id, id_pa, notice_number, iuv, amount_cents, psp_id, psp_name, payment_method,
    fee_cents, paid_at, stand_in, finding, collection_id, raw_message_id, received_at)
SELECT c.reference, %s, c.notice_number, substr(c.notice_number, 2), c.amount_cents, 'FINTOPSP01', '', '', 0, now(),
    false, 'ATTESA', c.id, 0, now()
FROM billing_collection c ORDER BY c.id
"""
_HEAD = """<FlussoRiversamento xmlns="http://www.digitpa.gov.it/schemas/2011/Pagamenti/">
<versioneOggetto>1.0</versioneOggetto><identificativoFlusso>{iuf}</identificativoFlusso>
<dataOraFlusso>2026-03-03T20:00:00</dataOraFlusso>
<identificativoUnivocoRegolamento>0503400000000001</identificativoUnivocoRegolamento>
<dataRegolamento>2026-03-03</dataRegolamento><istitutoMittente><identificativoUnivocoMittente>
<tipoIdentificativoUnivoco>B</tipoIdentificativoUnivoco>
<codiceIdentificativoUnivoco>ESEMITMMXXX</codiceIdentificativoUnivoco></identificativoUnivocoMittente>
</istitutoMittente><istitutoRicevente><identificativoUnivocoRicevente>
<tipoIdentificativoUnivoco>G</tipoIdentificativoUnivoco>
<codiceIdentificativoUnivoco>{receiver}</codiceIdentificativoUnivoco></identificativoUnivocoRicevente>
</istitutoRicevente><numeroTotalePagamenti>{count}</numeroTotalePagamenti>
<importoTotalePagamenti>{total}</importoTotalePagamenti>
"""
_ROW = """<datiSingoliPagamenti><identificativoUnivocoVersamento>{}</identificativoUnivocoVersamento>
<identificativoUnivocoRiscossione>{}</identificativoUnivocoRiscossione>
<indiceDatiSingoloPagamento>1</indiceDatiSingoloPagamento><singoloImportoPagato>{}</singoloImportoPagato>
<codiceEsitoSingoloPagamento>0</codiceEsitoSingoloPagamento>
<dataEsitoSingoloPagamento>2026-03-02</dataEsitoSingoloPagamento></datiSingoliPagamenti>
"""


def pay_all(flow: Path) -> dict[str, int]:
    """A receipt for every single payment, and the flow of them all. Returns how many."""
    from django.db import connection, transaction
    from django_tenants.utils import schema_context

    with schema_context(ENTE), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_COLLECTED)
        cursor.execute(_RECEIVED, [CODICE_FISCALE])
        cursor.execute("SELECT iuv, receipt_id, amount_cents FROM pagopa_receipt ORDER BY id")
        paid = cursor.fetchall()
    flow.write_text("".join(_document(paid)), encoding="utf-8")
    with schema_context(ENTE), connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return {"payments": len(paid)}


def _document(paid: list[tuple[str, str, int]]) -> Iterator[str]:
    from paybox.kernel.money import to_decimal_string

    total = to_decimal_string(sum(cents for _, _, cents in paid))
    yield _HEAD.format(iuf=IUF, receiver=CODICE_FISCALE, count=len(paid), total=total)
    for iuv, receipt_id, cents in paid:
        yield _ROW.format(iuv, receipt_id, to_decimal_string(cents))
    yield "</FlussoRiversamento>"


if __name__ == "__main__":
    django.setup()
    load(Path(sys.argv[1]))
    print(json.dumps(pay_all(Path(sys.argv[2]))))
