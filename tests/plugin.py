"""Loaded before Django: real PostgreSQL and Redis for the run, one migrated template database, a clone a worker.

The template is named after the migrations it holds, so a second run finds it made. Workers get their databases with
``CREATE DATABASE … TEMPLATE`` in under a second.
"""

import atexit
import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg

ROOT = Path(__file__).resolve().parents[1]
VAR = Path(os.environ.get("PAYBOX_TEST_VAR") or ROOT / "var" / "test")


def _start() -> None:
    """In the controller, and in a run without workers: start what no variable names. Workers inherit it."""
    if os.environ.get("PAYBOX_TEST_RUN"):
        _take_own_redis_database()
        return
    os.environ["PAYBOX_TEST_RUN"] = str(os.getpid())
    os.environ["PAYBOX_ENV"] = "test"
    os.environ["PAYBOX_VAR_DIR"] = str(VAR)
    if not os.environ.get("DATABASE_URL"):
        _start_postgres()
    if not os.environ.get("REDIS_URL"):
        _start_redis()
    os.environ["PAYBOX_TEST_SERVER"] = os.environ["DATABASE_URL"]
    os.environ["PAYBOX_TEST_OWNER"] = (
        os.environ.get("DATABASE_OWNER_URL") or os.environ["DATABASE_URL"]
    )


def _start_postgres() -> None:
    """One server for all runs of this folder: the template stays."""
    from paybox.embedded.postgres import start_postgres

    server = start_postgres(VAR / "postgres")
    atexit.register(server.stop)
    os.environ |= {"DATABASE_URL": server.app_url, "DATABASE_OWNER_URL": server.owner_url}


def _start_redis() -> None:
    """One for this run alone: bells and clocks of two runs never meet."""
    from paybox.embedded.redis import remove_redis, start_redis

    folder = VAR / f"redis-{os.getpid()}"
    server = start_redis(folder)
    atexit.register(remove_redis, folder)
    os.environ["REDIS_URL"] = server.url


def _take_own_redis_database() -> None:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if worker:
        number = int(worker.removeprefix("gw")) + 1
        parts = urlsplit(os.environ["REDIS_URL"])
        os.environ["REDIS_URL"] = urlunsplit(parts._replace(path=f"/{number}"))


def with_database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def owner_url(name: str) -> str:
    return with_database(os.environ["PAYBOX_TEST_OWNER"], name)


def app_url(name: str) -> str:
    return with_database(os.environ["PAYBOX_TEST_SERVER"], name)


def _graph_hash() -> str:
    """Of everything that shapes a fresh database."""
    digest = hashlib.sha256(sys.version.encode())
    sources = sorted(ROOT.glob("*/migrations/*.py")) + sorted(
        ROOT.glob("paybox/kernel/migrations/*.py")
    )
    sources += [*sorted(ROOT.glob("tenants/services/*.py")), ROOT / "billing/services/catalogue.py"]
    sources += [ROOT / "tests" / "template.py", *sorted(ROOT.glob("*/models/*.py"))]
    for source in sources:
        digest.update(source.read_bytes())
    return digest.hexdigest()[:12]


def template_database() -> str:
    """The migrated database with Borgo and Valle, made once for all workers and runs."""
    name = f"template_{_graph_hash()}"
    VAR.mkdir(parents=True, exist_ok=True)
    with (VAR / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with psycopg.connect(os.environ["PAYBOX_TEST_OWNER"], autocommit=True) as connection:
            if not connection.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s", [name]
            ).fetchone():
                _build(connection, name)
    return name


def _build(connection: psycopg.Connection, name: str) -> None:
    making = f"making_{name}"
    connection.execute(f'DROP DATABASE IF EXISTS "{making}"')
    connection.execute(f'CREATE DATABASE "{making}"')
    environment = {
        **os.environ,
        "DATABASE_URL": app_url(making),
        "DATABASE_OWNER_URL": owner_url(making),
        "PAYBOX_DB_ROLE": "owner",
    }
    subprocess.run([sys.executable, "-m", "tests.template"], check=True, env=environment, cwd=ROOT)
    connection.execute(f'ALTER DATABASE "{making}" RENAME TO "{name}"')


def clone_database(purpose: str) -> str:
    """A fresh copy of the template. Returns its name, which says the run and is nobody else's; the run's end drops it."""
    name = f"{purpose}_{os.environ['PAYBOX_TEST_RUN']}_{uuid4().hex[:12]}"
    template = template_database()
    with psycopg.connect(os.environ["PAYBOX_TEST_OWNER"], autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return name


def drop_database(name: str) -> None:
    """Without FORCE, which is refused the sessions of others: what is still in use is left to the run's end, or the next's.

    PostgreSQL itself waits some seconds for sessions that are just ending.
    """
    server = psycopg.connect(os.environ["PAYBOX_TEST_OWNER"], autocommit=True)
    with server, suppress(psycopg.errors.ObjectInUse):
        server.execute(f'DROP DATABASE IF EXISTS "{name}"')


@contextmanager
def fresh_database(purpose: str) -> Iterator[str]:
    """A clone for as long as the block lasts; its name."""
    name = clone_database(purpose)
    try:
        yield name
    finally:
        drop_database(name)


def _drop_done() -> None:
    """The databases of this run and of runs that ended badly."""
    with psycopg.connect(os.environ["PAYBOX_TEST_OWNER"], autocommit=True) as connection:
        found = connection.execute(
            "SELECT datname FROM pg_database WHERE datname ~ '^[a-z]+_[0-9]+_[0-9a-f]{12}$'"
        ).fetchall()
    for (name,) in found:
        run = int(name.split("_")[1])
        if run == os.getpid() or not Path(f"/proc/{run}").exists():
            drop_database(name)


_start()


def pytest_unconfigure() -> None:
    """In the controller, or the only process, after the last test."""
    if os.environ["PAYBOX_TEST_RUN"] == str(os.getpid()):
        _drop_done()


def pytest_collection_modifyitems(items: list[Any]) -> None:
    """Browser tests last: their installation lives to the end, and two on one broker would answer each other's bells."""
    items.sort(key=lambda item: "tests/browser/" in item.nodeid)
