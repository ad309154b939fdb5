"""The words with which an Ente refuses the Node: PAA_* codes and their fixed sentences.

Source: SANP, table of the faults of the Ente Creditore. The Node passes the code on to the PSP.
"""

from enum import StrEnum


class FaultCode(StrEnum):
    """A PAA_* code; ``fault_string`` is the sentence that goes with it, word for word."""

    SINTASSI_XSD = "PAA_SINTASSI_XSD"
    SINTASSI_EXTRAXSD = "PAA_SINTASSI_EXTRAXSD"
    ID_DOMINIO_ERRATO = "PAA_ID_DOMINIO_ERRATO"
    ID_INTERMEDIARIO_ERRATO = "PAA_ID_INTERMEDIARIO_ERRATO"
    STAZIONE_INT_ERRATA = "PAA_STAZIONE_INT_ERRATA"
    PAGAMENTO_SCONOSCIUTO = "PAA_PAGAMENTO_SCONOSCIUTO"
    PAGAMENTO_DUPLICATO = "PAA_PAGAMENTO_DUPLICATO"
    PAGAMENTO_IN_CORSO = "PAA_PAGAMENTO_IN_CORSO"
    PAGAMENTO_SCADUTO = "PAA_PAGAMENTO_SCADUTO"
    PAGAMENTO_ANNULLATO = "PAA_PAGAMENTO_ANNULLATO"
    RECEIPT_DUPLICATA = "PAA_RECEIPT_DUPLICATA"
    SEMANTICA = "PAA_SEMANTICA"
    SYSTEM_ERROR = "PAA_SYSTEM_ERROR"

    @property
    def fault_string(self) -> str:
        return _FAULT_STRINGS[self]


_FAULT_STRINGS: dict[FaultCode, str] = {
    FaultCode.SINTASSI_XSD: "Errore di sintassi XSD",
    FaultCode.SINTASSI_EXTRAXSD: "Errore di sintassi extra XSD",
    FaultCode.ID_DOMINIO_ERRATO: "La PAA non corrisponde al Dominio indicato",
    FaultCode.ID_INTERMEDIARIO_ERRATO: "Identificativo intermediario non corrispondente",
    FaultCode.STAZIONE_INT_ERRATA: "Stazione intermediario non corrispondente",
    FaultCode.PAGAMENTO_SCONOSCIUTO: "Pagamento in attesa risulta sconosciuto all'Ente Creditore",
    FaultCode.PAGAMENTO_DUPLICATO: "Pagamento in attesa risulta concluso all'Ente Creditore",
    FaultCode.PAGAMENTO_IN_CORSO: "Pagamento in attesa risulta in corso all'Ente Creditore",
    FaultCode.PAGAMENTO_SCADUTO: "Pagamento in attesa risulta scaduto all'Ente Creditore",
    FaultCode.PAGAMENTO_ANNULLATO: "Pagamento in attesa risulta annullato all'Ente Creditore",
    # No sentence is fixed for this one.
    FaultCode.RECEIPT_DUPLICATA: "La ricevuta risulta già acquisita",
    FaultCode.SEMANTICA: "Errore semantico",
    FaultCode.SYSTEM_ERROR: "Errore generico",
}
