"""What is odd about a receipt. Its money is booked in any case: an oddity is for a person, never a reason to refuse.

Before: the receipt is booked.  After: ``services/anomalies`` keeps each oddity until somebody has settled it.
Source: SANP, paSendRTV2 (delivery, broadcast, stand-in) and the life of a payment token.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

# After this the Node lets a token expire; the PSP may still say afterwards that it was paid.
TOKEN_LIFE = timedelta(minutes=30)


class Oddity(StrEnum):
    """``words`` say it to an official; ``needs_person`` False: worth knowing, nothing to do."""

    UNKNOWN_NOTICE = "AVVISO_SCONOSCIUTO"
    WITHDRAWN = "AVVISO_ANNULLATO"
    REPLACED = "AVVISO_SOSTITUITO"
    SECOND_PAYMENT = "SECONDO_PAGAMENTO"
    OTHER_WAY_PAID = "ALTRA_RATA_PAGATA"
    LESS = "IMPORTO_INFERIORE"
    MORE = "IMPORTO_SUPERIORE"
    BOOKED_OTHERWISE = "DIVERSA_DAL_FLUSSO"
    GONE_FROM_FLOW = "SPARITA_DAL_FLUSSO"
    THIRD_PARTY = "CONTO_TERZI"
    DIFFERENT_COPY = "COPIA_DIFFORME"
    NOT_TAKEN = "NON_ACCOLTA"
    STAND_IN = "STAND_IN"
    LATE = "TARDIVA"

    @property
    def words(self) -> str:
        return _WORDS[self]

    @property
    def needs_person(self) -> bool:
        return self not in (Oddity.STAND_IN, Oddity.LATE)


_WORDS: dict[Oddity, str] = {
    Oddity.UNKNOWN_NOTICE: "Pagato un avviso che questo Ente non conosce",
    Oddity.WITHDRAWN: "Pagato un avviso già annullato",
    Oddity.REPLACED: "Pagato un avviso già sostituito da un altro",
    Oddity.SECOND_PAYMENT: "Lo stesso avviso è stato pagato un'altra volta",
    Oddity.OTHER_WAY_PAID: "La posizione era già pagata con un altro avviso",
    Oddity.LESS: "Pagato meno dell'importo dovuto",
    Oddity.MORE: "Pagato più dell'importo dovuto",
    Oddity.BOOKED_OTHERWISE: "Il flusso aveva fatto registrare un importo diverso da quello della ricevuta",
    Oddity.GONE_FROM_FLOW: "Una nuova versione del flusso non riporta più un pagamento già registrato senza ricevuta",
    Oddity.THIRD_PARTY: "Incassata una quota di un avviso emesso da altro Ente",
    Oddity.DIFFERENT_COPY: "La stessa ricevuta è arrivata di nuovo con altri dati",
    Oddity.NOT_TAKEN: "Arrivata una ricevuta che non si è potuta accogliere",
    Oddity.STAND_IN: "Pagato mentre il Nodo rispondeva al posto dell'Ente",
    Oddity.LATE: "Ricevuta arrivata dopo la scadenza del tentativo di pagamento",
}


@dataclass(frozen=True, slots=True)
class ReceiptFacts:
    """Cents as they arrived, and as they were due before; ``paid_before``: this very notice, by another receipt.

    ``settled_before``: nothing was owed any more on the whole position. ``booked_cents``: what is in the ledger for this
    payment, which a flow may have told before the receipt came.
    """

    arrived_cents: int
    due_cents: int
    paid_at: datetime
    received_at: datetime
    notice_known: bool = True
    third_party: bool = False
    withdrawn: bool = False
    replaced: bool = False
    paid_before: bool = False
    settled_before: bool = False
    stand_in: bool = False
    booked_cents: int | None = None


def find_oddities(facts: ReceiptFacts) -> tuple[Oddity, ...]:
    """All that is odd, the heaviest first: at most one about the notice or the amount, then how it came."""
    about = _about_notice(facts) or _about_amount(facts)
    how = (
        (Oddity.STAND_IN, facts.stand_in),
        (Oddity.LATE, is_late(facts.paid_at, facts.received_at)),
    )
    return (*((about,) if about else ()), *(oddity for oddity, true in how if true))


def is_late(paid_at: datetime, received_at: datetime) -> bool:
    """Whether it came when the token of its payment had expired."""
    return received_at - paid_at > TOKEN_LIFE


def _about_notice(facts: ReceiptFacts) -> Oddity | None:
    """Somebody else's and unknown ones come first: of those nothing more is known."""
    rules = (
        (facts.third_party, Oddity.THIRD_PARTY),
        (not facts.notice_known, Oddity.UNKNOWN_NOTICE),
        (facts.paid_before, Oddity.SECOND_PAYMENT),
        (facts.replaced, Oddity.REPLACED),
        (facts.withdrawn, Oddity.WITHDRAWN),
        (facts.settled_before, Oddity.OTHER_WAY_PAID),
    )
    return next((oddity for true, oddity in rules if true), None)


def _about_amount(facts: ReceiptFacts) -> Oddity | None:
    """What a flow has already told weighs more than what was due: the money in the ledger is the flow's."""
    if facts.booked_cents not in (None, facts.arrived_cents):
        return Oddity.BOOKED_OTHERWISE
    if facts.arrived_cents == facts.due_cents:
        return None
    return Oddity.LESS if facts.arrived_cents < facts.due_cents else Oddity.MORE
