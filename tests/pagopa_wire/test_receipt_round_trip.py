"""A receipt written as the Node would, read as we do: nothing is lost on the way."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from pagopa.wire.asking import write_request
from pagopa.wire.reading import read_request
from pagopa.wire.requests import GetPaymentRequest, Party, Receipt, ReceiptTransfer, SendRtRequest
from pagopa.wire.soap import open_envelope
from tests.pagopa_wire import examples

# Texts as they survive cleaning: one line, no spaces at the ends.
WORDS = st.from_regex(
    r"[A-Za-z0-9àèìòù'&<>/.]{1,12}( [A-Za-z0-9àèìòù'&<>/.]{1,12}){0,1}", fullmatch=True
)
MAYBE = st.just("") | WORDS
CENTS = st.integers(1, 99_999_999_999)
DAYS = st.none() | st.dates()
INSTANTS = st.none() | st.integers(0, 4_000_000_000).map(lambda at: datetime.fromtimestamp(at, UTC))
PAIRS = st.lists(st.tuples(WORDS, WORDS), max_size=15).map(tuple)
PARTIES = st.builds(
    Party,
    kind=st.sampled_from(["F", "G"]),
    code=st.from_regex(r"[A-Z0-9]{2,16}", fullmatch=True),
    full_name=WORDS,
    street=MAYBE,
    city=MAYBE,
    country=st.sampled_from(["", "IT"]),
    email=st.sampled_from(["", "a.b+c@example.org"]),
)
SHARES = st.builds(
    ReceiptTransfer,
    id_transfer=st.integers(1, 5),
    amount_cents=CENTS,
    fiscal_code=st.sampled_from([examples.BORGO, examples.VALLE]),
    remittance=WORDS,
    category=WORDS,
    iban=st.just(examples.IBAN),
    company_name=MAYBE,
    metadata=PAIRS,
) | st.builds(
    ReceiptTransfer,
    id_transfer=st.integers(1, 5),
    amount_cents=CENTS,
    fiscal_code=st.just(examples.BORGO),
    remittance=WORDS,
    category=WORDS,
    stamp=st.binary(min_size=1, max_size=60),
)
RECEIPTS = st.builds(
    Receipt,
    receipt_id=st.from_regex(r"[0-9a-f]{32}", fullmatch=True),
    notice_number=st.from_regex(r"[0-9]{18}", fullmatch=True),
    fiscal_code=st.just(examples.BORGO),
    outcome=st.sampled_from(["OK", "KO"]),
    iuv=st.from_regex(r"[0-9]{17}", fullmatch=True),
    amount_cents=CENTS,
    description=WORDS,
    company_name=WORDS,
    office_name=MAYBE,
    debtor=PARTIES,
    transfers=st.lists(SHARES, min_size=1, max_size=5).map(tuple),
    id_psp=WORDS,
    psp_company_name=WORDS,
    id_channel=WORDS,
    channel_description=WORDS,
    psp_vat_code=st.sampled_from(["", "IT99999999990"]),
    payer=st.none() | PARTIES,
    payment_method=MAYBE,
    payment_note=MAYBE,
    fee_cents=st.none() | st.integers(0, 500),
    primary_fee_cents=st.none() | st.integers(0, 500),
    paid_at=INSTANTS,
    applied_on=DAYS,
    transferred_on=DAYS,
    metadata=PAIRS,
    stand_in=st.booleans(),
)


@settings(max_examples=150, deadline=None)
@given(RECEIPTS)
def test_every_receipt_of_v2_comes_back_the_same(
    official: etree.XMLSchema, receipt: Receipt
) -> None:
    asked = SendRtRequest(*examples.HEAD, receipt, v2=True)
    raw = write_request(asked)
    official.assertValid(open_envelope(raw))
    assert read_request(raw) == asked


@settings(max_examples=60, deadline=None)
@given(
    st.builds(
        GetPaymentRequest,
        *map(st.just, (*examples.HEAD, examples.BORGO, examples.NOTICE)),
        amount_cents=st.none() | CENTS,
        payment_note=MAYBE,
        transfer_type=st.sampled_from(["", "POSTAL", "PAGOPA"]),
        due_on=DAYS,
        v2=st.booleans(),
    )
)
def test_every_activation_too(asked: GetPaymentRequest) -> None:
    assert read_request(write_request(asked)) == asked
