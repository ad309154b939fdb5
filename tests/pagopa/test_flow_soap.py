"""Chapter 8 – flows asked of the Node's older service over a real socket: every message is of the official schema."""

import base64
import os
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.conf import settings
from django.core.cache import caches
from lxml import etree
from pydantic import SecretStr

from billing.models import TimelineEntry
from billing.selectors.ledger import ledger_problems
from pagopa.gateways.circuit import Circuit, Patience
from pagopa.gateways.fdr_rest import FdrRest
from pagopa.gateways.fdr_soap import FdrSoap
from pagopa.gateways.node_for_pa import NodeAccess, NodeForPa
from pagopa.gateways.patience import Pacing
from pagopa.gateways.reading import Reader, ReadingAccess
from pagopa.models import Flow, FlowCursor, FlowRow, PulledFlow
from pagopa.services.flow_pull import PulledFlows, pull_flows
from pagopa.simulator.fdr_doors import NODE_FOR_PA_PATH
from pagopa.simulator.node_for_pa_answers import FLOW, LIST
from paybox.kernel.clock import now
from paybox.kernel.models import RawMessage
from paybox.kernel.queue import RetryLater
from tests.pagopa.conftest import ROOT
from tests.pagopa.relay import Passed, relay
from tests.pagopa.test_flow_pull import rows
from tests.pagopa.test_reconciliation import IUF, flow_xml, labels, paid
from tests.template import BORGO, VALLE

pytestmark = pytest.mark.django_db
BROKER, STATION = "80099999990", "80099999990_01"
OTHER = "2026-03-03FINTOPSP01-0000000002"


def source_at(address: str) -> FdrSoap:
    """Four attempts that do not wait, with a circuit of its own."""
    circuit = Circuit(uuid.uuid4().hex, caches["platform"], Patience(100, calls_per_second=0))
    access = NodeAccess(address, "password1", pacing=Pacing(slot_s=0, attempts=4))
    return FdrSoap(NodeForPa(access, circuit), BROKER, STATION)


@dataclass
class Service:
    """The simulated service behind a relay that keeps every message."""

    url: str
    node: str
    seen: list[Passed] = field(default_factory=list)
    mtom: bool = False

    def publish(self, *lines: tuple[str, str, int, str], **given: Any) -> None:
        self.order("/node/fdr", xml_base64=base64.b64encode(flow_xml(*lines, **given)).decode())

    def fault(self, operation: str, code: str, times: int = 1) -> None:
        self.order("/node/node-for-pa/fault", operation=operation, code=code, times=times)

    def order(self, path: str, **body: Any) -> None:
        answer = httpx.post(self.node + path, json=body, trust_env=False)
        assert answer.status_code == 200, answer.text

    def pull(self) -> PulledFlows:
        asked = f"{self.url}{NODE_FOR_PA_PATH}{'?mtom=1' if self.mtom else ''}"
        return pull_flows(source=source_at(asked), organization=BORGO, at=now())


@pytest.fixture
def service(simulator: Callable[..., Any]) -> Iterator[Service]:
    node = simulator().url
    with relay(node) as (url, seen):
        yield Service(url, node, seen)


@pytest.fixture(scope="session")
def official_node() -> etree.XMLSchema:
    folder = Path(os.environ.get("PAYBOX_REFERENCE", ROOT.parent / "shared" / "reference"))
    schema = folder / "pagopa/wsdl/xsd/nodeForPa.xsd"
    if not schema.is_file():
        pytest.skip(f"SCHEMI UFFICIALI ASSENTI in {folder}: impostare PAYBOX_REFERENCE")
    return etree.XMLSchema(etree.parse(str(schema)))


def message(raw: bytes) -> etree._Element:
    body = etree.fromstring(raw).find("{http://schemas.xmlsoap.org/soap/envelope/}Body")
    assert body is not None
    return body[0]


class TestPull:
    def test_a_flow_is_the_flow_of_the_file(self, borgo, service):
        service.publish(paid("r1"), *rows(4))
        assert service.pull() == PulledFlows(listed=1, taken=1, refused=0)
        flow = Flow.objects.get()
        assert (flow.identifier, flow.psp_id, flow.revision) == (IUF, "FINTOPSP01", 1)
        assert (flow.payments, flow.total_cents) == (5, 12_000 + 406)
        assert labels(FlowRow) == ["RT_IUF", *["IUV_NO_RT"] * 4]
        assert TimelineEntry.objects.filter(kind="RICONCILIATA", reference=IUF).count() == 1
        kept = RawMessage.objects.get(kind="pagopa.fdr.SOAP")
        assert b"FlussoRiversamento" in bytes(kept.body)
        assert list(ledger_problems()) == []

    def test_the_same_flow_as_an_attachment(self, borgo, service):
        service.mtom = True
        service.publish(*rows(3))
        assert service.pull() == PulledFlows(1, 1, 0)
        assert Flow.objects.get().payments == 3
        assert service.seen[-1].kind.startswith("multipart/related")

    def test_asked_again_it_is_not_taken_again(self, borgo, service):
        service.publish(*rows(1))
        service.pull()
        assert service.pull() == PulledFlows(0, 0, 0)
        assert Flow.objects.count() == PulledFlow.objects.count() == 1
        assert FlowCursor.objects.get(source="SOAP").done_at is not None

    def test_a_later_one_of_the_same_name_takes_its_place(self, borgo, service):
        first, second = paid("r1"), paid("r2")
        service.publish(first, *rows(3))
        service.pull()
        service.publish(first, second, at="2026-03-04T20:00:00")
        assert service.pull() == PulledFlows(1, 1, 0)
        assert (Flow.objects.get().total_cents, labels(FlowRow)) == (24_000, ["RT_IUF", "RT_IUF"])
        assert list(ledger_problems()) == []

    def test_the_other_road_finds_it_taken_and_may_go_on(self, borgo, service):
        """An installation that changes protocol takes nothing twice, and loses no revision."""
        first, second = paid("r1"), paid("r2")
        service.publish(first)
        service.pull()
        rest = FdrRest(Reader(ReadingAccess(f"{service.url}/fdr", slot_s=0)))
        pull_flows(source=rest, organization=BORGO, at=now())
        assert Flow.objects.get().received_at is not None
        service.publish(first, second, at="2026-03-04T20:00:00")
        pull_flows(source=rest, organization=BORGO, at=now())
        assert (Flow.objects.get().revision, FlowRow.objects.count()) == (2, 2)
        service.publish(second, at="2026-03-05T20:00:00")
        service.pull()
        assert (Flow.objects.get().revision, FlowRow.objects.count()) == (2, 1)
        assert list(ledger_problems()) == []

    def test_only_the_flows_of_the_ente_are_asked_for(self, borgo, service):
        service.publish(*rows(1), receiver=VALLE)
        assert service.pull() == PulledFlows(0, 0, 0)

    def test_a_long_flow_in_one_answer(self, borgo, service):
        """Its base64 is longer than the ten million characters that a text may have."""
        many = tuple((f"01{n:015d}", f"iur-{n}", 100, "9") for n in range(20_000))
        service.publish(*many)
        assert service.pull() == PulledFlows(1, 1, 0)
        assert len(service.seen[-1].told) > 10_000_000
        assert FlowRow.objects.count() == 20_000


class TestFaults:
    @pytest.mark.parametrize(
        "code",
        [
            "PPT_AUTENTICAZIONE", "PPT_AUTORIZZAZIONE", "PPT_DOMINIO_SCONOSCIUTO", "PPT_DOMINIO_DISABILITATO",
            "PPT_INTERMEDIARIO_PA_SCONOSCIUTO", "PPT_STAZIONE_INT_PA_DISABILITATA", "PPT_SYSTEM_ERROR",
        ],
    )  # fmt: skip
    @pytest.mark.parametrize("operation", [LIST, FLOW])
    def test_a_fault_that_may_end_is_said_and_waited_for(self, borgo, service, operation, code):
        service.publish(*rows(1))
        service.fault(operation, code, times=4 if code == "PPT_SYSTEM_ERROR" else 1)
        with pytest.raises(RetryLater, match=code):
            service.pull()
        assert code in FlowCursor.objects.get().words
        assert Flow.objects.count() == 0
        service.pull()
        assert (Flow.objects.count(), FlowCursor.objects.get().words) == (1, "")

    def test_a_short_trouble_of_the_node_is_waited_out(self, borgo, service):
        service.publish(*rows(1))
        service.fault(FLOW, "PPT_SYSTEM_ERROR", times=3)
        assert service.pull() == PulledFlows(1, 1, 0)

    @pytest.mark.parametrize("code", ["PPT_ID_FLUSSO_SCONOSCIUTO", "PPT_SEMANTICA"])
    def test_what_cannot_be_had_is_refused_and_the_others_come(self, borgo, service, code):
        service.publish(*rows(1))
        service.publish(*rows(2), identifier=OTHER)
        service.fault(FLOW, code)
        assert service.pull() == PulledFlows(2, 1, 1)
        assert code in PulledFlow.objects.get(state="RIFIUTATO").words
        assert Flow.objects.count() == 1

    def test_a_list_that_is_refused_is_said_beside_the_cursor(self, borgo, service):
        service.fault(LIST, "PPT_SINTASSI_EXTRAXSD")
        assert service.pull() == PulledFlows(0, 0, 0)
        assert "PPT_SINTASSI_EXTRAXSD" in FlowCursor.objects.get().words
        service.publish(*rows(1))
        assert service.pull() == PulledFlows(1, 1, 0)
        assert FlowCursor.objects.get().words == ""

    def test_nobody_there(self, borgo):
        with pytest.raises(RetryLater, match="non è raggiungibile"):
            pull_flows(source=source_at("http://127.0.0.1:9/"), organization=BORGO, at=now())

    def test_an_answer_of_somebody_else(self, borgo, service):
        source = source_at(f"{service.node}/health")
        with pytest.raises(RetryLater, match="illeggibile"):
            pull_flows(source=source, organization=BORGO, at=now())


def test_every_message_is_of_the_official_schema(borgo, service, official_node):
    service.publish(*rows(2))
    service.pull()
    service.fault(LIST, "PPT_AUTENTICAZIONE")
    with pytest.raises(RetryLater):
        service.pull()
    assert [passed.status for passed in service.seen] == [200, 200, 200]
    names = []
    for passed in service.seen:
        for raw in (passed.asked, passed.told):
            official_node.assertValid(message(raw))
            names.append(etree.QName(message(raw)).localname)
        assert passed.headers["soapaction"].strip('"') == names[-2]
    assert names == [LIST, f"{LIST}Risposta", FLOW, f"{FLOW}Risposta", LIST, f"{LIST}Risposta"]


def test_the_protocol_is_chosen_by_a_setting(borgo, service, monkeypatch):
    from pagopa.tasks import pull_flows as work

    service.publish(*rows(1))
    given = {
        "fdr_url": f"{service.url}{NODE_FOR_PA_PATH}",
        "fdr_protocol": "soap",
        "fdr_password": SecretStr("password1"),
    }
    monkeypatch.setattr(settings, "ENVIRONMENT", settings.ENVIRONMENT.model_copy(update=given))
    work()
    assert Flow.objects.get().identifier == IUF
    asked = message(service.seen[0].asked)
    assert asked.findtext("identificativoDominio") == BORGO
    assert asked.findtext("identificativoStazioneIntermediarioPA") == borgo.station
