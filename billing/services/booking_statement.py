"""Chapter 7 – the one statement that books a payment: lock the position, collect once, allot, move the money, tell it.

Rules mirrored from billing/states.py; verify_ledger proves that they agree. Written in pieces, because ``pagopa`` puts
its own rows of a plain receipt into the same statement. Every piece is a part of one WITH; parameters are named as
psycopg names them and cast, tables are ``{schema}.…``.
"""

# Whatever notice it is, known or not: ``split`` has one row, its position NULL when nothing is known of the notice.
# It is empty when a service with rules was paid another amount than the printed one, until ``as_paid`` says so.
ANY_NOTICE = """
notice AS (
    SELECT position_id, number, amount_cents FROM {schema}.billing_instalment WHERE notice_number = %(notice)s::text
), owed AS (
    SELECT p.id, p.service_id, p.residual_cents, p.total_cents, p.state,
        %(as_paid)s::boolean OR s.amount_rules = '[]'
            OR LEAST(p.residual_cents, (SELECT amount_cents FROM notice)) = %(amount)s::bigint AS as_asked
    FROM {schema}.billing_position p JOIN {schema}.billing_service s ON s.id = p.service_id
    WHERE p.id = (SELECT position_id FROM notice) FOR UPDATE OF p
), split AS (
    SELECT owed.id AS position_id, owed.service_id,
           LEAST(COALESCE(owed.residual_cents, 0), %(amount)s::bigint) AS allotted
    FROM (SELECT 1) AS one LEFT JOIN owed ON TRUE WHERE owed.as_asked IS NOT FALSE
)"""

# Only a notice that can be paid, for exactly what it asks: else ``split`` is empty and nothing at all is written.
# Both rows are locked, so that whoever waited for another payment of the same credit sees what it left.
PLAIN_NOTICE = """
owed AS (
    SELECT p.id, p.service_id, p.residual_cents, p.total_cents, p.state, i.number
    FROM {schema}.billing_position p JOIN {schema}.billing_instalment i ON i.position_id = p.id
    WHERE i.notice_number = %(notice)s::text AND i.state = 'PAGABILE' AND p.state IN ('APERTA', 'PARZIALE')
      AND LEAST(i.amount_cents, p.residual_cents) = %(amount)s::bigint
      AND NOT EXISTS (SELECT FROM {schema}.billing_position r WHERE r.replaces_id = p.id)
      AND {also}
    FOR UPDATE OF p, i
), notice AS (
    SELECT id AS position_id, number FROM owed
), split AS (
    SELECT id AS position_id, service_id, %(amount)s::bigint AS allotted FROM owed
)"""

# ``{raw}``: the id of the raw message it came in.
BOOKING = """
booked AS (
    INSERT INTO {schema}.billing_collection (uuid, channel, reference, amount_cents, allotted_cents, excess_cents,
        position_id, instalment_number, notice_number, payer, paid_at, booked_on, created_at, details, raw_message_id)
    SELECT gen_random_uuid(), %(channel)s::text, %(reference)s::text, %(amount)s::bigint, split.allotted,
        %(amount)s::bigint - split.allotted, split.position_id, (SELECT number FROM notice), %(notice)s::text,
        %(payer)s::text, %(paid_at)s::timestamptz, %(booked_on)s::date, %(at)s::timestamptz, %(details)s::jsonb, {raw}
    FROM split
    ON CONFLICT (channel, reference) DO NOTHING
    RETURNING id, position_id, allotted_cents, excess_cents, instalment_number
), moved AS (
    INSERT INTO {schema}.billing_transfer (uuid, kind, debit, credit, amount_cents, position_id, collection_id, cause,
        booked_on, created_at)
    SELECT gen_random_uuid(), 'INCASSO', 'INCASSI', 'CREDITI', allotted_cents, position_id, id, %(reference)s::text,
        %(booked_on)s::date, %(at)s::timestamptz FROM booked WHERE allotted_cents > 0
    UNION ALL
    SELECT gen_random_uuid(), 'ECCEDENZA', 'INCASSI', 'ECCEDENZE', excess_cents, position_id, id, %(reference)s::text,
        %(booked_on)s::date, %(at)s::timestamptz FROM booked WHERE excess_cents > 0
    RETURNING kind, amount_cents
), counted AS (
    INSERT INTO {schema}.billing_ledgertotal (service_id, kind, slot, amount_cents, transfers)
    SELECT split.service_id, moved.kind, COALESCE(split.position_id, 0) %% %(slots)s::int, moved.amount_cents, 1
    FROM moved CROSS JOIN split
    ON CONFLICT (service_id, kind, slot) DO UPDATE
    SET amount_cents = billing_ledgertotal.amount_cents + EXCLUDED.amount_cents,
        transfers = billing_ledgertotal.transfers + EXCLUDED.transfers
), siblings AS (
    UPDATE {schema}.billing_instalment i SET
        paid_at = CASE WHEN i.number = b.instalment_number THEN COALESCE(i.paid_at, %(paid_at)s::timestamptz)
            ELSE i.paid_at END,
        state = CASE
            WHEN i.number = b.instalment_number OR i.state = 'PAGATA' THEN 'PAGATA'
            WHEN i.state <> 'PAGABILE' THEN i.state
            WHEN owed.residual_cents = b.allotted_cents OR (i.number = 0) <> (b.instalment_number = 0) THEN 'CHIUSA'
            ELSE i.state END
    FROM booked b, owed WHERE i.position_id = b.position_id
), cached AS (
    UPDATE {schema}.billing_position p SET
        residual_cents = p.residual_cents - b.allotted_cents,
        state = CASE
            WHEN p.state = 'ANNULLATA' THEN p.state
            WHEN p.residual_cents = b.allotted_cents THEN 'PAGATA'
            WHEN p.residual_cents - b.allotted_cents < p.total_cents THEN 'PARZIALE'
            ELSE p.state END,
        next_due_on = COALESCE((SELECT min(i.due_on) FROM {schema}.billing_instalment i
            WHERE i.position_id = p.id AND i.state = 'PAGABILE' AND i.number <> b.instalment_number
              AND (i.number = 0) = (b.instalment_number = 0)), p.next_due_on),
        paid_at = CASE WHEN p.state <> 'ANNULLATA' AND p.residual_cents = b.allotted_cents
            THEN COALESCE(p.paid_at, %(paid_at)s::timestamptz) ELSE p.paid_at END
    FROM booked b WHERE p.id = b.position_id
    RETURNING p.state
), told AS (
    INSERT INTO {schema}.billing_timelineentry (position_id, kind, at, actor_name, reference, details)
    SELECT position_id, CASE WHEN allotted_cents > 0 THEN 'PAGATA' ELSE 'ECCEDENZA' END, %(paid_at)s::timestamptz,
        %(actor)s::text, %(reference)s::text, %(told)s::jsonb
    FROM booked WHERE position_id IS NOT NULL
)"""

# What ``Booked`` is made of, from ``booked b``.
RESULT = """b.id, b.position_id, b.allotted_cents, b.excess_cents,
    (b.allotted_cents > 0 AND (SELECT state FROM cached) = 'PAGATA')"""
