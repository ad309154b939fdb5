"""The Node at the door: real SOAP posted to /pagopa/paForNode, every answer held against the official schema."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.http import HttpResponse
from django.test import Client
from lxml import etree

from pagopa.gateways.soap_intermediary import SoapIntermediary
from pagopa.gateways.soap_line import IntermediaryAccess
from pagopa.selectors.enti import forget_enti
from pagopa.simulator.app import INTERMEDIARY_PATH
from pagopa.wire.answers import Answer, read_answer
from pagopa.wire.asking import write_request
from pagopa.wire.requests import GetPaymentRequest, Receipt, Request, SendRtRequest, VerifyRequest
from pagopa.wire.soap import open_envelope
from tests.pagopa_wire import examples
from tests.pagopa_wire.soap import road
from tests.template import BORGO

STATION = f"{BORGO}_01"
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def official() -> etree.XMLSchema:
    """The Node's own schema; without it these tests say so and are skipped."""
    folder = Path(os.environ.get("PAYBOX_REFERENCE", ROOT.parent / "shared" / "reference"))
    schema = folder / "pagopa/wsdl/xsd/paForNode.xsd"
    if not schema.is_file():
        pytest.skip(f"SCHEMI UFFICIALI ASSENTI in {folder}: impostare PAYBOX_REFERENCE")
    return etree.XMLSchema(etree.parse(str(schema)))


@dataclass
class Node:
    """Asks as the Node does. ``head``: idPA, broker, station."""

    official: etree.XMLSchema
    client: Client = field(default_factory=lambda: Client(headers={"host": "127.0.0.1"}))

    def post(self, body: bytes, action: str = "", **headers: str) -> HttpResponse:
        return self.client.post(  # type: ignore[return-value]  # the test client's subclass
            "/pagopa/paForNode",
            data=body,
            content_type="text/xml; charset=utf-8",
            headers={"SOAPAction": action, **headers},
        )

    def ask(self, request: Request) -> Answer:
        answer = self.post(write_request(request), f'"{request.operation}"')
        assert answer.status_code == 200, answer.content
        assert answer["Content-Type"] == "text/xml; charset=utf-8"
        return read_answer(self.checked(answer.content), request.operation)

    def checked(self, body: bytes) -> bytes:
        self.official.assertValid(open_envelope(body))
        return body

    def verify(self, notice_number: str, **given: Any) -> Any:
        asked = VerifyRequest(BORGO, BORGO, STATION, BORGO, notice_number)
        return self.ask(replace(asked, **given))

    def get_payment(self, notice_number: str, **given: Any) -> Any:
        asked = GetPaymentRequest(BORGO, BORGO, STATION, BORGO, notice_number)
        return self.ask(replace(asked, **given))

    def send_rt(self, receipt: Receipt, **given: Any) -> Answer:
        return self.ask(self.receipt_request(receipt, **given))

    def receipt_request(self, receipt: Receipt, **given: Any) -> SendRtRequest:
        return replace(SendRtRequest(BORGO, BORGO, STATION, receipt), **given)


@pytest.fixture
def node(official: etree.XMLSchema) -> Node:
    return Node(official)


@pytest.fixture(autouse=True)
def fresh_enti() -> Iterator[None]:
    forget_enti()
    yield
    forget_enti()


def receipt_of(instalment: Any, **given: Any) -> Receipt:
    """A receipt for the whole of a notice."""
    share = examples.receipt_transfer(amount_cents=instalment.amount_cents)
    whole = examples.receipt(
        notice_number=instalment.notice_number,
        iuv=instalment.iuv,
        amount_cents=instalment.amount_cents,
        transfers=(share,),
        stand_in=False,
    )
    return replace(whole, **given)


@dataclass
class NodeProcess:
    """The simulator in a process of its own."""

    url: str
    process: subprocess.Popen[str]

    @property
    def gateway(self) -> SoapIntermediary:
        return road(IntermediaryAccess(self.url + INTERMEDIARY_PATH, "segretissima"))

    def notices(self) -> dict[str, int]:
        found: dict[str, int] = httpx.get(f"{self.url}/state", trust_env=False).json()["notices"]
        return found

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[Callable[..., NodeProcess]]:
    """Start the simulator process; a second call starts another one on the same state."""
    started: list[NodeProcess] = []

    def start(*arguments: str) -> NodeProcess:
        command = [sys.executable, "-m", "pagopa.simulator", "--port", "0", "--retry-every", "0"]
        process = subprocess.Popen(
            [*command, "--state", str(tmp_path / "node"), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=ROOT,
        )
        assert process.stdout is not None
        line = process.stdout.readline()
        started.append(NodeProcess(line.split()[-1].rstrip("/"), process))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.stop()
