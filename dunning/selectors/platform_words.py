"""What a platform of the State is told beside the words: which notices, of how much; and whether it would take the words.

Before: ``messages``.  After: the channels of App IO and SEND.
"""

from collections.abc import Sequence

from billing.selectors.overdue import OverdueDebt
from dunning.channels.protocol import NoticeToPay, Particulars
from dunning.rules.app_io import markdown_of, why_unfit
from paybox.kernel.problems import Refused
from tenants.models import Ente


class IoUnfit(Refused):
    """App IO would not take these words."""


def check_io(subject: str, text: str) -> None:
    """Raises IoUnfit."""
    if why := why_unfit(subject, markdown_of(text)):
        raise IoUnfit(why)


def particulars_of(debts: Sequence[OverdueDebt], ente: Ente) -> Particulars:
    """A debt with one notice says what that notice costs; with several, only which they are."""
    return Particulars(notices=tuple(_notices(debts, ente.codice_fiscale)))


def _notices(debts: Sequence[OverdueDebt], payee: str) -> list[NoticeToPay]:
    return [
        NoticeToPay(number, debt.overdue_cents if len(debt.notices) == 1 else 0, payee)
        for debt in debts
        for number in debt.notices
    ]
