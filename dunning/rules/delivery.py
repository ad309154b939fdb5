"""The life of one attempt as its channel tells it: news arrives late, twice and out of order, and
never takes anything back.

Before: what a channel answered or called back.  After: the attempt's row, written by
dunning/services.
"""

from enum import StrEnum


class DeliveryStatus(StrEnum):
    """Where an attempt stands. The order below is the order of certainty."""

    CREATO = "CREATO"
    IN_INVIO = "IN_INVIO"
    INCERTO = "INCERTO"
    ACCETTATO = "ACCETTATO"
    INVIATO = "INVIATO"
    SCADUTO = "SCADUTO"
    FALLITO_TEMP = "FALLITO_TEMP"
    FALLITO_PERM = "FALLITO_PERM"
    CONSEGNATO = "CONSEGNATO"

    @property
    def label(self) -> str:
        return _LABELS[self]

    @property
    def is_final(self) -> bool:
        """Nothing more is awaited (a later delivery receipt is still believed)."""
        return _RANK[self] >= _RANK[DeliveryStatus.SCADUTO]


_RANK = {status: rank for rank, status in enumerate(DeliveryStatus)}

_LABELS = {
    DeliveryStatus.CREATO: "Da inviare",
    DeliveryStatus.IN_INVIO: "Invio in corso",
    DeliveryStatus.INCERTO: "Esito incerto",
    DeliveryStatus.ACCETTATO: "Preso in carico",
    DeliveryStatus.INVIATO: "Inviato",
    DeliveryStatus.SCADUTO: "Nessuna conferma di consegna",
    DeliveryStatus.FALLITO_TEMP: "Non consegnato (si può riprovare)",
    DeliveryStatus.FALLITO_PERM: "Non consegnato",
    DeliveryStatus.CONSEGNATO: "Consegnato",
}


def advance(current: DeliveryStatus, reported: DeliveryStatus) -> DeliveryStatus:
    """The status to keep after ``reported`` arrives: the surer of the two.

    A proof of delivery beats every failure; a late "sent" does not reopen what has ended; an
    uncertain outcome is settled by whatever comes after. Commutative, associative, idempotent, so
    the order of arrival does not matter.
    """
    return max(current, reported, key=_RANK.__getitem__)
