"""The door on which the Node knocks: SOAP over POST at ``/pagopa/paForNode``, whatever the host.

Before: nginx has checked the Node's certificate, says whose it is and sets its seal.  After: ``answers`` speaks for the Ente.
What is wrong with the message is a KO in HTTP 200. What is wrong with us is KO PAA_SYSTEM_ERROR to a question,
and HTTP 503 to a receipt, since a KO would lose it. No answer ever shows a trace.
"""

import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django_tenants.utils import schema_context

from pagopa.inbound.answers import begin_answer
from pagopa.rules.callers import Caller, may_call
from pagopa.rules.faults import FaultCode
from pagopa.selectors.enti import ente_of_id_pa
from pagopa.services.receipts import keep_unread
from pagopa.wire.reading import WireRefused, read_request
from pagopa.wire.requests import Operation, Request, SendRtRequest
from pagopa.wire.responses import ko
from pagopa.wire.soap import CONTENT_TYPE
from paybox.kernel.clock import now
from paybox.kernel.waiting import turn_to_database
from paybox.kernel.xml import MAX_BYTES
from paybox.settings.environment import Environment
from paybox.tenancy import NODE_PATH

log = logging.getLogger(__name__)

_RECEIPTS = frozenset({Operation.SEND_RT, Operation.SEND_RT_V2})
_XML = {"Content-Type": CONTENT_TYPE}
_REFUSED_METHOD = {**_XML, "Allow": "POST"}
_TOO_BIG = f"messaggio più grande di {MAX_BYTES} byte"


class Reply(NamedTuple):
    """What is said over HTTP; a body is always XML."""

    status: int
    body: bytes = b""


Later = Callable[[], Reply]


class NodeMiddleware:
    """Opens this door before sessions, users and messages, which the Node has no use for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return pa_for_node(request) if request.path == NODE_PATH else self.get_response(request)


@csrf_exempt
def pa_for_node(request: HttpRequest) -> HttpResponse:
    """Every operation of paForNode; the message's root says which."""
    try:
        reply = begin_reply(request.META, lambda: request.body)()
    except UnreadablePostError:
        reply = Reply(400)
    return HttpResponse(reply.body, status=reply.status, headers=headers_of(reply))


def headers_of(reply: Reply) -> dict[str, str]:
    return _REFUSED_METHOD if reply.status == HTTPStatus.METHOD_NOT_ALLOWED else _XML


def begin_reply(meta: Mapping[str, Any], read: Callable[[], bytes]) -> Later:
    """Understand the request and put its question to the database; what is given back has the reply.

    ``meta`` as WSGI gives it. Raises what ``read`` raises, and nothing else.
    """
    if meta["REQUEST_METHOD"] != "POST":
        return _at_once(Reply(405))
    # Asked for once: Django's settings look twice at a value like this one, at every question.
    known: Environment = settings.ENVIRONMENT
    if not _is_sealed(meta, known):
        return _at_once(Reply(403))
    soap_action = meta.get("HTTP_SOAPACTION", "")
    raw = None if _says_too_big(meta) else read()
    if raw is None or len(raw) > MAX_BYTES:
        refusal = WireRefused(FaultCode.SINTASSI_EXTRAXSD, _TOO_BIG, operation=_named(soap_action))
        return _at_once(_say(_refused(refusal)))
    return _begin(raw, soap_action, meta, known)


def _at_once(reply: Reply) -> Later:
    return lambda: reply


def _is_sealed(meta: Mapping[str, Any], known: Environment) -> bool:
    """Behind our own proxy only it knows the seal; without one (demo, tests) everybody may ask."""
    seal = known.node_seal.get_secret_value()
    return not seal or constant_time_compare(meta.get("HTTP_X_PAYBOX_NODE_SEAL", ""), seal)


def _is_allowed(meta: Mapping[str, Any], known: Environment, station: str) -> bool:
    """Whether the certificate behind the seal may call that station; without a list (demo, tests) any may."""
    allowed = known.node_clients
    if not allowed:
        return not known.is_production
    subject = meta.get("HTTP_X_PAYBOX_NODE_SUBJECT", "")
    fingerprint = meta.get("HTTP_X_PAYBOX_NODE_FINGERPRINT", "")
    return may_call(Caller(subject, fingerprint), station, allowed)


def _says_too_big(meta: Mapping[str, Any]) -> bool:
    try:
        return int(meta.get("CONTENT_LENGTH") or 0) > MAX_BYTES
    except ValueError:
        return False


def _begin(raw: bytes, soap_action: str, meta: Mapping[str, Any], known: Environment) -> Later:
    asked: Request | None = None
    try:
        try:
            asked = read_request(raw, soap_action=soap_action)
        finally:
            turn_to_database(meta)
        if not _is_allowed(meta, known, asked.id_station):
            return _at_once(Reply(403))
        rest = _begin_for_ente(asked, raw)
    except WireRefused as refusal:
        return _at_once(_refuse(refusal, raw))
    except Exception:  # whatever it is, the Node must hear something it understands
        return _at_once(_trouble(asked))
    return lambda: _finish(rest, asked)


def _finish(rest: Callable[[], bytes], asked: Request) -> Reply:
    try:
        return _say(rest())
    except Exception:
        return _trouble(asked)


def _begin_for_ente(asked: Request, raw: bytes) -> Callable[[], bytes]:
    ente = ente_of_id_pa(asked.id_pa)
    if ente is None:
        return lambda: ko(asked.operation, FaultCode.ID_DOMINIO_ERRATO, id_pa=asked.id_pa)
    return begin_answer(asked, ente, raw)


def _trouble(asked: Request | None) -> Reply:
    """A trouble of ours, being handled. What could be a receipt is left to come again."""
    log.exception("paForNode: richiesta non servita")
    if asked is None or isinstance(asked, SendRtRequest):
        return Reply(503)
    return _say(ko(asked.operation, FaultCode.SYSTEM_ERROR, id_pa=asked.id_pa))


def _refuse(refusal: WireRefused, raw: bytes) -> Reply:
    """A message that is not one; a receipt among them is kept for a person to read."""
    if refusal.operation in _RECEIPTS and refusal.id_pa:
        try:
            _keep(refusal, raw)
        except Exception:  # not kept, so it must come again
            log.exception("paForNode: ricevuta illeggibile non conservata")
            return Reply(503)
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


def _say(body: bytes) -> Reply:
    return Reply(200, body)
