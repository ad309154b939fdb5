"""What a receipt of certified mail means for the message it is about.

Before: a receipt read and trusted.  After: the attempt's status (``rules/delivery``: never backwards) and whether the
address is to blame. Facts: DPR 68/2005 and its technical rules; RFC 6109.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from dunning.rules.delivery import DeliveryStatus

RETRY_FULL_AFTER = timedelta(days=7)  # art. 60-ter DPR 600/1973: a second try, not before
FULL_MAILBOX = "CASELLA_PIENA"
ORDINARY_MAILBOX = "NON_CERTIFICATA"


class PecKind(StrEnum):
    """What a message of the mailbox is, by its headers and never by its subject."""

    SENT = "INVIATO"
    ACCEPTANCE = "ACCETTAZIONE"
    REFUSAL = "NON_ACCETTAZIONE"
    TAKEN_IN_CHARGE = "PRESA_IN_CARICO"
    DELIVERY = "AVVENUTA_CONSEGNA"
    LATE_WARNING = "PREAVVISO"
    FAILURE = "MANCATA_CONSEGNA"
    VIRUS = "VIRUS"
    CERTIFIED_MAIL = "POSTA_CERTIFICATA"
    ORDINARY_MAIL = "POSTA_ORDINARIA"
    UNREADABLE = "ILLEGGIBILE"

    @property
    def label(self) -> str:
        return _LABELS[self]

    @property
    def is_receipt(self) -> bool:
        return self in _RECEIPTS


_LABELS = {
    PecKind.SENT: "Messaggio inviato",
    PecKind.ACCEPTANCE: "Accettazione",
    PecKind.REFUSAL: "Avviso di non accettazione",
    PecKind.TAKEN_IN_CHARGE: "Presa in carico",
    PecKind.DELIVERY: "Avvenuta consegna",
    PecKind.LATE_WARNING: "Preavviso di mancata consegna",
    PecKind.FAILURE: "Mancata consegna",
    PecKind.VIRUS: "Virus rilevato",
    PecKind.CERTIFIED_MAIL: "Messaggio PEC ricevuto",
    PecKind.ORDINARY_MAIL: "Messaggio di posta ordinaria",
    PecKind.UNREADABLE: "Messaggio non compreso",
}

_RECEIPTS = frozenset(PecKind) - {
    PecKind.SENT,
    PecKind.CERTIFIED_MAIL,
    PecKind.ORDINARY_MAIL,
    PecKind.UNREADABLE,
}

# The values of X-Ricevuta and of postacert/@tipo; the last is seen in the wild.
RECEIPT_NAMES = {
    "accettazione": PecKind.ACCEPTANCE,
    "non-accettazione": PecKind.REFUSAL,
    "presa-in-carico": PecKind.TAKEN_IN_CHARGE,
    "avvenuta-consegna": PecKind.DELIVERY,
    "preavviso-errore-consegna": PecKind.LATE_WARNING,
    "errore-consegna": PecKind.FAILURE,
    "rilevazione-virus": PecKind.VIRUS,
    "posta-certificata": PecKind.CERTIFIED_MAIL,
    "mancata-consegna": PecKind.FAILURE,
}


@dataclass(frozen=True, slots=True)
class Meaning:
    """``status`` None: it changes nothing. ``words`` are for the official."""

    status: DeliveryStatus | None
    code: str = ""
    words: str = ""
    blames_contact: bool = False


def meaning_of(
    kind: PecKind, *, error: str, details: str, ordinary: bool, warnings: int
) -> Meaning:
    """Read one receipt.

    ``error`` is postacert/@errore, ``details`` the *errore-esteso*; ``ordinary`` when the provider says that the
    recipient has no certified mailbox; ``warnings`` how many different *preavvisi* there are for the message, this one
    included: the first comes after 12 hours and says nothing final, the second after 24 and ends the matter.
    """
    match kind:
        case PecKind.ACCEPTANCE if ordinary:
            words = "L'indirizzo non è di una casella PEC: nessuna ricevuta di consegna arriverà."
            return Meaning(DeliveryStatus.FALLITO_PERM, ORDINARY_MAILBOX, words, True)
        case PecKind.ACCEPTANCE | PecKind.TAKEN_IN_CHARGE:
            return Meaning(DeliveryStatus.INVIATO)
        case PecKind.DELIVERY:
            return Meaning(DeliveryStatus.CONSEGNATO)
        case PecKind.LATE_WARNING if warnings < 2:
            return Meaning(None)
        case PecKind.LATE_WARNING:
            words = "Il gestore del destinatario non ha risposto entro 24 ore."
            return Meaning(DeliveryStatus.FALLITO_TEMP, "TEMPO_SCADUTO", words)
        case PecKind.REFUSAL:
            words = "Il gestore dell'Ente non ha accettato il messaggio."
            return Meaning(DeliveryStatus.FALLITO_PERM, "NON_ACCETTATO", _said(words, details))
        case PecKind.VIRUS:
            words = "Il messaggio è stato fermato: il gestore vi ha rilevato un virus."
            return Meaning(DeliveryStatus.FALLITO_PERM, "VIRUS", words)
        case PecKind.FAILURE:
            return _failure(error, details)
        case _:
            return Meaning(None)


def _failure(error: str, details: str) -> Meaning:
    found = re.search(r"(?<![\d.])[45]\.(\d{1,3})\.(\d{1,3})(?!\.?\d)", details)
    enhanced = (found[1], found[2]) if found else ("", "")
    if error == "virus":
        return meaning_of(PecKind.VIRUS, error="", details="", ordinary=False, warnings=0)
    if enhanced == ("2", "2"):
        words = "La casella del destinatario è piena: si riprova dopo sette giorni."
        return Meaning(DeliveryStatus.FALLITO_TEMP, FULL_MAILBOX, words)
    if enhanced == ("2", "1"):
        words = "La casella del destinatario è disattivata."
        return Meaning(DeliveryStatus.FALLITO_PERM, "DISATTIVATA", words, True)
    if enhanced[0] == "1" or error in ("no-dest", "no-dominio"):
        words = "La casella del destinatario non esiste."
        return Meaning(DeliveryStatus.FALLITO_PERM, "INESISTENTE", words, True)
    words = "Il gestore del destinatario non ha potuto consegnare il messaggio."
    return Meaning(DeliveryStatus.FALLITO_PERM, "NON_CONSEGNATO", _said(words, details))


def _said(words: str, details: str) -> str:
    said = " ".join(details.split())[:300]
    return f"{words} Dice: {said}" if said else words
