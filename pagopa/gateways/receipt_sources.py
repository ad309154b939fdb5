"""Where a receipt that never came is asked for: the service of payment events, a few questions an hour.

Before: pagopa/services/receipt_recovery.  After: the bytes as they came.
Source: biz_events 0.1.89; 10 calls every 60 minutes, only once the flow has been processed.
"""

from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote

from pagopa.gateways.circuit import SharedCache
from pagopa.gateways.flow_source import NotThere
from pagopa.gateways.reading import Reader

HOUR = 3600
DAY = 24 * HOUR


class ReceiptSource(Protocol):
    """Anything that may have the receipts of an Ente (``organization`` is its codice fiscale)."""

    def receipt(self, *, organization: str, iur: str, iuv: str) -> bytes | None:
        """As it came, or None when it is not there. Raises SourceUnavailable, SourceRefused."""
        ...


class BizEvents:
    """A ReceiptSource over REST."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def receipt(self, *, organization: str, iur: str, iuv: str) -> bytes | None:
        path = f"/organizations/{quote(organization)}/receipts/{quote(iur, safe='')}"
        try:
            return self._reader.get(f"{path}/paymentoptions/{quote(iuv, safe='')}")
        except NotThere:
            return None


@dataclass(frozen=True, slots=True)
class CallBudget:
    """``calls`` an hour for one Ente, and one question a day for each receipt; shared by all processes."""

    cache: SharedCache
    ente: str
    calls: int

    def may_ask(self, iur: str) -> bool:
        """Whether this one was not asked for today."""
        return self.cache.add(f"receipts:asked:{self.ente}:{iur}", 1, timeout=DAY)

    def spend(self) -> bool:
        """One call of this hour; False when there are no more."""
        key = f"receipts:calls:{self.ente}"
        self.cache.add(key, 0, timeout=HOUR)
        return self.cache.incr(key) <= self.calls
