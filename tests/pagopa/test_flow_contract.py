"""Chapter 8 – the pull of flows held against the official document, and killed in the middle."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from django_tenants.utils import schema_context

from billing.models import TimelineEntry
from billing.selectors.ledger import ledger_problems
from pagopa.gateways.fdr_rest import FdrRest
from pagopa.gateways.reading import Reader, ReadingAccess
from pagopa.models import Flow, FlowRow, PulledFlow, PulledPart
from pagopa.services.flow_pull import PulledFlows, pull_flows
from pagopa.wire.flow_json import read_json
from paybox.kernel.clock import now
from paybox.kernel.models import RawMessage
from tests.pagopa.conftest import ROOT
from tests.pagopa.openapi import wrong_exchange
from tests.pagopa.relay import Passed, relay
from tests.pagopa.test_flow_pull import Api, rows
from tests.pagopa.test_reconciliation import paid
from tests.plugin import app_url
from tests.template import BORGO

OFFICIAL = "fdr_organization.json"
OTHER = "2026-03-03FINTOPSP01-0000000002"


def source_at(url: str) -> FdrRest:
    return FdrRest(Reader(ReadingAccess(f"{url}/fdr", slot_s=0, attempts=2)), page=2)


def wrong(passed: Passed) -> list[str]:
    target = passed.target.removeprefix("/fdr")
    return wrong_exchange(OFFICIAL, target, passed.status, read_json(passed.told))


@pytest.mark.django_db
class TestOfficialDocument:
    def test_every_question_and_answer_of_a_pull(self, borgo, simulator):
        node = simulator().url
        with relay(node) as (url, seen):
            api = Api(node, source_at(url))
            # One row of each outcome that the document knows.
            outcomes = zip(rows(5), ("0", "4", "8", "9", "9"), strict=True)
            api.publish(*((iuv, iur, cents, o) for (iuv, iur, cents, _), o in outcomes))
            api.publish(*rows(3), identifier=OTHER)
            assert api.pull() == PulledFlows(2, 2, 0)
            assert api.pull() == PulledFlows(0, 0, 0)
        # A list of one page of two, a head and its pages for each flow, then the list again.
        assert len(seen) == 1 + (1 + 3) + (1 + 2) + 1
        assert [wrong(passed) for passed in seen] == [[]] * len(seen)

    @pytest.mark.parametrize(("status", "path"), [(404, "/revisions"), (500, "payments")])
    def test_every_error(self, borgo, simulator, status, path):
        node = simulator().url
        with relay(node) as (url, seen):
            api = Api(node, source_at(url))
            api.publish(*rows(1))
            api.trouble(path, status, times=9)
            if status == 404:
                assert api.pull() == PulledFlows(1, 0, 1)
            else:
                with pytest.raises(Exception, match="HTTP 500"):
                    api.pull()
        assert seen[-1].status == status
        assert [wrong(passed) for passed in seen] == [[]] * len(seen)

    def test_a_page_too_long_or_a_day_too_far_is_refused_in_the_shape_of_the_document(
        self, borgo, simulator
    ):
        node = simulator().url
        for query in ("size=1001", "publishedGt=2020-01-01T00:00:00Z"):
            told = httpx.get(f"{node}/fdr/organizations/{BORGO}/fdrs?{query}", trust_env=False)
            target = f"/organizations/{BORGO}/fdrs"
            assert told.status_code == 400
            assert wrong_exchange(OFFICIAL, target, 400, told.json()) == []

    def test_the_check_can_fail(self):
        page = {"metadata": {"pageSize": "1"}, "count": 1, "data": [{"index": 0, "altro": 1}]}
        target = f"/organizations/{BORGO}/fdrs/x/revisions/0/psps/p/payments?page=0&colore=rosso"
        found = " ".join(wrong_exchange(OFFICIAL, target, 200, page))
        for word in ("pageSize", "index: too small", "altro: unknown", "iuv: missing", "colore: unknown", "revision", "page'): too small"):  # fmt: skip
            assert word in found, word
        assert wrong_exchange(OFFICIAL, "/altrove", 200, {}) == ["/altrove: no such operation"]


@pytest.mark.parametrize("place", ["/fdrs?", "psps/FINTOPSP01?", "payments?page=3"])
def test_killed_in_the_middle_the_next_pull_ends_it_and_nothing_is_double(
    own_database: str, simulator: Callable[..., Any], place: str
) -> None:
    reached, gone = threading.Event(), threading.Event()

    def hold(target: str, _: bytes) -> None:
        if place in f"{target}?" and not gone.is_set():
            reached.set()
            gone.wait(60)

    node = simulator().url
    with schema_context("borgo"), relay(node, hold) as (url, seen):
        api = Api(node, source_at(url))
        api.publish(paid("r1"), *rows(6))
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.pagopa.pulling", url],
            env={**os.environ, "DATABASE_URL": app_url(own_database)}, cwd=ROOT,
        )  # fmt: skip
        try:
            assert reached.wait(60)
        finally:
            child.kill()
            child.wait(10)
        gone.set()
        assert Flow.objects.count() == 0
        kept = PulledPart.objects.count()
        asked = len(seen)
        pull_flows(source=api.source, organization=BORGO, at=now())
        assert api.pull() == PulledFlows(0, 0, 0)
        assert (Flow.objects.count(), PulledFlow.objects.count()) == (1, 1)
        assert [*FlowRow.objects.order_by("index").values_list("index", flat=True)] == [
            *range(1, 8)
        ]
        # A head and four pages of two: what had come was not asked for again, and nothing is kept twice.
        assert (
            PulledPart.objects.count()
            == RawMessage.objects.filter(kind="pagopa.fdr.REST").count()
            == 5
        )
        again = [passed.target for passed in seen[asked:] if "/psps/" in passed.target]
        assert len(set(again)) == 5 - kept
        assert kept == {"/fdrs?": 0, "psps/FINTOPSP01?": 0, "payments?page=3": 3}[place]
        assert TimelineEntry.objects.filter(kind="RICONCILIATA").count() == 1
        assert list(ledger_problems()) == []
