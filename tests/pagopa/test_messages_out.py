"""Every message that leaves for pagoPA, and the test that holds it against the official document.

The gateways themselves are read: a message that somebody adds and that is not in the table makes this fail.
"""

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from pagopa.gateways.reading import Reader, ReadingAccess
from pagopa.gateways.receipt_sources import BizEvents
from pagopa.gateways.soap_bulk import SoapBulk
from pagopa.gateways.soap_line import IntermediaryAccess
from pagopa.gateways.soap_paid import SoapReceipts
from pagopa.rules.faults import FaultCode
from pagopa.simulator.app import INTERMEDIARY_PATH
from pagopa.wire.requests import Operation
from tests.pagopa.conftest import ROOT
from tests.pagopa.openapi import document, wrong_request
from tests.pagopa.relay import relay
from tests.pagopa.test_official_faults import NEVER_SAID
from tests.pagopa.test_rest_gateways import MODELS, VERSIONS, notice, request, road
from tests.pagopa_wire import examples
from tests.pagopa_wire.conftest import official_dovuti, reference
from tests.pagopa_wire.soap import Waits, line
from tests.pagopa_wire.soap import road as soap_road
from tests.pagopa_wire.test_responses import every_ok
from tests.template import BORGO

__all__ = ["official_dovuti", "reference"]
GATEWAYS = ROOT / "pagopa" / "gateways"
HERE = "tests.pagopa.test_messages_out"
REST = f"{HERE}:test_positions_are_put_changed_and_taken_off_as_the_documents_say"
# (module of the gateways, what it sends) → the test that validates it.
SENT = {
    ("debt_positions", "POST"): REST,
    ("debt_positions", "PUT"): REST,
    ("aca", "POST"): REST,
    ("aca", "GET"): REST,
    ("gpd", "DELETE"): REST,
    (
        "checkout",
        "POST",
    ): "tests.pagopa.test_checkout:test_the_body_that_leaves_is_the_official_one",
    ("fdr_rest", "GET"): "tests.pagopa.test_flow_contract:TestOfficialDocument",
    (
        "receipt_sources",
        "GET",
    ): f"{HERE}:test_a_receipt_is_asked_of_payment_events_as_the_document_says",
    (
        "fdr_soap",
        "nodoChiediElencoFlussiRendicontazione",
    ): "tests.pagopa.test_flow_soap:test_every_message_is_of_the_official_schema",
    (
        "fdr_soap",
        "nodoChiediFlussoRendicontazione",
    ): "tests.pagopa.test_flow_soap:test_every_message_is_of_the_official_schema",
    ("soap_intermediary", "paaSILImportaDovuto"): f"{HERE}:test_calls_to_the_intermediary",
    ("soap_bulk", "paaSILAutorizzaImportFlusso"): f"{HERE}:test_calls_to_the_intermediary",
    ("soap_bulk", "paaSILChiediStatoImportFlusso"): f"{HERE}:test_calls_to_the_intermediary",
    # The file that is handed over, row by row, and the refusals that are fetched: no XML of a schema.
    ("soap_line", "POST"): "tests.pagopa_wire.test_soap_bulk:TestFile",
    ("soap_line", "GET"): "tests.pagopa_wire.test_soap_bulk:TestFile",
    ("soap_paid", "paaSILChiediPagatiConRicevuta"): f"{HERE}:test_calls_to_the_intermediary",
}
XSD = "http://www.w3.org/2001/XMLSchema"
_METHODS = {"GET", "POST", "PUT", "DELETE", "PATCH"}
_OPERATION = re.compile(r"(paaSIL|nodo)[A-Z]\w+")


def sent_by(module: Path) -> Iterator[tuple[str, str]]:
    """Whatever a module asks of somebody else: methods of REST, operations of SOAP."""
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if _OPERATION.fullmatch(node.value):
                yield module.stem, node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            whose, first = ast.unparse(node.func.value), node.args[0] if node.args else None
            if whose.endswith(("reader", "httpx")) and node.func.attr.upper() in _METHODS:
                yield module.stem, node.func.attr.upper()
            elif isinstance(first, ast.Constant) and first.value in _METHODS:
                yield module.stem, str(first.value)


def test_every_message_that_a_gateway_sends_has_its_test():
    assert {one for module in GATEWAYS.glob("*.py") for one in sent_by(module)} == set(SENT)
    for place in set(SENT.values()):
        module, name = place.split(":")
        assert hasattr(import_module(module), name), place


def test_every_answer_to_the_node_and_every_fault_has_its_test():
    """OK of each operation and KO of each fault: ``test_responses``; heard at the door: ``test_official_faults``."""
    from tests.pagopa_wire import test_responses as answers

    assert {operation for operation, _ in every_ok()} == set(Operation)
    (marks,) = (
        {mark.args[0]: mark.args[1] for mark in test.pytestmark}
        for test in (answers.test_every_ko_of_every_operation_too,)
    )
    assert (set(marks["operation"]), set(marks["fault"])) == (set(Operation), set(FaultCode))
    assert len(FaultCode) == 13
    assert {fault.name for fault in NEVER_SAID} == {"RECEIPT_DUPLICATA"}


@pytest.mark.parametrize("archive", ["aca", "gpd"])
def test_positions_are_put_changed_and_taken_off_as_the_documents_say(archive: str, simulator: Any):
    name = MODELS[archive][0]
    with relay(simulator().url) as (url, seen):
        gateway = road(url, archive)
        for act in (gateway.publish, gateway.publish, gateway.withdraw, gateway.withdraw):
            act(request(notice()))
    asked = {"aca": ["POST", "POST", "PUT", "POST", "POST", "GET"]}
    assert [one.method for one in seen] == asked.get(
        archive, ["POST", "POST", "PUT", "DELETE", "DELETE"]
    )
    prefix = f"/{archive}/debt-positions-service/{VERSIONS[archive]}"
    for one in seen:
        target = one.target.removeprefix(prefix)
        assert wrong_request(name, one.method, target, one.asked) == [], one.target
    assert wrong_request(name, "PATCH", "/organizations/1/debtpositions", b"") != []
    assert wrong_request(name, "POST", "/organizations/1/debtpositions", b"{}") != []


def test_a_receipt_is_asked_of_payment_events_as_the_document_says(simulator: Any):
    with relay(f"{simulator().url}/bizevents") as (url, seen):
        source = BizEvents(Reader(ReadingAccess(url, slot_s=0, attempts=1)))
        assert source.receipt(organization=BORGO, iur="iur-1", iuv=examples.IUV) is None
    (asked,) = seen
    assert wrong_request("biz_events.json", "GET", asked.target, b"") == []
    assert asked.target.count("/") == 6
    assert document("biz_events.json")["paths"]


def test_calls_to_the_intermediary(reference: Path, simulator: Any, tmp_path: Path):
    """Head and body of every call, each against the schema inside the official description of the service."""
    with relay(simulator().url) as (url, seen):
        access = IntermediaryAccess(url + INTERMEDIARY_PATH, "segretissima")
        soap_road(access).publish(examples.publication())
        SoapBulk(line(access), Waits()).load("c_borgo", [examples.notice_to_publish()])
        SoapReceipts(line(access), "c_borgo").receipt(organization="", iur="", iuv=examples.IUV)
    head, body = service_schemas(reference, tmp_path / "head.xsd")
    calls = [one for one in seen if one.headers["content-type"].startswith("text/xml")]
    for one in calls:
        envelope = etree.fromstring(one.asked)
        for element in envelope.findall("{*}Header/*"):
            head.assertValid(etree.fromstring(etree.tostring(element)))
        (call,) = envelope.findall("{*}Body/*")
        alone = etree.fromstring(etree.tostring(call))
        body.assertValid(alone)
        alone.append(etree.Element("altro"))
        assert not body.validate(alone)
    said = {one.headers["soapaction"].strip('"') for one in calls}
    assert said == {operation for _, operation in SENT if operation.startswith("paaSIL")}


def service_schemas(reference: Path, beside: Path) -> tuple[etree.XMLSchema, etree.XMLSchema]:
    """Of the head and of the body; the second one names the first without saying where it is."""
    folder = reference / "intermediary"
    service = etree.parse(str(folder / "pa-per-ente.wsdl"))
    head, body = service.findall(f".//{{{XSD}}}schema")
    beside.write_bytes(etree.tostring(head))
    for place in body.iterfind(f"{{{XSD}}}import"):
        place.set("schemaLocation", str(folder / place.get("schemaLocation", "")))
    where = {"namespace": str(head.get("targetNamespace")), "schemaLocation": str(beside)}
    body.insert(0, etree.Element(f"{{{XSD}}}import", where))
    alone = (etree.fromstring(etree.tostring(one)) for one in (head, body))
    found = [etree.XMLSchema(one) for one in alone]
    return found[0], found[1]
