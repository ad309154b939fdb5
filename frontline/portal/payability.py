"""Whether a notice can be paid now, said to a citizen in plain words. Pure: facts in, sentence out.

The Node decides again when the payment starts (pagopa/rules/decision); here nobody is sent to a till that is closed.
"""

from dataclasses import dataclass
from datetime import date

from billing.models import Instalment
from billing.states import InstalmentState
from paybox.kernel.clock import ROME

_CLOSED = "Questo codice non si può più pagare: il dovuto è già stato pagato in un altro modo (rata unica o rate)."
_WITHDRAWN = "L'Ente ha annullato questo avviso: non c'è niente da pagare."


@dataclass(frozen=True, slots=True)
class Payability:
    """``label`` is the state in one or two words; ``words`` why, and what to do."""

    may_pay: bool
    label: str
    words: str
    is_paid: bool = False


def payability(instalment: Instalment, *, accepts_late_payment: bool, on: date) -> Payability:
    """The state of one way to pay, on a day. What is due today is not late."""
    if instalment.state == InstalmentState.PAID:
        return Payability(False, "Pagato", _paid_words(instalment), is_paid=True)
    if instalment.state == InstalmentState.CLOSED:
        return Payability(False, "Non più pagabile", _CLOSED)
    if instalment.state == InstalmentState.WITHDRAWN:
        return Payability(False, "Annullato", _WITHDRAWN)
    if instalment.due_on < on:
        return _late(instalment.due_on, accepts_late_payment)
    return Payability(True, "Da pagare", "")


def _paid_words(instalment: Instalment) -> str:
    if instalment.paid_at is None:
        return "Questo avviso risulta pagato."
    return f"Questo avviso risulta pagato il {instalment.paid_at.astimezone(ROME):%d/%m/%Y}."


def _late(due_on: date, accepts_late_payment: bool) -> Payability:
    since = f"La scadenza era il {due_on:%d/%m/%Y}"
    if accepts_late_payment:
        return Payability(True, "Scaduto", f"{since}: si può ancora pagare.")
    words = f"{since} e non si può più pagare online. Per sapere come fare, rivolgersi all'Ente."
    return Payability(False, "Scaduto", words)
