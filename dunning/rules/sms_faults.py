"""What each SMS error code means for the debtor's number, the attempt and the wave.

Before: codes from ``channels/sms`` (at sending) and from status callbacks (later).  After: services
choose the next step. Source: Twilio error and warning dictionary. Codes only: the words of the
provider may change.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Remedy(StrEnum):
    """What to do next."""

    STOP_WAVE = "STOP_WAVE"  # the fault is ours: every other message would fail too
    SLOW_DOWN = "SLOW_DOWN"
    RETRY_TOMORROW = "RETRY_TOMORROW"
    RETRY_IN_HOURS = "RETRY_IN_HOURS"
    OTHER_CHANNEL = "OTHER_CHANNEL"  # this number will not do
    SUPPRESS = "SUPPRESS"  # the recipient asked for no more


@dataclass(frozen=True, slots=True)
class SmsFault:
    """``permanent`` means: never the same message to the same number again.

    ``blames_number``: no other message would arrive there either. What an operator filtered for its words, or a country
    that is not enabled, says nothing of the number.
    """

    words: str
    permanent: bool
    remedy: Remedy
    blames_number: bool = False


_UNKNOWN = SmsFault("Il fornitore SMS ha rifiutato il messaggio.", True, Remedy.OTHER_CHANNEL)

_FAULTS = {
    "20003": SmsFault("Credenziali del fornitore SMS non valide.", False, Remedy.STOP_WAVE),
    "20429": SmsFault("Troppe richieste al fornitore SMS in poco tempo.", False, Remedy.SLOW_DOWN),
    "21211": SmsFault("Il numero di telefono non è valido.", True, Remedy.OTHER_CHANNEL, True),
    "21212": SmsFault("Il mittente SMS non è valido.", False, Remedy.STOP_WAVE),
    "21408": SmsFault("Gli SMS verso questo Paese non sono abilitati.", True, Remedy.OTHER_CHANNEL),
    "21602": SmsFault("Il testo dell'SMS è vuoto.", False, Remedy.STOP_WAVE),
    "21603": SmsFault("Manca il mittente SMS.", False, Remedy.STOP_WAVE),
    "21610": SmsFault(
        "Il destinatario ha chiesto di non ricevere SMS.", True, Remedy.SUPPRESS, True
    ),
    "21611": SmsFault("La coda del mittente SMS è piena.", False, Remedy.RETRY_IN_HOURS),
    "21614": SmsFault("Il numero non è di un cellulare.", True, Remedy.OTHER_CHANNEL, True),
    "21617": SmsFault("Il testo dell'SMS è troppo lungo.", False, Remedy.STOP_WAVE),
    "21635": SmsFault("Il numero è di una linea fissa.", True, Remedy.OTHER_CHANNEL, True),
    "30001": SmsFault("La coda del mittente SMS è piena.", False, Remedy.RETRY_IN_HOURS),
    "30003": SmsFault("Il telefono non è raggiungibile.", False, Remedy.RETRY_TOMORROW),
    "30004": SmsFault(
        "L'operatore blocca i messaggi verso questo numero.", True, Remedy.OTHER_CHANNEL, True
    ),
    "30005": SmsFault("Il numero non esiste o non è più attivo.", True, Remedy.OTHER_CHANNEL, True),
    "30006": SmsFault(
        "Il numero è di una linea fissa o non raggiunta.", True, Remedy.OTHER_CHANNEL, True
    ),
    "30007": SmsFault("L'operatore ha filtrato il messaggio.", True, Remedy.OTHER_CHANNEL),
    "30008": SmsFault(
        "Consegna non riuscita per causa non comunicata.", False, Remedy.RETRY_TOMORROW
    ),
    "30036": SmsFault("Il messaggio è scaduto prima della consegna.", False, Remedy.RETRY_IN_HOURS),
}


def sms_fault(code: str) -> SmsFault:
    """Meaning of a provider's code; an unknown one closes the channel for this item and nothing
    else.
    """
    return _FAULTS.get(code, _UNKNOWN)


_WAITS = {
    Remedy.RETRY_TOMORROW: timedelta(days=1),
    Remedy.RETRY_IN_HOURS: timedelta(hours=3),
}
SECOND_TRY = frozenset(code for code, fault in _FAULTS.items() if fault.remedy in _WAITS)


def second_try_after(code: str) -> timedelta | None:
    """How long after such a failure the same message is tried once more; None: never."""
    return _WAITS.get(sms_fault(code).remedy)
