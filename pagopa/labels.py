"""What is said of a receipt, of a row of a flow and of a credit of the treasurer: total functions over facts.

Source of the names: the back-office of pagoPA itself (RT receipt, IUF flow, TES treasury).
"""

from dataclasses import dataclass

from django.db.models import TextChoices

# 0 paid, 4 paid in stand-in, 8 in stand-in without receipt, 9 without receipt.
PAID_OUTCOMES = frozenset({0, 4, 8, 9})
REVOKED_OUTCOME = 3


class Finding(TextChoices):
    """Of a receipt."""

    EXPECTED = "ATTESA", "Attesa"
    UNKNOWN_NOTICE = "AVVISO_SCONOSCIUTO", "Avviso sconosciuto"
    EXCESS = "ECCEDENZA", "Pagamento in eccedenza"
    SHORT = "IMPORTO_INFERIORE", "Importo inferiore all'avviso"
    THIRD_PARTY = "CONTO_TERZI", "Avviso emesso da altro Ente"


class RowLabel(TextChoices):
    """Of a row of a flow."""

    RT_IUF = "RT_IUF", "Ricevuta e flusso concordano"
    IUV_NO_RT = "IUV_NO_RT", "Riga di flusso senza ricevuta"
    AMOUNT_DIFFERS = "RT_IUF_DIV_IMP", "Importo diverso dalla ricevuta"
    REVOKED = "STORNO", "Pagamento revocato dal PSP"
    UNKNOWN_OUTCOME = "ESITO_NON_PREVISTO", "Esito non previsto: da verificare"


class CreditLabel(TextChoices):
    """Of a credit of the treasurer."""

    RT_IUF_TES = "RT_IUF_TES", "Riconciliato"
    IUF_TES_DIV_IMP = "IUF_TES_DIV_IMP", "Importo diverso dal flusso"
    IUF_TES_TWICE = "IUF_TES_DOPPIO", "Flusso già accreditato"
    TES_NO_MATCH = "TES_NO_MATCH", "Flusso non ancora ricevuto"
    RT_TES = "RT_TES", "Bonifico singolo con la sua ricevuta"
    RT_TES_DIV_IMP = "RT_TES_DIV_IMP", "Bonifico singolo diverso dalla ricevuta"
    RT_TES_TWICE = "RT_TES_DOPPIO", "Ricevuta già accreditata"
    IUV_TES = "IUV_TES", "Bonifico singolo con IUV: da attribuire"
    TES_NO_IUF = "TES_NO_IUF_OR_IUV", "Causale senza riferimento pagoPA"
    UNMATCHED = "TES_SCIOLTO", "Abbinamento sciolto: da rifare"
    BY_HAND = "TES_A_MANO", "Abbinato da una persona"
    NOT_OURS = "TES_NON_NOSTRO", "Non spetta all'Ente"
    OTHER_INCOME = "TES_ALTRA_ENTRATA", "Entrata di altra natura"
    REVERSED = "TES_STORNATO", "Stornato dal tesoriere"


# Nobody has to look at these any more; every other label is a queue.
EXPLAINED = frozenset(
    {
        CreditLabel.RT_IUF_TES,
        CreditLabel.RT_TES,
        CreditLabel.BY_HAND,
        CreditLabel.NOT_OURS,
        CreditLabel.OTHER_INCOME,
        CreditLabel.REVERSED,
    }
)


class RepairKind(TextChoices):
    """What a person says of a credit against, or beyond, what the rules say."""

    MATCH = "ABBINA", "Abbina a un flusso o a una ricevuta"
    SPLIT = "DIVIDI", "Dividi fra più flussi o ricevute"
    UNMATCH = "SCIOGLI", "Sciogli l'abbinamento"
    NOT_OURS = "NON_NOSTRO", "Segna come non spettante all'Ente"
    OTHER_INCOME = "ALTRA_ENTRATA", "Apri come entrata di altra natura"
    RESTORE = "RIPRISTINA", "Torna a ciò che dice la causale"


# These change what is explained by what: a second person confirms them.
MONEY_MOVING = frozenset({RepairKind.MATCH, RepairKind.SPLIT, RepairKind.UNMATCH})


def find_receipt(
    *,
    third_party: bool,
    notice_known: bool,
    paid_cents: int,
    excess_cents: int,
    asked_cents: int | None,
) -> Finding:
    """Whether a receipt was expected, or why a person should look at it."""
    if third_party:
        return Finding.THIRD_PARTY
    if not notice_known:
        return Finding.UNKNOWN_NOTICE
    if excess_cents:
        return Finding.EXCESS
    if asked_cents is not None and paid_cents < asked_cents:
        return Finding.SHORT
    return Finding.EXPECTED


def label_row(*, outcome: int, row_cents: int, receipt_cents: int | None) -> RowLabel:
    """``receipt_cents`` None: no receipt was found for the row."""
    if outcome == REVOKED_OUTCOME:
        return RowLabel.REVOKED
    if outcome not in PAID_OUTCOMES:
        return RowLabel.UNKNOWN_OUTCOME
    if receipt_cents is None:
        return RowLabel.IUV_NO_RT
    return RowLabel.RT_IUF if row_cents == receipt_cents else RowLabel.AMOUNT_DIFFERS


@dataclass(frozen=True, slots=True)
class CreditFacts:
    """Of one credit: what its causale names, what has arrived of that name, what a person said of it.

    ``credit_cents`` is net of what the treasurer reversed. ``flow_cents``, ``receipt_cents``: None when what is named
    has not arrived. ``*_taken``: other money has paid it already. ``repair``: the person's word in force, if any.
    """

    names_flow: bool
    names_iuv: bool
    credit_cents: int
    flow_cents: int | None = None
    flow_taken: bool = False
    receipt_cents: int | None = None
    receipt_taken: bool = False
    repair: RepairKind | None = None


_SAID = {
    RepairKind.MATCH: CreditLabel.BY_HAND,
    RepairKind.SPLIT: CreditLabel.BY_HAND,
    RepairKind.UNMATCH: CreditLabel.UNMATCHED,
    RepairKind.NOT_OURS: CreditLabel.NOT_OURS,
    RepairKind.OTHER_INCOME: CreditLabel.OTHER_INCOME,
}


def label_credit(facts: CreditFacts) -> CreditLabel:
    """Explained, or the queue where it waits. The treasurer's reversal first, a person's word next, the causale last."""
    if facts.credit_cents <= 0:
        return CreditLabel.REVERSED
    if facts.repair in _SAID:
        return _SAID[facts.repair]
    if facts.names_flow:
        return _label_flow_credit(facts)
    return _label_single_credit(facts) if facts.names_iuv else CreditLabel.TES_NO_IUF


def _label_flow_credit(facts: CreditFacts) -> CreditLabel:
    if facts.flow_cents is None:
        return CreditLabel.TES_NO_MATCH
    if facts.flow_taken:
        return CreditLabel.IUF_TES_TWICE
    if facts.flow_cents == facts.credit_cents:
        return CreditLabel.RT_IUF_TES
    return CreditLabel.IUF_TES_DIV_IMP


def _label_single_credit(facts: CreditFacts) -> CreditLabel:
    if facts.receipt_cents is None:
        return CreditLabel.IUV_TES
    if facts.receipt_taken:
        return CreditLabel.RT_TES_TWICE
    if facts.receipt_cents == facts.credit_cents:
        return CreditLabel.RT_TES
    return CreditLabel.RT_TES_DIV_IMP
