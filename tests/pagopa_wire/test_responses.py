"""Our answers: the official schema takes every one of them, whatever the names inside."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from pagopa.rules.faults import FaultCode
from pagopa.wire.answers import read_answer
from pagopa.wire.requests import Operation, Party
from pagopa.wire.responses import (
    PaymentData,
    PaymentTransfer,
    demand_ok,
    get_payment_ok,
    ko,
    send_rt_ok,
    verify_ok,
)
from pagopa.wire.soap import open_envelope
from tests.pagopa_wire import examples


def offer(**override: object) -> dict[str, object]:
    return {
        "amount_cents": 12_000,
        "due_on": date(2026, 12, 31),
        "description": "TARI 2026",
        "fiscal_code": examples.BORGO,
        "company_name": "Comune di Borgo",
        "office_name": "Tributi",
        **override,
    }


def every_ok() -> list[tuple[Operation, bytes]]:
    with_stamp = examples.payment_data(
        amount_cents=13_600, transfers=(examples.payment_transfer(), examples.stamp_transfer())
    )
    return [
        (Operation.VERIFY, verify_ok(**offer())),  # type: ignore[arg-type]  # keyword overrides
        (Operation.DEMAND, demand_ok(notice_number=examples.NOTICE, **offer())),  # type: ignore[arg-type]  # keyword overrides
        (Operation.GET_PAYMENT, get_payment_ok(examples.payment_data(), v2=False)),
        (Operation.GET_PAYMENT_V2, get_payment_ok(with_stamp, v2=True)),
        (Operation.SEND_RT, send_rt_ok(v2=False)),
        (Operation.SEND_RT_V2, send_rt_ok(v2=True)),
    ]


@pytest.mark.parametrize(("operation", "raw"), every_ok(), ids=lambda value: str(value)[:20])
def test_every_ok_is_what_the_official_schema_wants(
    operation: Operation, raw: bytes, official: etree.XMLSchema
) -> None:
    official.assertValid(open_envelope(raw))
    assert read_answer(raw, operation).ok


@pytest.mark.parametrize("operation", list(Operation))
@pytest.mark.parametrize("fault", list(FaultCode))
def test_every_ko_of_every_operation_too(
    operation: Operation, fault: FaultCode, official: etree.XMLSchema
) -> None:
    raw = ko(operation, fault, id_pa=examples.BORGO, description="perché <no> & basta")
    official.assertValid(open_envelope(raw))
    said = read_answer(raw, operation)
    assert (said.ok, said.fault and said.fault.code) == (False, fault.value)
    assert said.fault is not None
    assert (said.fault.words, said.fault.id) == (fault.fault_string, examples.BORGO)
    assert said.fault.description == "perché <no> & basta"


def test_a_ko_to_a_wreck_is_still_an_answer(official: etree.XMLSchema) -> None:
    official.assertValid(open_envelope(ko(None, FaultCode.SINTASSI_EXTRAXSD, id_pa="")))


def test_a_verify_says_what_it_was_given() -> None:
    said = read_answer(verify_ok(**offer(due_on=None, all_ccp=True)), Operation.VERIFY).offer  # type: ignore[arg-type]  # keyword overrides
    assert said is not None
    assert (said.amount_cents, said.due_on, said.all_ccp) == (12_000, None, True)


def test_no_due_date_becomes_the_far_one_because_the_node_wants_one() -> None:
    raw = get_payment_ok(examples.payment_data(due_on=None), v2=True)
    payment = read_answer(raw, Operation.GET_PAYMENT_V2).payment
    assert payment is not None
    assert payment.due_on == date(2099, 12, 31)


def test_v1_cannot_ask_for_a_stamp() -> None:
    with pytest.raises(ValueError, match="marca da bollo"):
        get_payment_ok(examples.payment_data(transfers=(examples.stamp_transfer(),)), v2=False)


@pytest.mark.parametrize("email", ["nicolò@example.org", "o'neil@example.org", "a@b c", "x" * 257])
def test_an_address_the_node_would_not_take_is_left_out(email: str) -> None:
    raw = get_payment_ok(
        examples.payment_data(debtor=replace(examples.MARIO, email=email)), v2=True
    )
    assert b"e-mail" not in raw


def test_long_texts_are_cut_and_empty_ones_left_out(official: etree.XMLSchema) -> None:
    debtor = Party("G", "1", "N" * 300, street="", city="C" * 80, country="ITA")
    raw = get_payment_ok(
        examples.payment_data(
            debtor=debtor, description="D" * 200, company_name="", office_name="  ", metadata=()
        ),
        v2=True,
    )
    official.assertValid(open_envelope(raw))
    assert b">" + b"N" * 70 + b"<" in raw
    assert b"streetName" not in raw
    assert b"officeName" not in raw
    assert b">ANONIMO<" in raw


ANY_TEXT = st.text(max_size=180)
PARTIES = st.builds(
    Party,
    kind=st.sampled_from(["F", "G"]),
    code=ANY_TEXT,
    full_name=ANY_TEXT,
    street=ANY_TEXT,
    civic_number=ANY_TEXT,
    postal_code=ANY_TEXT,
    city=ANY_TEXT,
    province=ANY_TEXT,
    country=ANY_TEXT | st.just("IT"),
    email=ANY_TEXT | st.emails(),
)
CENTS = st.integers(1, 99_999_999_999)
SHARES = st.builds(
    PaymentTransfer,
    id_transfer=st.integers(1, 5),
    amount_cents=CENTS,
    fiscal_code=st.just(examples.BORGO),
    remittance=ANY_TEXT,
    category=ANY_TEXT,
    iban=ANY_TEXT,
    stamp=st.none(),
    company_name=ANY_TEXT,
    metadata=st.lists(st.tuples(ANY_TEXT, ANY_TEXT), max_size=17).map(tuple),
)
PAYMENTS = st.builds(
    PaymentData,
    iuv=st.just(examples.IUV),
    amount_cents=CENTS,
    due_on=st.none() | st.dates(),
    description=ANY_TEXT,
    company_name=ANY_TEXT,
    office_name=ANY_TEXT,
    debtor=PARTIES,
    transfers=st.lists(SHARES, min_size=1, max_size=5).map(tuple),
    retention_at=st.none(),
    last_payment=st.none() | st.booleans(),
    metadata=st.just(()),
)


@settings(max_examples=150, deadline=None)
@given(PAYMENTS, st.booleans())
def test_no_name_in_the_world_breaks_an_activation(
    official: etree.XMLSchema, data: PaymentData, v2: bool
) -> None:
    raw = get_payment_ok(data, v2=v2)
    official.assertValid(open_envelope(raw))
    read = read_answer(raw, Operation.GET_PAYMENT_V2 if v2 else Operation.GET_PAYMENT).payment
    assert read is not None
    assert read.amount_cents == data.amount_cents
    assert [one.amount_cents for one in read.transfers] == [
        one.amount_cents for one in data.transfers
    ]


@settings(max_examples=100, deadline=None)
@given(ANY_TEXT, ANY_TEXT, ANY_TEXT, CENTS)
def test_nor_a_verify(
    official: etree.XMLSchema, description: str, company: str, office: str, cents: int
) -> None:
    raw = verify_ok(
        amount_cents=cents,
        due_on=None,
        description=description,
        fiscal_code=examples.BORGO,
        company_name=company,
        office_name=office,
    )
    official.assertValid(open_envelope(raw))
    offer = read_answer(raw, Operation.VERIFY).offer
    assert offer is not None
    assert offer.amount_cents == cents
