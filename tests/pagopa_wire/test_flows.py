"""Flussi di rendicontazione of the simulator: valid, balanced, stable."""

import base64
from typing import Any

from lxml import etree

from pagopa.simulator.orders import read_outcome_order
from pagopa.wire.requests import GetPaymentRequest, Request
from pagopa.wire.responses import get_payment_ok
from tests.pagopa_wire import examples
from tests.pagopa_wire.conftest import Node, TinyEnte, answer_well

DAY = "2026-11-21"
NS = "{http://www.digitpa.gov.it/schemas/2011/Pagamenti/}"


def flows(node: Node, on: str = DAY) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = node.post("/node/flows", on=on).json()
    return found


def document(flow: dict[str, Any]) -> etree._Element:
    return etree.fromstring(base64.b64decode(flow["xml_base64"]))


def two_beneficiaries(asked: Request) -> bytes:
    if isinstance(asked, GetPaymentRequest):
        mine = examples.payment_transfer(amount_cents=10_000)
        theirs = examples.payment_transfer(
            id_transfer=2, amount_cents=2_000, fiscal_code=examples.VALLE
        )
        stamp = examples.stamp_transfer()
        data = examples.payment_data(
            iuv=asked.notice_number[1:],
            amount_cents=13_600,
            transfers=(
                mine,
                theirs,
                examples.payment_transfer(
                    id_transfer=3, amount_cents=1_600, iban="", stamp=stamp.stamp
                ),
            ),
        )
        return get_payment_ok(data, v2=True)
    return answer_well(asked)


def test_one_flow_per_ente_each_balanced_and_valid(
    node: Node, ente: TinyEnte, official_flow: etree.XMLSchema
) -> None:
    ente.play = two_beneficiaries
    first = node.psp("pay", paid_at=f"{DAY}T09:00:00")["token"]
    second = node.psp("pay", paid_at=f"{DAY}T10:00:00", notice_number="302000000000000184")["token"]
    node.psp("pay", paid_at="2026-11-20T10:00:00", notice_number="303000000000000283")
    made = flows(node)
    assert [(one["fiscal_code"], one["amount_cents"]) for one in made] == [
        (examples.BORGO, 20_000),
        (examples.VALLE, 4_000),
    ]
    for flow in made:
        root = document(flow)
        official_flow.assertValid(root)
        assert root.findtext(f"{NS}identificativoFlusso") == flow["iuf"]
        assert root.findtext(f"{NS}identificativoUnivocoRegolamento") == flow["trn"]
        assert flow["causale"] == f"/PUR/LGPE-RIVERSAMENTO/URI/{flow['iuf']}"
        assert flow["iuf"].startswith("2026-11-22FINTOPSP01-")
        assert len(flow["trn"]) == 30
        rows = root.findall(f"{NS}datiSingoliPagamenti")
        assert {row.findtext(f"{NS}identificativoUnivocoRiscossione") for row in rows} == {
            first,
            second,
        }


def test_asking_again_gives_the_same_flows_and_later_payments_a_new_one(node: Node) -> None:
    node.psp("pay", paid_at=f"{DAY}T09:00:00")
    first = flows(node)
    assert flows(node) == first
    node.psp("pay", paid_at=f"{DAY}T11:00:00", notice_number="302000000000000184")
    both = flows(node)
    assert both[0] == first[0]
    assert [one["amount_cents"] for one in both] == [12_000, 12_000]
    assert len({one["iuf"] for one in both}) == 2


def test_a_day_without_payments_has_no_flow(node: Node) -> None:
    assert flows(node, "2020-01-01") == []


def test_stand_in_and_late_money_are_marked(node: Node, official_flow: etree.XMLSchema) -> None:
    node.psp("pay", paid_at=f"{DAY}T09:00:00", stand_in=True)
    other = {"notice_number": "302000000000000184"}
    late = node.psp("activate", expiration_ms=0, **other)["token"]
    node.psp("pay", paid_at=f"{DAY}T10:00:00", **other)
    node.psp("outcome", token=late, paid_at=f"{DAY}T10:05:00")
    root = document(flows(node)[0])
    official_flow.assertValid(root)
    codes = [node_.text for node_ in root.iter(f"{NS}codiceEsitoSingoloPagamento")]
    assert sorted(str(code) for code in codes) == ["0", "4", "9"]


def test_the_day_of_a_payment_is_the_italian_day_whatever_the_zone_it_was_said_in():
    order = read_outcome_order(
        {"token": "t" * 32, "outcome": "OK", "paid_at": "2026-11-21T23:30:00+00:00"}
    )
    assert order.paid_at is not None
    assert order.paid_at.date().isoformat() == "2026-11-22"
