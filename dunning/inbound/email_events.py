"""The door of the e-mail provider's webhooks: public, but only what the provider signed comes in.

Before: Mailgun, or the local stand-in.  After: ``services/email_events``, in the schema that travelled with the message.
"""

import logging

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from django_tenants.utils import schema_context

from dunning.channels.email_callbacks import (
    CallbackNotSigned,
    CallbackNotUnderstood,
    EmailEvent,
    read_mailgun,
    verify_mailgun,
)
from dunning.services.email_events import take_email_event
from dunning.services.refusals import AttemptUnknown
from paybox.kernel.clock import now
from paybox.kernel.inbox import store_raw
from tenants.selectors.enti import active_schemas

log = logging.getLogger(__name__)


@csrf_exempt  # the provider has no session: the signature is the proof
@require_POST
def mailgun_events(request: HttpRequest) -> HttpResponse:
    """204 taken; 403 not signed, or long ago; 406 not about us (the provider does not insist)."""
    key = settings.ENVIRONMENT.mailgun_signing_key.get_secret_value()
    if not key:
        return HttpResponse(status=403)
    try:
        event = read_mailgun(request, verify_mailgun(request, signing_key=key))
    except CallbackNotSigned:
        return HttpResponse(status=403)
    except CallbackNotUnderstood as problem:
        log.warning("notifica di posta non compresa: %s", problem)
        return HttpResponse(status=406)
    if event.schema not in active_schemas():
        return HttpResponse(status=406)
    with schema_context(event.schema):
        return _take(event, request.body)


def _take(event: EmailEvent, body: bytes) -> HttpResponse:
    at = now()
    raw = store_raw(kind="dunning.email", body=body, at=at)
    try:
        take_email_event(event=event, raw_message_id=raw.pk, at=at)
    except AttemptUnknown as refusal:
        log.warning("notifica di posta non riconosciuta: %s", refusal)
        return HttpResponse(status=406)
    return HttpResponse(status=204)
