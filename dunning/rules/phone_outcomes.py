"""How a call ended, and what follows from it: a table. Pure.

Before: the operator chooses one outcome.  After: ``services/phone_calls`` does what the row says. Third parties are told
nothing of the debt (Garante, 30 November 2005), so a call that one of them answered is not a conversation.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

_HOURS, _DAY, _WEEK = timedelta(hours=3), timedelta(days=1), timedelta(days=7)


class Called(StrEnum):
    """The codes of the outcomes; NONE is a call begun and never told."""

    NO_ANSWER = "NR"
    BUSY = "OCC"
    VOICEMAIL = "SEGR"
    NO_NUMBER = "NI"
    WRONG_PERSON = "NC"
    THIRD_PARTY = "TERZO"
    SPOKE = "CD"
    REMINDER = "RP"
    PROMISE = "PP"
    SAYS_PAID = "PG"
    DISPUTES = "CONT"
    INSTALMENTS = "RAT"
    HARDSHIP = "DIFF"
    REFUSES = "RIF"
    DECEASED = "DEC"
    PROTECTED = "MIN"
    CALL_BACK = "CB"
    COMPLAINT = "REC"
    UNTOLD = "NESSUNO"

    @property
    def rule(self) -> "Follows":
        return RULES[self]


class Stop(StrEnum):
    """What is held back until the office has answered; the values are those of ``Hold.Reason``."""

    DISPUTE = "CONTESTAZIONE"
    DECLARED = "PAGAMENTO_DICHIARATO"
    COMPLAINT = "RECLAMO"
    DEATH = "DECESSO"
    OFFICE = "MANUALE"


class Work(StrEnum):
    """What the office has to see to."""

    CHECK_PAYMENT = "PAGAMENTO"
    DISPUTE = "CONTESTAZIONE"
    INSTALMENTS = "RATEIZZAZIONE"
    HARDSHIP = "DIFFICOLTA"
    COMPLAINT = "RECLAMO"
    DEATH = "DECESSO"
    PROTECTED = "TUTELA"
    SUPERVISOR = "PROMESSE"


@dataclass(frozen=True, slots=True)
class Follows:
    """``spoke``: with the debtor herself. ``again``: after how long the next try; None: when somebody says so.
    ``exact``: then and not in a better hour.

    ``bad_number``: it is not hers or does not exist. ``stop`` holds every message too; ``work`` goes to the office.
    """

    label: str
    words: str
    spoke: bool = False
    again: timedelta | None = None
    bad_number: bool = False
    exact: bool = False
    stop: Stop | None = None
    work: Work | None = None


RULES: dict[Called, Follows] = {
    Called.NO_ANSWER: Follows("Non risponde", "Si riprova in un'altra fascia del giorno", again=_HOURS),
    Called.BUSY: Follows("Occupato", "Si riprova fra mezz'ora", again=timedelta(minutes=30), exact=True),
    Called.VOICEMAIL: Follows("Segreteria", "Non si lascia nessun messaggio; si riprova domani", again=_DAY),
    Called.NO_NUMBER: Follows("Numero inesistente", "Il numero non si usa più", again=timedelta(0), bad_number=True, exact=True),
    Called.WRONG_PERSON: Follows("Persona sbagliata", "Il numero non è suo: non si usa più", again=timedelta(0), bad_number=True, exact=True),
    Called.THIRD_PARTY: Follows("Risponde un altro", "Non gli si dice nulla del debito; si riprova domani", again=_DAY),
    Called.SPOKE: Follows("Ha parlato, senza impegni", "Si richiama fra una settimana", spoke=True, again=_WEEK),
    Called.REMINDER: Follows("Chiede un promemoria scritto", "Parte il messaggio; si richiama fra una settimana", spoke=True, again=_WEEK),
    Called.PROMISE: Follows("Promette di pagare", "Gli altri solleciti si fermano fino al giorno promesso, al massimo 15 giorni", spoke=True),
    Called.SAYS_PAID: Follows("Dice di avere già pagato", "Tutto si ferma finché l'ufficio non ha controllato", spoke=True, stop=Stop.DECLARED, work=Work.CHECK_PAYMENT),
    Called.DISPUTES: Follows("Contesta", "Tutto si ferma finché l'ufficio non risponde", spoke=True, stop=Stop.DISPUTE, work=Work.DISPUTE),
    Called.INSTALMENTS: Follows("Chiede di pagare a rate", "L'ufficio esamina la richiesta", spoke=True, stop=Stop.OFFICE, work=Work.INSTALMENTS),
    Called.HARDSHIP: Follows("È in difficoltà", "L'ufficio valuta con i servizi", spoke=True, stop=Stop.OFFICE, work=Work.HARDSHIP),
    Called.REFUSES: Follows("Rifiuta di pagare", "Si richiama fra due settimane", spoke=True, again=2 * _WEEK),
    Called.DECEASED: Follows("È deceduto", "La pratica si chiude; l'ufficio verifica", stop=Stop.DEATH, work=Work.DEATH),
    Called.PROTECTED: Follows("Minore o persona tutelata", "Non si richiama; l'ufficio cerca chi la rappresenta", stop=Stop.OFFICE, work=Work.PROTECTED),
    Called.CALL_BACK: Follows("Chiede di essere richiamato", "Si richiama quando ha detto", spoke=True, exact=True),
    Called.COMPLAINT: Follows("Reclamo", "Tutto si ferma finché l'ufficio non ha risposto", spoke=True, stop=Stop.COMPLAINT, work=Work.COMPLAINT),
    Called.UNTOLD: Follows("Senza esito registrato", "Conta come un tentativo senza risposta", again=_DAY),
}  # fmt: skip
CHOICES = [(one.value, RULES[one].label) for one in Called]
OFFERED = [(one.value, RULES[one].label) for one in Called if one is not Called.UNTOLD]


def next_try(outcome: Called, *, at: datetime, call_back_at: datetime | None) -> datetime | None:
    """Not before this instant; None when somebody else decides. Limits and hours are asked again then."""
    if outcome is Called.CALL_BACK:
        return call_back_at
    again = outcome.rule.again
    return None if again is None else at + again
