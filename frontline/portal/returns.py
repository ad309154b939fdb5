"""The payer is back from pagoPA's pages and her receipt is not here: once for each journey, somebody will look for it."""

from collections.abc import Iterable
from datetime import datetime

from django.http import HttpRequest

from pagopa.services.receipt_search import note_return

_RETURNS = "portal_returns"
MOST_RETURNS = 20


def look_for_receipts(
    request: HttpRequest, journey: str, notice_numbers: Iterable[str], *, at: datetime
) -> None:
    """Reading the page again asks for nothing more."""
    before = list(request.session.get(_RETURNS, []))
    if journey in before:
        return
    request.session[_RETURNS] = [*before[-(MOST_RETURNS - 1) :], journey]
    note_return(notice_numbers=list(notice_numbers), at=at)
