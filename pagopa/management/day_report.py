"""What a simulated day came to, told in words: how many of each case, and the Node's figures beside the Ente's own."""

from collections.abc import Iterable
from typing import Any

from pagopa.labels import CreditLabel, RowLabel
from pagopa.rules.comparison import Compared
from pagopa.selectors.queues import IUF_NO_TES
from paybox.kernel.money import format_euro

WORDS = {
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


def say_day(told: dict[str, Any]) -> list[str]:
    """The lines to print."""
    per_mille = told["odds"]
    lines = [f"Giornata {told['seed']}: {told['notices']} avvisi in {told['seconds']} s"]
    lines += [
        f"  {count:>6} {WORDS[name]} (probabilità {per_mille[name]} per mille)"
        for name, count in told["cases"].items()
    ]
    for code, figures in told["enti"].items():
        lines.append(
            f"Ente {code}: {figures['receipts']} ricevute per {format_euro(figures['paid_cents'])} €, "
            f"più {format_euro(figures['without_receipt_cents'])} € senza ricevuta"
        )
    return lines + [f"Rifiuto non previsto {c}: {n}" for c, n in told["refusals"].items()]


def say_comparison(compared: Iterable[Compared], waiting: dict[str, int]) -> list[str]:
    """The Node's figures beside the books, then the queues by name."""
    lines = [f"{'Confronto':<36}{'secondo pagoPA':>18}{'nei conti':>18}"]
    for one in compared:
        theirs, ours = (_figure(cents, money=one.money) for cents in (one.theirs, one.ours))
        mark = "" if one.agrees else "   DIVERSO"
        lines.append(f"  {one.what:<34}{theirs:>18}{ours:>18}{mark}")
    lines += [
        f"In coda «{_name(label)}»: {format_euro(cents)} €" for label, cents in waiting.items()
    ]
    return lines


def _figure(value: int, *, money: bool) -> str:
    return f"{format_euro(value)} €" if money else str(value)


def _name(label: str) -> str:
    if label == IUF_NO_TES:
        return "Flusso senza accredito"
    return str(CreditLabel(label).label if label in CreditLabel.values else RowLabel(label).label)
