"""The Node's bytes: every good request is read, every bad one is refused with the right fault."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from pagopa.rules.faults import FaultCode
from pagopa.wire.asking import write_request
from pagopa.wire.reading import WireRefused, read_request
from pagopa.wire.requests import (
    DemandRequest,
    GetPaymentRequest,
    Operation,
    SendRtRequest,
    VerifyRequest,
)
from pagopa.wire.soap import PA_NS, SOAP_NS, open_envelope
from tests.pagopa_wire import examples

VERIFY = write_request(examples.verify_request())


def refusal(raw: bytes, *, soap_action: str = "") -> WireRefused:
    with pytest.raises(WireRefused) as caught:
        read_request(raw, soap_action=soap_action)
    return caught.value


@pytest.mark.parametrize("request_", examples.every_request(), ids=lambda asked: asked.operation)
class TestGoodRequests:
    def test_is_read_back_as_it_was_written(self, request_: object) -> None:
        assert read_request(write_request(request_)) == request_  # type: ignore[arg-type]  # any request

    def test_the_official_schema_agrees_that_it_is_good(
        self, request_: object, official: etree.XMLSchema
    ) -> None:
        official.assertValid(open_envelope(write_request(request_)))  # type: ignore[arg-type]  # any request

    def test_a_soap_header_and_other_prefixes_change_nothing(self, request_: object) -> None:
        raw = write_request(request_)  # type: ignore[arg-type]  # any request
        other = raw.replace(b"soapenv:", b"S:").replace(b":soapenv=", b":S=")
        other = other.replace(b"<S:Body>", b"<S:Header><x/></S:Header><!-- ciao --><S:Body>\n")
        assert read_request(other, soap_action="sbagliata") == request_


class TestOddButValid:
    def test_dates_with_a_zone_and_amounts_with_leading_zeros(self) -> None:
        raw = write_request(examples.get_payment_request())
        raw = raw.replace(b">120.00<", b"> 000000000120.00 <").replace(
            b">2026-12-31<", b">2026-12-31+01:00<"
        )
        read = read_request(raw)
        assert isinstance(read, GetPaymentRequest)
        assert (read.amount_cents, str(read.due_on)) == (12_000, "2026-12-31")

    def test_midnight_written_as_24_is_the_next_day(self) -> None:
        raw = write_request(examples.send_rt_request())
        raw = re.sub(rb"<paymentDateTime>[^<]*", b"<paymentDateTime>2026-11-21T24:00:00", raw)
        read = read_request(raw)
        assert isinstance(read, SendRtRequest)
        assert read.receipt.paid_at is not None
        assert read.receipt.paid_at.isoformat() == "2026-11-22T00:00:00+01:00"

    def test_the_18_zeros_of_the_monitor_are_a_notice_number_like_any_other(self) -> None:
        read = read_request(VERIFY.replace(examples.NOTICE.encode(), b"0" * 18))
        assert isinstance(read, VerifyRequest)
        assert read.notice_number == "0" * 18


QUALIFIED = (
    VERIFY.replace(b"<pafn:paVerify", b"<paVerify")
    .replace(b"</pafn:", b"</")
    .replace(b"NoticeReq>", f'NoticeReq xmlns="{PA_NS}">'.encode(), 1)
)
DTD = VERIFY.replace(b'"UTF-8"?>', b'"UTF-8"?><!DOCTYPE x>')
ENTITY = VERIFY.replace(
    b'"UTF-8"?>', b'"UTF-8"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
).replace(b"<idPA>80012345678", b"<idPA>&e;")


@pytest.mark.parametrize(
    ("raw", "operation", "id_pa"),
    [
        (b"", None, ""),
        (b"ciao", None, ""),
        (b"\xff\xfe\x00", None, ""),
        (b"<a/>", None, ""),
        (DTD, None, ""),
        (ENTITY, None, ""),
        (VERIFY.replace(b"</soapenv:Body>", b" " * 5_000_000 + b"</soapenv:Body>"), None, ""),
        (b"<a>" * 300 + b"</a>" * 300, None, ""),
        (VERIFY.replace(SOAP_NS.encode(), b"http://www.w3.org/2003/05/soap-envelope"), None, ""),
        (VERIFY.replace(b"paVerifyPaymentNoticeReq", b"paSconosciuta"), None, ""),
        (re.sub(rb"(<soapenv:Body>)(.*)(</soapenv:Body>)", rb"\1\2\2\3", VERIFY), None, ""),
        (re.sub(rb"<soapenv:Body>.*</soapenv:Body>", b"<soapenv:Body/>", VERIFY), None, ""),
        (QUALIFIED, Operation.VERIFY, examples.BORGO),
        (VERIFY.replace(PA_NS.encode(), b"urn:altro"), Operation.VERIFY, examples.BORGO),
    ],
    ids=[
        "empty",
        "text",
        "bytes",
        "no envelope",
        "dtd",
        "entity",
        "5 MB",
        "deep",
        "soap 1.2",
        "unknown operation",
        "two messages",
        "no message",
        "qualified children",
        "namespace",
    ],
)
def test_what_is_not_the_interface_is_extra_xsd(
    raw: bytes, operation: Operation | None, id_pa: str
) -> None:
    refused = refusal(raw)
    assert refused.fault_code is FaultCode.SINTASSI_EXTRAXSD
    assert (refused.operation, refused.id_pa) == (operation, id_pa)
    assert refused.description
    assert "root:" not in refused.description


@pytest.mark.parametrize(
    ("raw", "operation"),
    [
        (VERIFY.replace(b">3010", b">A010"), Operation.VERIFY),
        (VERIFY.replace(b"<idStation>80099999990_01</idStation>", b""), Operation.VERIFY),
        (VERIFY.replace(b"</qrCode>", b"</qrCode><altro/>"), Operation.VERIFY),
        (
            write_request(examples.get_payment_request()).replace(b">120.00<", b">120.000<"),
            Operation.GET_PAYMENT_V2,
        ),
        (
            write_request(examples.demand_request()).replace(b">00001<", b">000001<"),
            Operation.DEMAND,
        ),
    ],
)
def test_what_breaks_the_schema_is_xsd_and_names_the_ente(raw: bytes, operation: Operation) -> None:
    refused = refusal(raw)
    assert refused.fault_code is FaultCode.SINTASSI_XSD
    assert (refused.operation, refused.id_pa) == (operation, examples.BORGO)


def test_of_a_receipt_even_a_schema_error_is_extra_xsd() -> None:
    raw = write_request(examples.send_rt_request()).replace(b"<outcome>OK", b"<outcome>BOH")
    refused = refusal(raw)
    assert refused.fault_code is FaultCode.SINTASSI_EXTRAXSD
    assert refused.operation is Operation.SEND_RT_V2
    assert "outcome" in refused.description


def test_an_empty_receipt_id_is_refused() -> None:
    raw = re.sub(rb"<receiptId>[^<]*", b"<receiptId>", write_request(examples.send_rt_request()))
    assert refusal(raw).fault_code is FaultCode.SINTASSI_EXTRAXSD


def test_a_year_python_cannot_hold_is_refused_not_raised() -> None:
    raw = write_request(examples.get_payment_request()).replace(b"2026-12-31", b"12026-12-31")
    assert refusal(raw).operation is Operation.GET_PAYMENT_V2


def test_of_a_wreck_the_soap_action_tells_the_operation() -> None:
    assert refusal(b"ciao", soap_action='"paGetPaymentV2"').operation is Operation.GET_PAYMENT_V2
    assert refusal(b"ciao", soap_action="altro").operation is None


REQUESTS = (VerifyRequest, GetPaymentRequest, SendRtRequest, DemandRequest)
ENVELOPES = [write_request(asked) for asked in examples.every_request()]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_whatever_is_done_to_an_envelope_it_is_read_or_refused(data: st.DataObject) -> None:
    raw = bytearray(data.draw(st.sampled_from(ENVELOPES)))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(raw)))
        length = data.draw(st.sampled_from([0, 1, 2, 8, 40]))
        raw[start : start + length] = data.draw(
            st.binary(max_size=6)
            | st.sampled_from(
                [b"", b"<x/>", b">", b"&a;", b"0", b"-", b" ", b"24:00:00", "è".encode()]
            )
        )
    try:
        assert isinstance(read_request(bytes(raw)), REQUESTS)
    except WireRefused as refused:
        assert refused.fault_code in {FaultCode.SINTASSI_XSD, FaultCode.SINTASSI_EXTRAXSD}  # noqa: PT017  both ways are right


TAGS = st.sampled_from(
    ["paymentDateTime", "applicationDate", "fee", "receiptId", "standIn", "idTransfer"]
)
VALUES = (
    st.text(alphabet="0123456789-+:.TZ ", max_size=30)
    | st.datetimes().map(str)
    | st.dates().map(str)
)


@settings(max_examples=300, deadline=None)
@given(TAGS, VALUES)
def test_odd_values_in_a_receipt_are_read_or_refused(tag: str, value: str) -> None:
    raw = write_request(examples.send_rt_request()).decode()
    changed = re.sub(rf"<{tag}>[^<]*<", f"<{tag}>{value}<", raw, count=1)
    try:
        assert isinstance(read_request(changed.encode()), SendRtRequest)
    except WireRefused as refused:
        assert refused.id_pa == examples.BORGO  # noqa: PT017  both ways are right
