"""The door of Twilio's status callbacks: public, but only what Twilio signed comes in.

Before: Twilio, or the local stand-in.  After: ``services/callbacks_plain`` for what most of them say, ``services/callbacks``
for the rest, in the schema the address names.
"""

import logging
import re
from collections.abc import Callable
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
from dunning.services.callbacks_plain import take_plain_report
from dunning.services.refusals import AttemptUnknown
from paybox.kernel.clock import now
from paybox.kernel.inbox import store_raw
from tenants.selectors.enti import active_schemas

log = logging.getLogger(__name__)

KIND = "dunning.twilio"
_PATH = re.compile(r"/dunning/twilio/([-a-zA-Z0-9_]+)/")
_known: set[str] = set()  # schemas that are there: whether they are active is asked each time


class CallbackMiddleware:
    """Opens this door before sessions, users and messages, which a provider has no use for. Whatever the host: the
    signature is over our own address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        found = _PATH.fullmatch(request.path)
        return status_callback(request, found[1]) if found else self.get_response(request)


@csrf_exempt  # Twilio has no session: the signature is the proof
@require_POST
def status_callback(request: HttpRequest, schema: str) -> HttpResponse:
    """204 taken; 403 not signed by Twilio; 404 not ours (it will be told again); 400 not understood."""
    body = request.body
    if not _is_signed(request, schema):
        return HttpResponse(status=403)
    if not _is_there(schema):
        return HttpResponse(status=404)
    return _take(request, schema, body)


def _is_there(schema: str) -> bool:
    if schema not in _known:
        _known.update(active_schemas())
    return schema in _known


def _is_signed(request: HttpRequest, schema: str) -> bool:
    """Over the public address as configured, the query as it came, and the form."""
    query = urlsplit(request.get_full_path()).query
    url = callback_url(schema) + (f"?{query}" if query else "")
    signature = request.headers.get("X-Twilio-Signature", "")
    token = settings.ENVIRONMENT.twilio_auth_token.get_secret_value()
    return verify_callback(url, request.POST, signature, token)


def _take(request: HttpRequest, schema: str, body: bytes) -> HttpResponse:
    at, headers = now(), {"query": request.META.get("QUERY_STRING", "")}
    try:
        attempt = request.GET.get(ATTEMPT_PARAMETER, "")
        report = parse_status_callback(request.POST, attempt=attempt)
    except CallbackRefused as refusal:
        return _keep_unread(schema, body, headers, refusal)
    if take_plain_report(
        schema=schema, report=report, kind=KIND, body=body, headers=headers, at=at
    ):
        return HttpResponse(status=204)
    if schema not in active_schemas():
        return HttpResponse(status=404)
    with schema_context(schema):
        raw = store_raw(kind=KIND, body=body, at=at, headers=headers)
        try:
            take_delivery_report(report=report, raw_message_id=raw.pk, at=at)
        except AttemptUnknown as refusal:
            log.warning("notifica Twilio non riconosciuta: %s", refusal)
            return HttpResponse(status=404)
    return HttpResponse(status=204)


def _keep_unread(
    schema: str, body: bytes, headers: dict[str, str], refusal: CallbackRefused
) -> HttpResponse:
    """What is signed and not understood is kept for a person to read."""
    if schema not in active_schemas():
        return HttpResponse(status=404)
    with schema_context(schema):
        store_raw(kind=KIND, body=body, at=now(), headers=headers)
    log.warning("notifica Twilio non compresa: %s", refusal)
    return HttpResponse(status=400)
