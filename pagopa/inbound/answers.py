"""The answer to each request of the Node, once it is known which Ente is called.

Verify and activation change no state. A receipt is never refused for a trouble of ours: whatever is raised
here while taking one becomes an HTTP error, and the Node sends it again.
"""

from collections.abc import Callable

from django_tenants.utils import schema_context

from pagopa.inbound.payment import payment_data
from pagopa.rules.decision import NoticeFacts, decide
from pagopa.rules.faults import FaultCode
from pagopa.selectors.accounts import all_postal
from pagopa.selectors.enti import NodeEnte
from pagopa.selectors.notices import (
    ask_notice,
    ask_notice_and_debtor,
    notice_and_debtor_of,
    notice_facts,
    notice_of,
    read_notice,
)
from pagopa.services.activation import Note, note_activation
from pagopa.services.demand import take_demand
from pagopa.services.receipt_arrival import receive_receipt
from pagopa.services.receipts import ReceiptRefused, keep_unread
from pagopa.wire.requests import (
    DemandRequest,
    GetPaymentRequest,
    Request,
    SendRtRequest,
    VerifyRequest,
)
from pagopa.wire.responses import demand_ok, get_payment_ok, ko, send_rt_ok, verify_ok
from paybox.kernel.clock import now, today
from paybox.kernel.prepared import Asked
from paybox.kernel.problems import Refused

_OF_A_NOTICE = (VerifyRequest, GetPaymentRequest)


def begin_answer(request: Request, ente: NodeEnte, raw: bytes) -> Callable[[], bytes]:
    """Put the question that the answer hangs on; what is given back has the answer.

    Both raise whatever went wrong with us.
    """
    fault = decide(_caller(request, ente))
    if fault is None and isinstance(request, VerifyRequest):
        asked = ask_notice(request.notice_number, schema=ente.schema_name)
        return lambda: _verify(request, ente, asked)
    if fault is None and isinstance(request, GetPaymentRequest):
        whole = ask_notice_and_debtor(request.notice_number, schema=ente.schema_name)
        return lambda: _get_payment(request, ente, raw, whole)
    body = _answer(request, ente, raw, fault)
    return lambda: body


def _answer(request: Request, ente: NodeEnte, raw: bytes, fault: FaultCode | None) -> bytes:
    """Enters the Ente's schema, where more is asked than one notice."""
    with schema_context(ente.schema_name):
        if fault is None:
            return _ANSWERS[type(request)](request, ente, raw)
        if isinstance(request, SendRtRequest):
            keep_unread(raw=raw, why=fault.value, at=now())
    return ko(request.operation, fault, id_pa=request.id_pa)


def _caller(request: Request, ente: NodeEnte) -> NoticeFacts:
    """Whether broker, station and the code of the QR are of this Ente."""
    asked = request.id_pa
    if isinstance(request, _OF_A_NOTICE):
        asked = request.fiscal_code
    return NoticeFacts(
        exists=True,
        other_ente=asked != ente.codice_fiscale,
        other_broker=request.id_broker != ente.broker,
        other_station=request.id_station != ente.station,
    )


def _verify(request: VerifyRequest, ente: NodeEnte, asked: Asked) -> bytes:
    notice = notice_of(asked, ente.schema_name)
    fault = decide(notice_facts(notice, today=today))
    if notice is None or fault is not None:
        return ko(request.operation, fault or FaultCode.SYSTEM_ERROR, id_pa=ente.codice_fiscale)
    notice = notice.on_day(today)
    return verify_ok(
        amount_cents=notice.payable_cents,
        due_on=notice.due_on,
        description=notice.causale,
        fiscal_code=ente.codice_fiscale,
        company_name=ente.name,
        office_name=notice.sector,
        detail=f"{notice.causale} - {notice.way}",
        all_ccp=all_postal(notice, ente),
    )


def _get_payment(request: GetPaymentRequest, ente: NodeEnte, raw: bytes, asked: Asked) -> bytes:
    found = notice_and_debtor_of(asked, ente.schema_name)
    notice, debtor = found or (None, None)
    fault = decide(notice_facts(notice, today=today))
    payable = notice.on_day(today) if notice and fault is None else None
    if payable and debtor:
        data = payment_data(payable, debtor, ente, request.transfer_type)
        body = get_payment_ok(data, v2=request.v2)
    else:
        fault = fault or FaultCode.SYSTEM_ERROR
        body = ko(request.operation, fault, id_pa=ente.codice_fiscale)
    position_id = payable.position_id if payable else None
    note_activation(
        Note(
            ente.schema_name,
            raw,
            request.operation.value,
            position_id,
            request.notice_number,
            now(),
        )
    )
    return body


def _send_rt(request: SendRtRequest, ente: NodeEnte, raw: bytes) -> bytes:
    try:
        receive_receipt(
            receipt=request.receipt,
            id_pa=ente.codice_fiscale,
            raw=raw,
            operation=request.operation.value,
            at=now(),
        )
    except ReceiptRefused as refusal:
        keep_unread(raw=raw, why=str(refusal), at=now())
        return ko(
            request.operation,
            FaultCode.SEMANTICA,
            id_pa=ente.codice_fiscale,
            description=str(refusal),
        )
    return send_rt_ok(v2=request.v2)


def _demand(request: DemandRequest, ente: NodeEnte, raw: bytes) -> bytes:
    try:
        found = take_demand(
            service_id=request.service_id,
            data=request.service_data,
            raw=raw,
            segregation=ente.segregation,
            at=now(),
            today=today(),
        )
    except Refused as refusal:
        return ko(
            request.operation,
            FaultCode.SEMANTICA,
            id_pa=ente.codice_fiscale,
            description=str(refusal),
        )
    asked = read_notice(found.notice_number, schema=ente.schema_name)
    return demand_ok(
        notice_number=found.notice_number,
        amount_cents=found.amount_cents,
        due_on=found.due_on,
        description=found.position.causale,
        fiscal_code=ente.codice_fiscale,
        company_name=ente.name,
        office_name=found.position.service.sector,
        all_ccp=asked is not None and all_postal(asked, ente),
    )


_ANSWERS: dict[type, Callable[..., bytes]] = {
    SendRtRequest: _send_rt,
    DemandRequest: _demand,
}
