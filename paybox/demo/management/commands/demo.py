"""manage.py demo: the whole product at work on this machine, in front of the user."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from paybox.demo.main_job import run_demo


class Command(BaseCommand):
    help = "Avvia PayBox con tutti i suoi servizi locali e racconta il lavoro principale."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--once", action="store_true", help="racconta, verifica, chiudi tutto ed esci"
        )
        parser.add_argument(
            "--reset", action="store_true", help="butta i dati della dimostrazione e ricomincia"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.ENVIRONMENT.is_production:
            self.stderr.write("Rifiutato: la dimostrazione non si avvia in produzione")
            raise SystemExit(2)
        raise SystemExit(
            run_demo(
                var_dir=settings.ENVIRONMENT.var_dir,
                port=settings.ENVIRONMENT.port,
                once=options["once"],
            )
        )
