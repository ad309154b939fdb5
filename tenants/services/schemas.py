"""Schemas and their rights: migrations run as the owner role, the product runs as a role that cannot rewrite history."""

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from psycopg import sql

from paybox.settings.environment import Environment


def append_only_tables() -> list[str]:
    """Tables whose rows are never changed or deleted: ledger, timeline, audit, raw inbox, …"""
    return sorted(m._meta.db_table for m in apps.get_models() if getattr(m, "append_only", False))


def append_only_but() -> dict[str, str]:
    """Of those, what is kept for some time only: table → the one right that is needed to forget (``UPDATE (packed)``)."""
    found = {m._meta.db_table: getattr(m, "append_only_but", "") for m in apps.get_models()}
    return {table: right for table, right in found.items() if right}


def migrate_public() -> None:
    call_command("migrate_schemas", "--shared", interactive=False, verbosity=0)
    grant_rights("public")


def migrate_ente(schema: str) -> None:
    """Create the schema if needed and bring it to the head."""
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(schema)))
    call_command("migrate_schemas", "--schema", schema, interactive=False, verbosity=0)
    grant_rights(schema)


def grant_rights(schema: str) -> None:
    """Give the runtime role what it needs in one schema and nothing more."""
    role = runtime_role()
    if not role or role == connection.settings_dict["USER"]:
        return
    name, grantee = sql.Identifier(schema), sql.Identifier(role)
    statements = [
        sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(name, grantee),
        sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {} TO {}").format(
            name, grantee
        ),
        sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {} TO {}").format(name, grantee),
    ]
    existing, forgetting = set(_tables(schema)), append_only_but()
    for table in (*append_only_tables(), "django_migrations"):
        if table in existing:
            target = sql.SQL("{}.{}").format(name, sql.Identifier(table))
            statements.append(
                sql.SQL("REVOKE UPDATE, DELETE, TRUNCATE ON {} FROM {}").format(target, grantee)
            )
            if right := forgetting.get(table):
                statements.append(
                    sql.SQL("GRANT {} ON {} TO {}").format(sql.SQL(right), target, grantee)
                )
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def runtime_role() -> str:
    """The user of DATABASE_URL, whatever role this process runs with."""
    from paybox.settings.environment import database_entry

    environment: Environment = settings.ENVIRONMENT
    url = environment.database_url.get_secret_value()
    return str(database_entry(url)["USER"]) if url else ""


def _tables(schema: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [schema])
        return [row[0] for row in cursor.fetchall()]
