"""The door on which the Node knocks: SOAP over POST at ``/pagopa/paForNode``, whatever the host.

Before: nginx has checked the Node's certificate, says whose it is and sets its seal.  After: ``answers`` speaks for the Ente.
What is wrong with the message is a KO in HTTP 200. What is wrong with us is KO PAA_SYSTEM_ERROR to a question,
and HTTP 503 to a receipt, since a KO would lose it. No answer ever shows a trace.
"""

import logging
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django_tenants.utils import schema_context

from pagopa.inbound.answers import answer
from pagopa.rules.callers import Caller, may_call
from pagopa.rules.faults import FaultCode
from pagopa.selectors.enti import ente_of_id_pa
from pagopa.services.receipts import keep_unread
from pagopa.wire.reading import WireRefused, read_request
from pagopa.wire.requests import Operation, Request, SendRtRequest
from pagopa.wire.responses import ko
from pagopa.wire.soap import CONTENT_TYPE
from paybox.kernel.clock import now
from paybox.kernel.xml import MAX_BYTES
from paybox.tenancy import NODE_PATH

log = logging.getLogger(__name__)

_RECEIPTS = frozenset({Operation.SEND_RT, Operation.SEND_RT_V2})
_TOO_BIG = f"messaggio più grande di {MAX_BYTES} byte"


class NodeMiddleware:
    """Opens this door before sessions, users and messages, which the Node has no use for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return pa_for_node(request) if request.path == NODE_PATH else self.get_response(request)


@csrf_exempt
def pa_for_node(request: HttpRequest) -> HttpResponse:
    """Every operation of paForNode; the message's root says which."""
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "POST"})
    if not _is_sealed(request):
        return HttpResponse(status=403)
    soap_action = request.META.get("HTTP_SOAPACTION", "")
    try:
        raw = _read_body(request)
    except UnreadablePostError:
        return HttpResponse(status=400)
    if raw is None:
        refusal = WireRefused(FaultCode.SINTASSI_EXTRAXSD, _TOO_BIG, operation=_named(soap_action))
        return _say(_refused(refusal))
    return _answer(raw, soap_action, request)


def _is_sealed(request: HttpRequest) -> bool:
    """Behind our own proxy only it knows the seal; without one (demo, tests) everybody may ask."""
    seal: str = settings.ENVIRONMENT.node_seal.get_secret_value()
    given = request.META.get("HTTP_X_PAYBOX_NODE_SEAL", "")
    return not seal or constant_time_compare(given, seal)


def _is_allowed(request: HttpRequest, station: str) -> bool:
    """Whether the certificate behind the seal may call that station; without a list (demo, tests) any may."""
    allowed: dict[str, list[str]] = settings.ENVIRONMENT.node_clients
    if not allowed:
        return not settings.ENVIRONMENT.is_production
    subject = request.META.get("HTTP_X_PAYBOX_NODE_SUBJECT", "")
    fingerprint = request.META.get("HTTP_X_PAYBOX_NODE_FINGERPRINT", "")
    return may_call(Caller(subject, fingerprint), station, allowed)


def _read_body(request: HttpRequest) -> bytes | None:
    """The message, or None when it is too big: nothing is read of one that says so itself."""
    try:
        declared = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        declared = 0
    if declared > MAX_BYTES:
        return None
    raw = request.body
    return raw if len(raw) <= MAX_BYTES else None


def _answer(raw: bytes, soap_action: str, request: HttpRequest) -> HttpResponse:
    asked: Request | None = None
    try:
        asked = read_request(raw, soap_action=soap_action)
        if not _is_allowed(request, asked.id_station):
            return HttpResponse(status=403)
        return _say(_for_ente(asked, raw))
    except WireRefused as refusal:
        return _refuse(refusal, raw)
    except Exception:  # whatever it is, the Node must hear something it understands
        log.exception("paForNode: richiesta non servita")
        return _trouble(asked)


def _for_ente(asked: Request, raw: bytes) -> bytes:
    ente = ente_of_id_pa(asked.id_pa)
    if ente is None:
        return ko(asked.operation, FaultCode.ID_DOMINIO_ERRATO, id_pa=asked.id_pa)
    return answer(asked, ente, raw)


def _trouble(asked: Request | None) -> HttpResponse:
    """A trouble of ours. What could be a receipt is left to come again."""
    if asked is None or isinstance(asked, SendRtRequest):
        return HttpResponse(status=503)
    return _say(ko(asked.operation, FaultCode.SYSTEM_ERROR, id_pa=asked.id_pa))


def _refuse(refusal: WireRefused, raw: bytes) -> HttpResponse:
    """A message that is not one; a receipt among them is kept for a person to read."""
    if refusal.operation in _RECEIPTS and refusal.id_pa:
        try:
            _keep(refusal, raw)
        except Exception:  # not kept, so it must come again
            log.exception("paForNode: ricevuta illeggibile non conservata")
            return HttpResponse(status=503)
    return _say(_refused(refusal))


def _keep(refusal: WireRefused, raw: bytes) -> None:
    ente = ente_of_id_pa(refusal.id_pa)
    if ente is not None:
        with schema_context(ente.schema_name):
            keep_unread(raw=raw, why=refusal.description, at=now())


def _refused(refusal: WireRefused) -> bytes:
    return ko(
        refusal.operation,
        refusal.fault_code,
        id_pa=refusal.id_pa,
        description=refusal.description,
    )


def _named(soap_action: str) -> Operation | None:
    return next((one for one in Operation if one.value == soap_action.strip().strip('"')), None)


def _say(body: bytes) -> HttpResponse:
    return HttpResponse(body, content_type=CONTENT_TYPE)
