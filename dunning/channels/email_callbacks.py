"""Reads the webhooks of the e-mail provider (Mailgun), through django-anymail: signature first, then what happened.

Before: ``inbound/email_events``.  After: ``services/email_events``. The signature covers a token and an instant: an old
one is refused, so that what was once overheard cannot be told again.
"""

import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest

FRESH_SECONDS = 12 * 3600  # the provider itself tries again for eight hours, signing anew
ENTE = "ente"


class CallbackNotSigned(Exception):
    """It does not come from the provider, or it is an old one."""


class CallbackNotUnderstood(Exception):
    """Signed, and not an event of one of our messages."""


@dataclass(frozen=True, slots=True)
class EmailEvent:
    """One piece of news. ``kind`` as anymail calls it; ``schema`` and ``attempt_id`` travelled with the message."""

    kind: str
    schema: str
    attempt_id: UUID
    provider_ref: str
    recipient: str
    said: str


def verify_mailgun(request: HttpRequest, *, signing_key: str) -> Any:
    """The view of anymail that verified it. Raises CallbackNotSigned."""
    from anymail.exceptions import AnymailWebhookValidationFailure
    from anymail.webhooks.mailgun import MailgunTrackingWebhookView

    view = MailgunTrackingWebhookView(webhook_signing_key=signing_key, basic_auth=None)
    try:
        view.validate_request(request)
    except (AnymailWebhookValidationFailure, UnicodeEncodeError, TypeError) as error:
        raise CallbackNotSigned(str(error)) from error
    return view


def read_mailgun(request: HttpRequest, view: Any) -> EmailEvent:
    """What happened to which message. Raises CallbackNotSigned when it is old, CallbackNotUnderstood."""
    try:
        (event,) = view.parse_events(request)
        signed_at = float(event.esp_event["signature"]["timestamp"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CallbackNotUnderstood("evento illeggibile") from error
    if abs(time.time() - signed_at) > FRESH_SECONDS:
        raise CallbackNotSigned("firma di troppo tempo fa")
    try:
        attempt_id = UUID(str(event.metadata["attempt_id"]))
        schema = str(event.metadata[ENTE])
    except (KeyError, TypeError, ValueError) as error:
        raise CallbackNotUnderstood("non riguarda un nostro messaggio") from error
    return EmailEvent(
        kind=str(event.event_type),
        schema=schema,
        attempt_id=attempt_id,
        provider_ref=str(event.message_id or ""),
        recipient=str(event.recipient or "").lower(),
        said=" ".join(str(part) for part in (event.mta_response, event.description) if part),
    )
