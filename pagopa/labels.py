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
    IUV_TES = "IUV_TES", "Bonifico singolo con IUV: da attribuire"
    TES_NO_IUF = "TES_NO_IUF_OR_IUV", "Causale senza riferimento pagoPA"


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
    """Of one credit: what its causale names, and the flow of that name if it has arrived."""

    names_flow: bool
    names_iuv: bool
    credit_cents: int
    flow_cents: int | None = None
    flow_taken: bool = False


def label_credit(facts: CreditFacts) -> CreditLabel:
    """Explained, or the queue where it waits. ``flow_taken``: another credit has paid that flow already."""
    if facts.names_flow:
        return _label_flow_credit(facts)
    return CreditLabel.IUV_TES if facts.names_iuv else CreditLabel.TES_NO_IUF


def _label_flow_credit(facts: CreditFacts) -> CreditLabel:
    if facts.flow_cents is None:
        return CreditLabel.TES_NO_MATCH
    if facts.flow_taken:
        return CreditLabel.IUF_TES_TWICE
    if facts.flow_cents == facts.credit_cents:
        return CreditLabel.RT_IUF_TES
    return CreditLabel.IUF_TES_DIV_IMP
