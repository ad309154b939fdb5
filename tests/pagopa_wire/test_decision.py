"""Facts of a notice → the Node's answer."""

from itertools import product

import pytest

from pagopa.rules.decision import NoticeFacts, decide
from pagopa.rules.faults import FaultCode


@pytest.mark.parametrize(
    ("facts", "fault"),
    [
        (NoticeFacts(exists=True), None),
        (NoticeFacts(exists=False), FaultCode.PAGAMENTO_SCONOSCIUTO),
        (NoticeFacts(exists=True, unpublished=True), FaultCode.PAGAMENTO_SCONOSCIUTO),
        (NoticeFacts(exists=True, withdrawn=True), FaultCode.PAGAMENTO_ANNULLATO),
        (NoticeFacts(exists=True, paid=True), FaultCode.PAGAMENTO_DUPLICATO),
        (NoticeFacts(exists=True, settled=True), FaultCode.PAGAMENTO_DUPLICATO),
        (NoticeFacts(exists=True, alternative_paid=True), FaultCode.PAGAMENTO_DUPLICATO),
        (NoticeFacts(exists=True, in_course=True), FaultCode.PAGAMENTO_IN_CORSO),
        (NoticeFacts(exists=True, in_course=True, paid=True), FaultCode.PAGAMENTO_DUPLICATO),
        (NoticeFacts(exists=True, in_course=True, withdrawn=True), FaultCode.PAGAMENTO_IN_CORSO),
        (NoticeFacts(exists=True, late_refused=True), FaultCode.PAGAMENTO_SCADUTO),
        (NoticeFacts(exists=True, other_ente=True), FaultCode.ID_DOMINIO_ERRATO),
        (NoticeFacts(exists=True, other_broker=True), FaultCode.ID_INTERMEDIARIO_ERRATO),
        (NoticeFacts(exists=True, other_station=True), FaultCode.STAZIONE_INT_ERRATA),
        (NoticeFacts(exists=True, paid=True, withdrawn=True), FaultCode.PAGAMENTO_DUPLICATO),
        (
            NoticeFacts(exists=True, withdrawn=True, late_refused=True),
            FaultCode.PAGAMENTO_ANNULLATO,
        ),
        (
            NoticeFacts(exists=True, unpublished=True, late_refused=True),
            FaultCode.PAGAMENTO_SCONOSCIUTO,
        ),
    ],
)
def test_each_state_has_its_answer(facts: NoticeFacts, fault: FaultCode | None) -> None:
    assert decide(facts) is fault


def every_fact() -> list[NoticeFacts]:
    names = NoticeFacts._fields
    return [
        NoticeFacts(**dict(zip(names, values, strict=True)))
        for values in product([True, False], repeat=len(names))
    ]


def test_only_a_notice_without_any_hindrance_is_payable() -> None:
    payable = [facts for facts in every_fact() if decide(facts) is None]
    assert payable == [NoticeFacts(exists=True)]


def test_a_stranger_learns_nothing_of_the_notice() -> None:
    strangers = [facts for facts in every_fact() if facts.other_ente]
    assert {decide(facts) for facts in strangers} == {FaultCode.ID_DOMINIO_ERRATO}


def test_every_fault_has_its_sentence() -> None:
    assert all(fault.fault_string and fault.value.startswith("PAA_") for fault in FaultCode)
