"""manage.py verify_ledger: the proof of architecture §5, per Ente; exit 1 and the offending rows when it fails."""

import json
from argparse import ArgumentParser
from itertools import islice
from typing import Any

from django.core.management.base import BaseCommand
from django_tenants.utils import schema_context

from billing.selectors.ledger import ledger_problems, ledger_summary
from tenants.selectors.enti import active_schemas, ente_of_schema

MAX_SHOWN = 200


class Command(BaseCommand):
    help = "Dimostra che saldi, stati e totali concordano con i movimenti."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--ente", help="schema dell'Ente")
        parser.add_argument("--all", action="store_true", help="tutti gli Enti (predefinito)")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["ente"] and ente_of_schema(options["ente"]) is None:
            self.stderr.write(f"Rifiutato: nessun Ente con schema «{options['ente']}»")
            raise SystemExit(2)
        schemas = [options["ente"]] if options["ente"] else active_schemas()
        reports = [_report(schema) for schema in schemas]
        if options["json"]:
            self.stdout.write(json.dumps({"ok": all(r["ok"] for r in reports), "enti": reports}))
        else:
            self._print(reports)
        if not all(report["ok"] for report in reports):
            raise SystemExit(1)

    def _print(self, reports: list[dict[str, Any]]) -> None:
        for report in reports:
            verdict = "il registro quadra" if report["ok"] else "IL REGISTRO NON QUADRA"
            self.stdout.write(f"{report['ente']}: {verdict} {json.dumps(report['totals'])}")
            for problem in report["problems"]:
                self.stdout.write(
                    f"  {problem['check']}: {problem['row']}: {problem['stored']} ≠ {problem['expected']}"
                )


def _report(schema: str) -> dict[str, Any]:
    with schema_context(schema):
        problems = [problem.as_dict() for problem in islice(ledger_problems(), MAX_SHOWN)]
        return {
            "ente": schema,
            "ok": not problems,
            "totals": ledger_summary(),
            "problems": problems,
        }
