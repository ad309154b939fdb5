"""The two roles and the database: the owner migrates, the application only reads and writes rows.

``grants.sql`` is in template1 first, so that every database the owner creates (the test databases
too) is born with the same grants. The same file serves the production image.
"""

from collections.abc import Mapping
from pathlib import Path

import psycopg
from psycopg import sql

DATABASE = "paybox"
OWNER = "paybox_owner"
APP = "paybox_app"
GRANTS = Path(__file__).with_name("grants.sql")


def is_complete(admin_conninfo: str) -> bool:
    """True when the database, which is made last, is there.

    Asked from ``postgres`` and never from template1: a visitor there makes CREATE DATABASE fail.
    """
    with psycopg.connect(admin_conninfo, dbname="postgres") as admin:
        return _has_database(admin)


def make_roles_and_database(*, admin_conninfo: str, passwords: Mapping[str, str]) -> None:
    """Make what is missing; run again it changes nothing.

    ``admin_conninfo`` is a superuser's, without a database name; ``passwords`` has owner and app.
    """
    with psycopg.connect(admin_conninfo, dbname="template1", autocommit=True) as admin:
        _make_role(admin, OWNER, "CREATEDB", passwords["owner"])
        _make_role(admin, APP, "NOCREATEDB", passwords["app"])
        admin.execute(GRANTS.read_bytes())
    with psycopg.connect(admin_conninfo, dbname="postgres", autocommit=True) as admin:
        _make_database(admin)


def _make_role(admin: psycopg.Connection, name: str, option: str, password: str) -> None:
    if admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone():
        return
    admin.execute(
        sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEROLE {} PASSWORD {}").format(
            sql.Identifier(name), sql.SQL(option), sql.Literal(password)
        )
    )


def _make_database(admin: psycopg.Connection) -> None:
    if _has_database(admin):
        return
    statement = sql.SQL("CREATE DATABASE {} OWNER {}")
    admin.execute(statement.format(sql.Identifier(DATABASE), sql.Identifier(OWNER)))


def _has_database(admin: psycopg.Connection) -> bool:
    found = admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
    return found is not None
