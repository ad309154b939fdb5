"""ACA and GPD over real HTTP against the simulator's process: bodies, outcomes, trouble, the circuit."""

import socket
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest
from django.core.cache import caches

from pagopa.gateways.aca import aca_body, aca_road
from pagopa.gateways.circuit import Circuit, Patience
from pagopa.gateways.debt_positions import NO_DUE_DATE, DebtPositions
from pagopa.gateways.direct import DirectRoad
from pagopa.gateways.gpd import gpd_body, gpd_road
from pagopa.gateways.http import RestAccess, RestLine
from pagopa.gateways.protocol import (
    NOT_THERE,
    GatewayUnavailable,
    NoticeStatus,
    NoticeToPublish,
    PublicationOutcome,
    PublicationRequest,
)
from tests.pagopa.conftest import NodeProcess
from tests.pagopa.openapi import wrong
from tests.pagopa_wire import examples
from tests.template import BORGO

ACKNOWLEDGED, REFUSED = NoticeStatus.ACKNOWLEDGED, NoticeStatus.REFUSED
VERSIONS = {"aca": "v1", "gpd": "v3"}
MODELS = {
    "aca": ("gpd-4-aca.json", "PaymentPositionModel", aca_body),
    "gpd": ("gpd_v3.json", "PaymentPositionModelV3", gpd_body),
}
BOTH = pytest.mark.parametrize("archive", ["aca", "gpd"])


def notice(number: int = 0, position: str = "a1", **given: Any) -> NoticeToPublish:
    """Notice ``number`` of a position: 0 is the rata unica."""
    name = f"3018{len(position):013d}{number:01d}"
    known = {
        "iud": name,
        "iuv": name[1:],
        "notice_number": name,
        "amount_cents": 10_000 if not number else 5_000,
        "position": position,
        "instalment": number,
    }
    return replace(examples.notice_to_publish(), **(known | given))


def request(*notices: NoticeToPublish) -> PublicationRequest:
    return PublicationRequest(BORGO, "c_borgo", notices or (notice(),), "Comune di Borgo")


class Waits(list[float]):
    """A pause that is written down instead of waited."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def line(
    url: str, archive: str, *, pause: Callable[[float], None], patience: Patience, **given: Any
) -> RestLine:
    address = f"{url}/{archive}/debt-positions-service/{VERSIONS[archive]}"
    access = replace(RestAccess(address, "chiave"), **given)
    return RestLine(access, Circuit(uuid.uuid4().hex, caches["platform"], patience), pause)


def road(
    url: str,
    archive: str,
    *,
    pause: Callable[[float], None] | None = None,
    patience: Patience | None = None,
    **given: Any,
) -> DebtPositions:
    build = {"aca": aca_road, "gpd": gpd_road}[archive]
    quiet = patience or Patience(failures=100, calls_per_second=0)
    return build(
        line(url, archive, pause=Waits() if pause is None else pause, patience=quiet, **given)
    )


def state(node: NodeProcess, archive: str) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{node.url}/rest/state", trust_env=False).json()[archive]
    return found


def arm(node: NodeProcess, archive: str, **order: Any) -> None:
    answer = httpx.post(
        f"{node.url}/rest/trouble", json={"archive": archive, **order}, trust_env=False
    )
    assert answer.status_code == 200


def said(outcome: PublicationOutcome) -> list[tuple[NoticeStatus, str]]:
    return [(one.status, one.code) for one in outcome.notices]


class TestBodies:
    @BOTH
    def test_every_shape_of_position_is_what_the_service_describes(self, archive):
        name, model, build = MODELS[archive]
        bare = notice(iban="", postal_iban="")
        postal = notice(
            postal_iban=examples.notice_to_publish().iban or "IT60X0542811101000000123456"
        )
        odd = notice(
            causale="x" * 300, debtor=replace(bare.debtor, full_name="y" * 90, country="it")
        )
        for notices in [[bare], [postal], [odd], [notice(0), notice(1), notice(2)], [notice(1)]]:
            assert wrong(name, model, build(request(*notices), notices)) == []

    @BOTH
    def test_the_validator_can_fail(self, archive):
        name, model, build = MODELS[archive]
        body = build(request(), [notice()])
        del body["iupd"]
        body["companyName"] = "x" * 141
        body["nuovo"] = 1
        assert len(wrong(name, model, body)) == 3

    def test_a_plan_and_a_rata_unica_are_two_options_of_gpd(self):
        notices = [notice(0), notice(1), notice(2)]
        body = gpd_body(request(*notices), notices)
        found = [[n["amount"] for n in o["installments"]] for o in body["paymentOption"]]
        assert found == [[10_000], [5_000, 5_000]]

    def test_a_due_date_ends_with_the_day_in_rome(self):
        due = examples.notice_to_publish().due_on
        body = aca_body(request(), [notice()])
        assert due is not None
        assert body["paymentOption"][0]["dueDate"][:10] == due.isoformat()
        assert body["paymentOption"][0]["dueDate"][13:] == ":59:59Z"


@BOTH
class TestOutcomes:
    def test_put_changed_and_taken_off(self, archive, simulator):
        node = simulator()
        there = road(node.url, archive)
        plan = request(notice(0), notice(1), notice(2), notice(0, "b22"))
        assert said(there.publish(plan)) == [(ACKNOWLEDGED, "")] * 4
        assert state(node, archive)["positions"] == {"VALID": 2}
        assert state(node, archive)["notices"] == 4
        cheaper = request(notice(amount_cents=7_000))
        assert said(there.replace(cheaper)) == [(ACKNOWLEDGED, "")]
        assert state(node, archive)["changes"] == 1
        assert said(there.withdraw(cheaper)) == [(ACKNOWLEDGED, "")]
        assert state(node, archive)["positions"].get("VALID") == 1

    def test_the_same_twice_is_acknowledged_twice_and_stands_once(self, archive, simulator):
        node = simulator()
        for _ in range(2):
            assert said(road(node.url, archive).publish(request())) == [(ACKNOWLEDGED, "")]
        found = state(node, archive)
        assert (found["positions"], found["changes"]) == ({"VALID": 1}, 0)

    def test_taken_off_twice_is_off(self, archive, simulator):
        there = road(simulator().url, archive)
        there.publish(request())
        there.withdraw(request())
        assert said(there.withdraw(request())) in [[(ACKNOWLEDGED, "")], [(REFUSED, NOT_THERE)]]

    def test_what_was_never_there(self, archive, simulator):
        there = road(simulator().url, archive)
        assert said(there.replace(request())) == [(REFUSED, NOT_THERE)]
        assert said(there.withdraw(request())) == [(REFUSED, NOT_THERE)]

    def test_a_refusal_keeps_the_words_and_lets_the_others_pass(self, archive, simulator):
        node = simulator()
        thief = notice(0, "b22", iuv=notice().iuv)
        bad = notice(0, "c333", iban="IT 60")
        outcome = road(node.url, archive).publish(
            request(notice(), thief, bad, notice(0, "d4444", due_on=None), notice(0, "e55555"))
        )
        assert said(outcome) == [
            (ACKNOWLEDGED, ""), (REFUSED, "409"), (REFUSED, "400"), (REFUSED, NO_DUE_DATE), (ACKNOWLEDGED, ""),
        ]  # fmt: skip
        assert "belongs to another position" in outcome.notices[1].words
        assert "iban" in outcome.notices[2].words
        assert state(node, archive)["positions"] == {"VALID": 2}


@BOTH
class TestTrouble:
    @pytest.mark.parametrize("status", [500, 503])
    def test_a_fault_of_theirs_is_tried_again_with_growing_waits(self, archive, status, simulator):
        node, waits = simulator(), Waits()
        arm(node, archive, status=status, times=3)
        there = road(node.url, archive, pause=waits, slot_s=2.0)
        assert said(there.publish(request())) == [(ACKNOWLEDGED, "")]
        assert waits == [0, 2, 6, 14]
        assert state(node, archive)["calls"] == 4

    def test_at_the_fifth_fault_it_is_left_to_later_and_what_was_done_is_kept(
        self, archive, simulator
    ):
        node = simulator()
        there = road(node.url, archive)
        there.publish(request())
        arm(node, archive, status=500, times=5)
        with pytest.raises(GatewayUnavailable):
            there.publish(request())
        assert state(node, archive)["calls"] == 6
        with pytest.raises(GatewayUnavailable) as trouble:
            self.armed_between(node, archive, there)
        assert [one.status for one in trouble.value.done] == [ACKNOWLEDGED]

    def armed_between(self, node: NodeProcess, archive: str, there: DebtPositions) -> None:
        """The second position meets a service that has broken in the meantime."""
        build = there._build

        def build_and_break(asked: PublicationRequest, notices: list[NoticeToPublish]) -> Any:
            if notices[0].position == "c333":
                arm(node, archive, status=500, times=50)
            return build(asked, notices)

        there._build = build_and_break
        there.publish(request(notice(0, "b22"), notice(0, "c333")))

    def test_told_to_slow_down_it_waits_as_long_as_it_was_told(self, archive, simulator):
        node, waits = simulator(), Waits()
        arm(node, archive, status=429, times=2, retry_after=7)
        there = road(node.url, archive, pause=waits, slot_s=0.0)
        assert said(there.publish(request())) == [(ACKNOWLEDGED, "")]
        assert [wait for wait in waits if wait] == [7, 7]

    def test_told_to_stay_away_it_stays_away_without_calling(self, archive, simulator):
        node = simulator()
        arm(node, archive, status=429, times=1, retry_after=600)
        there = road(node.url, archive)
        with pytest.raises(GatewayUnavailable, match="più tardi"):
            there.publish(request())
        with pytest.raises(GatewayUnavailable, match="sospeso"):
            there.publish(request())
        assert state(node, archive)["calls"] == 1
        other = replace(request(), ente_codice_fiscale="00000000000")
        assert said(there.publish(other)) == [(ACKNOWLEDGED, "")]  # only that Ente was told

    def test_a_time_out_is_tried_again_and_the_notice_stands_once(self, archive, simulator):
        node = simulator()
        arm(node, archive, status=0, times=1, hang_s=2)
        there = road(node.url, archive, read_timeout_s=0.4)
        assert said(there.publish(request())) == [(ACKNOWLEDGED, "")]
        assert state(node, archive)["positions"] == {"VALID": 1}

    def test_nobody_there(self, archive):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            there = road(f"http://127.0.0.1:{taken.getsockname()[1]}", archive)
            with pytest.raises(GatewayUnavailable, match="non risponde"):
                there.publish(request())

    def test_without_the_key_nothing_is_refused_for_good(self, archive, simulator):
        there = road(simulator().url, archive, key="")
        with pytest.raises(GatewayUnavailable, match="chiave"):
            there.publish(request())

    def test_failures_open_the_circuit_one_probe_closes_it(self, archive, simulator):
        node = simulator()
        arm(node, archive, status=500, times=3)
        guard = Circuit(
            uuid.uuid4().hex,
            caches["platform"],
            Patience(failures=3, rest_s=60, calls_per_second=0),
        )
        address = f"{node.url}/{archive}/debt-positions-service/{VERSIONS[archive]}"
        build = {"aca": aca_road, "gpd": gpd_road}[archive]
        there = build(RestLine(RestAccess(address, "chiave"), guard, Waits()))
        with pytest.raises(GatewayUnavailable, match="sospeso"):
            there.publish(request())
        assert state(node, archive)["calls"] == 3
        with pytest.raises(GatewayUnavailable, match="sospeso"):
            there.publish(request())
        assert state(node, archive)["calls"] == 3
        caches["platform"].delete(f"{guard._key}:open")  # the rest is over
        guard.check("another-ente")  # its caller is already trying
        with pytest.raises(GatewayUnavailable, match="in prova"):
            there.publish(request())
        caches["platform"].delete(f"{guard._key}:probe")
        assert said(there.publish(request())) == [(ACKNOWLEDGED, "")]
        assert said(there.publish(request())) == [(ACKNOWLEDGED, "")]

    def test_one_ente_has_so_many_calls_a_second_and_another_its_own(self, archive):
        guard = Circuit(uuid.uuid4().hex, caches["platform"], Patience(calls_per_second=2))
        assert [guard.may_call("borgo", 7) for _ in range(3)] == [True, True, False]
        assert guard.may_call("borgo", 8)
        assert guard.may_call("valle", 7)


@BOTH
class TestManyAtOnce:
    def many(self) -> PublicationRequest:
        return request(*(notice(0, "x" * n) for n in range(1, 41)))

    def there(self, node: NodeProcess, archive: str) -> DebtPositions:
        build = {"aca": aca_road, "gpd": gpd_road}[archive]
        quiet = Patience(failures=100, calls_per_second=0)
        return build(line(node.url, archive, pause=Waits(), patience=quiet), at_once=4)

    def test_forty_positions_each_with_its_own_answer_in_order(self, archive, simulator):
        node = simulator()
        asked = self.many()
        outcome = self.there(node, archive).publish(asked)
        assert [one.iuv for one in outcome.notices] == [one.iuv for one in asked.notices]
        assert {one.status for one in outcome.notices} == {ACKNOWLEDGED}
        assert state(node, archive)["positions"] == {"VALID": 40}

    def test_in_trouble_no_more_begin_and_what_is_done_is_kept(self, archive, simulator):
        node = simulator()
        there = self.there(node, archive)
        arm(node, archive, status=500, times=1_000)
        with pytest.raises(GatewayUnavailable) as trouble:
            there.publish(self.many())
        assert trouble.value.done == ()
        assert state(node, archive)["calls"] <= 4 * 5
        arm(node, archive, status=500, times=0)
        assert {one.status for one in there.publish(self.many()).notices} == {ACKNOWLEDGED}
        assert state(node, archive)["positions"] == {"VALID": 40}


def test_the_direct_road_publishes_nothing_and_says_so():
    for act in (DirectRoad().publish, DirectRoad().replace, DirectRoad().withdraw):
        (outcome,) = act(request()).notices
        assert (outcome.status, outcome.words) == (ACKNOWLEDGED, "diretta")
