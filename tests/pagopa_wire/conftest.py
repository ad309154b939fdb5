"""The far ends of the wires: official schemas, a tiny Ente, the simulator on real sockets."""

import os
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from lxml import etree
from werkzeug.serving import make_server

from pagopa.simulator.app import Simulator
from pagopa.simulator.world import World
from pagopa.wire.reading import read_request
from pagopa.wire.requests import (
    DemandRequest,
    GetPaymentRequest,
    Request,
    SendRtRequest,
    VerifyRequest,
)
from pagopa.wire.responses import demand_ok, get_payment_ok, send_rt_ok, verify_ok
from tests.pagopa_wire import examples

Play = Callable[[Request], bytes | tuple[int, bytes]]


@pytest.fixture(scope="session")
def reference() -> Path:
    """The folder of official schemas; without it the tests that need it say so and are skipped."""
    root = Path(__file__).resolve().parents[2]
    folder = Path(os.environ.get("PAYBOX_REFERENCE", root.parent / "shared" / "reference"))
    if not (folder / "pagopa").is_dir():
        pytest.skip(f"SCHEMI UFFICIALI ASSENTI in {folder}: impostare PAYBOX_REFERENCE")
    return folder


@pytest.fixture(scope="session")
def official(reference: Path) -> etree.XMLSchema:
    """The Node's own schema of paForNode."""
    return etree.XMLSchema(etree.parse(str(reference / "pagopa/wsdl/xsd/paForNode.xsd")))


@pytest.fixture(scope="session")
def official_dovuti(reference: Path) -> etree.XMLSchema:
    return etree.XMLSchema(
        etree.parse(str(reference / "intermediary/PagInf_Dovuti_Pagati_6_2_0.xsd"))
    )


@pytest.fixture(scope="session")
def official_flow(reference: Path) -> etree.XMLSchema:
    return etree.XMLSchema(
        etree.parse(str(reference / "pagopa/xsd-common/FlussoRiversamento_1_0_5.xsd"))
    )


def answer_well(request: Request) -> bytes:
    """What an Ente in order answers."""
    match request:
        case VerifyRequest():
            data = examples.payment_data()
            return verify_ok(
                amount_cents=data.amount_cents,
                due_on=data.due_on,
                description=data.description,
                fiscal_code=request.fiscal_code,
                company_name=data.company_name,
            )
        case GetPaymentRequest():
            data = examples.payment_data(iuv=request.notice_number[1:])
            return get_payment_ok(data, v2=request.v2)
        case SendRtRequest():
            return send_rt_ok(v2=request.v2)
        case DemandRequest():
            return demand_ok(
                notice_number=examples.NOTICE,
                amount_cents=100,
                due_on=None,
                description="x",
                fiscal_code=request.id_pa,
                company_name="x",
            )


class TinyEnte:
    """An Ente on a real socket; ``play`` decides each answer, ``heard`` keeps what was asked."""

    def __init__(self) -> None:
        self.play: Play = answer_well
        self.heard: list[Request] = []
        self.actions: list[str] = []
        ente = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                ente.actions.append(self.headers["SOAPAction"])
                asked = read_request(raw)
                ente.heard.append(asked)
                played = ente.play(asked)
                status, body = played if isinstance(played, tuple) else (200, played)
                try:
                    self.send_response(status)
                    self.send_header("Content-Type", "text/xml; charset=utf-8")
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                except OSError:
                    return  # the Node has hung up already

            def log_message(self, format: str, *args: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/pagopa/paForNode"

    def receipts(self) -> list[SendRtRequest]:
        return [asked for asked in self.heard if isinstance(asked, SendRtRequest)]


@pytest.fixture
def ente() -> Iterator[TinyEnte]:
    tiny = TinyEnte()
    thread = threading.Thread(target=tiny.server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield tiny
    tiny.server.shutdown()
    tiny.server.server_close()
    thread.join()


class Node:
    """The simulator over HTTP."""

    def __init__(self, simulator: Simulator, url: str) -> None:
        self.simulator = simulator
        self.url = url
        self.http = httpx.Client(base_url=url, trust_env=False, timeout=30)

    def post(self, path: str, **body: object) -> httpx.Response:
        return self.http.post(path, json=body)

    def psp(self, what: str, **body: object) -> dict[str, object]:
        asked = {"fiscal_code": examples.BORGO, "notice_number": examples.NOTICE, **body}
        answer = self.http.post(f"/psp/{what}", json=asked)
        assert answer.status_code == 200, answer.text
        found: dict[str, object] = answer.json()
        return found


@pytest.fixture
def start_node(tmp_path: Path) -> Iterator[Callable[..., Node]]:
    """Start a simulator for a given Ente's address; a second call restarts it on the same state."""
    started: list[tuple[object, threading.Thread, Node]] = []

    def start(ec_url: str, **world: object) -> Node:
        simulator = Simulator(World(tmp_path / "node", ec_url, **world))  # type: ignore[arg-type]  # keyword overrides
        server = make_server("127.0.0.1", 0, simulator, threaded=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        node = Node(simulator, f"http://127.0.0.1:{server.server_port}")
        started.append((server, thread, node))
        return node

    yield start
    for server, thread, node in started:
        server.shutdown()  # type: ignore[attr-defined]  # a werkzeug server
        thread.join()
        server.server_close()  # type: ignore[attr-defined]  # a werkzeug server
        node.http.close()
        node.simulator.ente.close()


@pytest.fixture
def node(ente: TinyEnte, start_node: Callable[..., Node]) -> Node:
    return start_node(ente.url)


@pytest.fixture
def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
