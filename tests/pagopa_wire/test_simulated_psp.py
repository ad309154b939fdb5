"""The simulated PSP and Node against an Ente on a real socket: good and bad answers."""

import threading
from collections.abc import Callable

import pytest

from pagopa.rules.faults import FaultCode
from pagopa.wire.requests import (
    GetPaymentRequest,
    Operation,
    Request,
    SendRtRequest,
    VerifyRequest,
)
from pagopa.wire.responses import get_payment_ok, ko, verify_ok
from pagopa.wire.soap import wrap
from tests.pagopa_wire import examples
from tests.pagopa_wire.conftest import Node, TinyEnte, answer_well


def fault_of(answer: dict[str, object]) -> dict[str, str]:
    assert answer["outcome"] == "KO", answer
    fault = answer["fault"]
    assert isinstance(fault, dict)
    return fault


class TestGoodRoad:
    def test_verify_says_what_the_ente_says(self, node: Node, ente: TinyEnte) -> None:
        said = node.psp("verify")
        assert (said["outcome"], said["amount_cents"]) == ("OK", 12_000)
        assert said["company_name"] == "Comune di Borgo"
        assert ente.heard == [examples.verify_request()]
        assert ente.actions == ['"paVerifyPaymentNotice"']

    def test_activation_gives_a_token_and_the_ente_hears_the_wish(
        self, node: Node, ente: TinyEnte
    ) -> None:
        said = node.psp("activate", amount_cents=11_000, transfer_type="POSTAL", version="V1")
        assert (said["amount_cents"], said["iuv"]) == (12_000, examples.IUV)
        heard = ente.heard[0]
        assert isinstance(heard, GetPaymentRequest)
        assert (heard.amount_cents, heard.transfer_type, heard.v2) == (11_000, "POSTAL", False)

    @pytest.mark.parametrize("version", ["V1", "V2"])
    def test_pay_ends_with_a_receipt_in_the_right_version(
        self, node: Node, ente: TinyEnte, version: str
    ) -> None:
        said = node.psp("pay", version=version, paid_at="2026-11-21T10:00:00")
        assert [type(asked) for asked in ente.heard] == [
            VerifyRequest,
            GetPaymentRequest,
            SendRtRequest,
        ]
        sent = ente.receipts()[0]
        assert (sent.v2, sent.receipt.receipt_id) == (version == "V2", said["token"])
        assert (sent.receipt.amount_cents, sent.receipt.iuv) == (12_000, examples.IUV)
        assert str(sent.receipt.applied_on) == "2026-11-21"
        assert said["receipts"] == [
            {
                "receipt_id": said["token"],
                "fiscal_code": examples.BORGO,
                "station": examples.STATION,
                "state": "NOTIFIED",
                "attempts": 1,
                "answer": "OK",
            }
        ]

    def test_a_declared_station_is_used_with_its_own_names(
        self, node: Node, ente: TinyEnte
    ) -> None:
        node.post(
            "/node/stations",
            fiscal_code=examples.BORGO,
            broker="80000000001",
            station="80000000001_07",
            version="V1",
        )
        node.psp("pay")
        assert {(asked.id_broker, asked.id_station) for asked in ente.heard} == {
            ("80000000001", "80000000001_07")
        }
        assert [asked.v2 for asked in ente.receipts()] == [False]


def ko_of(fault: FaultCode) -> Callable[[Request], bytes]:
    return lambda asked: ko(asked.operation, fault, id_pa=asked.id_pa, description="motivo")


def unbalanced(asked: Request) -> bytes:
    data = examples.payment_data(transfers=(examples.payment_transfer(amount_cents=11_999),))
    return get_payment_ok(data, v2=True)


def same_index_twice(asked: Request) -> bytes:
    half = examples.payment_transfer(amount_cents=6_000)
    return get_payment_ok(examples.payment_data(transfers=(half, half)), v2=True)


def other_notice(asked: Request) -> bytes:
    return get_payment_ok(examples.payment_data(iuv="99999999999999999"), v2=True)


def other_ente(asked: Request) -> bytes:
    return verify_ok(
        amount_cents=1, due_on=None, description="x", company_name="x", fiscal_code=examples.VALLE
    )


def bare(root: str, children: str) -> Callable[[Request], bytes]:
    return lambda asked: wrap(root, children)


VERIFY_RES, GET_RES = Operation.VERIFY.response_root, Operation.GET_PAYMENT_V2.response_root
FAULT = "<fault><faultCode>X</faultCode><faultString>x</faultString><id>x</id></fault>"


class TestMisbehaviour:
    @pytest.mark.parametrize("what", ["verify", "activate"])
    @pytest.mark.parametrize("fault", list(FaultCode))
    def test_a_ko_is_passed_on(
        self, node: Node, ente: TinyEnte, what: str, fault: FaultCode
    ) -> None:
        ente.play = ko_of(fault)
        said = fault_of(node.psp(what))
        assert said["faultCode"] == "PPT_ERRORE_EMESSO_DA_PAA"
        assert said["originalFaultCode"] == fault.value
        assert said["originalFaultString"] == fault.fault_string
        assert (said["originalDescription"], said["id"]) == ("motivo", examples.BORGO)

    @pytest.mark.parametrize(
        ("what", "play"),
        [
            ("verify", lambda asked: b"ciao"),
            ("verify", lambda asked: (500, answer_well(asked))),
            ("verify", lambda asked: (404, b"<html>no</html>")),
            ("verify", bare(VERIFY_RES, "<outcome>KO</outcome>")),
            ("verify", bare(VERIFY_RES, "<outcome>OK</outcome>" + FAULT)),
            ("verify", bare(VERIFY_RES, "<outcome>OK</outcome>")),
            ("verify", bare(VERIFY_RES, "<outcome>FORSE</outcome>")),
            ("verify", bare("paSendRTRes", "<outcome>OK</outcome>")),
            ("verify", other_ente),
            ("activate", bare(GET_RES, "<outcome>OK</outcome>")),
            ("activate", unbalanced),
            ("activate", same_index_twice),
            ("activate", other_notice),
        ],
    )
    def test_what_is_no_answer_is_an_error_of_the_answer(
        self, node: Node, ente: TinyEnte, what: str, play: Callable[[Request], bytes]
    ) -> None:
        ente.play = play
        assert fault_of(node.psp(what))["faultCode"] == "PPT_STAZIONE_INT_PA_ERRORE_RESPONSE"

    def test_a_refused_activation_leaves_the_notice_free(self, node: Node, ente: TinyEnte) -> None:
        ente.play = unbalanced
        node.psp("activate")
        ente.play = answer_well
        assert node.psp("activate")["outcome"] == "OK"

    def test_silence_is_a_timeout(self, ente: TinyEnte, start_node: Callable[..., Node]) -> None:
        released = threading.Event()

        def silent(asked: Request) -> bytes:
            released.wait(20)
            return answer_well(asked)

        ente.play = silent
        node = start_node(ente.url, ask_timeout_s=0.2)
        try:
            assert fault_of(node.psp("verify"))["faultCode"] == "PPT_STAZIONE_INT_PA_TIMEOUT"
        finally:
            released.set()

    def test_nobody_there_is_unreachable(
        self, start_node: Callable[..., Node], free_port: int
    ) -> None:
        node = start_node(f"http://127.0.0.1:{free_port}/pagopa/paForNode")
        said = fault_of(node.psp("verify"))
        assert said["faultCode"] == "PPT_STAZIONE_INT_PA_IRRAGGIUNGIBILE"
        assert said["id"] == "NodoDeiPagamentiSPC"


class TestTokens:
    def test_one_live_token_a_notice(self, node: Node, ente: TinyEnte) -> None:
        node.psp("activate")
        assert fault_of(node.psp("activate"))["faultCode"] == "PPT_PAGAMENTO_IN_CORSO"
        assert len(ente.heard) == 1

    def test_another_notice_is_not_held_back(self, node: Node) -> None:
        node.psp("activate")
        assert node.psp("activate", notice_number="302000000000000184")["outcome"] == "OK"

    def test_many_tills_at_once_get_one_token(self, node: Node) -> None:
        said: list[dict[str, object]] = []
        tills = [
            threading.Thread(target=lambda: said.append(node.psp("activate"))) for _ in range(6)
        ]
        for till in tills:
            till.start()
        for till in tills:
            till.join()
        assert sorted(str(one["outcome"]) for one in said) == ["KO"] * 5 + ["OK"]

    def test_a_paid_notice_is_a_duplicate_and_the_ente_is_not_asked(
        self, node: Node, ente: TinyEnte
    ) -> None:
        node.psp("pay")
        heard = len(ente.heard)
        assert fault_of(node.psp("activate"))["faultCode"] == "PPT_PAGAMENTO_DUPLICATO"
        assert len(ente.heard) == heard

    def test_a_ko_outcome_frees_the_notice_and_sends_nothing(
        self, node: Node, ente: TinyEnte
    ) -> None:
        token = node.psp("activate")["token"]
        assert node.psp("outcome", token=token, outcome="KO")["outcome"] == "OK"
        assert node.psp("activate")["outcome"] == "OK"
        assert ente.receipts() == []

    def test_an_outcome_is_taken_once(self, node: Node, ente: TinyEnte) -> None:
        token = node.psp("pay")["token"]
        again = fault_of(node.psp("outcome", token=token))
        assert (again["faultCode"], again["description"]) == (
            "PPT_ESITO_GIA_ACQUISITO",
            "esito concorde",
        )
        discord = fault_of(node.psp("outcome", token=token, outcome="KO"))
        assert discord["description"] == "esito discorde"
        assert len(ente.receipts()) == 1

    def test_an_unknown_token(self, node: Node) -> None:
        assert fault_of(node.psp("outcome", token="x"))["faultCode"] == "PPT_TOKEN_SCONOSCIUTO"

    def test_a_late_ok_is_refused_and_yet_its_receipt_leaves(
        self, node: Node, ente: TinyEnte
    ) -> None:
        token = node.psp("activate", expiration_ms=0)["token"]
        assert fault_of(node.psp("outcome", token=token))["faultCode"] == "PPT_TOKEN_SCADUTO"
        assert [sent.receipt.receipt_id for sent in ente.receipts()] == [token]
        assert fault_of(node.psp("activate"))["faultCode"] == "PPT_PAGAMENTO_DUPLICATO"

    def test_a_late_ok_after_another_paid_is_a_double_without_receipt(
        self, node: Node, ente: TinyEnte
    ) -> None:
        late = node.psp("activate")["token"]
        node.post("/psp/expire", token=late)
        paid = node.psp("pay")["token"]
        assert fault_of(node.psp("outcome", token=late))["faultCode"] == "PPT_PAGAMENTO_DUPLICATO"
        assert [sent.receipt.receipt_id for sent in ente.receipts()] == [paid]

    def test_a_late_ko(self, node: Node, ente: TinyEnte) -> None:
        token = node.psp("activate", expiration_ms=0)["token"]
        said = fault_of(node.psp("outcome", token=token, outcome="KO"))
        assert said["faultCode"] == "PPT_TOKEN_SCADUTO_KO"
        assert ente.receipts() == []

    def test_the_same_key_gives_the_same_token_and_another_body_is_refused(
        self, node: Node, ente: TinyEnte
    ) -> None:
        key = "FINTOPSP01_0123456789"
        first = node.psp("activate", idempotency_key=key)
        assert node.psp("activate", idempotency_key=key) == first
        assert len(ente.heard) == 1
        other = fault_of(node.psp("activate", idempotency_key=key, amount_cents=1))
        assert other["faultCode"] == "PPT_ERRORE_IDEMPOTENZA"

    def test_a_restart_remembers(
        self, node: Node, ente: TinyEnte, start_node: Callable[..., Node]
    ) -> None:
        token = node.psp("activate")["token"]
        assert start_node(ente.url).psp("outcome", token=token)["outcome"] == "OK"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/psp/verify", {}),
        ("/psp/verify", {"fiscal_code": 1, "notice_number": examples.NOTICE}),
        ("/psp/verify", {"fiscal_code": examples.BORGO, "notice_number": "30100000000000428x"}),
        (
            "/psp/activate",
            {
                "fiscal_code": examples.BORGO,
                "notice_number": examples.NOTICE,
                "amount_cents": "120",
            },
        ),
        ("/psp/outcome", {"outcome": "BOH"}),
        ("/node/flows", {"on": "ieri"}),
        ("/node/replay-receipt", {"token": "x"}),
    ],
)
def test_an_order_that_makes_no_sense_is_400_with_words(
    node: Node, path: str, body: dict[str, object]
) -> None:
    answer = node.http.post(path, json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_what_is_not_json_is_400_and_what_is_not_there_404(node: Node) -> None:
    assert node.http.post("/psp/verify", content=b"[").status_code == 400
    assert node.http.get("/psp/verify").status_code == 405
    assert node.http.get("/altro").status_code == 404
