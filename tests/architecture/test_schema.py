"""What the database of every Ente must be, so that one Ente can be moved, restored or handed over alone.

Read from PostgreSQL's own catalogue, not from the models: what counts is what the migrations made.
"""

from typing import Any

import pytest
from django.db import connection

from tenants.services.schemas import append_only_but, append_only_tables, runtime_role

pytestmark = pytest.mark.django_db

ENTI = ["borgo", "valle"]
OURS = ("kernel_", "registry_", "billing_", "pagopa_", "dunning_", "tenants_")


def rows(query: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return list(cursor.fetchall())


def test_the_template_holds_the_tables_that_the_other_tests_read() -> None:
    """Without this, every test below could pass on an empty schema."""
    for schema in ENTI:
        found = {
            row[0] for row in rows("SELECT tablename FROM pg_tables WHERE schemaname = %s", schema)
        }
        assert {"billing_transfer", "registry_subject", "pagopa_receipt", "dunning_wave"} <= found
        assert "tenants_ente" not in found
        assert "django_session" not in found


def test_no_foreign_key_leaves_the_schema_of_an_ente() -> None:
    leaving = rows(
        """SELECT c.conname, n.nspname, other.nspname FROM pg_constraint c
           JOIN pg_class t ON t.oid = c.conrelid JOIN pg_namespace n ON n.oid = t.relnamespace
           JOIN pg_class f ON f.oid = c.confrelid JOIN pg_namespace other ON other.oid = f.relnamespace
           WHERE c.contype = 'f' AND other.oid <> n.oid"""
    )
    assert leaving == []


def test_no_row_trigger_but_those_that_foreign_keys_bring() -> None:
    ours = rows("SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal")
    assert ours == []


def test_every_primary_key_is_a_bigint_identity() -> None:
    """A serial's default belongs to a sequence of its own, and int4 ends one day."""
    wrong = rows(
        """SELECT n.nspname, t.relname, a.attname, a.atttypid::regtype::text, a.attidentity
           FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_namespace n ON n.oid = t.relnamespace
           JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY (c.conkey)
           WHERE c.contype = 'p' AND (n.nspname = ANY (%s) OR (n.nspname = 'public' AND t.relname ~ %s))
             AND (a.atttypid <> 'int8'::regtype OR a.attidentity = '')""",
        ENTI,
        "^(" + "|".join(OURS) + ")",
    )
    assert wrong == []


def test_no_column_takes_its_value_from_a_serial_default() -> None:
    serial = rows(
        """SELECT table_schema, table_name, column_name FROM information_schema.columns
           WHERE table_schema = ANY (%s) AND column_default LIKE 'nextval(%%'""",
        ENTI,
    )
    assert serial == []


@pytest.mark.parametrize("schema", ENTI)
def test_the_runtime_role_cannot_rewrite_what_is_append_only(schema: str) -> None:
    role = runtime_role()
    assert role, "the tests must run with a runtime role of its own"
    for table in append_only_tables():
        for right in {"UPDATE", "DELETE", "TRUNCATE"} - {append_only_but().get(table)}:
            held = rows("SELECT has_table_privilege(%s, %s, %s)", role, f"{schema}.{table}", right)
            assert held == [(False,)], f"{role} may {right} {schema}.{table}"
        for right in ("SELECT", "INSERT"):
            held = rows("SELECT has_table_privilege(%s, %s, %s)", role, f"{schema}.{table}", right)
            assert held == [(True,)], f"{role} may not {right} {schema}.{table}"


@pytest.mark.parametrize("schema", ENTI)
def test_of_what_left_only_the_bytes_may_be_thrown_away(schema: str) -> None:
    """Courtesies are forgotten after their months; that they left, and with which fingerprint, is not."""
    assert append_only_but() == {
        "dunning_sentfile": "UPDATE (packed)",
        "dunning_sentdocument": "DELETE",
    }
    changed = rows(
        "SELECT column_name FROM information_schema.column_privileges"
        " WHERE grantee = %s AND table_schema = %s AND table_name = 'dunning_sentfile' AND privilege_type = 'UPDATE'",
        runtime_role(), schema,
    )  # fmt: skip
    assert changed == [("packed",)]


def test_history_is_append_only() -> None:
    """The tables that the law and the ledger need unaltered are among those declared."""
    assert {
        "billing_transfer",
        "billing_collection",
        "billing_timelineentry",
        "kernel_auditentry",
        "kernel_rawmessage",
        "pagopa_receipt",
        "dunning_deliveryevent",
        "dunning_waveseal",
    } <= set(append_only_tables())


def test_the_runtime_role_owns_nothing_and_makes_nothing() -> None:
    role = runtime_role()
    owned = rows("SELECT relname FROM pg_class WHERE relowner = %s::regrole", role)
    assert owned == []
    for schema in (*ENTI, "public"):
        assert rows("SELECT has_schema_privilege(%s, %s, 'CREATE')", role, schema) == [(False,)]


def test_no_like_index_is_paid_for() -> None:
    """Django adds a second index to each indexed text column; nothing here searches by its prefix."""
    extra = rows(
        "SELECT schemaname, indexname FROM pg_indexes WHERE schemaname = ANY (%s) AND indexname LIKE '%%\\_like'",
        ENTI,
    )
    assert extra == []


def test_no_extension_lives_in_the_schema_of_an_ente() -> None:
    """It would vanish with that Ente, and the others would miss it."""
    inside = rows(
        """SELECT e.extname, n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
           WHERE n.nspname = ANY (%s)""",
        ENTI,
    )
    assert inside == []
    assert rows(
        "SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE extname = 'pg_trgm'"
    ) == [("public",)]


def test_every_ente_has_the_same_tables_columns_and_constraints() -> None:
    def shape(schema: str) -> tuple[list[Any], list[Any]]:
        columns = rows(
            """SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns
               WHERE table_schema = %s ORDER BY 1, 2""",
            schema,
        )
        constraints = rows(
            """SELECT t.relname, c.conname, c.contype::text FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
               JOIN pg_namespace n ON n.oid = t.relnamespace WHERE n.nspname = %s ORDER BY 1, 2""",
            schema,
        )
        return columns, constraints

    assert shape("borgo") == shape("valle")
