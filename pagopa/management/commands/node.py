"""manage.py node: a day's traffic on the simulated Node, against a running stack; and what it should have come to."""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import httpx
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django_tenants.utils import schema_context

from billing.models import Instalment
from billing.states import InstalmentState
from pagopa.simulator.day import Played, Till, plan_day
from paybox.kernel.clock import today
from paybox.kernel.money import format_euro
from tenants.models import Ente
from tenants.selectors.enti import ente_of_schema

_WORDS = {
    "paid": "pagati regolarmente",
    "looked_at": "solo verificati",
    "abandoned": "attivati e abbandonati",
    "expired": "attivati e scaduti",
    "late_ok": "pagati dopo la scadenza dell'attivazione",
    "late_after_another": "pagati da due persone, una senza ricevuta",
    "double": "pagati due volte",
    "replayed": "pagati, ricevuta ripetuta",
    "hung_up": "pagati, ricevuta interrotta e rispedita",
    "stand_in": "pagati in stand-in",
    "stand_in_short": "pagati in stand-in per un importo inferiore",
    "unknown": "chiesti con un codice sconosciuto",
    "third_party": "ricevute inattese e quote di avvisi altrui",
}


class Command(BaseCommand):
    help = "Recita una giornata di pagamenti sul Nodo simulato e dice quanto ne deve risultare."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--scenario", choices=["day"], default="day")
        parser.add_argument("--notices", type=int, default=100, metavar="N")
        parser.add_argument("--ente", default="borgo", help="schema dell'Ente (borgo)")
        parser.add_argument("--seed", type=int, default=1, metavar="K")
        parser.add_argument("--on", type=date.fromisoformat, metavar="AAAA-MM-GG", default=None)
        parser.add_argument("--url", default="http://127.0.0.1:8001", help="dov'è il simulatore")
        parser.add_argument("--clients", type=int, default=2, metavar="N", help="casse insieme")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.ENVIRONMENT.is_production:
            raise CommandError("in produzione il Nodo è quello vero", returncode=2)
        ente = ente_of_schema(options["ente"])
        if ente is None:
            raise CommandError(f"nessun Ente con schema «{options['ente']}»", returncode=2)
        notices = _payable(options["ente"], options["notices"])
        if not notices:
            raise CommandError("l'Ente non ha avvisi da pagare", returncode=2)
        with _till(options["url"], ente) as till:
            told = _live(till, notices, options)
        print(json.dumps(told, ensure_ascii=False) if options["json"] else _say(told))


def _payable(schema: str, wanted: int) -> list[str]:
    """One notice a position, so that no payment closes the door to another; the oldest first."""
    with schema_context(schema):
        rows = (
            Instalment.objects.filter(state=InstalmentState.PAYABLE)
            .order_by("position_id", "number")
            .distinct("position_id")
        )
        return list(rows.values_list("notice_number", flat=True)[:wanted])


@contextmanager
def _till(url: str, ente: Ente) -> Iterator[Till]:
    till = Till(url, ente.codice_fiscale)
    try:
        yield till
    except httpx.HTTPError as error:
        raise CommandError(f"il simulatore {url} non risponde: {error}", returncode=1) from error
    finally:
        till.close()


def _live(till: Till, notices: list[str], options: dict[str, Any]) -> dict[str, Any]:
    """Play the day; its figures are what the Node has more at the end than at the beginning."""
    cases = plan_day(notices, on=options["on"] or today(), seed=options["seed"])
    before = till.get("/sim/figures")
    played = till.play(cases, clients=options["clients"])
    after = till.get("/sim/figures")
    return {
        "seed": options["seed"],
        "notices": len(cases),
        "cases": {name: played.done[name] for name in _WORDS if played.done[name]},
        "enti": {code: _more(after[code], before.get(code, {})) for code in sorted(after)},
        "refusals": dict(sorted(_refusals(played).items())),
    }


def _refusals(played: Played) -> dict[str, int]:
    return dict(played.refusals)


def _more(after: dict[str, int], before: dict[str, int]) -> dict[str, int]:
    return {name: value - before.get(name, 0) for name, value in after.items()}


def _say(told: dict[str, Any]) -> str:
    lines = [f"Giornata {told['seed']}: {told['notices']} avvisi"]
    lines += [f"  {count:>6} {_WORDS[name]}" for name, count in told["cases"].items()]
    for code, figures in told["enti"].items():
        lines.append(
            f"Ente {code}: {figures['receipts']} ricevute per {format_euro(figures['paid_cents'])} €, "
            f"più {format_euro(figures['without_receipt_cents'])} € senza ricevuta"
        )
    lines += [f"Rifiuto non previsto {code}: {count}" for code, count in told["refusals"].items()]
    return "\n".join(lines)
