"""What verify_ledger also proves: receipts, flows and the treasurer's credits say the same as the ledger."""

from collections.abc import Iterator

from django.db import connection

from billing.selectors.ledger import LedgerProblem

_CHECKS = {
    "receipt": """
        SELECT 'ricevuta ' || r.receipt_id, r.amount_cents::text, c.amount_cents::text
        FROM pagopa_receipt r JOIN billing_collection c ON c.id = r.collection_id
        WHERE (r.amount_cents <> c.amount_cents AND r.amount_cents <> c.amount_cents - COALESCE((
                SELECT sum(t.amount_cents) FROM billing_transfer t WHERE t.collection_id = c.id AND t.credit = 'INCASSI'
            ), 0) AND NOT EXISTS (
                SELECT FROM pagopa_receiptanomaly a WHERE a.receipt_id = r.id AND a.oddity = 'DIVERSA_DAL_FLUSSO'
            )) OR r.receipt_id <> c.reference OR c.channel <> 'PAGOPA'""",
    "flow": """
        SELECT 'flusso ' || f.identifier, f.total_cents || ' in ' || f.payments,
            COALESCE(sum(w.amount_cents), 0) || ' in ' || count(w.id)
        FROM pagopa_flow f LEFT JOIN pagopa_flowrow w ON w.flow_id = f.id
        GROUP BY f.id HAVING f.total_cents <> COALESCE(sum(w.amount_cents), 0) OR f.payments <> count(w.id)""",
    "flowrow": """
        SELECT 'riga di flusso ' || w.iuv, w.label, COALESCE(r.receipt_id, 'nessuna ricevuta')
        FROM pagopa_flowrow w LEFT JOIN pagopa_receipt r ON r.id = w.receipt_id
        WHERE (w.label IN ('RT_IUF', 'RT_IUF_DIV_IMP', 'RT_IUF_A_MANO', 'IUF_DOPPIO')) <> (r.id IS NOT NULL)
            AND w.label NOT IN ('STORNO', 'ESITO_NON_PREVISTO')""",
    "booked row": """
        SELECT 'riga di flusso ' || w.iuv, w.label, 'un incasso senza ricevuta'
        FROM pagopa_flowrow w WHERE w.label = 'IUV_INCASSATO' AND NOT EXISTS (SELECT FROM billing_collection c
            WHERE c.channel = 'PAGOPA' AND c.reference = w.iur)""",
    "treasury": """
        SELECT 'provvisorio ' || t.reference, t.label, CASE WHEN f.id IS NOT NULL
            THEN f.identifier || ' ' || f.total_cents ELSE 'nessun flusso' END
        FROM pagopa_treasurycredit t LEFT JOIN pagopa_flow f ON f.id = t.flow_id
            LEFT JOIN pagopa_receipt r ON r.id = t.receipt_id
            LEFT JOIN pagopa_repair p ON p.credit_id = t.id AND p.state = 'IN_VIGORE' AND p.kind <> 'RIPRISTINA'
        WHERE t.label IS DISTINCT FROM CASE
            WHEN t.reversed_cents >= t.amount_cents THEN 'TES_STORNATO'
            WHEN p.kind IN ('ABBINA', 'DIVIDI') THEN 'TES_A_MANO'
            WHEN p.kind = 'SCIOGLI' THEN 'TES_SCIOLTO'
            WHEN p.kind IS NOT NULL THEN 'TES_' || p.kind
            WHEN f.id IS NOT NULL THEN CASE WHEN f.total_cents = t.amount_cents - t.reversed_cents
                THEN 'RT_IUF_TES' ELSE 'IUF_TES_DIV_IMP' END
            WHEN r.id IS NOT NULL THEN CASE WHEN r.amount_cents = t.amount_cents - t.reversed_cents
                THEN 'RT_TES' ELSE 'RT_TES_DIV_IMP' END
            WHEN t.label IN ('TES_NO_MATCH', 'TES_NO_IUF_OR_IUV', 'IUV_TES', 'IUF_TES_DOPPIO', 'RT_TES_DOPPIO')
                THEN t.label END""",
    "movement": """
        SELECT 'provvisorio ' || t.reference, t.regularised_cents || ' e ' || t.reversed_cents,
            m.regularised || ' e ' || m.reversed
        FROM pagopa_treasurycredit t JOIN (
            SELECT reference, sum(CASE operation WHEN 'REGOLARIZZATO' THEN amount_cents
                    WHEN 'RIPRISTINATO' THEN -amount_cents ELSE 0 END) AS regularised,
                sum(CASE operation WHEN 'STORNATO' THEN amount_cents ELSE 0 END) AS reversed
            FROM pagopa_treasurymovement GROUP BY 1) m USING (reference)
        WHERE t.regularised_cents <> LEAST(GREATEST(m.regularised, 0), t.amount_cents)
            OR t.reversed_cents <> LEAST(m.reversed, t.amount_cents)""",
    "other income": """
        SELECT 'altra entrata ' || p.uuid, (COALESCE(b.amount_cents, 0) - COALESCE(k.amount_cents, 0))::text,
            (CASE WHEN p.state = 'IN_VIGORE' THEN p.cents ELSE 0 END)::text
        FROM (SELECT r.uuid, r.state, r.booked_id, r.taken_back_id, t.amount_cents - t.reversed_cents AS cents
                FROM pagopa_repair r JOIN pagopa_treasurycredit t ON t.id = r.credit_id WHERE r.service_id IS NOT NULL
            UNION ALL SELECT uuid, state, booked_id, taken_back_id, amount_cents FROM pagopa_rowrepair
                WHERE service_id IS NOT NULL) p
            LEFT JOIN billing_transfer b ON b.id = p.booked_id LEFT JOIN billing_transfer k ON k.id = p.taken_back_id
        WHERE COALESCE(b.amount_cents, 0) - COALESCE(k.amount_cents, 0)
            <> CASE WHEN p.state = 'IN_VIGORE' THEN p.cents ELSE 0 END
        UNION ALL
        SELECT 'movimento ' || t.uuid, t.kind, 'nessuna correzione' FROM billing_transfer t
        WHERE t.kind IN ('ALTRA_ENTRATA', 'STORNO_ENTRATA')
            AND NOT EXISTS (SELECT 1 FROM pagopa_repair r WHERE t.id IN (r.booked_id, r.taken_back_id))
            AND NOT EXISTS (SELECT 1 FROM pagopa_rowrepair r WHERE t.id IN (r.booked_id, r.taken_back_id))""",
    "repair": """
        SELECT 'correzione del provvisorio ' || t.reference, (t.amount_cents - t.reversed_cents)::text,
            COALESCE(sum(x.amount_cents), 0)::text
        FROM pagopa_repair p JOIN pagopa_treasurycredit t ON t.id = p.credit_id
            LEFT JOIN pagopa_repairpart x ON x.repair_id = p.id
        WHERE p.state = 'IN_VIGORE' AND p.kind IN ('ABBINA', 'DIVIDI')
        GROUP BY p.id, t.id HAVING COALESCE(sum(x.amount_cents), 0) <> t.amount_cents - t.reversed_cents""",
}


def pagopa_problems() -> Iterator[LedgerProblem]:
    """Of the current Ente; nothing yielded means that everything agrees."""
    for check, query in _CHECKS.items():
        with connection.cursor() as cursor:
            cursor.execute(query)
            rows = cursor.fetchall()
        yield from (LedgerProblem(check, *row) for row in rows)
