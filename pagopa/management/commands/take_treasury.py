"""manage.py take_treasury: provvisori d'entrata of the treasurer from a CSV or an OPI giornale di cassa."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django_tenants.utils import schema_context

from pagopa.labels import CreditLabel
from pagopa.services.reconciliation import take_treasury
from paybox.kernel.clock import now
from paybox.kernel.money import format_euro
from paybox.kernel.problems import Refused
from tenants.selectors.enti import ente_of_schema


class Command(BaseCommand):
    help = "Prende gli accrediti della tesoreria (CSV o giornale di cassa OPI) e li riconcilia con i flussi."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--ente", required=True, help="schema dell'Ente")

    def handle(self, *args: Any, **options: Any) -> None:
        if ente_of_schema(options["ente"]) is None:
            raise CommandError(f"nessun Ente con schema «{options['ente']}»", returncode=2)
        file: Path = options["file"]
        try:
            raw = file.read_bytes()
            with schema_context(options["ente"]):
                taken = take_treasury(raw=raw, filename=file.name, at=now())
        except OSError as error:
            words = f"il file {file} non si può leggere: {error.strerror}"
            raise CommandError(words, returncode=2) from error
        except Refused as refusal:
            raise CommandError(str(refusal), returncode=2) from refusal
        print(
            f"Accrediti nuovi: {taken.new} per {format_euro(taken.amount_cents)} €; "
            f"già presenti: {taken.already}"
        )
        for label, count in sorted(taken.labels.items()):
            print(f"  {CreditLabel(label).label}: {count}")
