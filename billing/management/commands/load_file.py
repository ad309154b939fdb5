"""manage.py load_file: a file of credits from the command line; without ``--confirm`` it only shows what it would do."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django_tenants.utils import schema_context

from billing.models import Load, Service
from billing.selectors.loads import load_positions, load_problems
from billing.services.loads import confirm_load
from billing.services.staging import stage_load
from paybox.kernel.actor import SYSTEM
from paybox.kernel.clock import now, today
from paybox.kernel.money import format_euro
from paybox.kernel.problems import Refused
from tenants.models import Ente
from tenants.selectors.enti import ente_of_schema


class Command(BaseCommand):
    help = "Legge un file di crediti (CSV o XLSX); con --confirm lo carica."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--ente", required=True, help="schema dell'Ente")
        parser.add_argument(
            "--service", required=True, help="codice del tipo di dovuto (TARI, QUOTA …)"
        )
        parser.add_argument("--confirm", action="store_true")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        ente = ente_of_schema(options["ente"])
        if ente is None:
            self._refuse(f"nessun Ente con schema «{options['ente']}»")
            return
        with schema_context(ente.schema_name):
            try:
                self._load(ente, options)
            except Refused as refusal:
                self._refuse(str(refusal))

    def _load(self, ente: Ente, options: dict[str, Any]) -> None:
        service = Service.objects.filter(code=options["service"]).first()
        if service is None:
            codes = ", ".join(Service.objects.order_by("code").values_list("code", flat=True))
            self._refuse(f"tipo di dovuto «{options['service']}» sconosciuto: uno fra {codes}")
            return
        try:
            raw = options["file"].read_bytes()
        except OSError as error:
            self._refuse(f"il file {options['file']} non si può leggere: {error.strerror}")
            return
        load = stage_load(
            service=service,
            filename=options["file"].name,
            raw=raw,
            actor=SYSTEM,
            at=now(),
            today=today(),
        )
        if options["confirm"]:
            load = confirm_load(
                load_id=load.pk, segregation=ente.segregation, actor=SYSTEM, at=now()
            )
        self._print(load, as_json=options["json"], confirmed=options["confirm"])

    def _print(self, load: Load, *, as_json: bool, confirmed: bool) -> None:
        if not as_json:
            self.stdout.write(
                f"{load.rows} righe: {load.accepted} accettate per {format_euro(load.amount_cents)} €, "
                f"{load.refused} rifiutate, {load.already_loaded} già caricate"
            )
            for problem in load_problems(load):
                where = (
                    f"riga {problem['row']}, {problem['column']}"
                    if problem["column"]
                    else f"riga {problem['row']}"
                )
                self.stdout.write(f"  {where}: {problem['message']}")
            return
        report: dict[str, Any] = {
            "rows": load.rows,
            "accepted": load.accepted,
            "refused": load.refused,
            "amount_cents": load.amount_cents,
            "already_loaded": load.already_loaded,
            "problems": list(load_problems(load)),
        }
        if confirmed:
            report["positions"] = list(load_positions(load))
        self.stdout.write(json.dumps(report, ensure_ascii=False))

    def _refuse(self, message: str) -> None:
        self.stderr.write(f"Rifiutato: {message}")
        raise SystemExit(2)
