"""Chapter 8 – flows asked of a real process: pages, revisions, stops and troubles on the way; nothing taken twice."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from django.conf import settings

from billing.models import TimelineEntry
from billing.selectors.ledger import ledger_problems
from pagopa.gateways.fdr_rest import FdrRest
from pagopa.gateways.reading import Reader, ReadingAccess
from pagopa.models import Flow, FlowCursor, FlowRow, PulledFlow, PulledPart
from pagopa.services.flow_pull import PulledFlows, ask_flow_pull, pull_flows
from pagopa.wire.flow_file import FlowFileRefused
from pagopa.wire.flow_json import cents, open_flow_answers, read_json
from pagopa.wire.flow_xml import read_flow
from paybox.kernel.clock import now
from paybox.kernel.models import OutboxEntry, RawMessage
from paybox.kernel.queue import RetryLater
from tests.pagopa.openapi import document
from tests.pagopa.test_reconciliation import IUF, flow_xml, labels, paid
from tests.template import BORGO, VALLE

pytestmark = pytest.mark.django_db
OTHER = "2026-03-03FINTOPSP01-0000000002"


@dataclass
class Api:
    """The simulated API of flows; ``source`` asks it, 2 rows a page, without waiting."""

    url: str
    source: FdrRest

    def publish(self, *lines: tuple[str, str, int, str], **given: Any) -> None:
        xml = base64.b64encode(flow_xml(*lines, **given)).decode()
        self.order("/node/fdr", {"xml_base64": xml})

    def trouble(self, path: str, status: int, times: int, after: int = 0) -> None:
        self.order(
            "/node/fdr/trouble",
            {"path": path, "status": status, "times": times, "after": after},
        )

    def order(self, path: str, body: dict[str, Any]) -> None:
        answer = httpx.post(self.url + path, json=body, trust_env=False)
        assert answer.status_code == 200, answer.text

    def get(self, path: str, **query: Any) -> httpx.Response:
        return httpx.get(f"{self.url}/fdr{path}", params=query, trust_env=False)

    def pull(self, *, at: datetime | None = None, whole: bool = False) -> PulledFlows:
        return pull_flows(source=self.source, organization=BORGO, at=at or now(), whole=whole)


@pytest.fixture
def api(simulator: Callable[..., Any]) -> Api:
    url = simulator().url
    access = ReadingAccess(f"{url}/fdr", "chiave", slot_s=0, attempts=3)
    return Api(url, FdrRest(Reader(access), page=2))


def rows(count: int) -> tuple[tuple[str, str, int, str], ...]:
    return tuple((f"010000000000{n:05d}", f"iur-{n}", 100 + n, "9") for n in range(count))


class TestPull:
    def test_a_flow_of_many_pages_is_the_flow_of_the_file(self, borgo, api):
        line = paid("r1")
        api.publish(line, *rows(4))
        assert api.pull() == PulledFlows(listed=1, taken=1, refused=0)
        flow = Flow.objects.get()
        assert (flow.identifier, flow.psp_id, flow.revision) == (IUF, "FINTOPSP01", 1)
        assert (flow.payments, flow.total_cents) == (5, 12_000 + 406)
        assert labels(FlowRow) == ["RT_IUF", *["IUV_NO_RT"] * 4]
        assert list(FlowRow.objects.values_list("index", flat=True)) == [1, 2, 3, 4, 5]
        assert TimelineEntry.objects.filter(kind="RICONCILIATA", reference=IUF).count() == 1
        # The head and three pages of two, as they came.
        assert RawMessage.objects.filter(kind="pagopa.fdr.REST").count() == 4
        assert list(ledger_problems()) == []

    def test_asked_again_it_is_neither_listed_nor_taken_again(self, borgo, api):
        api.publish(*rows(1))
        api.pull()
        assert api.pull() == PulledFlows(0, 0, 0)
        assert api.pull(whole=True) == PulledFlows(0, 0, 0)
        assert Flow.objects.count() == PulledFlow.objects.count() == 1
        cursor = FlowCursor.objects.get()
        assert cursor.published_at == PulledFlow.objects.get().published_at
        assert cursor.done_at is not None

    def test_a_list_of_many_pages(self, borgo, api):
        for n in range(5):
            api.publish(*rows(1), identifier=f"2026-03-03FINTOPSP01-{n:010d}")
        assert api.pull() == PulledFlows(5, 5, 0)
        assert Flow.objects.count() == 5

    def test_a_greater_revision_takes_the_place_of_the_first_and_is_reconciled(self, borgo, api):
        first, second = paid("r1"), paid("r2")
        api.publish(first, *rows(3))
        api.pull()
        api.publish(first, second)  # the same instant in it: the revision alone is greater
        assert api.pull() == PulledFlows(1, 1, 0)
        flow = Flow.objects.get()
        assert (flow.revision, flow.payments, flow.total_cents) == (2, 2, 24_000)
        assert labels(FlowRow) == ["RT_IUF", "RT_IUF"]
        assert TimelineEntry.objects.filter(kind="RICONCILIATA").count() == 2
        assert list(ledger_problems()) == []

    def test_only_the_flows_of_the_ente_are_asked_for(self, borgo, api):
        api.publish(*rows(1), receiver=VALLE)
        assert api.pull() == PulledFlows(0, 0, 0)

    def test_what_the_mill_has_made_is_published_too(self, borgo, api):
        assert api.get(f"/organizations/{BORGO}/fdrs").json()["count"] == 0


class TestTroubles:
    def test_a_stop_at_a_page_goes_on_from_that_page(self, borgo, api):
        api.publish(*rows(7))
        api.trouble("payments?page=3", 500, times=3)
        with pytest.raises(RetryLater, match="HTTP 500"):
            api.pull()
        assert Flow.objects.count() == 0
        assert list(PulledPart.objects.values_list("number", flat=True)) == [0, 1, 2]
        assert "HTTP 500" in FlowCursor.objects.get().words
        # Asked once more, the head and the first two pages must not be needed.
        for path in ("psps/FINTOPSP01?", "payments?page=1", "payments?page=2"):
            api.trouble(path, 500, times=9)
        assert api.pull() == PulledFlows(0, 1, 0)
        assert Flow.objects.get().payments == 7
        assert FlowCursor.objects.get().words == ""

    def test_a_stop_in_the_list_loses_no_flow(self, borgo, api):
        for n in range(3):
            api.publish(*rows(1), identifier=f"2026-03-03FINTOPSP01-{n:010d}")
        api.trouble("fdrs?", 500, times=3, after=1)
        with pytest.raises(RetryLater):
            api.pull()
        assert FlowCursor.objects.get().published_at is None
        api.pull()
        assert Flow.objects.count() == 3

    def test_short_troubles_are_waited_out(self, borgo, api):
        api.publish(*rows(3))
        api.trouble("fdrs?", 429, times=2)
        api.trouble("payments?page=2", 503, times=2)
        assert api.pull() == PulledFlows(1, 1, 0)

    def test_nobody_there(self, borgo):
        source = FdrRest(Reader(ReadingAccess("http://127.0.0.1:9/fdr", slot_s=0, attempts=2)))
        with pytest.raises(RetryLater, match="non risponde"):
            pull_flows(source=source, organization=BORGO, at=now())

    def test_what_cannot_be_had_is_refused_and_the_others_come(self, borgo, api):
        api.publish(*rows(1))
        api.publish(*rows(2), identifier=OTHER)
        api.trouble(f"{IUF}/revisions", 404, times=1)
        assert api.pull() == PulledFlows(2, 1, 1)
        refused = PulledFlow.objects.get(state="RIFIUTATO")
        assert (refused.identifier, "404" in refused.words) == (IUF, True)
        assert Flow.objects.get().identifier == OTHER

    def test_the_service_does_not_look_further_back_than_it_may(self, borgo, api):
        assert api.get(
            f"/organizations/{BORGO}/fdrs", publishedGt=(now() - timedelta(days=31)).isoformat()
        ).status_code == 400  # fmt: skip
        FlowCursor.objects.create(
            source="REST", asked_at=now(), published_at=now() - timedelta(days=300)
        )
        api.publish(*rows(1))
        assert api.pull() == PulledFlows(1, 1, 0)


class TestWork:
    def test_a_button_leaves_work_that_brings_the_flow_in(self, borgo, api, monkeypatch):
        api.publish(*rows(1))
        here = settings.ENVIRONMENT.model_copy(update={"fdr_url": f"{api.url}/fdr"})
        monkeypatch.setattr(settings, "ENVIRONMENT", here)
        ask_flow_pull(whole=True)
        entry = OutboxEntry.objects.get(task="pagopa.pull_flows")
        assert (entry.queue, entry.arguments) == ("pagopa", {"whole": True})
        from pagopa.tasks import pull_flows as work

        work(**entry.arguments)
        assert Flow.objects.get().identifier == IUF

    def test_without_an_address_nothing_is_asked(self, borgo):
        from pagopa.tasks import pull_flows as work

        assert settings.ENVIRONMENT.fdr_url == ""
        work()
        assert FlowCursor.objects.count() == 0


class TestRead:
    def answers(self, **changed: Any) -> list[bytes]:
        head = {
            "fdr": IUF, "fdrDate": "2026-03-03T19:00:00Z", "revision": 2, "regulation": "TRN-1",
            "regulationDate": "2026-03-03", "totPayments": 1, "sumPayments": 0.29,
            "sender": {"pspId": "FINTOPSP01"}, "receiver": {"organizationId": BORGO},
        }  # fmt: skip
        row = {
            "index": 1, "iuv": "01000000000004285", "iur": "r", "idTransfer": 1, "pay": 0.29,
            "payStatus": "EXECUTED", "payDate": "2026-03-02T23:30:00Z",
        }  # fmt: skip
        head |= {k: v for k, v in changed.items() if k in head}
        row |= {k: v for k, v in changed.items() if k in row}
        return [json.dumps(head).encode(), json.dumps({"data": [row]}).encode()]

    def test_an_amount_is_exact(self):
        # As a float 0.29 euro are 28 cents and a bit.
        flow = open_flow_answers(self.answers()).whole()
        (line,) = flow.lines
        assert (flow.total_cents, line.amount_cents, flow.revision) == (29, 29, 2)
        assert line.paid_on.isoformat() == "2026-03-02"
        assert cents(read_json(b"123456789.1")) == 12_345_678_910

    @pytest.mark.parametrize(
        ("status", "outcome"),
        [("EXECUTED", 0), ("REVOKED", 3), ("STAND_IN", 4), ("STAND_IN_NO_RPT", 8), ("NO_RPT", 9), ("X", -1)],
    )  # fmt: skip
    def test_every_status_is_the_code_of_the_file(self, status, outcome):
        (line,) = open_flow_answers(self.answers(payStatus=status)).whole().lines
        assert line.outcome == outcome

    @pytest.mark.parametrize(
        "changed",
        [
            {"pay": 0.291}, {"pay": "0.29"}, {"pay": True}, {"pay": 1e20}, {"sumPayments": 0.3},
            {"totPayments": 2}, {"iuv": ""}, {"payDate": "ieri"}, {"fdr": ""}, {"receiver": None},
        ],
    )  # fmt: skip
    def test_what_does_not_add_up_is_refused(self, changed):
        with pytest.raises(FlowFileRefused):
            open_flow_answers(self.answers(**changed)).whole()

    def test_what_is_not_json_is_refused(self):
        with pytest.raises(FlowFileRefused):
            open_flow_answers([b"<html>", b"{}"]).whole()
        head, page = self.answers()
        without = {k: v for k, v in json.loads(head).items() if k != "totPayments"}
        with pytest.raises(FlowFileRefused):
            open_flow_answers([json.dumps(without).encode(), page]).whole()

    def test_the_same_flow_by_both_roads_is_the_same_value(self, borgo, api):
        lines = rows(3)
        api.publish(*lines)
        page = api.source.listed(organization=BORGO, since=now() - timedelta(days=1), page=1)
        parts = [
            api.source.part(organization=BORGO, flow=page.flows[0], number=n) for n in range(3)
        ]
        assert [part.last for part in parts] == [False, False, True]
        assert api.source.read(part.raw for part in parts).whole() == read_flow(flow_xml(*lines))


class TestStandIn:
    """The stand-in answers as the official document says: what is proved here is proved on real shapes."""

    def test_names_are_those_of_the_document(self, borgo, api):
        api.publish(*rows(3))
        spec = document("fdr_organization.json")["components"]["schemas"]
        at = f"/organizations/{BORGO}/fdrs"
        listed = api.get(at, page=1, size=2).json()
        one = f"{at}/{IUF}/revisions/1/psps/FINTOPSP01"
        paged = api.get(f"{one}/payments", page=2, size=2).json()
        for model, said in [
            ("PaginatedFlowsResponse", listed),
            ("FlowByPSP", listed["data"][0]),
            ("PaginatedPaymentsResponse", paged),
            ("Payment", paged["data"][0]),
            ("Metadata", paged["metadata"]),
            ("SingleFlowResponse", api.get(one).json()),
            ("ErrorResponse", api.get(f"{one}0").json()),
        ]:
            assert said.keys() <= spec[model]["properties"].keys(), model
            assert set(spec[model].get("required", ())) <= said.keys(), model
        assert (paged["count"], paged["metadata"]["totPage"]) == (1, 2)

    def test_more_than_a_thousand_a_page_is_refused(self, borgo, api):
        assert api.get(f"/organizations/{BORGO}/fdrs", size=1001).status_code == 400
