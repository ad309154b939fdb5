"""Twilio's news of an SMS: is it really Twilio's, and what does it say.

Before: the form posted on our callback address, stored raw.  After: ``rules/delivery.advance`` on
the attempt. Callbacks are unordered, repeated, and may arrive before our own commit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from uuid import UUID

from dunning.rules.delivery import DeliveryStatus
from dunning.rules.sms_faults import sms_fault
from paybox.kernel.problems import Refused

ATTEMPT_PARAMETER = "attempt"

_STATUSES = {
    "accepted": DeliveryStatus.ACCETTATO,
    "scheduled": DeliveryStatus.ACCETTATO,
    "queued": DeliveryStatus.ACCETTATO,
    "sending": DeliveryStatus.INVIATO,
    "sent": DeliveryStatus.INVIATO,
    "partially_delivered": DeliveryStatus.INVIATO,
    "delivered": DeliveryStatus.CONSEGNATO,
    "read": DeliveryStatus.CONSEGNATO,
    "canceled": DeliveryStatus.FALLITO_PERM,
}


class CallbackRefused(Refused):
    """The form is not a status callback that we understand."""


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """``attempt_id`` is None when the address carried none; ``error_code`` is empty when all went
    well.
    """

    attempt_id: UUID | None
    provider_ref: str
    status: DeliveryStatus
    error_code: str


def callback_with_attempt(url: str, attempt_id: UUID) -> str:
    """Our public callback address with the attempt in the query (kept if it is already there)."""
    parts = urlsplit(url)
    query = [pair for pair in parse_qsl(parts.query) if pair[0] != ATTEMPT_PARAMETER]
    return urlunsplit(
        parts._replace(query=urlencode([*query, (ATTEMPT_PARAMETER, str(attempt_id))]))
    )


def verify_callback(url: str, params: Mapping[str, Any], signature: str, token: str) -> bool:
    """Whether ``signature`` (X-Twilio-Signature) is Twilio's on this form.

    ``url`` is the whole public address, query included, built from configuration and never from the
    Host header; ``params`` the POST form (a dict or Django's QueryDict). An empty token verifies
    nothing.
    """
    from twilio.request_validator import RequestValidator

    return bool(token and signature) and bool(
        RequestValidator(token).validate(url, params, signature)
    )


def parse_status_callback(params: Mapping[str, Any], *, attempt: str = "") -> DeliveryReport:
    """Read the form; ``attempt`` is the query parameter of that name. Raises CallbackRefused."""
    sid, word = str(params.get("MessageSid", "")), str(params.get("MessageStatus", "")).lower()
    code = str(params.get("ErrorCode", "") or "")
    if not sid or word not in {*_STATUSES, "undelivered", "failed"}:
        raise CallbackRefused("La notifica di stato non è riconosciuta.")
    return DeliveryReport(_attempt_id(attempt), sid, _STATUSES.get(word) or _failure(code), code)


def _failure(code: str) -> DeliveryStatus:
    return DeliveryStatus.FALLITO_PERM if sms_fault(code).permanent else DeliveryStatus.FALLITO_TEMP


def _attempt_id(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise CallbackRefused("La notifica di stato non indica un invio riconoscibile.") from error
