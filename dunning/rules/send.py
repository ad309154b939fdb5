"""What SEND's timeline means: where an act stands, when it is served, what it cost, what somebody must do.

Before: the whole timeline as the platform tells it now.  After: ``services/send_news`` writes it down. It is a function of
the set of events: neither their order nor their delay matters. Source: SEND, TimelineElementCategory; D.L. 76/2020 art. 26.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from dunning.rules.delivery import DeliveryStatus

REFUSED = "SEND_RIFIUTATA"
UNFIT = "SEND_DATI"
DECEASED, CANCELLED = "SEND_DECEDUTO", "SEND_ANNULLATA"
CANCEL_ASKED, CANCEL_DONE = "NOTIFICATION_CANCELLATION_REQUEST", "NOTIFICATION_CANCELLED"
VIEWED_WORDS, TERM_WORDS = "presa visione del destinatario", "decorrenza dei termini"
PLATFORM_FEE_CENTS = 100  # of each notification, until the platform says what the whole of it cost
# What a refused request complains of that the office can put right in the registry.
ADDRESS_FAULTS = ("NOT_VALID_ADDRESS", "ADDRESS_NOT_FOUND", "ADDRESS_SEARCH_FAILED")

_PERFECTS = {"NOTIFICATION_VIEWED": VIEWED_WORDS, "REFINEMENT": TERM_WORDS}
_COSTS = ("SEND_ANALOG_DOMICILE", "SEND_SIMPLE_REGISTERED_LETTER")
_LABELS = {
    "REQUEST_ACCEPTED": "Accettata da SEND",
    "SEND_COURTESY_MESSAGE": "Messaggio di cortesia al destinatario",
    "SEND_DIGITAL_DOMICILE": "PEC spedita",
    "SEND_DIGITAL_FEEDBACK": "Esito della PEC",
    "DIGITAL_SUCCESS_WORKFLOW": "PEC consegnata",
    "DIGITAL_FAILURE_WORKFLOW": "PEC non consegnata: avviso nell'area riservata e raccomandata",
    "SEND_ANALOG_DOMICILE": "Carta spedita",
    "SEND_ANALOG_PROGRESS": "Notizia dalle poste",
    "SEND_ANALOG_FEEDBACK": "Esito della carta",
    "ANALOG_SUCCESS_WORKFLOW": "Carta consegnata",
    "ANALOG_FAILURE_WORKFLOW": "Carta non consegnata",
    "COMPLETELY_UNREACHABLE": "Destinatario irreperibile",
    "ANALOG_WORKFLOW_RECIPIENT_DECEASED": "Destinatario deceduto",
    "NOTIFICATION_VIEWED": "Vista dal destinatario",
    "REFINEMENT": "Perfezionata per decorrenza dei termini",
    "PAYMENT": "SEND sa che è stata pagata",
    CANCEL_ASKED: "Chiesto l'annullamento",
    CANCEL_DONE: "Annullata",
}


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """One element. ``at`` is when it happened; ``facts``: (key, category) of the documents that prove it."""

    element_id: str
    category: str
    at: datetime
    details: Mapping[str, Any] = field(default_factory=dict)
    facts: tuple[tuple[str, str], ...] = ()

    @property
    def label(self) -> str:
        return _LABELS.get(self.category, "")


@dataclass(frozen=True, slots=True)
class Standing:
    """``perfected_at``: when the act counts as served on the debtor, and by what. Cents; None while nothing is known."""

    status: DeliveryStatus
    code: str = ""
    words: str = ""
    perfected_at: datetime | None = None
    perfected_by: str = ""
    unreachable: bool = False
    deceased: bool = False
    cost_cents: int | None = None


def standing_of(events: Sequence[TimelineEvent]) -> Standing:
    """Where the notification stands. What was perfected stays so, whatever came later."""
    there = {event.category for event in events}
    served = min(
        (event for event in events if event.category in _PERFECTS), key=lambda e: e.at, default=None
    )
    deceased = "ANALOG_WORKFLOW_RECIPIENT_DECEASED" in there
    status, code, words = _status(served is not None, deceased, there)
    return Standing(
        status, code, words,
        perfected_at=served.at if served else None,
        perfected_by=_PERFECTS[served.category] if served else "",
        unreachable="COMPLETELY_UNREACHABLE" in there,
        deceased=deceased,
        cost_cents=_cost(events),
    )  # fmt: skip


def read_event(said: Mapping[str, Any]) -> TimelineEvent:
    """An element as the API gives it. Raises KeyError, ValueError for what is none."""
    details = said.get("details") or {}
    when = details.get("eventTimestamp") or said.get("eventTimestamp") or said["timestamp"]
    facts = tuple((one["key"], one["category"]) for one in said.get("legalFactsIds") or ())
    return TimelineEvent(said["elementId"], said["category"], instant(when), details, facts)


def instant(said: str) -> datetime:
    """An ISO instant, whatever the digits of its second; UTC when it does not say. Raises ValueError."""
    whole, _, rest = said.partition(".")
    zone = rest.lstrip("0123456789") if rest else ""
    read = datetime.fromisoformat(f"{whole}{zone}" if rest else said)
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def price_of(raw: bytes) -> int | None:
    """Cents to add to the notice, from the answer of the price: its total, the Ente's share and VAT in it. None when it
    does not say. Source: SEND, NotificationPriceResponseV23.
    """
    try:
        said = json.loads(raw)
    except ValueError:
        return None
    total = said.get("totalPrice") if isinstance(said, dict) else None
    return total if isinstance(total, int) and total >= 0 else None


def _status(served: bool, deceased: bool, there: set[str]) -> tuple[DeliveryStatus, str, str]:
    if served:
        return DeliveryStatus.CONSEGNATO, "", ""
    if deceased:
        return DeliveryStatus.FALLITO_PERM, DECEASED, "SEND: il destinatario risulta deceduto."
    if CANCEL_DONE in there:
        return DeliveryStatus.FALLITO_PERM, CANCELLED, "La notifica è stata annullata."
    return DeliveryStatus.INVIATO, "", ""


def _cost(events: Sequence[TimelineEvent]) -> int | None:
    """The platform's own figure when there is one; else its fee and what the post took so far."""
    said = [event.details.get("notificationCost") for event in events]
    if known := [cents for cents in said if isinstance(cents, int)]:
        return max(known)
    if not any(event.category == "REQUEST_ACCEPTED" for event in events):
        return None
    posted = [e.details.get("analogCost") or 0 for e in events if e.category in _COSTS]
    return PLATFORM_FEE_CENTS + sum(posted)
