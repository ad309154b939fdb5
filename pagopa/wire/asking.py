"""Requests written, as the Node writes them.

Only whoever plays the Node (the simulator, tests, the bench) needs this module and ``answers``.
"""

import base64

from pagopa.wire.receipts import receipt_element
from pagopa.wire.requests import (
    DemandRequest,
    GetPaymentRequest,
    Request,
    SendRtRequest,
    VerifyRequest,
)
from pagopa.wire.soap import wrap
from pagopa.wire.texts import element, required
from paybox.kernel.money import to_decimal_string


def write_request(request: Request) -> bytes:
    """The whole envelope of any request of paForNode."""
    head = (
        f"{required('idPA', request.id_pa, 35)}{required('idBrokerPA', request.id_broker, 35)}"
        f"{required('idStation', request.id_station, 35)}"
    )
    return wrap(request.operation.request_root, head + _body(request))


def _body(request: Request) -> str:
    match request:
        case VerifyRequest():
            return _qr_code(request)
        case GetPaymentRequest():
            return _qr_code(request) + _wishes(request)
        case SendRtRequest():
            return receipt_element(request.receipt, v2=request.v2)
        case DemandRequest():
            return _demand(request)


def _qr_code(request: VerifyRequest | GetPaymentRequest) -> str:
    return (
        f"<qrCode>{required('fiscalCode', request.fiscal_code, 11)}"
        f"{required('noticeNumber', request.notice_number, 18)}</qrCode>"
    )


def _wishes(request: GetPaymentRequest) -> str:
    cents = request.amount_cents
    amount = "" if cents is None else f"<amount>{to_decimal_string(cents)}</amount>"
    due = request.due_on.isoformat() if request.due_on else ""
    return (
        f"{amount}{element('paymentNote', request.payment_note, 210)}"
        f"{element('transferType', request.transfer_type, 6)}{element('dueDate', due, 10)}"
    )


def _demand(request: DemandRequest) -> str:
    data = base64.b64encode(request.service_data).decode()
    return (
        f"{required('idServizio', request.service_id, 5)}"
        f"{required('idSoggettoServizio', request.service_party_id, 5)}"
        f"<datiSpecificiServizioRequest>{data}</datiSpecificiServizioRequest>"
    )
