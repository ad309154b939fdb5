"""The words of reconciliation: what is said of a receipt, a flow, a row of it, a credit of the treasurer.

Which of them is true is decided by ``rules/labelling``. Source of the names: the back-office of pagoPA itself
(RT receipt, IUF flow, TES treasury).
"""

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
    BOOKED = "IUV_INCASSATO", "Incassata senza ricevuta, sulla parola del flusso"
    AMOUNT_DIFFERS = "RT_IUF_DIV_IMP", "Importo diverso dalla ricevuta"
    REVOKED = "STORNO", "Pagamento revocato dal PSP"
    UNKNOWN_OUTCOME = "ESITO_NON_PREVISTO", "Esito non previsto: da verificare"
    TWICE = "IUF_DOPPIO", "Pagamento già rendicontato in un altro flusso"
    BY_HAND = "RT_IUF_A_MANO", "Riga abbinata da una persona"
    UNMATCHED = "IUV_SCIOLTO", "Abbinamento della riga sciolto: da rifare"
    NOT_OURS = "IUV_NON_NOSTRO", "Riga che non spetta all'Ente"
    OTHER_INCOME = "IUV_ALTRA_ENTRATA", "Riga registrata come altra entrata"


# The row reports its receipt; with any other label the receipt is still waiting for a flow.
REPORTED = (RowLabel.RT_IUF, RowLabel.AMOUNT_DIFFERS, RowLabel.BY_HAND)
# Nobody has to look at these rows any more; the others are queues, which an index keeps at hand.
ROWS_AT_REST = (
    RowLabel.RT_IUF,
    RowLabel.BOOKED,
    RowLabel.BY_HAND,
    RowLabel.NOT_OURS,
    RowLabel.OTHER_INCOME,
)
# Their receipt may still come, and is looked for.
UNRECEIPTED = (RowLabel.IUV_NO_RT, RowLabel.BOOKED)
ROWS_WAITING = tuple(str(label) for label in RowLabel if label not in ROWS_AT_REST)


class ReceiptLabel(TextChoices):
    """Of a receipt, as its money goes on."""

    RT_IUF_TES = "RT_IUF_TES", "Pagata, rendicontata e incassata"
    RT_IUF = "RT_IUF", "Rendicontata, non ancora incassata"
    AMOUNT_DIFFERS = "RT_IUF_DIV_IMP", "Rendicontata per un importo diverso"
    RT_TES = "RT_TES", "Incassata con un bonifico singolo"
    RT_TES_DIV_IMP = "RT_TES_DIV_IMP", "Bonifico singolo di importo diverso"
    RT_TES_PART = "RT_TES_PARTE", "Ricevuta incassata solo in parte"
    WAITING = "RT_ATTESA", "In attesa del flusso"
    RT_NO_IUF = "RT_NO_IUF", "Ricevuta senza flusso"


class FlowLabel(TextChoices):
    """Of a whole flow."""

    IUF_TES = "IUF_TES", "Flusso accreditato"
    IUF_TES_DIV_IMP = "IUF_TES_DIV_IMP", "Accreditato per un importo diverso"
    IUF_TES_PART = "IUF_TES_PARTE", "Flusso accreditato solo in parte"
    WAITING = "IUF_ATTESA", "In attesa dell'accredito"
    IUF_NO_TES = "IUF_NO_TES", "Flusso senza accredito"


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
    OPENED = "TES_CREDITO", "Credito di altra natura, aperto e incassato"
    REVERSED = "TES_STORNATO", "Stornato dal tesoriere"


# Nobody has to look at these any more; every other label is a queue.
EXPLAINED = frozenset(
    {
        CreditLabel.RT_IUF_TES,
        CreditLabel.RT_TES,
        CreditLabel.BY_HAND,
        CreditLabel.NOT_OURS,
        CreditLabel.OTHER_INCOME,
        CreditLabel.OPENED,
        CreditLabel.REVERSED,
    }
)


class RepairKind(TextChoices):
    """What a person says of a credit, or of a row, against or beyond what the rules say."""

    MATCH = "ABBINA", "Abbina"
    SPLIT = "DIVIDI", "Dividi fra più flussi o ricevute"
    UNMATCH = "SCIOGLI", "Sciogli l'abbinamento"
    NOT_OURS = "NON_NOSTRO", "Segna come non spettante all'Ente"
    OTHER_INCOME = "ALTRA_ENTRATA", "Apri come entrata di altra natura"
    OPEN_CREDIT = "CREDITO", "Apri come credito di un debitore, e incassalo"
    RESTORE = "RIPRISTINA", "Togli la correzione"


# These change what is explained by what, or the books: a second person confirms them.
MONEY_MOVING = frozenset(
    {
        RepairKind.MATCH,
        RepairKind.SPLIT,
        RepairKind.UNMATCH,
        RepairKind.OTHER_INCOME,
        RepairKind.OPEN_CREDIT,
    }
)
# These put the money on a service.
ON_A_SERVICE = (RepairKind.OTHER_INCOME, RepairKind.OPEN_CREDIT)
