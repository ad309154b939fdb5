"""manage.py take_flow: a reporting flow (FdR) of a PSP from a file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django_tenants.utils import schema_context

from pagopa.labels import RowLabel
from pagopa.services.reconciliation import take_flow
from paybox.kernel.clock import now
from paybox.kernel.money import format_euro
from paybox.kernel.problems import Refused
from tenants.selectors.enti import ente_of_schema


class Command(BaseCommand):
    help = "Prende un flusso di rendicontazione (FlussoRiversamento XML) e lo riconcilia con le ricevute."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--ente", required=True, help="schema dell'Ente")

    def handle(self, *args: Any, **options: Any) -> None:
        if ente_of_schema(options["ente"]) is None:
            raise CommandError(f"nessun Ente con schema «{options['ente']}»", returncode=2)
        try:
            raw = options["file"].read_bytes()
            with schema_context(options["ente"]):
                taken = take_flow(raw=raw, at=now())
        except OSError as error:
            words = f"il file {options['file']} non si può leggere: {error.strerror}"
            raise CommandError(words, returncode=2) from error
        except Refused as refusal:
            raise CommandError(str(refusal), returncode=2) from refusal
        news = "preso" if taken.new else "già presente"
        print(f"Flusso {news}: {taken.rows} pagamenti, {format_euro(taken.amount_cents)} €")
        for label, count in sorted(taken.labels.items()):
            print(f"  {RowLabel(label).label}: {count}")
