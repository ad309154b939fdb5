"""The simulated checkout as a browser without scripts meets it."""

import re
from typing import Any

import httpx
import pytest

from pagopa.rules.faults import FaultCode
from pagopa.wire.requests import GetPaymentRequest, Request
from pagopa.wire.responses import ko
from tests.pagopa_wire import examples
from tests.pagopa_wire.conftest import Node, TinyEnte, answer_well

OTHER = "302000000000000184"


def notice(**override: object) -> dict[str, object]:
    return {
        "noticeNumber": examples.NOTICE,
        "fiscalCode": examples.BORGO,
        "amount": 12_000,
        "companyName": "Comune di <Borgo>",
        "description": "TARI 2026 & altro",
        **override,
    }


def cart(*notices: dict[str, object], **override: object) -> dict[str, Any]:
    urls = {
        "returnOkUrl": "http://borgo.localhost/ok",
        "returnCancelUrl": "http://borgo.localhost/annullato",
        "returnErrorUrl": "http://borgo.localhost/errore",
    }
    return {"paymentNotices": list(notices or [notice()]), "returnUrls": urls, **override}


def opened(node: Node, **override: object) -> str:
    answer = node.http.post("/checkout/ec/v1/carts", json=cart(**override))
    assert answer.status_code == 302
    return answer.headers["location"]


def press(node: Node, address: str, choice: str) -> httpx.Response:
    return node.http.post(address, data={"choice": choice})


def test_the_page_says_it_is_a_simulation_and_what_is_paid(node: Node) -> None:
    address = opened(node)
    assert address.startswith(node.url + "/checkout/")
    page = node.http.get(address)
    assert page.status_code == 200
    assert "Questa è una simulazione" in page.text
    assert "Totale: 120,00 €" in page.text
    assert "Comune di &lt;Borgo&gt;" in page.text
    assert "<script" not in page.text
    assert set(re.findall(r'name="choice" value="(\w+)"', page.text)) == {"pay", "leave"}


def test_pay_collects_and_goes_back_to_the_ok_address(node: Node, ente: TinyEnte) -> None:
    address = opened(node, idCart="carrello-7")
    answer = press(node, address, "pay")
    assert (answer.status_code, answer.headers["location"]) == (303, "http://borgo.localhost/ok")
    activation = next(asked for asked in ente.heard if isinstance(asked, GetPaymentRequest))
    assert (activation.payment_note, activation.transfer_type) == ("carrello-7", "PAGOPA")
    assert activation.amount_cents == 12_000
    assert [sent.receipt.notice_number for sent in ente.receipts()] == [examples.NOTICE]


def test_the_button_pressed_twice_pays_once(node: Node, ente: TinyEnte) -> None:
    address = opened(node)
    press(node, address, "pay")
    assert press(node, address, "pay").headers["location"].endswith("/ok")
    assert press(node, address, "leave").headers["location"].endswith("/ok")
    assert node.http.get(address).headers["location"].endswith("/ok")
    assert len(ente.receipts()) == 1


def test_leaving_asks_nothing_of_the_ente(node: Node, ente: TinyEnte) -> None:
    answer = press(node, opened(node), "leave")
    assert answer.headers["location"] == "http://borgo.localhost/annullato"
    assert ente.heard == []


def test_an_amount_that_has_changed_is_an_error_and_frees_the_notice(
    node: Node, ente: TinyEnte
) -> None:
    answer = node.http.post("/checkout/ec/v1/carts", json=cart(notice(amount=11_999)))
    went = press(node, answer.headers["location"], "pay")
    assert went.headers["location"] == "http://borgo.localhost/errore"
    assert ente.receipts() == []
    assert node.psp("activate")["outcome"] == "OK"


def test_all_or_none(node: Node, ente: TinyEnte) -> None:
    def second_unknown(asked: Request) -> bytes:
        if isinstance(asked, GetPaymentRequest) and asked.notice_number == OTHER:
            return ko(asked.operation, FaultCode.PAGAMENTO_SCONOSCIUTO, id_pa=asked.id_pa)
        return answer_well(asked)

    ente.play = second_unknown
    two = cart(notice(), notice(noticeNumber=OTHER))
    address = node.http.post("/checkout/ec/v1/carts", json=two).headers["location"]
    assert press(node, address, "pay").headers["location"] == "http://borgo.localhost/errore"
    assert ente.receipts() == []
    assert node.psp("activate")["outcome"] == "OK"


@pytest.mark.parametrize(
    "body",
    [
        {},
        cart(returnUrls={"returnOkUrl": "http://x/ok"}),
        cart(returnUrls=dict.fromkeys(cart()["returnUrls"], "javascript:alert(1)")),
        cart(*[notice()] * 6),
        cart(notice(amount="12000")),
        cart(notice(amount=0)),
        cart(notice(noticeNumber="1")),
        cart(notice(companyName="")),
        cart(notice(description="x" * 141)),
        cart(paymentNotices=["x"]),
    ],
)
def test_what_is_no_cart_is_a_problem(node: Node, body: dict[str, object]) -> None:
    answer = node.http.post("/checkout/ec/v1/carts", json=body)
    assert answer.status_code == 400
    assert set(answer.json()) == {"title", "status", "detail"}


def test_an_unknown_cart(node: Node) -> None:
    assert node.http.get("/checkout/boh").status_code == 404
    assert press(node, "/checkout/boh", "pay").status_code == 404


def test_index_health_and_state(node: Node) -> None:
    node.psp("pay")
    assert node.http.get("/health").json() == {"status": "ok"}
    assert node.http.get("/state").json() == {
        "notices": {},
        "tokens": {"PAID": 1},
        "receipts": {"NOTIFIED": 1},
        "carts": {},
        "flows": {"total": 0},
    }
    assert "Simulatore del Nodo" in node.http.get("/").text
