"""A new Ente from the command line: all of it or nothing, and twice the same is once. Real commands, a database each."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django_tenants.utils import schema_exists

from tenants.models import Ente
from tests.plugin import app_url, fresh_database, owner_url

ROOT = Path(__file__).resolve().parents[2]
MONTE = (
    "--schema", "monte", "--name", "Comune di Monte", "--kind", "COMUNE",
    "--codice-fiscale", "80055512345", "--domain", "monte.localhost",
)  # fmt: skip


class Database:
    """A clone of the template that commands may change."""

    def __init__(self, name: str) -> None:
        self.name = name

    def manage(self, *words: str, code: str = "") -> "subprocess.CompletedProcess[str]":
        """``manage.py …``, or a few lines of Python where a failure has to be arranged."""
        environment = {
            **os.environ, "DATABASE_URL": app_url(self.name), "DATABASE_OWNER_URL": owner_url(self.name),
        }  # fmt: skip
        command = ["-c", code] if code else ["manage.py", *words]
        return subprocess.run(
            [sys.executable, *command],
            check=False, capture_output=True, text=True, cwd=ROOT, env=environment, timeout=120,
        )  # fmt: skip

    def ask(self, query: str, *parameters: object) -> list[tuple[object, ...]]:
        with psycopg.connect(owner_url(self.name)) as connection:
            return connection.execute(query, parameters).fetchall()

    def schemas(self) -> set[object]:
        return {
            row[0] for row in self.ask("SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_'")
        }

    def enti(self) -> set[object]:
        return {row[0] for row in self.ask("SELECT schema_name FROM tenants_ente")}


@pytest.fixture
def database() -> Iterator[Database]:
    with fresh_database("enti") as name:
        yield Database(name)


class TestProvisionEnte:
    def test_twice_the_same_is_once(self, database: Database) -> None:
        first = database.manage("provision_ente", *MONTE)
        assert (first.returncode, first.stderr) == (0, "")
        assert first.stdout == "Comune di Monte: schema monte pronto\n"
        before = self._picture(database)
        again = database.manage("provision_ente", *MONTE)
        assert (again.returncode, again.stdout) == (0, first.stdout)
        assert self._picture(database) == before
        assert database.schemas() >= {"borgo", "valle", "monte"}

    def _picture(self, database: Database) -> list[list[tuple[object, ...]]]:
        return [
            database.ask("SELECT * FROM tenants_ente ORDER BY id"),
            database.ask("SELECT * FROM tenants_domain ORDER BY id"),
            database.ask("SELECT * FROM monte.billing_service ORDER BY id"),
            database.ask("SELECT tablename FROM pg_tables WHERE schemaname = 'monte' ORDER BY 1"),
        ]

    def test_it_is_like_the_others_and_its_history_cannot_be_rewritten(
        self, database: Database
    ) -> None:
        database.manage("provision_ente", *MONTE)
        tables = "SELECT tablename FROM pg_tables WHERE schemaname = %s ORDER BY 1"
        assert database.ask(tables, "monte") == database.ask(tables, "borgo")
        may = "SELECT has_table_privilege('paybox_app', 'monte.billing_transfer', %s)"
        if database.ask("SELECT 1 FROM pg_roles WHERE rolname = 'paybox_app'"):
            assert database.ask(may, "INSERT") == [(True,)]
            assert database.ask(may, "UPDATE") == [(False,)]
            assert database.ask(may, "DELETE") == [(False,)]

    def test_what_changed_is_changed_and_the_schema_stays(self, database: Database) -> None:
        database.manage("provision_ente", *MONTE)
        renamed = [w if w != "Comune di Monte" else "Città di Monte" for w in MONTE]
        done = database.manage("provision_ente", *renamed, "--domain", "pagamenti.monte.localhost")
        assert done.returncode == 0, done.stderr
        shown = json.loads(database.manage("provision_ente", "--show", "monte", "--json").stdout)
        assert shown["name"] == "Città di Monte"
        assert shown["domains"] == ["monte.localhost", "pagamenti.monte.localhost"]

    def test_a_failure_at_the_end_leaves_nothing(self, database: Database) -> None:
        done = database.manage(code=_provision("after_provisioning(lambda ente: 1 / 0)"))
        assert "ZeroDivisionError" in done.stderr
        assert database.schemas() & {"monte"} == set()
        assert database.enti() == {"borgo", "valle"}

    def test_a_session_lost_amid_the_migrations_leaves_nothing(self, database: Database) -> None:
        """Half of the tables are made when the server ends the session."""
        lost = """
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
whole = MigrationExecutor.apply_migration
def apply_migration(self, state, migration, **options):
    if migration.app_label == "dunning":
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'monte'")
            print("tables", cursor.fetchone()[0])
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    return whole(self, state, migration, **options)
MigrationExecutor.apply_migration = apply_migration
"""
        done = database.manage(code=_provision(lost))
        assert done.returncode != 0
        assert int(done.stdout.partition("tables ")[2].split()[0]) > 10
        assert database.schemas() & {"monte"} == set()
        assert database.enti() == {"borgo", "valle"}

    def test_a_failure_drops_nothing_that_was_there(self, database: Database) -> None:
        """A schema that no Ente owns (a restore, say) is not ours to throw away."""
        with psycopg.connect(owner_url(database.name)) as connection:
            connection.execute("CREATE SCHEMA monte")
            connection.execute("CREATE TABLE monte.ricordi (testo text)")
            connection.execute("INSERT INTO monte.ricordi VALUES ('da tenere')")
        done = database.manage(code=_provision("after_provisioning(lambda ente: 1 / 0)"))
        assert "ZeroDivisionError" in done.stderr
        assert database.ask("SELECT testo FROM monte.ricordi") == [("da tenere",)]


def _provision(before: str) -> str:
    return f"""
import os
os.environ["DJANGO_SETTINGS_MODULE"], os.environ["PAYBOX_DB_ROLE"] = "paybox.settings", "owner"
import django; django.setup()
from datetime import UTC, datetime
from tenants.services.provisioning import EnteData, after_provisioning, provision_ente
{before}
provision_ente(
    data=EnteData(schema="monte", name="Comune di Monte", kind="COMUNE", codice_fiscale="80055512345",
                  domains=("monte.localhost",)),
    at=datetime(2026, 3, 2, tzinfo=UTC),
)
"""


class TestRefusals:
    @pytest.mark.parametrize(
        ("option", "value", "said"),
        [
            ("--schema", "Monte", "schema «Monte»"),
            ("--schema", "public", "schema «public»"),
            ("--schema", "pg_monte", "schema «pg_monte»"),
            ("--schema", 'monte"; drop schema borgo', "schema «monte"),
            ("--kind", "PROVINCIA", "tipo «PROVINCIA»"),
            ("--name", "", "nome dell'Ente"),
            ("--name", "x" * 141, "nome dell'Ente"),
            ("--codice-fiscale", "8005551234", "codice fiscale «8005551234»"),
            ("--codice-fiscale", "80012345678", "è già di «Comune di Borgo»"),
            ("--domain", "http://monte.localhost", "dominio «http://monte.localhost»"),
            ("--domain", "borgo.localhost", "borgo.localhost è già di «Comune di Borgo»"),
        ],
    )
    def test_one_clear_line_and_nothing_half_made(
        self, borgo: Any, capsys: Any, option: str, value: str, said: str
    ) -> None:
        words = list(MONTE)
        words[words.index(option) + 1] = value
        self._refused(capsys, words, said)

    @pytest.mark.parametrize(
        ("option", "value", "said"),
        [
            ("--iban", "IT60X0542811101000000123457", "IBAN «IT60X0542811101000000123457»"),
            ("--postal-iban", "IT10X0760111101000000123457", "IBAN «IT10X0760111101000000123457»"),
            ("--segregation", "50", "segregazione «50»"),
            ("--station", "80055512345", "stazione «80055512345»"),
            ("--broker", "12", "intermediario «12»"),
        ],
    )
    def test_so_it_is_for_what_may_be_left_out(
        self, borgo: Any, capsys: Any, option: str, value: str, said: str
    ) -> None:
        self._refused(capsys, [*MONTE, option, value], said)

    def test_without_anything(self, borgo: Any, capsys: Any) -> None:
        self._refused(capsys, [], "schema «»")

    def _refused(self, capsys: Any, words: list[str], said: str) -> None:
        before = list(Ente.objects.order_by("pk").values())
        with pytest.raises(SystemExit) as exit:
            call_command("provision_ente", *words)
        told = capsys.readouterr()
        assert (exit.value.code, told.out) == (2, "")
        [line] = told.err.splitlines()
        assert said in line
        assert list(Ente.objects.order_by("pk").values()) == before
        assert not any(schema_exists(made) for made in ("monte", "Monte", "pg_monte"))

    def test_the_command_says_it_to_the_shell(self, database: Database) -> None:
        done = database.manage("provision_ente", *MONTE[:-2])
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == "Rifiutato: serve almeno un dominio\n"


class TestShow:
    def test_as_json_exactly(self, borgo: Any, capsys: Any) -> None:
        call_command("provision_ente", "--show", "valle", "--json")
        [line] = capsys.readouterr().out.splitlines()
        assert json.loads(line) == {
            "schema": "valle", "name": "Ordine di Valle", "codice_fiscale": "80098765432",
            "broker": "80012345678", "station": "80012345678_01", "domains": ["valle.localhost"],
        }  # fmt: skip

    def test_as_text(self, borgo: Any, capsys: Any) -> None:
        call_command("provision_ente", "--show", "borgo")
        assert "codice_fiscale: 80012345678" in capsys.readouterr().out.splitlines()

    def test_who_is_not_there(self, borgo: Any, capsys: Any) -> None:
        with pytest.raises(SystemExit) as exit:
            call_command("provision_ente", "--show", "nessuno", "--json")
        told = capsys.readouterr()
        assert (exit.value.code, told.out) == (2, "")
        assert told.err == "Rifiutato: nessun Ente con schema «nessuno»\n"
