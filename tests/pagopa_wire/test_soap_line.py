"""The intermediary in trouble, and what it tells of payments: over a real socket, with the waits written down."""

import uuid
from typing import Any

import pytest
from lxml import etree

from pagopa.gateways.circuit import Patience
from pagopa.gateways.flow_source import SourceUnavailable
from pagopa.gateways.protocol import GatewayUnavailable, NoticeStatus
from pagopa.gateways.soap_line import IntermediaryAccess
from pagopa.gateways.soap_paid import SoapReceipts
from pagopa.simulator.app import INTERMEDIARY_PATH
from pagopa.simulator.store import Store
from pagopa.wire.asking import write_request
from pagopa.wire.paid_file import PaidFileRefused, read_paid
from pagopa.wire.requests import SendRtRequest
from tests.pagopa_wire import examples
from tests.pagopa_wire.conftest import Node
from tests.pagopa_wire.soap import Waits, line, road

ACKNOWLEDGED = NoticeStatus.ACKNOWLEDGED


def access(node: Node, **given: Any) -> IntermediaryAccess:
    return IntermediaryAccess(node.url + INTERMEDIARY_PATH, "segretissima", **given)


def arm(node: Node, **order: Any) -> None:
    assert node.http.post("/rest/trouble", json={"archive": "soap", **order}).status_code == 200


class TestTrouble:
    def test_a_fault_of_theirs_is_tried_again_with_growing_waits(self, node: Node) -> None:
        waits = Waits()
        arm(node, status=503, times=3)
        outcome = road(access(node, slot_s=2.0), waits=waits).publish(examples.publication())
        assert outcome.notices[0].status is ACKNOWLEDGED
        assert waits == [0, 2, 6, 14]

    def test_at_the_fifth_fault_it_is_left_to_later(self, node: Node) -> None:
        arm(node, status=500, times=5)
        with pytest.raises(GatewayUnavailable):
            road(access(node)).publish(examples.publication())
        assert road(access(node)).publish(examples.publication()).notices[0].status is ACKNOWLEDGED

    def test_told_to_slow_down_it_waits_as_long_as_it_was_told(self, node: Node) -> None:
        waits = Waits()
        arm(node, status=429, times=2, retry_after=7)
        outcome = road(access(node, slot_s=0.0), waits=waits).publish(examples.publication())
        assert outcome.notices[0].status is ACKNOWLEDGED
        assert [wait for wait in waits if wait] == [7, 7]

    def test_told_to_stay_away_it_stays_away(self, node: Node) -> None:
        arm(node, status=429, times=1, retry_after=600)
        there = road(access(node))
        for words in ("più tardi", "sospeso"):
            with pytest.raises(GatewayUnavailable, match=words):
                there.publish(examples.publication())

    def test_a_time_out_is_tried_again_and_the_notice_stands_once(self, node: Node) -> None:
        arm(node, status=0, times=1, hang_s=2)
        outcome = road(access(node, read_timeout_s=0.4)).publish(examples.publication())
        assert outcome.notices[0].status is ACKNOWLEDGED
        assert node.http.get("/state").json()["notices"] == {"INSERITO": 1}

    def test_failures_open_the_circuit_and_nobody_is_called(self, node: Node) -> None:
        arm(node, status=500, times=3)
        there = road(access(node), patience=Patience(failures=3, calls_per_second=0))
        for _ in range(2):
            with pytest.raises(GatewayUnavailable, match="sospeso"):
                there.publish(examples.publication())
        assert node.http.get("/state").json()["notices"] == {}

    def test_an_ente_calls_so_often_a_second_and_no_more(self, node: Node) -> None:
        waits = Waits()
        there = road(access(node), waits=waits, patience=Patience(calls_per_second=1))
        many = examples.publication(*[examples.notice_to_publish()] * 50)
        with pytest.raises(GatewayUnavailable, match="troppe richieste") as trouble:
            there.publish(many)  # nobody waits here, so some second is full
        assert trouble.value.done
        assert any(0 < wait <= 1 for wait in waits)


class TestPaid:
    def paid(self, node: Node) -> SoapReceipts:
        """A notice put there and paid."""
        road(access(node)).publish(examples.publication())
        request = SendRtRequest("b", "b", "s", examples.receipt())
        with Store(node.simulator.world.state_dir).transaction() as db:
            token = uuid.uuid4().hex
            db.execute(
                "INSERT INTO tokens (token, notice_number) VALUES (?, ?)", (token, examples.NOTICE)
            )
            db.execute(
                "INSERT INTO receipts (token, fiscal_code, station, operation, envelope)"
                " VALUES (?, 'x', 's', 'paSendRTV2', ?)",
                (token, write_request(request)),
            )
        return SoapReceipts(line(access(node)), examples.publication().ente_code)

    def test_a_payment_is_told_with_its_receipt_and_read(
        self, node: Node, official_dovuti: etree.XMLSchema
    ) -> None:
        raw = self.paid(node).receipt(organization="x", iur="y", iuv=examples.IUV)
        assert raw is not None
        official_dovuti.assertValid(etree.fromstring(raw))
        known, read = examples.receipt(), read_paid(raw)
        for name in (
            "receipt_id",
            "notice_number",
            "fiscal_code",
            "outcome",
            "iuv",
            "amount_cents",
        ):
            assert getattr(read, name) == getattr(known, name)
        assert [t.amount_cents for t in read.transfers] == [t.amount_cents for t in known.transfers]

    def test_what_is_not_paid_or_not_known_is_none(self, node: Node) -> None:
        there = SoapReceipts(line(access(node)), examples.publication().ente_code)
        assert there.paid_with_receipt(examples.IUV) is None
        road(access(node)).publish(examples.publication())
        assert there.paid_with_receipt(examples.IUV) is None

    def test_one_ente_is_not_told_of_another(self, node: Node) -> None:
        self.paid(node)
        other = SoapReceipts(line(access(node)), "o_valle")
        assert other.paid_with_receipt(examples.IUV) is None

    def test_trouble_is_trouble_of_a_source(self, node: Node) -> None:
        arm(node, status=500, times=9)
        with pytest.raises(SourceUnavailable):
            SoapReceipts(line(access(node)), "c").paid_with_receipt(examples.IUV)

    @pytest.mark.parametrize(
        "raw", [b"", b"<a/>", b"ciao", b'<!DOCTYPE x [<!ENTITY e "1">]><x>&e;</x>']
    )
    def test_what_is_no_payment_is_refused(self, raw: bytes) -> None:
        with pytest.raises(PaidFileRefused):
            read_paid(raw)
