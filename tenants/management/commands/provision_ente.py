"""manage.py provision_ente: a new Ente from the command line; ``--show`` prints what is known of one."""

import json
from argparse import ArgumentParser
from dataclasses import fields
from typing import Any

from django.core.management.base import BaseCommand

from paybox.kernel.clock import now
from paybox.kernel.problems import Refused
from tenants.models import Domain
from tenants.selectors.enti import ente_of_schema
from tenants.services.provisioning import EnteData, provision_ente

OPTIONAL = [
    f.name
    for f in fields(EnteData)
    if f.name not in ("schema", "name", "kind", "codice_fiscale", "domains")
]


class Command(BaseCommand):
    help = "Crea o aggiorna un Ente (schema, domini, dati pagoPA). Ripetibile."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--schema")
        parser.add_argument("--show", metavar="SCHEMA", help="mostra l'Ente e termina")
        parser.add_argument("--json", action="store_true")
        parser.add_argument("--name", default="")
        parser.add_argument("--kind", default="")
        parser.add_argument("--codice-fiscale", dest="codice_fiscale", default="")
        parser.add_argument("--domain", dest="domains", action="append", default=[])
        for name in OPTIONAL:
            parser.add_argument(f"--{name.replace('_', '-')}", dest=name)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["show"]:
            self._show(options["show"], as_json=options["json"])
            return
        given = {name: options[name] for name in OPTIONAL if options[name] is not None}
        try:
            ente = provision_ente(
                data=EnteData(
                    schema=options["schema"] or "",
                    name=options["name"],
                    kind=options["kind"].upper(),
                    codice_fiscale=options["codice_fiscale"],
                    domains=tuple(options["domains"]),
                    **given,
                ),
                at=now(),
            )
        except Refused as refusal:
            self._refuse(str(refusal))
        else:
            self.stdout.write(f"{ente.name}: schema {ente.schema_name} pronto")

    def _show(self, schema: str, *, as_json: bool) -> None:
        ente = ente_of_schema(schema)
        if ente is None:
            self._refuse(f"nessun Ente con schema «{schema}»")
            return
        domains = list(
            Domain.objects.filter(tenant=ente)
            .order_by("-is_primary", "domain")
            .values_list("domain", flat=True)
        )
        known = {
            "schema": ente.schema_name,
            "name": ente.name,
            "codice_fiscale": ente.codice_fiscale,
            "broker": ente.broker,
            "station": ente.station,
            "domains": domains,
        }
        self.stdout.write(
            json.dumps(known) if as_json else "\n".join(f"{k}: {v}" for k, v in known.items())
        )

    def _refuse(self, message: str) -> None:
        self.stderr.write(f"Rifiutato: {message}")
        raise SystemExit(2)
