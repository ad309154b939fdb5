"""The simulated ACA and GPD hear of what is paid at the Node: their word and that of the receipts are one."""

from dataclasses import replace
from typing import Any

import httpx
import pytest

from pagopa.gateways.protocol import PublicationRequest
from tests.pagopa.test_rest_gateways import road
from tests.pagopa_wire import examples
from tests.pagopa_wire.conftest import Node

KEY = {"Ocp-Apim-Subscription-Key": "chiave"}
OTHER = f"{examples.NOTICE[:-1]}0"


def request(*numbers: str) -> PublicationRequest:
    """Rata unica alone, or the rate of one plan."""
    notices = tuple(
        replace(
            examples.notice_to_publish(),
            iud=number,
            iuv=number[1:],
            notice_number=number,
            amount_cents=12_000,
            position="p1",
            instalment=place if len(numbers) > 1 else 0,
        )
        for place, number in enumerate(numbers, start=1)
    )
    return PublicationRequest(examples.BORGO, "c_borgo", notices, "Comune di Borgo")


def status(node: Node, archive: str) -> dict[str, Any]:
    found: dict[str, Any] = node.http.get("/rest/state").json()[archive]["positions"]
    return found


@pytest.mark.parametrize("archive", ["aca", "gpd"])
def test_a_paid_position_stays_as_it_is_and_its_receipt_is_there(node: Node, archive: str) -> None:
    there, asked = road(node.url, archive), request(examples.NOTICE)
    there.publish(asked)
    assert status(node, archive) == {"VALID": 1}
    assert node.http.get(receipt_of(examples.NOTICE), headers=KEY).status_code == 404
    node.psp("pay")
    assert status(node, archive) == {"PAID": 1}
    dearer = replace(asked.notices[0], amount_cents=13_000)
    (changed,) = there.replace(replace(asked, notices=(dearer,))).notices
    (taken_off,) = there.withdraw(asked).notices
    assert (changed.code, taken_off.code) == ("409", "409")
    assert node.http.get(receipt_of(examples.NOTICE), headers=KEY).status_code == 200


@pytest.mark.parametrize("archive", ["aca", "gpd"])
def test_one_rata_of_two_is_a_part(node: Node, archive: str) -> None:
    road(node.url, archive).publish(request(examples.NOTICE, OTHER))
    node.psp("pay")
    assert status(node, archive) == {"PARTIALLY_PAID": 1}
    node.psp("pay", notice_number=OTHER)
    assert status(node, archive) == {"PAID": 1}


def receipt_of(number: str) -> str:
    return str(httpx.URL(f"/gpdpayments/payments/{examples.BORGO}/receipts/{number[1:]}"))
