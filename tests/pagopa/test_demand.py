"""Somebody at a PSP asks to pay without a notice: one is opened on the spot, or a reason is given."""

import pytest

from billing.models import Position, Service
from billing.selectors.ledger import ledger_problems
from pagopa.wire.asking import write_request
from pagopa.wire.requests import DemandRequest
from paybox.kernel.models import RawMessage
from tests.pagopa.conftest import STATION, Node, receipt_of
from tests.template import BORGO

pytestmark = pytest.mark.django_db
DATA = (
    "<s:servizio xmlns:s='urn:prova'><codiceFiscale>RSSMRA80A01H501U</codiceFiscale>"
    "<denominazione>Mario Rossi</denominazione><importo>45,00</importo></s:servizio>"
)


@pytest.fixture
def offered(borgo):
    Service.objects.filter(code="DIRITTI").update(
        allows_demand=True, demand_code="00042", form_fields=[]
    )
    return Service.objects.get(code="DIRITTI")


def demand(node: Node, data: str = DATA, service: str = "00042"):
    return node.ask(DemandRequest(BORGO, BORGO, STATION, service, "00001", data.encode()))


def test_a_notice_is_opened_given_again_and_paid(offered, node: Node):
    first, again = demand(node), demand(node)
    assert first.ok
    assert first == again
    assert first.offer.amount_cents == 4_500
    position = Position.objects.get()
    assert (position.service, position.subject.codice_fiscale) == (offered, "RSSMRA80A01H501U")
    notice = position.instalments.get()
    asked = DemandRequest(BORGO, BORGO, STATION, "00042", "00001", DATA.encode())
    qr_code = f"<fiscalCode>{BORGO}</fiscalCode><noticeNumber>{notice.notice_number}<"
    assert qr_code.encode() in node.post(write_request(asked)).content
    assert node.verify(notice.notice_number).offer.amount_cents == 4_500
    assert node.send_rt(receipt_of(notice)).ok
    # Paid: whoever asks again wants to pay again.
    assert demand(node).ok
    assert Position.objects.count() == 2
    assert RawMessage.objects.filter(kind="pagopa.paDemandPaymentNotice").count() == 4
    assert list(ledger_problems()) == []


@pytest.mark.parametrize(
    ("data", "service"),
    [
        (DATA, "99999"),
        (DATA.replace("RSSMRA80A01H501U", "RSSMRA80A01H501X"), "00042"),
        (DATA.replace("45,00", "molto"), "00042"),
        (DATA.replace("45,00", "0"), "00042"),
        ("<!DOCTYPE a><a/>", "00042"),
        ("non XML", "00042"),
    ],
)
def test_what_cannot_be_opened_is_said_and_leaves_nothing(offered, node: Node, data, service):
    answer = demand(node, data, service)
    assert answer.fault.code == "PAA_SEMANTICA"
    assert answer.fault.description
    assert Position.objects.count() == RawMessage.objects.count() == 0


@pytest.mark.parametrize("closed", ["allows_spontaneous", "allows_demand", "is_active"])
def test_a_service_that_is_not_offered_there(offered, node: Node, closed):
    assert demand(node, service="DIRIT").fault.code == "PAA_SEMANTICA"
    Service.objects.update(**{closed: False})
    assert demand(node).fault.code == "PAA_SEMANTICA"


def test_the_catalogue_calls_our_fields_its_own_way(offered, node: Node):
    field = {"name": "pratica", "label": "Pratica", "type": "text", "required": True}
    names = {"cfDebitore": "codice_fiscale", "nominativo": "denominazione", "causaleServizio": "pratica"}  # fmt: skip
    Service.objects.filter(pk=offered.pk).update(demand_names=names, form_fields=[field])
    theirs = (
        "<x><cfDebitore>RSSMRA80A01H501U</cfDebitore><nominativo>Mario Rossi</nominativo>"
        "<importo>12,30</importo><causaleServizio>Certificato storico</causaleServizio></x>"
    )
    answer = demand(node, theirs)
    assert answer.offer.amount_cents == 1_230
    position = Position.objects.get()
    assert position.details["answers"] == {"pratica": "Certificato storico"}
    assert demand(node).fault.code == "PAA_SEMANTICA"  # nothing says which pratica
