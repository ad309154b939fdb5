"""The ground of ``wave_plan_1m``: a million overdue positions of a hundred thousand debtors, written by plain statements.

Ten positions a debtor, one in ten with two rate; nine debtors in ten have a mobile, two in three an e-mail. Nothing here
is measured.
"""

import psycopg

from bench.template import ENTE

POSITIONS_EACH = 10

_STATEMENTS = (
    "INSERT INTO registry_subject (uuid, kind, codice_fiscale, name, sort_key, search_text, street, civic, cap, city,"
    " province, country, created_at) SELECT gen_random_uuid(), 'F', 'P' || lpad(n::text, 15, '0'), 'Persona Prova ' || n,"
    " 'PERSONA PROVA ' || n, 'persona prova ' || n, 'Via Roma', n::text, '00010', 'Borgo', 'RM', 'IT', now()"
    " FROM generate_series(1, %(debtors)s) n",
    "INSERT INTO registry_contact (subject_id, kind, value, source, quality, created_at)"
    " SELECT id, 'MOBILE', '+3933' || lpad(id::text, 8, '0'), 'prova', 'DICHIARATO', now() FROM registry_subject"
    " WHERE id %% 10 <> 0",
    "INSERT INTO registry_contact (subject_id, kind, value, source, quality, created_at)"
    " SELECT id, 'EMAIL', 'p' || id || '@posta.example', 'prova', 'DICHIARATO', now() FROM registry_subject"
    " WHERE id %% 3 <> 0",
    "INSERT INTO billing_position (uuid, service_id, subject_id, origin, reference, causale, year, total_cents,"
    " residual_cents, state, version, next_due_on, details, opened_at, noticed_at)"
    " SELECT gen_random_uuid(), (SELECT id FROM billing_service WHERE code = 'TARI'), s.id, 'FILE', s.id || '-' || k,"
    " 'TARI 2026', 2026, 10000 + k, 10000 + k, 'APERTA', 1, DATE '2026-06-16', '{}', now(), now()"
    " FROM registry_subject s, generate_series(1, %(each)s) k",
    "INSERT INTO billing_instalment (position_id, number, iuv, notice_number, amount_cents, due_on, state)"
    " SELECT id, 0, lpad(id::text, 17, '0'), '3' || lpad(id::text, 17, '0'), total_cents, next_due_on, 'PAGABILE'"
    " FROM billing_position",
    "INSERT INTO billing_instalment (position_id, number, iuv, notice_number, amount_cents, due_on, state)"
    " SELECT p.id, r, lpad((p.id * 10 + r)::text, 17, '0'), '3' || r || lpad(p.id::text, 16, '0'), 5000, next_due_on,"
    " 'PAGABILE' FROM billing_position p, generate_series(1, 2) r WHERE p.id %% 10 = 0",
)


def fill(url: str, *, debtors: int) -> None:
    """Write it and let the server look at what it has."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"SET search_path TO {ENTE}, public")
        for statement in _STATEMENTS:
            connection.execute(statement, {"debtors": debtors, "each": POSITIONS_EACH})
        connection.execute("ANALYZE")
