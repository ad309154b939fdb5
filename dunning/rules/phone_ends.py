"""How a file goes back to the body, and why some debtors never enter the list. Pure.

Before: what was collected and what was said on the telephone.  After: the hand-back, one state and one reason a file.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from dunning.rules.phone_outcomes import Called


class FileState(StrEnum):
    """Where a file stands; those that begin with CHIUSA, and RICHIAMATA, are ends."""

    PROPOSED = "PROPOSTA"
    EXCLUDED = "ESCLUSA"
    OPEN = "IN_LAVORAZIONE"
    COLLECTED = "CHIUSA_INCASSO"
    PARTLY = "CHIUSA_PARZIALE"
    INSTALMENTS = "CHIUSA_RATEIZZATA"
    NEGATIVE = "CHIUSA_NEGATIVA"
    RECALLED = "RICHIAMATA"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    FileState.PROPOSED: "Proposta",
    FileState.EXCLUDED: "Fuori dalla campagna",
    FileState.OPEN: "In lavorazione",
    FileState.COLLECTED: "Chiusa con incasso",
    FileState.PARTLY: "Chiusa con incasso parziale",
    FileState.INSTALMENTS: "Chiusa: rateizzata",
    FileState.NEGATIVE: "Negativa",
    FileState.RECALLED: "Richiamata dall'Ente",
}
ENDS = (FileState.COLLECTED, FileState.PARTLY, FileState.INSTALMENTS, FileState.NEGATIVE, FileState.RECALLED)  # fmt: skip


class Negative(StrEnum):
    """Why nothing came of it."""

    UNREACHABLE = "IRREPERIBILE"
    REFUSES = "RIFIUTA"
    DISPUTED = "CONTESTATA"
    DECEASED = "DECEDUTO"
    PENNILESS = "NULLATENENTE"
    EXPIRED = "PRESCRITTA"
    OUT_OF_TIME = "FUORI_TERMINE"

    @property
    def label(self) -> str:
        return _NEGATIVE[self]


_NEGATIVE = {
    Negative.UNREACHABLE: "Irreperibile al telefono",
    Negative.REFUSES: "Rifiuta di pagare",
    Negative.DISPUTED: "Contesta il debito",
    Negative.DECEASED: "Deceduto",
    Negative.PENNILESS: "Nullatenente o in difficoltà",
    Negative.EXPIRED: "Prescritta",
    Negative.OUT_OF_TIME: "Termine dell'incarico passato",
}


class LeftOut(StrEnum):
    """Why a debtor does not enter a campaign, beside the reasons of every sending."""

    YOUNG = "RECENTE"
    NO_PHONE = "SENZA_TELEFONO"
    ELSEWHERE = "ALTRA_CAMPAGNA"
    LIMITS = "LIMITI"

    @property
    def sentence(self) -> str:
        return _LEFT_OUT[self]


_LEFT_OUT = {
    LeftOut.YOUNG: "Il debito è più recente di quanto la campagna chiede.",
    LeftOut.NO_PHONE: "Non risulta un numero di telefono che funzioni.",
    LeftOut.ELSEWHERE: "È già seguita in un'altra campagna telefonica.",
    LeftOut.LIMITS: "È stata chiamata da poco: per ora non si può telefonare ancora.",
}


@dataclass(frozen=True, slots=True)
class Ending:
    """``collected_cents`` since the file was given; ``has_plan``: an instalment plan was granted."""

    residual_cents: int
    collected_cents: int
    has_plan: bool
    outcomes: Sequence[Called]  # oldest first


def ending_of(file: Ending) -> tuple[FileState, str]:
    """The state and, for a negative, its reason."""
    if file.residual_cents <= 0:
        return (FileState.COLLECTED, "") if file.collected_cents else (FileState.RECALLED, "Non più dovuta")  # fmt: skip
    if file.has_plan:
        return FileState.INSTALMENTS, ""
    if file.collected_cents:
        return FileState.PARTLY, ""
    return FileState.NEGATIVE, _why(file.outcomes).value


def _why(outcomes: Sequence[Called]) -> Negative:
    """By the last thing that was said; nobody ever spoken to is unreachable."""
    said = {
        Called.DECEASED: Negative.DECEASED,
        Called.REFUSES: Negative.REFUSES,
        Called.DISPUTES: Negative.DISPUTED,
        Called.HARDSHIP: Negative.PENNILESS,
    }
    for outcome in reversed(outcomes):
        if outcome in said:
            return said[outcome]
    spoken = any(outcome.rule.spoke for outcome in outcomes)
    return Negative.OUT_OF_TIME if spoken or not outcomes else Negative.UNREACHABLE
