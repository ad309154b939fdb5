"""manage.py choose_road: by which road an Ente, or one service of it, reaches pagoPA."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django_tenants.utils import schema_context

from pagopa.gateways.protocol import Road
from pagopa.services.publication_roads import choose_road
from paybox.kernel.actor import SYSTEM
from paybox.kernel.clock import now
from paybox.kernel.problems import Refused
from tenants.selectors.enti import ente_of_schema


class Command(BaseCommand):
    help = "Sceglie la via verso pagoPA; le posizioni aperte seguono da sole, senza toglierle da dove sono."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--ente", required=True, help="schema dell'Ente")
        parser.add_argument(
            "--road", required=True, choices=["", *Road], help="vuota: quella dell'Ente"
        )
        parser.add_argument(
            "--service", default="", help="codice del servizio; senza: tutto l'Ente"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if ente_of_schema(options["ente"]) is None:
            raise CommandError(f"nessun Ente con schema «{options['ente']}»", returncode=2)
        try:
            with schema_context(options["ente"]):
                choose_road(
                    road=options["road"], service_code=options["service"], actor=SYSTEM, at=now()
                )
        except Refused as refusal:
            raise CommandError(str(refusal), returncode=2) from refusal
        print("Via scelta: le posizioni aperte sono in coda per seguirla.")
