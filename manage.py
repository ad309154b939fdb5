#!/usr/bin/env python
"""PayBox from the command line. Without DATABASE_URL and REDIS_URL it uses its own embedded servers."""

import atexit
import os
import shutil
import sys
from pathlib import Path

# These change schemas, so they run as the database's owner; everything else runs as the role without DDL.
OWNER_COMMANDS = frozenset({"migrate", "migrate_schemas", "migrate_enti", "provision_ente"})
NO_SERVICES = frozenset({"makemigrations", "collectstatic", "help", "compilemessages"})
# What a demo leaves below the data folder, beside the servers' own.
DEMO_DATA = ("demo.json", "prepared", "posta", "sms", "simulatore", "beat", "files", "log")


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "paybox.settings")
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    if command in OWNER_COMMANDS:
        os.environ["PAYBOX_DB_ROLE"] = "owner"
    if command == "demo" and "--reset" in sys.argv:
        _throw_away()
    if command not in NO_SERVICES and os.environ.get("PAYBOX_ENV") != "production":
        _use_services()
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


def _var_dir() -> Path:
    return Path(os.environ.get("PAYBOX_VAR_DIR") or Path(__file__).parent / "var")


def _throw_away() -> None:
    """Stop the demo's own servers and delete all its data."""
    from paybox.embedded.services import remove_services

    remove_services(_var_dir())
    for name in DEMO_DATA:
        shutil.rmtree(_var_dir() / name, ignore_errors=True)
        (_var_dir() / name).unlink(missing_ok=True)


def _use_services() -> None:
    """Start or join the local PostgreSQL and Redis that no variable names, until this process ends."""
    from paybox.embedded.processes import CannotStart
    from paybox.embedded.services import start_services

    try:
        services = start_services(_var_dir())
    except CannotStart as refusal:
        sys.exit(str(refusal))
    os.environ.update(services.environment())
    atexit.register(services.stop)


if __name__ == "__main__":
    main()
