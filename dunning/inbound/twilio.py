"""The door of Twilio's status callbacks: public, but only what Twilio signed comes in.

Before: Twilio, or the local stand-in.  After: ``services/callbacks``, in the schema the address names.
"""

import logging
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from django_tenants.utils import schema_context

from dunning.channels.sms_callbacks import (
    ATTEMPT_PARAMETER,
    CallbackRefused,
    parse_status_callback,
    verify_callback,
)
from dunning.inbound.addresses import callback_url
from dunning.services.callbacks import take_delivery_report
from dunning.services.refusals import AttemptUnknown
from paybox.kernel.clock import now
from paybox.kernel.inbox import store_raw
from tenants.selectors.enti import active_schemas

log = logging.getLogger(__name__)


@csrf_exempt  # Twilio has no session: the signature is the proof
@require_POST
def status_callback(request: HttpRequest, schema: str) -> HttpResponse:
    """204 taken; 403 not signed by Twilio; 404 not ours (it will be told again); 400 not understood."""
    body = request.body
    if not _is_signed(request, schema):
        return HttpResponse(status=403)
    if schema not in active_schemas():
        return HttpResponse(status=404)
    with schema_context(schema):
        return _take(request, body)


def _is_signed(request: HttpRequest, schema: str) -> bool:
    """Over the public address as configured, the query as it came, and the form."""
    query = urlsplit(request.get_full_path()).query
    url = callback_url(schema) + (f"?{query}" if query else "")
    signature = request.headers.get("X-Twilio-Signature", "")
    token = settings.ENVIRONMENT.twilio_auth_token.get_secret_value()
    return verify_callback(url, request.POST, signature, token)


def _take(request: HttpRequest, body: bytes) -> HttpResponse:
    at = now()
    query = request.META.get("QUERY_STRING", "")
    raw = store_raw(kind="dunning.twilio", body=body, at=at, headers={"query": query})
    try:
        attempt = request.GET.get(ATTEMPT_PARAMETER, "")
        report = parse_status_callback(request.POST, attempt=attempt)
        take_delivery_report(report=report, raw_message_id=raw.pk, at=at)
    except CallbackRefused as refusal:
        log.warning("notifica Twilio non compresa: %s", refusal)
        return HttpResponse(status=400)
    except AttemptUnknown as refusal:
        log.warning("notifica Twilio non riconosciuta: %s", refusal)
        return HttpResponse(status=404)
    return HttpResponse(status=204)
