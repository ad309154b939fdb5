"""The ground of ``wave_send_100k``: one tipo di dovuto a wave, each with debtors of its own who owe one overdue position.

Every debtor has a mobile and an e-mail. Nothing here is measured.
"""

from collections.abc import Sequence

import psycopg

from bench.template import ENTE

_SERVICE = """
INSERT INTO billing_service (code, name, taxonomy, causale, sector, accounting_code, iban, postal_iban, shares, metadata,
    amount_rules, accepts_late_payment, allows_spontaneous, allows_demand, demand_code, demand_names, form_fields,
    due_after_days, reminder_minimum_cents, gateway, is_active)
SELECT %(code)s, name, taxonomy, causale, sector, accounting_code, iban, postal_iban, shares, metadata, amount_rules,
    accepts_late_payment, FALSE, FALSE, '', '{}', '[]', due_after_days, reminder_minimum_cents, gateway, TRUE
FROM billing_service WHERE code = 'TARI' RETURNING id
"""
_STATEMENTS = (
    "INSERT INTO registry_subject (uuid, kind, codice_fiscale, name, sort_key, search_text, street, civic, cap, city,"
    " province, country, created_at) SELECT gen_random_uuid(), 'F', 'Q' || lpad(n::text, 15, '0'), 'Persona Prova ' || n,"
    " 'PERSONA PROVA ' || n, 'persona prova ' || n, 'Via Roma', n::text, '00010', 'Borgo', 'RM', 'IT', now()"
    " FROM generate_series(%(first)s::int, %(last)s::int) n",
    # 77 at the end: the local provider behaves badly on purpose with some endings.
    "INSERT INTO registry_contact (subject_id, kind, value, source, quality, created_at)"
    " SELECT id, 'MOBILE', '+3933' || substr(codice_fiscale, 11) || '77', 'prova', 'DICHIARATO', now()"
    " FROM registry_subject WHERE codice_fiscale BETWEEN %(from_code)s AND %(to_code)s",
    "INSERT INTO registry_contact (subject_id, kind, value, source, quality, created_at)"
    " SELECT id, 'EMAIL', 'p' || substr(codice_fiscale, 10) || '@posta.example', 'prova', 'DICHIARATO', now()"
    " FROM registry_subject WHERE codice_fiscale BETWEEN %(from_code)s AND %(to_code)s",
    "INSERT INTO billing_position (uuid, service_id, subject_id, origin, reference, causale, year, total_cents,"
    " residual_cents, state, version, next_due_on, details, opened_at, noticed_at)"
    " SELECT gen_random_uuid(), %(service)s, s.id, 'FILE', s.codice_fiscale, 'TARI 2026', 2026, 12345, 12345, 'APERTA', 1,"
    " DATE '2026-06-16', '{}', now(), now() FROM registry_subject s"
    " WHERE codice_fiscale BETWEEN %(from_code)s AND %(to_code)s",
    "INSERT INTO billing_instalment (position_id, number, iuv, notice_number, amount_cents, due_on, state)"
    " SELECT id, 0, lpad(id::text, 17, '0'), '3' || lpad(id::text, 17, '0'), total_cents, next_due_on, 'PAGABILE'"
    " FROM billing_position WHERE service_id = %(service)s",
)


def fill(url: str, *, codes: Sequence[str], debtors: int) -> None:
    """``debtors`` for each of the codes; let the server look at what it has."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"SET search_path TO {ENTE}, public")
        for turn, code in enumerate(codes):
            row = connection.execute(_SERVICE, {"code": code}).fetchone()
            assert row is not None
            first, last = turn * debtors + 1, (turn + 1) * debtors
            given = {"first": first, "last": last, "service": row[0]}
            given |= {"from_code": f"Q{first:015d}", "to_code": f"Q{last:015d}"}
            for statement in _STATEMENTS:
                connection.execute(statement, given)
        connection.execute("ANALYZE")
