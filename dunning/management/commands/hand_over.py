"""manage.py hand_over: the file for enforced collection of one service, with its completeness proof."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django_tenants.utils import schema_context

from billing.models import Service
from dunning.services.handover import hand_over
from paybox.kernel.actor import SYSTEM
from paybox.kernel.clock import now, today
from paybox.kernel.money import format_euro
from paybox.kernel.problems import Refused
from tenants.selectors.enti import ente_of_schema


class Command(BaseCommand):
    help = "Prepara il file per la riscossione coattiva e la prova che nessuna posizione manca."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--ente", required=True, help="schema dell'Ente")
        parser.add_argument("--service", required=True, help="codice del tipo di dovuto")

    def handle(self, *args: Any, **options: Any) -> None:
        ente = ente_of_schema(options["ente"])
        if ente is None:
            self._refuse(f"nessun Ente con schema «{options['ente']}»")
            return
        with schema_context(ente.schema_name):
            service = Service.objects.filter(code=options["service"]).first()
            if service is None:
                self._refuse(f"tipo di dovuto «{options['service']}» sconosciuto")
                return
            self._hand_over(service)

    def _hand_over(self, service: Service) -> None:
        try:
            made = hand_over(service_id=service.pk, actor=SYSTEM, at=now(), today=today())
        except Refused as refusal:
            self._refuse(str(refusal))
            return
        self.stdout.write(
            f"{made.included} posizioni per {format_euro(made.amount_cents)} €, {made.excluded} escluse "
            f"con motivo; file {made.file}, sha256 {made.sha256}"
        )

    def _refuse(self, message: str) -> None:
        self.stderr.write(f"Rifiutato: {message}")
        raise SystemExit(2)
