"""What the news of an e-mail provider means for the message, the address and the person.

Before: a webhook, signature verified.  After: ``services/email_events``. The kinds are those that django-anymail gives
to every provider's events; opened and clicked are never asked for, and ignored if they come.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from dunning.rules.delivery import DeliveryStatus


class Objection(StrEnum):
    """Why nothing of courtesy goes to that address any more (``Suppression.Reason``)."""

    UNSUBSCRIBED = "OPPOSIZIONE"
    COMPLAINED = "RECLAMO"


@dataclass(frozen=True, slots=True)
class EmailMeaning:
    """``status`` None: the message stays where it is. ``objection`` outlives the message."""

    status: DeliveryStatus | None
    code: str = ""
    words: str = ""
    blames_contact: bool = False
    objection: Objection | None = None


_NOTHING = EmailMeaning(None)
_FULL = EmailMeaning(
    DeliveryStatus.FALLITO_TEMP, "CASELLA_PIENA", "La casella del destinatario è piena."
)


def email_meaning(kind: str, *, said: str) -> EmailMeaning:
    """``kind`` as anymail calls it; ``said`` are the words of the recipient's server or of the provider."""
    match kind:
        case "queued":
            return EmailMeaning(DeliveryStatus.ACCETTATO)
        case "sent":
            return EmailMeaning(DeliveryStatus.INVIATO)
        case "delivered":
            return EmailMeaning(DeliveryStatus.CONSEGNATO)
        case "bounced" | "rejected" | "failed":
            return _failure(kind, said)
        case "complained":
            return EmailMeaning(None, objection=Objection.COMPLAINED)
        case "unsubscribed":
            return EmailMeaning(None, objection=Objection.UNSUBSCRIBED)
        case _:
            return _NOTHING  # deferred: the provider is still trying; automatic answers; what we never ask


def _failure(kind: str, said: str) -> EmailMeaning:
    """A full mailbox may empty itself; an address that does not exist is not written to again."""
    found = re.search(r"(?<![\d.])[45]\.(\d{1,3})\.(\d{1,3})(?!\.?\d)", said)
    subject = found[1] if found else ""
    if found and (found[1], found[2]) == ("2", "2"):
        return _FULL
    told = " ".join(said.split())[:300]
    if kind == "bounced" and subject in ("", "1", "2", "4"):
        words = "La casella non esiste o non riceve."
        code, blames = "RIMBALZATO", True
    else:
        words, code, blames = "Il messaggio è stato rifiutato.", "RIFIUTATO", False
    whole = f"{words} Dice: {told}" if told else words
    return EmailMeaning(DeliveryStatus.FALLITO_PERM, code, whole, blames)
