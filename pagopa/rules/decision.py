"""May this notice be paid now?  One total function from facts to the Node's answer.

Before: the services gather the facts of one notice.  After: verify and activation answer OK, or KO
with the code.
"""

from typing import NamedTuple

from pagopa.rules.faults import FaultCode


class NoticeFacts(NamedTuple):
    """What is known of the notice asked for, on the day it is asked for.

    ``other_ente``: idPA or the code of the QR is not this Ente. ``unpublished``: not yet valid.
    ``paid``: this very notice. ``settled``: the whole position, on whatever channel.
    ``alternative_paid``: rata unica closed by a rata, or the other way round.
    ``in_course``: the Ente has its receipt and is booking it. ``late_refused``: past its due date in a service that takes no late payment.
    """

    exists: bool
    other_ente: bool = False
    other_broker: bool = False
    other_station: bool = False
    unpublished: bool = False
    withdrawn: bool = False
    paid: bool = False
    settled: bool = False
    alternative_paid: bool = False
    in_course: bool = False
    late_refused: bool = False


def decide(facts: NoticeFacts) -> FaultCode | None:
    """None when the notice may be paid, else the fault. Never raises.

    Who asks is judged before what is asked, so that a stranger learns nothing of the notice. Money
    already taken comes before every other reason: the citizen must hear "già pagato" even for a
    notice withdrawn since.
    Source: SANP, checks of the Ente Creditore on paVerifyPaymentNotice and paGetPayment.
    """
    return _stranger(facts) or _state(facts)


def _stranger(facts: NoticeFacts) -> FaultCode | None:
    if facts.other_ente:
        return FaultCode.ID_DOMINIO_ERRATO
    if facts.other_broker:
        return FaultCode.ID_INTERMEDIARIO_ERRATO
    if facts.other_station:
        return FaultCode.STAZIONE_INT_ERRATA
    return None


def _state(facts: NoticeFacts) -> FaultCode | None:
    if not facts.exists:
        return FaultCode.PAGAMENTO_SCONOSCIUTO
    if facts.paid or facts.settled or facts.alternative_paid:
        return FaultCode.PAGAMENTO_DUPLICATO
    if facts.in_course:
        return FaultCode.PAGAMENTO_IN_CORSO
    if facts.withdrawn:
        return FaultCode.PAGAMENTO_ANNULLATO
    if facts.unpublished:
        return FaultCode.PAGAMENTO_SCONOSCIUTO
    if facts.late_refused:
        return FaultCode.PAGAMENTO_SCADUTO
    return None
