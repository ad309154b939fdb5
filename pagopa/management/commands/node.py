"""manage.py node: a day's traffic on the simulated Node, against a running stack; and what it has come to."""

import json
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from typing import Any

import httpx
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django_tenants.utils import schema_context

from billing.models import Instalment
from billing.selectors.ledger import ledger_problems
from billing.states import InstalmentState
from pagopa.management.day_report import WORDS, say_comparison, say_day
from pagopa.management.settling import Settled, settle_day, take_flows, wait_for_bookings
from pagopa.rules.comparison import Compared, DayAtTheNode, DayInTheBooks, compare_day
from pagopa.selectors.standing import Standing, standing
from pagopa.simulator.day import OddsRefused, day_odds, plan_day
from pagopa.simulator.till import Till
from paybox.kernel.clock import now, today
from tenants.models import Ente
from tenants.selectors.enti import ente_of_schema

WORKER_S = 120.0  # what is left to the worker is a few seconds of work


class Command(BaseCommand):
    help = "Recita una giornata di pagamenti sul Nodo simulato e ne confronta l'esito con i conti dell'Ente."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--scenario", choices=["day"], default="day")
        parser.add_argument("--notices", type=int, default=100, metavar="N")
        parser.add_argument("--ente", default="borgo", help="schema dell'Ente (borgo)")
        parser.add_argument("--seed", type=int, default=1, metavar="K")
        parser.add_argument("--on", type=date.fromisoformat, metavar="AAAA-MM-GG", default=None)
        parser.add_argument("--url", default="http://127.0.0.1:8001", help="dov'è il simulatore")
        parser.add_argument("--clients", type=int, default=4, metavar="N", help="casse insieme")
        parser.add_argument("--odds", nargs="*", default=[], metavar="STRANEZZA=PER_MILLE")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.ENVIRONMENT.is_production:
            raise CommandError("in produzione il Nodo è quello vero", returncode=2)
        ente = ente_of_schema(options["ente"])
        if ente is None:
            raise CommandError(f"nessun Ente con schema «{options['ente']}»", returncode=2)
        odds = _odds(options["odds"])
        with schema_context(ente.schema_name), _till(options["url"], ente) as till:
            told, compared, waiting, problems = _live(till, options, odds)
        if options["json"]:
            figures = {"compared": [asdict(one) for one in compared], "waiting": waiting}
            print(json.dumps({**told, **figures}, ensure_ascii=False))
        else:
            print("\n".join([*say_day(told), *say_comparison(compared, waiting)]))
        if problems or not all(one.agrees for one in compared):
            raise CommandError(f"i conti non tornano; anomalie nel registro: {problems}")


def _odds(written: list[str]) -> dict[str, int]:
    try:
        pairs = (one.split("=", 1) for one in written)
        return day_odds({name: int(per_mille) for name, per_mille in pairs})
    except ValueError as error:  # OddsRefused too
        words = str(error) if isinstance(error, OddsRefused) else "--odds vuole nome=numero"
        raise CommandError(words, returncode=2) from error


@contextmanager
def _till(url: str, ente: Ente) -> Iterator[Till]:
    till = Till(url, ente.codice_fiscale)
    try:
        yield till
    except httpx.HTTPError as error:
        raise CommandError(f"il simulatore {url} non risponde: {error}", returncode=1) from error
    finally:
        till.close()


def _payable(wanted: int) -> list[str]:
    """One notice a position, so that no payment closes the door to another; the oldest first."""
    rows = (
        Instalment.objects.filter(state=InstalmentState.PAYABLE)
        .order_by("position_id", "number")
        .distinct("position_id")
    )
    found = list(rows.values_list("notice_number", flat=True)[:wanted])
    if not found:
        raise CommandError("l'Ente non ha avvisi da pagare", returncode=2)
    return found


def _live(
    till: Till, options: dict[str, Any], odds: dict[str, int]
) -> tuple[dict[str, Any], list[Compared], dict[str, int], int]:
    """Play the day and its evening. Its figures are what there is more at the end than at the beginning."""
    on, seed = options["on"] or today(), options["seed"]
    cases = plan_day(_payable(options["notices"]), on=on, seed=seed, odds=odds)
    take_flows(till, on=on, at=now())  # what others have paid that day is not of this one
    before, books, since = till.get("/sim/figures"), standing(), time.monotonic()
    played = till.play(cases, clients=options["clients"])
    till.post("/node/retry-receipts")
    seconds = round(time.monotonic() - since, 1)
    after = till.get("/sim/figures")
    settled = settle_day(till, on=on, seed=seed, at=now())
    if not wait_for_bookings(seconds=WORKER_S):
        raise CommandError("il worker non ha finito di registrare: è acceso?", returncode=1)
    enti = {code: _more(after[code], before.get(code, {})) for code in sorted(after)}
    come = standing().since(books)
    told = {
        "seed": seed,
        "notices": len(cases),
        "seconds": seconds,
        "odds": odds,
        "cases": {name: played.done[name] for name in WORDS if played.done[name]},
        "enti": enti,
        "refusals": dict(sorted(played.refusals.items())),
        "flows": settled.flows,
        "slips": [f"{slip.causale}, {slip.money}" for slip in settled.slips],
    }
    compared = _compare(enti.get(till.fiscal_code, {}), settled, come)
    return told, compared, come.waiting, len(list(ledger_problems()))


def _compare(figures: dict[str, int], settled: Settled, come: Standing) -> list[Compared]:
    theirs = DayAtTheNode(
        receipts=figures.get("receipts", 0),
        paid_cents=figures.get("paid_cents", 0),
        without_receipt_cents=figures.get("without_receipt_cents", 0),
        flows_cents=settled.flows_cents,
        credits_cents=settled.credits_cents,
    )
    ours = DayInTheBooks(
        receipts=come.receipts,
        collected_cents=come.collected_cents,
        unreceipted_cents=come.unreceipted_cents,
        reported_cents=come.reported_cents,
        explained_cents=come.explained_cents,
        queued_cents=come.credited_cents - come.explained_cents,
    )
    return compare_day(theirs, ours)


def _more(after: dict[str, int], before: dict[str, int]) -> dict[str, int]:
    return {name: value - before.get(name, 0) for name, value in after.items()}
