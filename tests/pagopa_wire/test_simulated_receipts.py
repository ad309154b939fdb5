"""Receipts on their way: resent only when not understood, to all they concern."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from pagopa.rules.faults import FaultCode
from pagopa.wire.requests import GetPaymentRequest, Request, SendRtRequest
from pagopa.wire.responses import get_payment_ok, ko
from tests.pagopa_wire import examples
from tests.pagopa_wire.conftest import Node, TinyEnte, answer_well


def failing_receipts(answer: bytes | tuple[int, bytes]) -> Callable[[Request], object]:
    return lambda asked: answer if isinstance(asked, SendRtRequest) else answer_well(asked)


def deliveries(answer: dict[str, object]) -> list[tuple[str, str, int]]:
    found = answer["receipts"]
    assert isinstance(found, list)
    return [(one["state"], one["answer"], one["attempts"]) for one in found]


class TestRetry:
    @pytest.mark.parametrize("trouble", [(500, b""), (200, b"ciao"), (503, b"<html/>")])
    def test_after_a_broken_answer_the_same_receipt_comes_again(
        self, node: Node, ente: TinyEnte, trouble: tuple[int, bytes]
    ) -> None:
        ente.play = failing_receipts(trouble)  # type: ignore[assignment]  # plays both shapes
        paid = node.psp("pay")
        assert paid["outcome"] == "OK"
        assert deliveries(paid) == [("NOTICE_PENDING", "PPT_STAZIONE_INT_PA_ERRORE_RESPONSE", 1)]
        ente.play = answer_well
        again = node.post("/node/retry-receipts").json()
        assert deliveries(again) == [("NOTIFIED", "OK", 2)]
        first, second = ente.receipts()
        assert first == second
        assert node.post("/node/retry-receipts").json()["receipts"] == []

    def test_an_ente_that_is_down_gets_it_later(self, node: Node, ente: TinyEnte) -> None:
        token = node.psp("activate")["token"]
        ente.server.shutdown()
        ente.server.server_close()
        said = node.psp("outcome", token=token)
        assert deliveries(said) == [("NOTICE_PENDING", "PPT_STAZIONE_INT_PA_IRRAGGIUNGIBILE", 1)]

    def test_a_well_formed_ko_ends_the_journey(self, node: Node, ente: TinyEnte) -> None:
        def refuse(asked: Request) -> bytes:
            if isinstance(asked, SendRtRequest):
                return ko(asked.operation, FaultCode.SYSTEM_ERROR, id_pa=asked.id_pa)
            return answer_well(asked)

        ente.play = refuse
        assert deliveries(node.psp("pay")) == [("NOTIFIED", "PAA_SYSTEM_ERROR", 1)]
        assert node.post("/node/retry-receipts").json()["receipts"] == []

    def test_five_attempts_and_no_more_unless_asked_to(self, node: Node, ente: TinyEnte) -> None:
        ente.play = failing_receipts((500, b""))  # type: ignore[assignment]  # plays both shapes
        node.psp("pay")
        for _ in range(6):
            node.post("/node/retry-receipts")
        assert len(ente.receipts()) == 5
        node.post("/node/retry-receipts", force=True)
        assert len(ente.receipts()) == 6

    def test_a_receipt_left_behind_by_a_dead_process_is_found(
        self, node: Node, ente: TinyEnte
    ) -> None:
        node.psp("pay")
        with node.simulator.store.transaction() as db:
            db.execute("UPDATE receipts SET state = 'NOTICE_SENT', sent_at = 0")
        assert deliveries(node.post("/node/retry-receipts").json()) == [("NOTIFIED", "OK", 2)]


def test_replay_sends_a_delivered_receipt_once_more(node: Node, ente: TinyEnte) -> None:
    token = node.psp("pay")["token"]
    said = node.post("/node/replay-receipt", token=token).json()
    assert deliveries(said) == [("NOTIFIED", "OK", 2)]
    first, second = ente.receipts()
    assert first == second


def test_a_secondary_beneficiary_gets_the_whole_receipt_under_its_own_name(
    node: Node, ente: TinyEnte
) -> None:
    def two_beneficiaries(asked: Request) -> bytes:
        if isinstance(asked, GetPaymentRequest):
            mine = examples.payment_transfer(amount_cents=10_000)
            theirs = examples.payment_transfer(
                id_transfer=2, amount_cents=2_000, fiscal_code=examples.VALLE
            )
            return get_payment_ok(examples.payment_data(transfers=(mine, theirs)), v2=True)
        return answer_well(asked)

    ente.play = two_beneficiaries
    node.post("/node/stations", fiscal_code=examples.VALLE, broadcast=True)
    node.psp("pay")
    first, second = ente.receipts()
    assert (first.id_pa, second.id_pa) == (examples.BORGO, examples.VALLE)
    assert first.receipt == second.receipt
    assert replace(second, id_pa=examples.BORGO) == first


def test_the_whole_receipt_is_made_of_the_ente_s_own_words(node: Node, ente: TinyEnte) -> None:
    node.psp("pay", payment_note="carrello-1", fee_cents=99, stand_in=True)
    receipt = ente.receipts()[0].receipt
    data = examples.payment_data()
    assert receipt.debtor == data.debtor
    assert (receipt.description, receipt.company_name) == (data.description, data.company_name)
    assert (receipt.fee_cents, receipt.stand_in) == (99, True)
    assert receipt.payment_note == "carrello-1"
    share = receipt.transfers[0]
    assert (share.iban, share.category, share.metadata) == (
        examples.IBAN,
        "9/0101101IM/",
        data.transfers[0].metadata,
    )
