"""Where a receipt that never came is asked for: each archive of pagoPA by what it knows, a few questions an hour.

Before: pagopa/services/receipt_recovery.  After: the bytes as they came, and the receipt read from them.
Source: biz_events 0.1.89 (10 calls every 60 minutes, once the flow has been processed); gpd_payments 0.12.50.
"""

from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote

from pagopa.gateways.circuit import SharedCache
from pagopa.gateways.flow_source import NotThere
from pagopa.gateways.reading import Reader
from pagopa.wire.receipt_document import read_receipt_document
from pagopa.wire.receipt_json import read_receipt_answer
from pagopa.wire.requests import Receipt

HOUR = 3600
DAY = 24 * HOUR


class ReceiptSource(Protocol):
    """Anything that may have the receipts of an Ente (``organization`` is its codice fiscale)."""

    @property
    def operation(self) -> str:
        """The name under which its answers are kept."""
        ...

    @property
    def needs_iur(self) -> bool:
        """Whether the IUV alone says nothing to it."""
        ...

    def receipt(self, *, organization: str, iur: str, iuv: str) -> bytes | None:
        """As it came, or None when it is not there; ``iur`` may be empty. Raises SourceUnavailable, SourceRefused."""
        ...

    def read(self, raw: bytes) -> Receipt:
        """What it has answered. Raises ReceiptAnswerRefused."""
        ...


class BizEvents:
    """Payment events over REST: one receipt by its own name."""

    operation, needs_iur = "bizEvents", True

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def receipt(self, *, organization: str, iur: str, iuv: str) -> bytes | None:
        path = f"/organizations/{quote(organization)}/receipts/{quote(iur, safe='')}"
        return _body(self._reader, f"{path}/paymentoptions/{quote(iuv, safe='')}")

    def read(self, raw: bytes) -> Receipt:
        return read_receipt_answer(raw)


class GpdPayments:
    """Receipts of the positions that GPD has published, over REST: the one of an IUV, as the Node sent it."""

    operation, needs_iur = "gpdPayments", False

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def receipt(self, *, organization: str, iur: str, iuv: str) -> bytes | None:
        path = f"/payments/{quote(organization)}/receipts/{quote(iuv, safe='')}"
        return _body(self._reader, path)

    def read(self, raw: bytes) -> Receipt:
        return read_receipt_document(raw)


def _body(reader: Reader, path: str) -> bytes | None:
    try:
        return reader.get(path)
    except NotThere:
        return None


@dataclass(frozen=True, slots=True)
class CallBudget:
    """``calls`` an hour to one source for one Ente, and one question a day for each payment; shared by all processes."""

    cache: SharedCache
    ente: str
    calls: int

    def asked_today(self, source: str, what: str) -> bool:
        return self.cache.get(f"receipts:asked:{source}:{self.ente}:{what}") is not None

    def spend(self, source: str, what: str) -> bool:
        """One call of this hour, noted as today's question; False, and nothing noted, when there are no more."""
        key = f"receipts:calls:{source}:{self.ente}"
        self.cache.add(key, 0, timeout=HOUR)
        if self.cache.incr(key) > self.calls:
            return False
        self.cache.add(f"receipts:asked:{source}:{self.ente}:{what}", 1, timeout=DAY)
        return True

    def take_back(self, source: str, what: str) -> None:
        """The question had no answer at all: it may be put again today."""
        self.cache.delete(f"receipts:asked:{source}:{self.ente}:{what}")
