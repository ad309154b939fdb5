"""Chapter 4's way out: what any road to pagoPA must be able to do, whatever protocol it speaks.

Before: pagopa/services/publication.  After: one adapter per road (SOAP of the intermediary,
ACA, GPD, or none: our own station answers).
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal, Protocol, runtime_checkable

from paybox.kernel.problems import Refused

# The code of a refusal that means: it is not there to be changed or taken off.
NOT_THERE = "PAA_IMPORT_DOVUTO_NON_PRESENTE"


class Road(StrEnum):
    """The roads there are; an Ente has one, a service of its may have another."""

    SOAP = "SOAP"
    ACA = "ACA"
    GPD = "GPD"
    DIRECT = "DIRETTA"


@dataclass(frozen=True, slots=True)
class DebtorToPublish:
    """``kind`` F person, G body. ``code``: codice fiscale or partita IVA, ``ANONIMO`` if none."""

    kind: Literal["F", "G"]
    code: str
    full_name: str
    street: str = ""
    civic_number: str = ""
    postal_code: str = ""
    city: str = ""
    province: str = ""
    country: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class TransferToPublish:
    """What of a notice goes to one body; cents > 0. ``stamp_hash`` set: the price of a digital stamp, to no account."""

    amount_cents: int
    fiscal_code: str
    name: str
    taxonomy: str
    iban: str = ""
    postal_iban: str = ""
    metadata: tuple[tuple[str, str], ...] = ()
    stamp_hash: str = ""
    stamp_kind: str = ""
    stamp_province: str = ""


@dataclass(frozen=True, slots=True)
class NoticeToPublish:
    """One notice as it must stand on pagoPA.

    ``iud`` is our own name of the debt (≤ 35, not beginning with 000), ``iuv`` 17 digits,
    ``notice_number`` 18. ``amount_cents`` > 0.
    ``taxonomy`` with or without its frame: ``9/0101101IM/`` or ``0101101IM``.
    ``position`` is the name all the notices of one position share; ``instalment`` 0 is the rata unica.
    ``transfers``: one to five that add up, the Ente's own first; empty: all of it is the Ente's.
    """

    iud: str
    iuv: str
    notice_number: str
    amount_cents: int
    due_on: date | None
    causale: str
    service_code: str
    taxonomy: str
    debtor: DebtorToPublish
    iban: str = ""
    postal_iban: str = ""
    position: str = ""
    instalment: int = 0
    transfers: tuple[TransferToPublish, ...] = ()
    metadata: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class PublicationRequest:
    """Notices of one Ente. ``ente_code`` is the name the intermediary knows it by (IPA code)."""

    ente_codice_fiscale: str
    ente_code: str
    notices: tuple[NoticeToPublish, ...]
    ente_name: str = ""


class NoticeStatus(StrEnum):
    ACKNOWLEDGED = "ACKNOWLEDGED"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class NoticeOutcome:
    """What the other side said of one notice; ``code`` and ``words`` are its own or empty."""

    iud: str
    iuv: str
    status: NoticeStatus
    code: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class PublicationOutcome:
    """One outcome for each notice asked for, in the same order."""

    notices: tuple[NoticeOutcome, ...]


class GatewayUnavailable(Refused):
    """The other side could not be reached or understood: try again later.

    ``done`` holds what was answered before the trouble; of the next notice it is not known whether
    it arrived, so a second attempt must be harmless (the same notice twice is acknowledged twice).
    """

    def __init__(self, words: str, *, done: tuple[NoticeOutcome, ...] = ()) -> None:
        super().__init__(words)
        self.done = done


class PublicationGateway(Protocol):
    """Every method answers per notice, and raises GatewayUnavailable when transport fails."""

    def publish(self, request: PublicationRequest) -> PublicationOutcome:
        """Put new notices on pagoPA."""
        ...

    def replace(self, request: PublicationRequest) -> PublicationOutcome:
        """Change notices already there (same iud and iuv; amount, date or words differ)."""
        ...

    def withdraw(self, request: PublicationRequest) -> PublicationOutcome:
        """Take notices off pagoPA; they can no longer be paid."""
        ...


@runtime_checkable
class WholesaleGateway(Protocol):
    """A road that has a better way for very many notices together."""

    def takes_whole(self, notices: int) -> bool:
        """Whether so many of one request are better handed over together."""
        ...
