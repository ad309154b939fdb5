"""The Node's bytes become a typed request, or a typed refusal that already knows its answer.

Before: the HTTP door hands over the raw body (and stores it).  After: pagopa/inbound answers it.
"""

import re
from collections.abc import Callable
from typing import Literal, cast

from lxml import etree

from pagopa.rules.faults import FaultCode
from pagopa.wire.receipts import read_receipt
from pagopa.wire.requests import (
    DemandRequest,
    GetPaymentRequest,
    Operation,
    Request,
    SendRtRequest,
    VerifyRequest,
)
from pagopa.wire.schema import first_wrong_element, is_valid
from pagopa.wire.soap import PA_NS, EnvelopeRefused, open_envelope
from pagopa.wire.values import bytes_of, optional_cents, optional_date, text_of


class WireRefused(Exception):
    """The message is not one we can answer; ``description`` is Italian, for the Node's log.

    ``operation`` None: not even the operation could be told. ``id_pa`` empty: it could not be read.
    """

    def __init__(
        self,
        fault_code: FaultCode,
        description: str,
        *,
        operation: Operation | None = None,
        id_pa: str = "",
    ) -> None:
        super().__init__(f"{fault_code}: {description}")
        self.fault_code = fault_code
        self.description = description
        self.operation = operation
        self.id_pa = id_pa


_BY_ROOT = {operation.request_root: operation for operation in Operation}
_BY_ACTION = {operation.value: operation for operation in Operation}
_ID_PA = re.compile(r"[0-9A-Za-z]{1,35}")
# Of a receipt the Node documents no SINTASSI_XSD.
_RECEIPTS = frozenset({Operation.SEND_RT, Operation.SEND_RT_V2})


def read_request(raw: bytes, *, soap_action: str = "") -> Request:
    """Read one request of paForNode; the body's root decides, ``soap_action`` only names a wreck.

    Raises WireRefused and nothing else, whatever the bytes. Source: SANP, interface of the Ente.
    """
    try:
        message = open_envelope(raw)
    except EnvelopeRefused as refusal:
        raise _extra(str(refusal), _operation_of_action(soap_action)) from refusal
    return _read_message(message, soap_action)


def _read_message(message: etree._Element, soap_action: str) -> Request:
    operation = _operation_of(message, soap_action)
    id_pa = _id_pa_of(message)
    if not is_valid(message):
        raise _invalid(message, operation, id_pa)
    try:
        return _READERS[operation](message)
    except (ValueError, OverflowError) as error:
        raise _extra("un valore non è leggibile", operation, id_pa) from error


def _operation_of(message: etree._Element, soap_action: str) -> Operation:
    name = etree.QName(message)
    operation = _BY_ROOT.get(name.localname)
    if operation is None:
        raise _extra("operazione sconosciuta", _operation_of_action(soap_action))
    if name.namespace != PA_NS:
        raise _extra("spazio dei nomi errato", operation, _id_pa_of(message))
    return operation


def _operation_of_action(soap_action: str) -> Operation | None:
    return _BY_ACTION.get(soap_action.strip().strip('"'))


def _id_pa_of(message: etree._Element) -> str:
    """idPA of a message that may be wrong in every other way, or empty."""
    for child in message:
        if isinstance(child.tag, str) and etree.QName(child).localname == "idPA":
            text = (child.text or "").strip()
            return text if _ID_PA.fullmatch(text) else ""
    return ""


def _invalid(message: etree._Element, operation: Operation, id_pa: str) -> WireRefused:
    if any(
        isinstance(child.tag, str) and child.tag.startswith("{")
        for child in message.iter()
        if child is not message
    ):
        return _extra("gli elementi interni non devono avere uno spazio dei nomi", operation, id_pa)
    words = f"elemento «{first_wrong_element(message)}» assente, fuori posto o non valido"
    code = FaultCode.SINTASSI_EXTRAXSD if operation in _RECEIPTS else FaultCode.SINTASSI_XSD
    return WireRefused(code, words, operation=operation, id_pa=id_pa)


def _extra(words: str, operation: Operation | None, id_pa: str = "") -> WireRefused:
    return WireRefused(FaultCode.SINTASSI_EXTRAXSD, words, operation=operation, id_pa=id_pa)


# The schema has fixed the order of the children, so they are taken by place: it is the hot path.
def _head(message: etree._Element) -> tuple[str, str, str]:
    return message[0].text or "", message[1].text or "", message[2].text or ""


def _verify(message: etree._Element) -> VerifyRequest:
    qr_code = message[3]
    return VerifyRequest(*_head(message), qr_code[0].text or "", qr_code[1].text or "")


def _get_payment(message: etree._Element, *, v2: bool) -> GetPaymentRequest:
    qr_code = message[3]
    return GetPaymentRequest(
        *_head(message),
        qr_code[0].text or "",
        qr_code[1].text or "",
        amount_cents=optional_cents(message, "amount"),
        payment_note=text_of(message, "paymentNote"),
        transfer_type=cast(Literal["", "POSTAL", "PAGOPA"], text_of(message, "transferType")),
        due_on=optional_date(message, "dueDate"),
        v2=v2,
    )


def _send_rt(message: etree._Element, *, v2: bool) -> SendRtRequest:
    return SendRtRequest(*_head(message), read_receipt(message[3]), v2=v2)


def _demand(message: etree._Element) -> DemandRequest:
    data = bytes_of(text_of(message, "datiSpecificiServizioRequest"))
    service = text_of(message, "idServizio"), text_of(message, "idSoggettoServizio")
    return DemandRequest(*_head(message), *service, data)


_READERS: dict[Operation, Callable[[etree._Element], Request]] = {
    Operation.VERIFY: _verify,
    Operation.GET_PAYMENT: lambda message: _get_payment(message, v2=False),
    Operation.GET_PAYMENT_V2: lambda message: _get_payment(message, v2=True),
    Operation.SEND_RT: lambda message: _send_rt(message, v2=False),
    Operation.SEND_RT_V2: lambda message: _send_rt(message, v2=True),
    Operation.DEMAND: _demand,
}
