"""The three steps of money on a position – paid, reported in a flow, cashed – each with its *Perché?* and its paper."""

from dataclasses import dataclass
from datetime import date

from django.urls import reverse

from pagopa.labels import RowLabel
from pagopa.selectors.steps import Steps
from paybox.kernel.clock import ROME


@dataclass(frozen=True, slots=True)
class Stage:
    """``on`` is None for what has not happened yet; ``words`` is its reference, or what is awaited.

    ``url`` is the page of the receipt, row or credit that says so; ``accounts``: only accountants may open it.
    """

    label: str
    on: date | None
    words: str
    why: str
    url: str = ""
    accounts: bool = False


def three_steps(steps: Steps) -> list[Stage]:
    """Of one collection, in order. What did not pass through pagoPA has no flow to wait for."""
    if steps.channel != "PAGOPA":
        return [_paid(steps, "È stato registrato da un ufficio, fuori da pagoPA.")]
    if steps.receipt_id is None:
        said = "Lo dice il flusso del PSP: la ricevuta non è mai arrivata."
        return [_paid(steps, said), _reported(steps), _cashed(steps)]
    receipt = reverse("office:receipt", args=[steps.receipt_id])
    said = "Lo dice la ricevuta arrivata da pagoPA."
    return [_paid(steps, said, receipt), _reported(steps), _cashed(steps)]


def _paid(steps: Steps, why: str, url: str = "") -> Stage:
    return Stage("Pagato", steps.paid_at.astimezone(ROME).date(), steps.reference, why, url)


def _reported(steps: Steps) -> Stage:
    if steps.flow is None and steps.cashed_on is not None:
        why = "Il PSP l'ha pagato con un bonifico suo: un flusso non serve."
        return Stage("Rendicontato", steps.cashed_on, "bonifico singolo, senza flusso", why)
    if steps.flow is None:
        why = "Nessun flusso lo riporta ancora; di solito arriva entro tre giorni."
        return Stage("Rendicontato", None, "in attesa del flusso del PSP", why)
    row = reverse("office:flow_row", args=[steps.flow_id, steps.row_index])
    why = _WHY_ROW.get(steps.row_label or "", "La riga {0} del flusso ha la stessa ricevuta.")
    return Stage(
        "Rendicontato", steps.reported_on, steps.flow, why.format(steps.row_index), row, True
    )


_WHY_ROW: dict[str, str] = {
    RowLabel.AMOUNT_DIFFERS: "La riga {0} del flusso lo riporta, ma per un altro importo: è da verificare.",
    RowLabel.BY_HAND: "Due persone l'hanno abbinato alla riga {0} del flusso.",
    RowLabel.BOOKED: "La riga {0} del flusso lo riporta, senza ricevuta: è fra gli incassi sulla parola del flusso.",
    RowLabel.IUV_NO_RT: "La riga {0} del flusso lo riporta, senza ricevuta.",
}


def _cashed(steps: Steps) -> Stage:
    if steps.cashed_on is None or steps.credit_id is None:
        why = (
            "Nessun accredito del tesoriere paga ancora l'intero flusso."
            if steps.flow
            else "Il tesoriere accredita l'intero flusso: prima deve arrivare quello."
        )
        return Stage("Incassato", None, "in attesa dell'accredito in tesoreria", why)
    what = "l'intero flusso" if steps.flow else "proprio questo pagamento"
    return Stage(
        "Incassato", steps.cashed_on, f"provvisorio {steps.treasury_reference}",
        f"L'accredito del tesoriere paga {what}, al centesimo.",
        reverse("office:credit", args=[steps.credit_id]), True,
    )  # fmt: skip
