"""Chapter 6 at the door: what the Node hears, and that asking changes nothing."""

from dataclasses import replace
from datetime import date

import pytest
from django.conf import settings
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import schema_context
from pydantic import SecretStr

from billing.models import Instalment, Position, Service, TimelineEntry
from billing.selectors.ledger import ledger_problems
from billing.services.positions import withdraw_position
from pagopa.wire.asking import write_request
from pagopa.wire.reading import read_request
from pagopa.wire.requests import DemandRequest, SendRtRequest, VerifyRequest
from paybox.kernel.models import AuditEntry, RawMessage
from tests.build import AT, make_position, make_subject, pay
from tests.pagopa.conftest import STATION, Node, receipt_of
from tests.pagopa_wire import examples
from tests.template import BORGO, VALLE

pytestmark = pytest.mark.django_db
IBAN = "IT60X0542811101000000123456"
POSTAL_IBAN = "IT60X0760111101000000123456"


def notices(position: Position) -> dict[int, Instalment]:
    return {i.number: i for i in position.instalments.order_by("number")}


def code(answer: object) -> str:
    fault = answer.fault  # type: ignore[attr-defined]  # an Answer
    assert answer.ok is (fault is None)  # type: ignore[attr-defined]  # an Answer
    return fault.code if fault else "OK"


class TestVerify:
    def test_says_what_is_owed_now(self, borgo, node: Node):
        answer = node.verify(notices(make_position())[0].notice_number)
        assert answer.ok
        offer = answer.offer
        assert (offer.amount_cents, offer.due_on) == (12_000, date(2026, 6, 16))
        assert (offer.fiscal_code, offer.company_name) == (BORGO, "Comune di Borgo")
        assert (offer.description, offer.office_name) == ("TARI 2026", "Ufficio Tributi")
        assert offer.all_ccp is False

    def test_writes_nothing_and_asks_nothing_beside_its_one_question(self, borgo, node: Node):
        number = notices(make_position())[0].notice_number
        node.verify(number)
        before = TimelineEntry.objects.count(), RawMessage.objects.count()
        with CaptureQueriesContext(connection) as asked:
            node.verify(number)
        assert len(asked) == 0  # the one question goes beside Django's cursor
        assert (TimelineEntry.objects.count(), RawMessage.objects.count()) == before

    def test_each_state_has_its_fault(self, borgo, node: Node, ada):
        paid = notices(make_position())
        pay(paid[1].notice_number, 6_000)
        assert code(node.verify(paid[1].notice_number)) == "PAA_PAGAMENTO_DUPLICATO"
        assert code(node.verify(paid[0].notice_number)) == "PAA_PAGAMENTO_DUPLICATO"
        assert code(node.verify(paid[2].notice_number)) == "OK"
        gone = make_position()
        withdraw_position(position_id=gone.pk, reason="sgravio", actor=ada, at=AT)
        assert code(node.verify(notices(gone)[0].notice_number)) == "PAA_PAGAMENTO_ANNULLATO"
        assert code(node.verify("0" * 18)) == "PAA_PAGAMENTO_SCONOSCIUTO"
        assert code(node.verify("302999999999999999")) == "PAA_PAGAMENTO_SCONOSCIUTO"
        assert list(ledger_problems()) == []

    def test_a_late_notice_is_refused_only_where_the_service_says_so(self, borgo, node: Node):
        late = notices(make_position(due_on=date(2020, 1, 31)))[0].notice_number
        assert code(node.verify(late)) == "OK"
        Service.objects.filter(code="TARI").update(accepts_late_payment=False)
        assert code(node.verify(late)) == "PAA_PAGAMENTO_SCADUTO"

    def test_never_asks_more_than_is_still_owed(self, borgo, node: Node):
        found = notices(make_position())
        pay(found[1].notice_number, 7_000)
        assert node.verify(found[2].notice_number).offer.amount_cents == 5_000

    @pytest.mark.parametrize(
        ("given", "fault"),
        [
            ({"id_pa": "99999999999"}, "PAA_ID_DOMINIO_ERRATO"),
            ({"fiscal_code": VALLE}, "PAA_ID_DOMINIO_ERRATO"),
            ({"id_broker": "99999999999"}, "PAA_ID_INTERMEDIARIO_ERRATO"),
            ({"id_station": f"{BORGO}_02"}, "PAA_STAZIONE_INT_ERRATA"),
        ],
    )
    def test_whoever_calls_must_agree_with_us(self, borgo, node: Node, given, fault):
        number = notices(make_position())[0].notice_number
        assert code(node.verify(number, **given)) == fault

    def test_another_enti_notice_is_unknown_and_leaves_no_trace(self, borgo, valle, node: Node):
        theirs = "302000000000000999"
        with schema_context("valle"):
            position = make_position(service="QUOTA", segregation="02")
            theirs = notices(position)[0].notice_number
        answer = node.verify(theirs)
        assert code(answer) == "PAA_PAGAMENTO_SCONOSCIUTO"
        assert answer.fault.id == BORGO
        answer = node.get_payment(theirs)
        assert code(answer) == "PAA_PAGAMENTO_SCONOSCIUTO"
        right = node.verify(theirs, id_pa=VALLE, fiscal_code=VALLE)
        assert right.ok
        with schema_context("valle"):
            assert RawMessage.objects.count() == 0
            assert list(ledger_problems()) == []


class TestGetPayment:
    @pytest.mark.parametrize("v2", [False, True])
    def test_gives_the_whole_payment(self, borgo, node: Node, v2):
        instalment = notices(make_position())[1]
        paid = node.get_payment(instalment.notice_number, v2=v2, amount_cents=1).payment
        assert (paid.iuv, paid.amount_cents, paid.due_on) == (
            instalment.iuv, 6_000, date(2026, 6, 16),
        )  # fmt: skip
        (share,) = paid.transfers
        assert (share.amount_cents, share.fiscal_code, share.iban) == (6_000, BORGO, IBAN)
        assert share.category == "9/0101101IM/"
        assert share.remittance == f"/RFB/{instalment.iuv}/60.00/TXT/TARI 2026"
        assert (paid.debtor.code, paid.debtor.full_name) == ("RSSMRA80A01H501U", "Rossi Mario")

    def test_the_account_of_the_service_comes_first(self, borgo, node: Node):
        other = "IT28W8000000292100645211151"
        Service.objects.filter(code="TARI").update(iban=other)
        paid = node.get_payment(notices(make_position())[0].notice_number).payment
        assert paid.transfers[0].iban == other

    def test_a_postal_account_is_given_to_who_pays_at_the_post(self, borgo, node: Node):
        number = notices(make_position())[0].notice_number
        borgo.iban = POSTAL_IBAN
        borgo.save()
        Service.objects.filter(code="TARI").update(iban=IBAN)
        postal = node.get_payment(number, transfer_type="POSTAL").payment.transfers[0]
        bank = node.get_payment(number, transfer_type="PAGOPA").payment.transfers[0]
        assert (postal.iban, bank.iban) == (POSTAL_IBAN, IBAN)
        assert bank.metadata == (("IBANAPPOGGIO", POSTAL_IBAN),)
        assert node.verify(number).offer.all_ccp is True  # as the post is answered
        Service.objects.filter(code="TARI").update(iban="")
        assert node.verify(number).offer.all_ccp is True

    def test_long_and_odd_debtors_pass_the_official_schema(self, borgo, node: Node):
        name = "Àngela <D'Ò & figli> " * 8
        subject = make_subject(codice_fiscale="", name=name, sort_key="A", province="")
        paid = node.get_payment(notices(make_position(subject=subject))[0].notice_number).payment
        assert (paid.debtor.code, paid.debtor.full_name) == ("ANONIMO", name[:70].strip())

    def test_asked_often_it_changes_no_state_and_is_told_once_a_day(self, borgo, node: Node):
        position = make_position()
        number = notices(position)[0].notice_number
        first = [node.get_payment(number) for _ in range(3)]
        assert first[0] == first[1] == first[2]
        position.refresh_from_db()
        assert position.state == "APERTA"
        assert position.timeline.filter(kind="ATTIVATA").count() == 1
        assert RawMessage.objects.filter(kind="pagopa.paGetPaymentV2").count() == 3
        assert list(ledger_problems()) == []

    def test_without_any_account_it_is_our_trouble(self, borgo, node: Node):
        number = notices(make_position())[0].notice_number
        borgo.iban = ""
        borgo.save()
        assert code(node.get_payment(number)) == "PAA_SYSTEM_ERROR"


def test_the_catalogue_is_not_served(borgo, node: Node):
    asked = DemandRequest(BORGO, BORGO, STATION, "00001", "00002", b"<servizio/>")
    assert code(node.ask(asked)) == "PAA_SEMANTICA"


class TestBadMessages:
    def fault(self, node: Node, body: bytes, action: str = "paVerifyPaymentNotice") -> str:
        answer = node.post(body, action)
        assert answer.status_code == 200
        assert b"Traceback" not in answer.content
        text = node.checked(answer.content).decode()
        return text.partition("<faultCode>")[2].partition("</faultCode>")[0]

    def test_entities_and_doctype(self, borgo, node: Node):
        body = write_request(examples.verify_request()).decode().partition("?>")[2]
        for doctype in (
            '<!DOCTYPE a SYSTEM "file:///etc/passwd">',
            '<!DOCTYPE a [<!ENTITY x "y">]>',
            '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        ):
            assert self.fault(node, (doctype + body).encode()) == "PAA_SINTASSI_EXTRAXSD"

    def test_a_namespace_on_the_children(self, borgo, node: Node):
        body = write_request(examples.verify_request()).replace(
            b"<idPA>", b'<idPA xmlns="http://pagopa-api.pagopa.gov.it/pa/paForNode.xsd">'
        )
        assert self.fault(node, body) == "PAA_SINTASSI_EXTRAXSD"

    def test_an_unknown_operation_and_no_message_at_all(self, borgo, node: Node):
        body = write_request(examples.verify_request()).replace(
            b"paVerifyPaymentNoticeReq", b"paAltro"
        )
        for wreck in (body, b"", b"ciao", b"<a/>", b"\xff\xfe\x00"):
            assert self.fault(node, wreck, "") == "PAA_SINTASSI_EXTRAXSD"

    def test_a_value_out_of_the_schema(self, borgo, node: Node):
        body = write_request(examples.verify_request()).replace(examples.NOTICE.encode(), b"12")
        assert self.fault(node, body) == "PAA_SINTASSI_XSD"

    def test_five_megabytes(self, borgo, node: Node):
        answer = node.post(b"<a>" + b"x" * 5_000_000 + b"</a>", "paSendRTV2")
        assert answer.status_code == 200
        assert b"PAA_SINTASSI_EXTRAXSD" in node.checked(answer.content)
        assert b"paSendRTV2Response" in answer.content

    def test_only_post(self, borgo, node: Node):
        assert node.client.get("/pagopa/paForNode").status_code == 405

    def test_a_receipt_that_is_no_receipt_is_kept_for_a_person(self, borgo, node: Node):
        asked = node.receipt_request(examples.receipt())
        body = write_request(asked).replace(b"<outcome>OK</outcome>", b"<outcome>BOH</outcome>")
        assert self.fault(node, body, "paSendRTV2") == "PAA_SINTASSI_EXTRAXSD"
        (kept,) = RawMessage.objects.all()
        assert bytes(kept.body) == body
        assert AuditEntry.objects.filter(action="pagopa.receipt.unread").count() == 1

    def test_whatever_host_it_comes_to(self, borgo, node: Node):
        number = notices(make_position())[0].notice_number
        for host in ("valle.localhost", "borgo.localhost:8000", "localhost"):
            node.client.defaults["HTTP_HOST"] = host
            assert node.verify(number).ok


class TestSeal:
    def test_in_production_only_our_proxy_may_ask(self, borgo, node: Node):
        body = write_request(VerifyRequest(BORGO, BORGO, STATION, BORGO, "0" * 18))
        sealed = settings.ENVIRONMENT.model_copy(update={"node_seal": SecretStr("sigillo")})
        with override_settings(ENVIRONMENT=sealed):
            for wrong in ({}, {"X-PayBox-Node-Seal": "altro"}, {"X-PayBox-Node-Seal": "sigillò"}):
                answer = node.post(body, "", **wrong)
                assert (answer.status_code, answer.content) == (403, b"")
            good = node.post(body, "", **{"X-PayBox-Node-Seal": "sigillo"})
            assert good.status_code == 200

    def test_in_production_without_a_list_of_certificates_nobody_may(self, borgo, node: Node):
        body = write_request(VerifyRequest(BORGO, BORGO, STATION, BORGO, "0" * 18))
        unlisted = settings.ENVIRONMENT.model_copy(update={"env": "production"})
        with override_settings(ENVIRONMENT=unlisted):
            assert node.post(body).status_code == 403
        listed = unlisted.model_copy(update={"node_clients": {STATION: ["nodo.example"]}})
        with override_settings(ENVIRONMENT=listed):
            assert node.post(body).status_code == 403
            named = {"X-PayBox-Node-Subject": "CN=nodo.example,C=IT"}
            assert node.post(body, "", **named).status_code == 200


def test_the_whole_road_in_v1(borgo, valle, node: Node):
    """Verify, activate, receipt, verify again; Valle notices nothing."""
    position = make_position()
    instalment = notices(position)[0]
    assert node.verify(instalment.notice_number).ok
    assert node.get_payment(instalment.notice_number, v2=False).ok
    sent: SendRtRequest = node.receipt_request(receipt_of(instalment), v2=False)
    assert read_request(write_request(sent)) == sent
    assert node.ask(sent).ok
    assert code(node.verify(instalment.notice_number)) == "PAA_PAGAMENTO_DUPLICATO"
    position.refresh_from_db()
    assert (position.state, position.residual_cents) == ("PAGATA", 0)
    kinds = list(position.timeline.values_list("kind", flat=True))
    assert sorted(kinds) == ["APERTA", "ATTIVATA", "PAGATA"]
    assert list(ledger_problems()) == []
    with schema_context("valle"):
        assert TimelineEntry.objects.count() == RawMessage.objects.count() == 0
        assert list(ledger_problems()) == []


def test_requests_of_the_examples_are_not_ours(borgo, node: Node):
    """The examples' broker is another one: it is told so, whatever it asks."""
    for asked in examples.every_request():
        mine = replace(asked, id_pa=BORGO)
        assert code(node.ask(mine)) == "PAA_ID_INTERMEDIARIO_ERRATO"
