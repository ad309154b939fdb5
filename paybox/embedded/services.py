"""PostgreSQL and Redis on a fresh machine: those a variable names are used, the others started.

``python -m paybox.embedded.services COMMAND …`` runs one command with them.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from paybox.embedded.postgres import remove_postgres, start_postgres
from paybox.embedded.processes import CannotStart
from paybox.embedded.redis import remove_redis, start_redis


@dataclass(frozen=True, slots=True)
class Services:
    """Where database and broker answer. ``owner_url`` is the role that migrates and provisions."""

    database_url: str = field(repr=False)
    owner_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    _started: ExitStack = field(repr=False)

    def environment(self) -> dict[str, str]:
        """The variables a child process reads to find them."""
        return {
            "DATABASE_URL": self.database_url,
            "DATABASE_OWNER_URL": self.owner_url,
            "REDIS_URL": self.redis_url,
        }

    def stop(self) -> None:
        """Stop what ``start_services`` started, unless another process still uses it."""
        self._started.close()


def start_services(
    var_dir: Path,
    *,
    environment: Mapping[str, str] | None = None,
    postgres_settings: Mapping[str, str] | None = None,
) -> Services:
    """Use or start PostgreSQL and Redis, their data below ``var_dir``.

    ``environment`` (the process's own when None) may name DATABASE_URL, DATABASE_OWNER_URL and
    REDIS_URL; without an owner of its own, DATABASE_URL serves for both. Raises CannotStart.
    """
    named = os.environ if environment is None else environment
    with ExitStack() as started:
        app_url, owner_url = named.get("DATABASE_URL"), named.get("DATABASE_OWNER_URL")
        if not app_url:
            postgres = start_postgres(var_dir / "postgres", settings=postgres_settings)
            started.callback(postgres.stop)
            app_url, owner_url = postgres.app_url, postgres.owner_url
        redis_url = named.get("REDIS_URL")
        if not redis_url:
            redis = start_redis(var_dir / "redis")
            started.callback(redis.stop)
            redis_url = redis.url
        return Services(app_url, owner_url or app_url, redis_url, started.pop_all())


def remove_services(var_dir: Path) -> None:
    """Stop the local servers of ``var_dir`` and delete their data, wherever they are kept."""
    remove_postgres(var_dir / "postgres")
    remove_redis(var_dir / "redis")


def main(command: list[str]) -> int:
    """Run ``command`` with the services of PAYBOX_VAR_DIR (default var). Its exit code, or 2."""
    if not command or shutil.which(command[0]) is None:
        sys.stderr.write("Uso: python -m paybox.embedded.services COMANDO [ARGOMENTI]\n")
        return 2
    try:
        services = start_services(Path(os.environ.get("PAYBOX_VAR_DIR") or "var"))
    except CannotStart as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 2
    try:
        environment = {**os.environ, **services.environment()}
        return subprocess.run(command, check=False, env=environment).returncode  # noqa: S603
    finally:
        services.stop()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
