"""The procedure of an Order against who does not pay her dues: which fact may follow which. Pure.

Before: a member on the list.  After: the state of her case. The program only keeps what the Council has done: nobody is
suspended by it. Source: L. 536/1949 art. 2 (suspension with the forms of the disciplinary procedure, no term, revoked by the
President on proof of payment); DPR 221/1950 art. 11 and L. 247/2012 art. 29 c. 6 (nothing before the member was summoned).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from paybox.kernel.problems import Refused

SOURCE = "L. 536/1949, art. 2"


class FactKind(StrEnum):
    """What the body does, in order."""

    SUMMONS = "CONVOCAZIONE"
    HEARING = "AUDIZIONE"
    SUSPENSION = "SOSPENSIONE"
    CANCELLATION = "CANCELLAZIONE"
    DISMISSAL = "ARCHIVIAZIONE"
    SERVICE = "NOTIFICA"
    REVOCATION = "REVOCA"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    FactKind.SUMMONS: "Convocazione notificata",
    FactKind.HEARING: "Audizione, o assenza accertata",
    FactKind.SUSPENSION: "Delibera di sospensione",
    FactKind.CANCELLATION: "Delibera di cancellazione",
    FactKind.DISMISSAL: "Archiviazione",
    FactKind.SERVICE: "Delibera notificata all'iscritto",
    FactKind.REVOCATION: "Revoca per avvenuto pagamento",
}
RESOLUTIONS = (FactKind.SUSPENSION, FactKind.CANCELLATION)
_ENDED = (FactKind.DISMISSAL, FactKind.REVOCATION)
_FOLLOWS: dict[FactKind | None, tuple[FactKind, ...]] = {
    None: (FactKind.SUMMONS, FactKind.DISMISSAL),
    FactKind.SUMMONS: (FactKind.HEARING, FactKind.DISMISSAL),
    FactKind.HEARING: (FactKind.SUSPENSION, FactKind.CANCELLATION, FactKind.DISMISSAL),
    FactKind.SUSPENSION: (FactKind.SERVICE, FactKind.REVOCATION),
    FactKind.CANCELLATION: (FactKind.SERVICE, FactKind.REVOCATION),
    FactKind.SERVICE: (FactKind.REVOCATION,),
    FactKind.DISMISSAL: (),
    FactKind.REVOCATION: (),
}


class CaseRefused(Refused):
    """The fact cannot be written as given; nothing was kept."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A confirmed fact. ``hearing_on`` only of a summons: the day for which the member is called."""

    kind: FactKind
    on: date
    hearing_on: date | None = None


def may_follow(facts: Sequence[Fact]) -> tuple[FactKind, ...]:
    """What may come next; nothing once the case has ended."""
    return _FOLLOWS[facts[-1].kind if facts else None]


def is_over(facts: Sequence[Fact]) -> bool:
    return bool(facts) and facts[-1].kind in _ENDED


def check_fact(new: Fact, facts: Sequence[Fact], *, owed_cents: int, today: date) -> None:
    """Raise CaseRefused unless the fact follows those confirmed, in time, and its condition is met."""
    if new.kind not in may_follow(facts):
        wanted = ", ".join(kind.label.lower() for kind in may_follow(facts)) or "nulla"
        raise CaseRefused(
            f"Prima viene un altro passo della procedura. Ora si può registrare: {wanted}"
        )
    if new.on > today:
        raise CaseRefused("Il giorno è nel futuro: si registra ciò che è avvenuto")
    if facts and new.on < facts[-1].on:
        raise CaseRefused("Il giorno è prima del passo precedente")
    if new.kind is FactKind.SUMMONS and (new.hearing_on is None or new.hearing_on <= new.on):
        raise CaseRefused("La convocazione dice per quale giorno, dopo quello in cui è ricevuta")
    if new.kind is FactKind.HEARING and new.on < _called_for(facts):
        raise CaseRefused("L'audizione non può essere prima del giorno della convocazione")
    if new.kind is FactKind.REVOCATION and owed_cents:
        raise CaseRefused(f"Si revoca quando l'iscritto prova di aver pagato tutto ({SOURCE})")
    if new.kind in RESOLUTIONS and not owed_cents:
        raise CaseRefused("Le quote risultano pagate: si archivia")


def state_words(facts: Sequence[Fact]) -> str:
    """For the list."""
    return facts[-1].kind.label if facts else "Aperto: nessun passo ancora"


def _called_for(facts: Sequence[Fact]) -> date:
    days = [fact.hearing_on for fact in facts if fact.hearing_on is not None]
    return days[-1]
