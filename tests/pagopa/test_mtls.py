"""The way in of the Node, with real certificates: nginx with our own configuration, gunicorn behind it."""

import json
import os
import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from django_tenants.utils import schema_context

from bench.server import served
from pagopa.rules.callers import Caller, common_names, may_call
from pagopa.wire.asking import write_request
from pagopa.wire.requests import VerifyRequest
from paybox.embedded.processes import wait_until
from tests.build import make_position
from tests.pagopa.certificates import Certificate, make_authority, make_client, make_server
from tests.pagopa.conftest import ROOT, STATION
from tests.plugin import app_url
from tests.template import BORGO

SEAL = "sigillo-di-prova"
NODE = "forwarder.platform.pagopa.example"
TEMPLATE = ROOT / "docker/nginx/paybox.conf.template"


@pytest.fixture(scope="module")
def nginx() -> str:
    """The program; installed when we may, and a skip that says so when we may not."""
    path = f"{os.environ['PATH']}:/usr/sbin"
    if shutil.which("nginx", path=path) is None and os.geteuid() == 0 and shutil.which("apt-get"):
        install = ["apt-get", "install", "-y", "--no-install-recommends", "nginx-light"]
        subprocess.run(install, check=False, capture_output=True, timeout=180)
    found = shutil.which("nginx", path=path)
    if found is None or shutil.which("openssl") is None:
        pytest.skip("NGINX O OPENSSL ASSENTI: il canale del Nodo NON È STATO PROVATO")
    return found


@dataclass(frozen=True, slots=True)
class Doors:
    """Ports: of the Node, of people, of the application itself. ``body``: a verify of a notice that exists."""

    node: int
    people: int
    inside: int
    body: bytes
    clients: dict[str, Certificate]
    folder: Path

    def ask(self, port: int, client: str = "", **headers: str) -> httpx.Response:
        trust = ssl.create_default_context(cafile=str(self.folder / "server.pem"))
        if client:
            trust.load_cert_chain(*self.clients[client].files)
        with httpx.Client(verify=trust, timeout=20) as asking:
            return asking.post(
                f"https://localhost:{port}/pagopa/paForNode",
                content=self.body,
                headers={"Content-Type": "text/xml; charset=utf-8", **headers},
            )

    def ask_inside(self, **headers: str) -> httpx.Response:
        return httpx.post(
            f"http://127.0.0.1:{self.inside}/pagopa/paForNode",
            content=self.body,
            headers={"Content-Type": "text/xml; charset=utf-8", "Host": "localhost", **headers},
        )


@pytest.fixture
def doors(nginx: str, own_database: str, tmp_path: Path) -> Iterator[Doors]:
    with schema_context("borgo"):
        number = make_position().instalments.get(number=0).notice_number
    body = write_request(VerifyRequest(BORGO, BORGO, STATION, BORGO, number))
    clients = make_clients(tmp_path)
    allowed = {STATION: [clients["node"].fingerprint]}
    environment = {
        **os.environ,
        "DATABASE_URL": app_url(own_database),
        "PAYBOX_NODE_SEAL": SEAL,
        "PAYBOX_NODE_CLIENTS": json.dumps(allowed),
    }
    with served("paybox.wsgi:application", environment) as server:
        inside = server.port
        node, people, plain = (free_port() for _ in range(3))
        ports = {"8443": node, "443": people, "80": plain, "8000": inside}
        process = start_nginx(nginx, tmp_path, ports)
        try:
            yield Doors(node, people, inside, body, clients, tmp_path)
        finally:
            process.terminate()
            process.wait(timeout=20)


def make_clients(folder: Path) -> dict[str, Certificate]:
    """``renewed`` has the Node's name and another key; ``disguised`` has it inside another name."""
    authority, other = make_authority(folder, "node-ca"), make_authority(folder, "altra-ca")
    make_server(folder)
    subjects = {
        "node": (f"/C=IT/O=Nodo di prova/CN={NODE}", authority),
        "renewed": (f"/C=IT/O=Nodo di prova/CN={NODE}", authority),
        "neighbour": ("/C=IT/CN=altro.example", authority),
        "disguised": (f"/C=IT/O=Finto,CN={NODE},L=Borgo/CN=altro.example", authority),
        "stranger": (f"/C=IT/O=Nodo di prova/CN={NODE}", other),
    }
    return {name: make_client(folder, name, *given) for name, given in subjects.items()}


def start_nginx(program: str, folder: Path, ports: dict[str, int]) -> "subprocess.Popen[bytes]":
    """Our own template, with the ports and the folder of this test."""
    text = TEMPLATE.read_text().replace("http2 on;", "")
    text = text.replace("web:8000", f"127.0.0.1:{ports['8000']}")
    text = re.sub(r"listen (\d+)", lambda found: f"listen 127.0.0.1:{ports[found[1]]}", text)
    text = text.replace("/etc/nginx/certs", str(folder))
    text = text.replace("${PAYBOX_NODE_SEAL}", SEAL).replace("${PAYBOX_NODE_CN}", NODE)
    scratch = " ".join(
        f"{kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    main = folder / "nginx.conf"
    main.write_text(
        f"daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; user root;\n"
        f"events {{}}\nhttp {{ access_log off; {scratch}\n{text}\n}}\n"
    )
    process = subprocess.Popen([program, "-p", str(folder), "-c", str(main)])
    try:
        wait_until(lambda: answers(ports["8443"]) or process.poll() is not None, seconds=20)
        assert process.poll() is None, (folder / "error.log").read_text()
    except BaseException:
        process.kill()
        raise
    return process


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
    except OSError:
        return False
    return True


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as door:
        port: int = door.getsockname()[1]
        return port


def test_only_the_nodes_own_certificate_opens_its_door(doors: Doors) -> None:
    heard = doors.ask(doors.node, "node")
    assert heard.status_code == 200
    assert b"<outcome>OK</outcome>" in heard.content
    refused = {
        name: doors.ask(doors.node, name).status_code
        for name in ("", "stranger", "neighbour", "disguised", "renewed")
    }
    # 400 is nginx's own word for a certificate that is missing or of another authority.
    assert refused == {"": 400, "stranger": 400, "neighbour": 403, "disguised": 403, "renewed": 403}


def test_what_is_said_from_outside_about_the_caller_is_not_believed(doors: Doors) -> None:
    good = doors.clients["node"].fingerprint
    named = {"X-PayBox-Node-Subject": f"CN={NODE}", "X-PayBox-Node-Fingerprint": good}
    assert doors.ask(doors.node, "renewed", **named).status_code == 403
    assert doors.ask(doors.node, "node", **dict.fromkeys(named, "x")).status_code == 200
    under = {"X_PayBox_Node_Fingerprint": good}
    assert doors.ask(doors.node, "renewed", **under).status_code == 403
    for client in ("", "node"):
        assert doors.ask(doors.node, client, **{"X-PayBox-Node-Seal": SEAL}).status_code == 400
    assert doors.ask(doors.people, **{"X-PayBox-Node-Seal": SEAL} | named).status_code == 400
    assert doors.ask(doors.people, **named).status_code == 404


def test_behind_the_proxy_the_application_asks_for_seal_and_certificate(doors: Doors) -> None:
    good = doors.clients["node"].fingerprint
    sealed = {"X-PayBox-Node-Seal": SEAL, "X-PayBox-Node-Subject": f"CN={NODE}"}
    assert doors.ask_inside().status_code == 403
    assert doors.ask_inside(**{"X-PayBox-Node-Fingerprint": good}).status_code == 403
    assert doors.ask_inside(**sealed).status_code == 403
    whole = sealed | {"X-PayBox-Node-Fingerprint": good}
    assert doors.ask_inside(**whole).status_code == 200


class TestRule:
    NODE_CALLER = Caller(f"CN={NODE},O=Nodo,C=IT", "ab" * 20)

    @pytest.mark.parametrize(
        ("allowed", "may"),
        [
            ({}, False),
            ({"*": []}, False),
            ({"*": [""]}, False),
            ({"*": [NODE]}, True),
            ({STATION: [NODE]}, True),
            ({"altra_01": [NODE]}, False),
            ({STATION: ["AB:" * 19 + "AB"]}, True),
            ({STATION: ["cd" * 20]}, False),
            ({STATION: ["cd" * 20], "*": [NODE]}, True),
        ],
    )
    def test_each_station_has_its_list(self, allowed: Any, may: bool) -> None:
        assert may_call(self.NODE_CALLER, STATION, allowed) is may

    @pytest.mark.parametrize(
        ("subject", "names"),
        [
            ("", []),
            ("CN=a", ["a"]),
            ("O=x\\,CN=a,CN=b", ["b"]),
            ("CN=b,O=x\\,CN\\=a", ["b"]),
            ("CN=a+CN=b", ["a", "b"]),
            ("CN=a\\,b,O=c", ["a\\,b"]),
        ],
    )
    def test_a_name_inside_another_is_no_name(self, subject: str, names: list[str]) -> None:
        assert common_names(subject) == names

    def test_two_names_and_no_name_are_nobody(self) -> None:
        for subject in (f"CN={NODE},CN=altro", f"CN=altro+CN={NODE}", "", "O=senza nome"):
            assert not may_call(Caller(subject, ""), STATION, {"*": [NODE, ""]})
