"""What the post says of a letter, in one language whoever carried it, and what it means for the law.

Before: a provider's file, or a card typed at the desk.  After: letters, attempts and address tasks, by dunning/services.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from dunning.rules.delivery import DeliveryStatus

STAY_AFTER = timedelta(days=10)


class Product(StrEnum):
    ORDINARY = "ORDINARIA"
    REGISTERED = "RACCOMANDATA_AR"
    FILES = "FILE"

    @property
    def label(self) -> str:
        return _PRODUCTS[self]

    @property
    def one_file_each(self) -> bool:
        """For whoever sends by fax or in bulk: a PDF for each addressee and an index; others get parts of many letters."""
        return self is Product.FILES


_PRODUCTS = {
    Product.ORDINARY: "Posta ordinaria",
    Product.REGISTERED: "Raccomandata A/R",
    Product.FILES: "File per fax o invio massivo",
}


class PostOutcome(StrEnum):
    """The order is that of certainty: what comes later in it is never undone by what comes before."""

    ACCETTATA = "ACCETTATA"
    IN_CORSO = "IN_CORSO"
    IN_GIACENZA = "IN_GIACENZA"
    SMARRITA = "SMARRITA"
    NON_CONSEGNATA = "NON_CONSEGNATA"
    INDIRIZZO = "INDIRIZZO"
    IRREPERIBILE = "IRREPERIBILE"
    DECEDUTO = "DECEDUTO"
    COMPIUTA_GIACENZA = "COMPIUTA_GIACENZA"
    RIFIUTATA = "RIFIUTATA"
    RITIRATA = "RITIRATA"
    CONSEGNATA = "CONSEGNATA"

    @property
    def label(self) -> str:
        return _LABELS[self]

    @property
    def status(self) -> DeliveryStatus:
        """What the attempt becomes."""
        return _STATUS[self]

    @property
    def perfects(self) -> bool:
        """The law counts it as arrived."""
        return self.status is DeliveryStatus.CONSEGNATO

    @property
    def blames_address(self) -> bool:
        return self in _BLAMES


_BLAMES = (
    PostOutcome.NON_CONSEGNATA, PostOutcome.INDIRIZZO, PostOutcome.IRREPERIBILE, PostOutcome.DECEDUTO,
)  # fmt: skip
_LABELS = {
    PostOutcome.ACCETTATA: "Accettata dalle poste",
    PostOutcome.IN_CORSO: "In lavorazione: esito non ancora definitivo",
    PostOutcome.NON_CONSEGNATA: "Non consegnata per altra causa",
    PostOutcome.IN_GIACENZA: "In giacenza",
    PostOutcome.SMARRITA: "Smarrita o rubata",
    PostOutcome.INDIRIZZO: "Indirizzo inesatto",
    PostOutcome.IRREPERIBILE: "Destinatario irreperibile",
    PostOutcome.DECEDUTO: "Destinatario deceduto",
    PostOutcome.COMPIUTA_GIACENZA: "Compiuta giacenza",
    PostOutcome.RIFIUTATA: "Rifiutata",
    PostOutcome.RITIRATA: "Ritirata in giacenza",
    PostOutcome.CONSEGNATA: "Consegnata",
}
_STATUS = {
    PostOutcome.ACCETTATA: DeliveryStatus.INVIATO,
    PostOutcome.IN_CORSO: DeliveryStatus.INVIATO,
    PostOutcome.NON_CONSEGNATA: DeliveryStatus.FALLITO_PERM,
    PostOutcome.IN_GIACENZA: DeliveryStatus.INVIATO,
    PostOutcome.SMARRITA: DeliveryStatus.FALLITO_TEMP,
    PostOutcome.INDIRIZZO: DeliveryStatus.FALLITO_PERM,
    PostOutcome.IRREPERIBILE: DeliveryStatus.FALLITO_PERM,
    PostOutcome.DECEDUTO: DeliveryStatus.FALLITO_PERM,
    PostOutcome.COMPIUTA_GIACENZA: DeliveryStatus.CONSEGNATO,
    PostOutcome.RIFIUTATA: DeliveryStatus.CONSEGNATO,
    PostOutcome.RITIRATA: DeliveryStatus.CONSEGNATO,
    PostOutcome.CONSEGNATA: DeliveryStatus.CONSEGNATO,
}
_RANK = {outcome: rank for rank, outcome in enumerate(PostOutcome)}


def surer(current: str, reported: PostOutcome) -> PostOutcome:
    """The outcome to keep; ``current`` is empty when nothing is known. Order of arrival does not matter."""
    known = [PostOutcome(current)] if current else []
    return max([*known, reported], key=_RANK.__getitem__)


@dataclass(frozen=True, slots=True)
class Perfection:
    """``on`` None: not perfected, or not yet known since when. ``source``: the rule, for the official."""

    on: date | None
    source: str = ""


def perfection(outcome: PostOutcome, *, happened_on: date, notice_on: date | None) -> Perfection:
    """The day the letter counts as arrived. ``notice_on``: when the notice of the stay was left.

    Ordinary registered post, without a messo: ten days after the notice of the stay, or the day it was collected if
    that came first (Cass. 6857/2019).
    """
    if not outcome.perfects:
        return Perfection(None)
    if outcome in (PostOutcome.CONSEGNATA, PostOutcome.RIFIUTATA):
        words = "consegna al destinatario" if outcome is PostOutcome.CONSEGNATA else "rifiuto"
        return Perfection(happened_on, f"giorno di: {words}")
    if notice_on is None:
        if outcome is PostOutcome.RITIRATA:
            return Perfection(happened_on, "giorno del ritiro")
        return Perfection(None, "manca la data dell'avviso di giacenza")
    tenth = notice_on + STAY_AFTER
    if outcome is PostOutcome.RITIRATA and happened_on <= tenth:
        return Perfection(happened_on, "giorno del ritiro, prima di dieci giorni dall'avviso")
    return Perfection(tenth, "dieci giorni dall'avviso di giacenza (Cass. 6857/2019)")
