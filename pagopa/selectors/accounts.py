"""Which accounts a notice can be paid to: of the share, of the service, of the Ente, in that order."""

from typing import Protocol

from billing.rules.shares import Share
from pagopa.selectors.enti import is_postal
from pagopa.selectors.notices import Notice


class Payee(Protocol):
    """The Ente that issued the notice."""

    @property
    def codice_fiscale(self) -> str: ...
    @property
    def iban(self) -> str: ...
    @property
    def postal_iban(self) -> str: ...


def accounts_of(notice: Notice, ente: Payee, share: Share) -> tuple[str, str]:
    """The usual IBAN and the postal one, empty when there is none; somebody else's money never comes to ours.

    A postal IBAN is never made up from a ccp: the branch in it is not known and the Node would refuse it.
    """
    ours = share.fiscal_code in ("", ente.codice_fiscale)
    banks, posts = (share.iban, ""), (share.postal_iban, "")
    if ours and not (share.iban or share.postal_iban):
        banks = (notice.service_iban, ente.iban)
        posts = (notice.postal_iban, ente.postal_iban)
    usual = banks[0] or banks[1] or posts[0] or posts[1]
    return usual, next(filter(is_postal, (posts[0], usual, posts[1], *banks)), "")


def all_postal(notice: Notice, ente: Payee) -> bool:
    """``allCCP``: every account that this notice is paid to has a postal one; a stamp has none."""
    if not notice.shares:  # almost every notice
        ours = (notice.postal_iban, ente.postal_iban, notice.service_iban, ente.iban)
        return any(map(is_postal, ours))
    return all(
        share.stamp is None and bool(accounts_of(notice, ente, share)[1]) for share in notice.shares
    )
