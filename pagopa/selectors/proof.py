"""What verify_ledger also proves: receipts, flows and the treasurer's credits say the same as the ledger."""

from collections.abc import Iterator

from django.db import connection

from billing.selectors.ledger import LedgerProblem

_CHECKS = {
    "receipt": """
        SELECT 'ricevuta ' || r.receipt_id, r.amount_cents::text, c.amount_cents::text
        FROM pagopa_receipt r JOIN billing_collection c ON c.id = r.collection_id
        WHERE r.amount_cents <> c.amount_cents OR r.receipt_id <> c.reference OR c.channel <> 'PAGOPA'""",
    "flow": """
        SELECT 'flusso ' || f.identifier, f.total_cents || ' in ' || f.payments,
            COALESCE(sum(w.amount_cents), 0) || ' in ' || count(w.id)
        FROM pagopa_flow f LEFT JOIN pagopa_flowrow w ON w.flow_id = f.id
        GROUP BY f.id HAVING f.total_cents <> COALESCE(sum(w.amount_cents), 0) OR f.payments <> count(w.id)""",
    "flowrow": """
        SELECT 'riga di flusso ' || w.iuv, w.label, COALESCE(r.receipt_id, 'nessuna ricevuta')
        FROM pagopa_flowrow w LEFT JOIN pagopa_receipt r ON r.id = w.receipt_id
        WHERE (w.label IN ('RT_IUF', 'RT_IUF_DIV_IMP')) <> (r.id IS NOT NULL)
            AND w.label NOT IN ('STORNO', 'ESITO_NON_PREVISTO')""",
    "treasury": """
        SELECT 'provvisorio ' || t.reference, t.label, COALESCE(f.identifier || ' ' || f.total_cents, 'nessun flusso')
        FROM pagopa_treasurycredit t LEFT JOIN pagopa_flow f ON f.id = t.flow_id
        WHERE t.label IS DISTINCT FROM CASE
            WHEN f.id IS NULL AND t.label IN
                ('TES_NO_MATCH', 'TES_NO_IUF_OR_IUV', 'IUV_TES', 'IUF_TES_DOPPIO') THEN t.label
            WHEN f.total_cents = t.amount_cents THEN 'RT_IUF_TES'
            WHEN f.total_cents <> t.amount_cents THEN 'IUF_TES_DIV_IMP' END""",
}


def pagopa_problems() -> Iterator[LedgerProblem]:
    """Of the current Ente; nothing yielded means that everything agrees."""
    for check, query in _CHECKS.items():
        with connection.cursor() as cursor:
            cursor.execute(query)
            rows = cursor.fetchall()
        yield from (LedgerProblem(check, *row) for row in rows)
