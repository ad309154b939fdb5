"""Publication over real SOAP: our zeep client against the simulated intermediary."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from pagopa.gateways.protocol import (
    NOT_THERE,
    DebtorToPublish,
    GatewayUnavailable,
    NoticeStatus,
    NoticeToPublish,
    PublicationGateway,
)
from pagopa.gateways.soap_line import IntermediaryAccess
from pagopa.gateways.versamento import Action, build_versamento
from pagopa.simulator.app import INTERMEDIARY_PATH
from tests.pagopa_wire import examples
from tests.pagopa_wire.conftest import Node
from tests.pagopa_wire.soap import road

ACKNOWLEDGED, REFUSED = NoticeStatus.ACKNOWLEDGED, NoticeStatus.REFUSED


@pytest.fixture
def gateway(node: Node) -> PublicationGateway:
    return road(IntermediaryAccess(node.url + INTERMEDIARY_PATH, "segretissima"))


def other_notice() -> NoticeToPublish:
    return examples.notice_to_publish(
        iud="BORGO-2026-2", iuv="02000000000000184", notice_number="302000000000000184"
    )


class TestPublish:
    def test_each_notice_is_acknowledged_in_order(
        self, gateway: PublicationGateway, node: Node
    ) -> None:
        asked = examples.publication(examples.notice_to_publish(), other_notice())
        outcome = gateway.publish(asked)
        assert [(one.iud, one.status) for one in outcome.notices] == [
            ("BORGO-2026-1", ACKNOWLEDGED),
            ("BORGO-2026-2", ACKNOWLEDGED),
        ]
        assert node.http.get("/state").json()["notices"] == {"INSERITO": 2}

    def test_the_same_notice_twice_is_taken_twice(
        self, gateway: PublicationGateway, node: Node
    ) -> None:
        gateway.publish(examples.publication())
        assert gateway.publish(examples.publication()).notices[0].status is ACKNOWLEDGED
        assert node.http.get("/state").json()["notices"] == {"INSERITO": 1}

    def test_the_same_iuv_with_another_amount_is_refused(self, gateway: PublicationGateway) -> None:
        gateway.publish(examples.publication())
        dearer = examples.notice_to_publish(amount_cents=12_001)
        said = gateway.publish(examples.publication(dearer)).notices[0]
        assert (said.status, said.code) == (REFUSED, "PAA_DOVUTO_DUPLICATO")
        assert said.words

    def test_the_iuv_of_another_debt_is_refused(self, gateway: PublicationGateway) -> None:
        gateway.publish(examples.publication())
        thief = examples.notice_to_publish(iud="BORGO-2026-9")
        assert gateway.publish(examples.publication(thief)).notices[0].status is REFUSED

    def test_another_ente_may_use_the_same_iuv(self, gateway: PublicationGateway) -> None:
        gateway.publish(examples.publication())
        valle = replace(examples.publication(), ente_code="o_valle")
        dearer = replace(valle, notices=(examples.notice_to_publish(amount_cents=1),))
        assert gateway.publish(dearer).notices[0].status is ACKNOWLEDGED

    def test_a_bad_notice_does_not_hold_back_the_next(self, gateway: PublicationGateway) -> None:
        bad = examples.notice_to_publish(iud="X", iuv="02000000000000185")
        outcome = gateway.publish(examples.publication(bad, examples.notice_to_publish()))
        assert [(one.status, one.code) for one in outcome.notices] == [
            (REFUSED, "PAA_IUV_NON_VALIDO"),
            (ACKNOWLEDGED, ""),
        ]

    def test_an_unframed_taxonomy_and_a_name_full_of_markup_pass(
        self, gateway: PublicationGateway
    ) -> None:
        odd = examples.notice_to_publish(
            taxonomy="0101101IM",
            causale="TARI & <tassa> 'rifiuti'",
            debtor=DebtorToPublish("G", "", "", province="Roma", country="Italia", email="no"),
        )
        assert gateway.publish(examples.publication(odd)).notices[0].status is ACKNOWLEDGED


class TestChange:
    def test_replace_changes_what_is_there(self, gateway: PublicationGateway) -> None:
        gateway.publish(examples.publication())
        cheaper = examples.publication(examples.notice_to_publish(amount_cents=9_000))
        assert gateway.replace(cheaper).notices[0].status is ACKNOWLEDGED
        assert gateway.publish(cheaper).notices[0].status is ACKNOWLEDGED

    def test_withdraw_takes_it_off_and_says_when_it_is_not_there(
        self, gateway: PublicationGateway, node: Node
    ) -> None:
        gateway.publish(examples.publication())
        assert gateway.withdraw(examples.publication()).notices[0].status is ACKNOWLEDGED
        assert node.http.get("/state").json()["notices"] == {"ANNULLATO": 1}
        again = gateway.withdraw(examples.publication()).notices[0]
        assert (again.status, again.code) == (REFUSED, NOT_THERE)

    def test_what_was_never_there_cannot_be_replaced(self, gateway: PublicationGateway) -> None:
        assert gateway.replace(examples.publication()).notices[0].code == NOT_THERE

    def test_an_annulled_iuv_is_not_used_again(self, gateway: PublicationGateway) -> None:
        gateway.publish(examples.publication())
        gateway.withdraw(examples.publication())
        assert gateway.publish(examples.publication()).notices[0].status is REFUSED


@pytest.fixture
def babbler() -> Iterator[Callable[..., str]]:
    """A server that answers every POST with what the test wants; gives its address."""
    servers: list[tuple[HTTPServer, threading.Thread]] = []

    def start(*answers: tuple[int, bytes]) -> str:
        left = list(answers)

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                status, body = left.pop(0) if len(left) > 1 else left[0]
                self.send_response(status)
                if status == 307:
                    self.send_header("Location", "/altrove")
                self.send_header("Content-Type", "text/xml")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                return

        server = HTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}/"

    yield start
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


SOAP_FAULT = (
    b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault>'
    b"<faultcode>s:Server</faultcode><faultstring>guasto</faultstring></s:Fault></s:Body></s:Envelope>"
)
RISPOSTA = (
    b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
    b'<e:paaSILImportaDovutoRisposta xmlns:e="http://www.regione.veneto.it/pagamenti/ente/">%s'
    b"</e:paaSILImportaDovutoRisposta></s:Body></s:Envelope>"
)
DTD = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + RISPOSTA % b"<esito>&e;</esito>"


class TestTrouble:
    def test_nobody_there(self, free_port: int) -> None:
        gateway = road(IntermediaryAccess(f"http://127.0.0.1:{free_port}/"))
        with pytest.raises(GatewayUnavailable, match="non è raggiungibile") as caught:
            gateway.publish(examples.publication())
        assert caught.value.done == ()

    @pytest.mark.parametrize(
        "answer",
        [
            (500, SOAP_FAULT),
            (503, b"<html>chiuso</html>"),
            (200, b"ciao"),
            (200, b""),
            (200, DTD),
            (200, RISPOSTA % b"<altro/>"),
            (200, RISPOSTA % b""),
            (200, RISPOSTA % b"<esito>KO</esito>"),
            (307, b""),
        ],
        ids=["fault", "503", "text", "empty", "dtd", "schema", "nothing", "bare KO", "redirect"],
    )
    def test_what_is_no_answer_is_to_be_tried_again(
        self, babbler: Callable[..., str], answer: tuple[int, bytes]
    ) -> None:
        gateway = road(IntermediaryAccess(babbler(answer)))
        with pytest.raises(GatewayUnavailable):
            gateway.publish(examples.publication())

    def test_what_was_answered_before_the_trouble_is_kept(
        self, babbler: Callable[..., str]
    ) -> None:
        good = (200, RISPOSTA % b"<esito>OK</esito>")
        gateway = road(IntermediaryAccess(babbler(good, (503, b""))))
        with pytest.raises(GatewayUnavailable) as caught:
            gateway.publish(examples.publication(examples.notice_to_publish(), other_notice()))
        assert [one.iud for one in caught.value.done] == ["BORGO-2026-1"]

    def test_silence(self, babbler: Callable[..., str], free_port: int) -> None:
        import socket

        with socket.create_server(("127.0.0.1", 0)) as mute:
            address = f"http://127.0.0.1:{mute.getsockname()[1]}/"
            gateway = road(IntermediaryAccess(address, read_timeout_s=0.2))
            with pytest.raises(GatewayUnavailable):
                gateway.publish(examples.publication())


def test_the_intermediary_refuses_what_is_no_call(node: Node) -> None:
    for raw in (b"ciao", b"<a/>", b"<!DOCTYPE x><a/>"):
        answer = node.http.post(INTERMEDIARY_PATH, content=raw)
        assert answer.status_code == 500
        assert b"faultstring" in answer.content


ANY = st.text(max_size=80)
NOTICES = st.builds(
    NoticeToPublish,
    iud=st.from_regex(r"[A-Z0-9-]{1,35}", fullmatch=True),
    iuv=st.just(examples.IUV),
    notice_number=st.just(examples.NOTICE),
    amount_cents=st.integers(1, 99_999_999_999),
    due_on=st.none() | st.dates(),
    causale=ANY,
    service_code=ANY,
    taxonomy=st.sampled_from(["9/0101101IM/", "0101101IM"]),
    debtor=st.builds(
        DebtorToPublish,
        kind=st.sampled_from(["F", "G"]),
        code=ANY,
        full_name=ANY,
        street=ANY,
        city=ANY,
        province=ANY,
        country=ANY,
        email=ANY | st.emails(),
    ),
)


@settings(max_examples=100, deadline=None)
@given(NOTICES, st.sampled_from(list(Action)))
def test_every_versamento_is_what_the_official_schema_wants(
    official_dovuti: etree.XMLSchema, notice: NoticeToPublish, action: Action
) -> None:
    official_dovuti.assertValid(etree.fromstring(build_versamento(notice, action)))


def test_an_amount_that_is_none_is_never_sent() -> None:
    with pytest.raises(ValueError, match="importo positivo"):
        build_versamento(examples.notice_to_publish(amount_cents=0), Action.INSERT)


def test_our_call_is_what_the_official_service_describes(
    reference: object, node: Node, gateway: PublicationGateway
) -> None:
    """Namespaces and names of the official WSDL, found in the envelope we really send."""
    from pathlib import Path

    official = (Path(str(reference)) / "intermediary/pa-per-ente.wsdl").read_text()
    heard: list[bytes] = []
    answer = node.simulator._intermediary.answer

    def listen(raw: bytes, base: str = "") -> tuple[int, bytes]:
        heard.append(raw)
        return answer(raw, base)

    node.simulator._intermediary.answer = listen  # type: ignore[method-assign]  # on the far end
    gateway.publish(examples.publication())
    root = etree.fromstring(heard[0])
    call = root.find("{*}Body")[0]  # type: ignore[index]  # the call is there
    head = root.find("{*}Header")[0]  # type: ignore[index]  # the head is there
    for node_ in (call, head):
        name = etree.QName(node_)
        assert f'targetNamespace="{name.namespace}"' in official
        assert f'<xsd:element name="{name.localname}"' in official
    assert [child.tag for child in call] == ["password", "dovuto", "flagGeneraIuv"]
    assert [child.tag for child in head] == ["codIpaEnte"]
