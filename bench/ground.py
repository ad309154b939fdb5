"""The ground the rows are measured on: a server of our own, a migrated template, a clone a run.

Everything lives below ``var/bench`` and is taken away at the end; DATABASE_URL is not looked at.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

from paybox.embedded.services import Services, remove_services, start_services

ROOT = Path(__file__).resolve().parents[1]
VAR = ROOT / "var" / "bench"
TEMPLATE = "bench_template"


@dataclass(frozen=True, slots=True)
class Ground:
    """Running services and the template database with one Ente, ``borgo``."""

    services: Services
    var: Path

    def owner_url(self, database: str) -> str:
        return _with_database(self.services.owner_url, database)

    def app_url(self, database: str) -> str:
        return _with_database(self.services.database_url, database)

    def environment(self, database: str, **more: str) -> dict[str, str]:
        """What a child process needs to work on one database."""
        return {
            **os.environ,
            **self.services.environment(),
            "DATABASE_URL": self.app_url(database),
            "DATABASE_OWNER_URL": self.owner_url(database),
            "PAYBOX_ENV": "test",
            "PAYBOX_VAR_DIR": str(self.var),
            "PAYBOX_LOG_LEVEL": "WARNING",
            "DJANGO_SETTINGS_MODULE": "paybox.settings",
            **more,
        }

    @contextmanager
    def clone(self, name: str, template: str = TEMPLATE) -> Iterator[str]:
        """A fresh copy of a database that nobody uses, dropped afterwards."""
        _sql(self, f'DROP DATABASE IF EXISTS "{name}"')
        _sql(self, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        try:
            yield name
        finally:
            _sql(self, f'DROP DATABASE IF EXISTS "{name}"')

    def keep(self, name: str, template: str) -> None:
        """A copy of a database that nobody uses, there until the ground is taken away."""
        _sql(self, f'DROP DATABASE IF EXISTS "{name}"')
        _sql(self, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')

    def run(self, module: str, *arguments: str, database: str, **more: str) -> dict[str, Any]:
        """``python -m module`` on one database, ``more`` in its environment; the object on the last line it prints."""
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            env=self.environment(database, **more), cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return answer


@contextmanager
def prepared_ground(var: Path = VAR) -> Iterator[Ground]:
    """Start the services, migrate the template, and remove it all at the end."""
    remove_services(var)
    var.mkdir(parents=True, exist_ok=True)
    services = start_services(var, environment={})
    ground = Ground(services, var)
    try:
        _sql(ground, f'CREATE DATABASE "{TEMPLATE}"')
        subprocess.run(
            [sys.executable, "-m", "bench.template"],
            env=ground.environment(TEMPLATE, PAYBOX_DB_ROLE="owner"), cwd=ROOT, check=True,
        )  # fmt: skip
        yield ground
    finally:
        services.stop()
        remove_services(var)
        shutil.rmtree(var, ignore_errors=True)


def _sql(ground: Ground, statement: str) -> None:
    with psycopg.connect(ground.services.owner_url, autocommit=True) as connection:
        connection.execute(statement)


def _with_database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
