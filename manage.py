#!/usr/bin/env python
"""PayBox from the command line. Without DATABASE_URL and REDIS_URL it uses its own embedded servers."""

import atexit
import os
import sys
from pathlib import Path

# These change schemas, so they run as the database's owner; everything else runs as the role without DDL.
OWNER_COMMANDS = frozenset({"migrate", "migrate_schemas", "migrate_enti", "provision_ente"})
NO_SERVICES = frozenset({"makemigrations", "collectstatic", "help", "demo", "compilemessages"})


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "paybox.settings")
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    if command in OWNER_COMMANDS:
        os.environ["PAYBOX_DB_ROLE"] = "owner"
    if command not in NO_SERVICES and os.environ.get("PAYBOX_ENV") != "production":
        _use_services()
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


def _use_services() -> None:
    """Start or join the local PostgreSQL and Redis that no variable names, until this process ends."""
    from paybox.embedded.processes import CannotStart
    from paybox.embedded.services import start_services

    try:
        services = start_services(Path(os.environ.get("PAYBOX_VAR_DIR") or Path(__file__).parent / "var"))
    except CannotStart as refusal:
        sys.exit(str(refusal))
    os.environ.update(services.environment())
    atexit.register(services.stop)


if __name__ == "__main__":
    main()
