"""*Perché?* of a receipt: the rule, the fact it looked at, the figures, in plain sentences."""

from billing.models import Transfer
from pagopa.labels import Finding
from pagopa.selectors.receipt_detail import ReceiptDetail
from paybox.kernel.money import format_euro


def why_receipt(detail: ReceiptDetail) -> list[str]:
    """What the receipt did to the position, then each oddity and what became of it."""
    return [_decisive(detail), *_money(detail)]


def _decisive(detail: ReceiptDetail) -> str:
    receipt, way = detail.receipt, detail.instalment
    if receipt.finding == Finding.THIRD_PARTY:
        return "L'avviso è stato emesso da un altro Ente: a questo spetta solo una quota della somma pagata."
    if receipt.finding == Finding.UNKNOWN_NOTICE or way is None:
        return "Nessuna posizione di questo Ente ha il codice avviso della ricevuta."
    if receipt.finding == Finding.EXCESS:
        return "Quando è arrivata, sulla posizione restava da pagare meno di quanto è stato pagato."
    if receipt.finding == Finding.SHORT:
        return (
            f"L'avviso chiedeva {_euro(way.amount_cents)} e ne sono arrivati "
            f"{_euro(receipt.amount_cents)}."
        )
    return "Era attesa: l'avviso è di questo Ente e la somma non supera quanto restava da pagare."


def _money(detail: ReceiptDetail) -> list[str]:
    collection = detail.receipt.collection
    said = [
        f"Dei {_euro(collection.amount_cents)} arrivati, {_euro(collection.allotted_cents)} "
        "sono andati alla posizione."
    ]
    moved = collection.transfers.filter(kind=Transfer.Kind.ATTRIBUTION)
    own = moved.filter(position=collection.position_id)
    fees = sum(own.values_list("amount_cents", flat=True))
    given = sum(moved.values_list("amount_cents", flat=True)) - fees
    if fees:
        said.append(f"{_euro(fees)} erano i costi di notifica, saputi dopo il pagamento.")
    if given:
        said.append(
            f"{_euro(given)} sono attribuiti alla posizione che sostituisce quella dell'avviso."
        )
    if kept := collection.excess_cents - given - fees:
        said.append(f"{_euro(kept)} sono fra le eccedenze.")
    return said


def _euro(cents: int) -> str:
    return f"{format_euro(cents)}\N{NO-BREAK SPACE}€"
