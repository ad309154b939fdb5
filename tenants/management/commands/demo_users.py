"""manage.py demo_users: the logins of the demo, one per role, created when missing. Refused in production."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from tenants.services.demo_users import DemoUser, DemoUsersRefused, ensure_demo_users


class Command(BaseCommand):
    help = "Crea e stampa gli accessi dimostrativi, uno per ruolo. Rifiutato in produzione."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="un oggetto JSON per tutti")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            users = ensure_demo_users()
        except DemoUsersRefused as refusal:
            self.stderr.write(f"Rifiutato: {refusal}")
            raise SystemExit(2) from refusal
        if options["json"]:
            self.stdout.write(
                json.dumps({"users": [asdict(user) for user in users]}, ensure_ascii=False)
            )
        else:
            self.stdout.write("\n".join(map(_line, users)))


def _line(user: DemoUser) -> str:
    return f"{user.ente or 'piattaforma':<12}{user.role:<14}{user.email:<30}{user.password}"
