"""Each fault that an Ente says is heard at the door, word for word; the decision agrees with a slow oracle."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.iuv import iuv_of
from billing.models import Instalment, Service
from billing.selectors.ledger import ledger_problems
from billing.services.positions import withdraw_position
from pagopa.models import LeftReceipt
from pagopa.rules.decision import NoticeFacts, decide
from pagopa.rules.faults import FaultCode
from pagopa.selectors.enti import forget_enti
from pagopa.wire.answers import read_answer
from pagopa.wire.asking import write_request
from pagopa.wire.requests import DemandRequest, Operation
from tests.build import AT, make_position, pay
from tests.pagopa.conftest import STATION, Node, receipt_of
from tests.pagopa_wire import examples
from tests.template import BORGO, VALLE

# A receipt that comes again is thanked for again, not called a duplicate: the Node may hear either.
NEVER_SAID = {FaultCode.RECEIPT_DUPLICATA}


def number_of(position: Any) -> str:
    found: str = position.instalments.get(number=0).notice_number
    return found


@pytest.mark.django_db
def test_every_fault_is_heard_with_its_own_words(borgo, node: Node, ada):
    paid, gone, late, begun, good = (make_position() for _ in range(5))
    pay(number_of(paid), 12_000)
    withdraw_position(position_id=gone.pk, reason="sgravio", actor=ada, at=AT)
    Service.objects.filter(pk=late.service_id).update(accepts_late_payment=False)
    Instalment.objects.filter(position=late).update(due_on=date(2020, 1, 31))
    heard = [
        node.verify(number, **given)
        for number, given in (
            (number_of(good), {"id_pa": "99999999999"}),
            (number_of(good), {"fiscal_code": VALLE}),
            (number_of(good), {"id_broker": "99999999999"}),
            (number_of(good), {"id_station": f"{BORGO}_02"}),
            ("0" * 18, {}),
            (number_of(paid), {}),
            (number_of(gone), {}),
            (number_of(late), {}),
        )
    ]
    LeftReceipt.objects.create(notice_number=number_of(begun), raw_message_id=1)
    heard.append(node.verify(number_of(begun)))
    heard.append(node.ask(DemandRequest(BORGO, BORGO, STATION, "00001", "00002", b"<a/>")))
    wrong = write_request(examples.verify_request()).replace(examples.NOTICE.encode(), b"12")
    heard += [
        read_answer(node.checked(node.post(body).content), Operation.VERIFY)
        for body in (wrong, b"<a/>")
    ]
    borgo.iban = ""
    borgo.save()
    forget_enti()
    heard.append(node.get_payment(number_of(make_position(due_on=date(2099, 1, 1)))))
    said = {answer.fault.code: answer.fault.words for answer in heard}
    assert said == {f.value: f.fault_string for f in set(FaultCode) - NEVER_SAID}
    assert not any(answer.ok for answer in heard)
    assert list(ledger_problems()) == []


# aux digit, notice number with right check digits (worked examples of the old rules) and the IUV inside.
LEGACY = [
    ("001123456789012313", "123456789012313"),
    ("112345678901234567", "12345678901234567"),
    ("212345678901234544", "12345678901234544"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("number", "iuv"), LEGACY)
def test_a_notice_of_another_system_is_known_by_its_old_number(borgo, node: Node, number, iuv):
    position = make_position()
    Instalment.objects.filter(position=position, number=0).update(
        notice_number=number, iuv=iuv_of(number)
    )
    assert node.verify(number).offer.amount_cents == 12_000
    assert node.get_payment(number).payment.iuv == iuv
    assert node.send_rt(receipt_of(position.instalments.get(number=0))).ok
    position.refresh_from_db()
    assert position.state == "PAGATA"
    assert list(ledger_problems()) == []


FACTS = st.builds(NoticeFacts, **{name: st.booleans() for name in NoticeFacts._fields})


def slow_oracle(facts: NoticeFacts) -> str:
    """Who asks, then whether it exists, then money, then the rest: one line each."""
    if facts.other_ente:
        return "PAA_ID_DOMINIO_ERRATO"
    if facts.other_broker:
        return "PAA_ID_INTERMEDIARIO_ERRATO"
    if facts.other_station:
        return "PAA_STAZIONE_INT_ERRATA"
    if not facts.exists:
        return "PAA_PAGAMENTO_SCONOSCIUTO"
    if facts.paid:
        return "PAA_PAGAMENTO_DUPLICATO"
    if facts.settled:
        return "PAA_PAGAMENTO_DUPLICATO"
    if facts.alternative_paid:
        return "PAA_PAGAMENTO_DUPLICATO"
    if facts.in_course:
        return "PAA_PAGAMENTO_IN_CORSO"
    if facts.withdrawn:
        return "PAA_PAGAMENTO_ANNULLATO"
    if facts.unpublished:
        return "PAA_PAGAMENTO_SCONOSCIUTO"
    return "PAA_PAGAMENTO_SCADUTO" if facts.late_refused else "OK"


@given(FACTS)
def test_the_decision_is_total_and_says_what_the_oracle_says(facts: NoticeFacts) -> None:
    fault = decide(facts)
    assert (fault.value if fault else "OK") == slow_oracle(facts)


@pytest.mark.django_db
def test_whatever_history_verify_and_activation_say_the_same(borgo, node: Node, ada):
    """Every way of every position, before and after each thing that can happen to it."""
    positions = [make_position() for _ in range(4)]
    first = positions[1].instalments.get(number=1)
    pay(first.notice_number, 6_000)
    pay(number_of(positions[2]), 12_000)
    withdraw_position(position_id=positions[3].pk, reason="sgravio", actor=ada, at=AT)
    for position in positions:
        for way in position.instalments.all():
            asked, begun = node.verify(way.notice_number), node.get_payment(way.notice_number)
            assert asked.ok == begun.ok == (way.state == "PAGABILE")
            if asked.ok:
                assert asked.offer.amount_cents == begun.payment.amount_cents
            else:
                assert asked.fault.code == begun.fault.code
    assert list(ledger_problems()) == []
