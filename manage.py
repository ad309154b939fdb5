#!/usr/bin/env python
"""PayBox from the command line. Without DATABASE_URL and REDIS_URL it uses its own embedded servers."""

import os
import sys

# These change schemas, so they run as the database's owner; everything else runs as the role without DDL.
OWNER_COMMANDS = frozenset({"migrate", "migrate_schemas", "migrate_enti", "provision_ente"})
NO_SERVICES = frozenset({"makemigrations", "collectstatic", "help", "demo", "compilemessages"})


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "paybox.settings")
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    if command in OWNER_COMMANDS:
        os.environ["PAYBOX_DB_ROLE"] = "owner"
    if command not in NO_SERVICES and os.environ.get("PAYBOX_ENV") != "production":
        from paybox.embedded.services import use_services

        use_services()
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
