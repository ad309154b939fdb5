"""Very many notices in one file to the intermediary, over a real socket: loaded, refused one by one, followed, handed over again."""

import csv
import io
import zipfile
from dataclasses import replace
from typing import Any

import pytest
from django.core.cache import caches
from lxml import etree

from billing.iuv import build_notice_number
from pagopa.gateways.import_file import COLUMNS, RejectsRefused, build_import, read_rejects
from pagopa.gateways.protocol import GatewayUnavailable, NoticeStatus, NoticeToPublish
from pagopa.gateways.soap_bulk import POLL_S, SoapBulk, StillLoading
from pagopa.gateways.soap_intermediary import SoapIntermediary
from pagopa.gateways.soap_line import IntermediaryAccess
from pagopa.gateways.versamento import Action
from pagopa.simulator.app import INTERMEDIARY_PATH
from pagopa.simulator.import_flows import ImportFlows
from tests.pagopa_wire import examples
from tests.pagopa_wire.conftest import Node
from tests.pagopa_wire.soap import Waits, line

ACKNOWLEDGED, REFUSED = NoticeStatus.ACKNOWLEDGED, NoticeStatus.REFUSED


def many(count: int) -> list[NoticeToPublish]:
    numbers = [build_notice_number("01", base) for base in range(1, count + 1)]
    return [
        examples.notice_to_publish(iud=n.notice_number, iuv=n.iuv, notice_number=n.notice_number)
        for n in numbers
    ]


def road(node: Node, waits: Waits | None = None, **given: Any) -> SoapIntermediary:
    wire = line(IntermediaryAccess(node.url + INTERMEDIARY_PATH, "segretissima", **given))
    return SoapIntermediary(
        wire,
        bulk_from=10,
        bulk=SoapBulk(wire, Waits() if waits is None else waits, notes=caches["platform"]),
    )


def imports(node: Node) -> ImportFlows:
    return node.simulator._intermediary.imports


def standing(node: Node) -> dict[str, int]:
    found: dict[str, int] = node.http.get("/state").json()["notices"]
    return found


def leave_it_loading(node: Node, request: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Handed over; how it ended is not known yet."""
    with monkeypatch.context() as slow:
        slow.setattr(imports(node), "state", lambda call: ("FILE_IN_CARICAMENTO", False))
        with pytest.raises(StillLoading):
            road(node).publish(request)


class TestLoaded:
    def test_from_so_many_on_one_file_is_enough(self, node: Node) -> None:
        waits = Waits()
        outcome = road(node, waits).publish(examples.publication(*many(25)))
        assert {one.status for one in outcome.notices} == {ACKNOWLEDGED}
        assert [one.iud for one in outcome.notices] == [one.iud for one in many(25)]
        assert (imports(node).files, standing(node), waits) == (1, {"INSERITO": 25}, [POLL_S])

    def test_fewer_go_one_by_one(self, node: Node) -> None:
        road(node).publish(examples.publication(*many(9)))
        assert (imports(node).files, standing(node)) == (0, {"INSERITO": 9})

    def test_what_is_refused_is_refused_alone_with_its_words(self, node: Node) -> None:
        notices = many(12)
        notices[3] = replace(notices[3], iuv="02000000000000185")
        outcome = road(node).publish(examples.publication(*notices))
        bad = outcome.notices[3]
        assert (bad.status, bad.code) == (REFUSED, "PAA_IUV_NON_VALIDO")
        assert bad.words
        assert sum(one.status is ACKNOWLEDGED for one in outcome.notices) == 11

    def test_handed_over_twice_or_one_by_one_before_it_stands_once(self, node: Node) -> None:
        notices = many(12)
        road(node).publish(examples.publication(*notices[:5]))
        for _ in range(2):
            outcome = road(node).publish(examples.publication(*notices))
            assert {one.status for one in outcome.notices} == {ACKNOWLEDGED}
        assert standing(node) == {"INSERITO": 12}


class TestTrouble:
    def test_a_fault_in_the_middle_is_tried_again(self, node: Node) -> None:
        order = {"archive": "soap", "status": 503, "times": 2}
        assert node.http.post("/rest/trouble", json=order).status_code == 200
        outcome = road(node).publish(examples.publication(*many(12)))
        assert {one.status for one in outcome.notices} == {ACKNOWLEDGED}

    def test_a_file_that_is_never_loaded_is_left_to_later(
        self, node: Node, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(imports(node), "state", lambda call: ("FILE_IN_CARICAMENTO", False))
        with pytest.raises(GatewayUnavailable, match="sta ancora caricando"):
            road(node).publish(examples.publication(*many(12)))
        monkeypatch.setattr(imports(node), "state", lambda call: ("ERROR_LOAD", False))
        with pytest.raises(GatewayUnavailable, match="non è riuscito"):
            road(node).publish(examples.publication(*many(12)))

    def test_a_file_still_being_loaded_is_asked_about_again_and_not_handed_over_again(
        self, node: Node, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        request = examples.publication(*many(12))
        leave_it_loading(node, request, monkeypatch)
        outcome = road(node).publish(request)
        assert {one.status for one in outcome.notices} == {ACKNOWLEDGED}
        assert (imports(node).files, standing(node)) == (1, {"INSERITO": 12})
        road(node).publish(request)
        assert imports(node).files == 2  # its end is known: the same notices are a new file

    def test_a_token_that_is_not_known_any_more_is_forgotten(
        self, node: Node, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        request = examples.publication(*many(12))
        leave_it_loading(node, request, monkeypatch)
        imports(node)._imports.clear()  # the other side has been restarted
        with pytest.raises(GatewayUnavailable, match="sconosciuto"):
            road(node).publish(request)
        assert {one.status for one in road(node).publish(request).notices} == {ACKNOWLEDGED}

    def test_a_file_goes_only_to_the_intermediary_itself(
        self, node: Node, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        answer = node.simulator._intermediary.answer
        elsewhere = lambda raw, base="": answer(raw, "http://altrove.example")  # noqa: E731  one line says it
        monkeypatch.setattr(node.simulator._intermediary, "answer", elsewhere)
        with pytest.raises(GatewayUnavailable, match="non è il suo"):
            road(node).publish(examples.publication(*many(12)))
        assert imports(node).files == 0

    def test_nobody_uploads_without_a_token(self, node: Node) -> None:
        answer = node.http.post(
            "/intermediary/upload", files={"file": b"x"}, data={"authorizationToken": "altro"}
        )
        assert answer.status_code == 403


class TestFile:
    def test_a_row_says_what_the_message_says(self, official_dovuti: etree.XMLSchema) -> None:
        raw = build_import(
            [examples.notice_to_publish(causale='TARI; "2026"\n')], Action.INSERT, name="x"
        )
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            assert archive.namelist() == ["x.csv"]
            text = archive.read("x.csv").decode()
        (row,) = csv.DictReader(io.StringIO(text), delimiter=";")
        assert list(row) == list(COLUMNS)
        known = examples.notice_to_publish()
        assert (row["IUD"], row["codIuv"]) == (known.iud, known.iuv)
        assert (row["importoDovuto"], row["azione"]) == ("120.00", "I")
        assert row["causaleVersamento"] == 'TARI; "2026"'

    @pytest.mark.parametrize(
        "raw",
        [b"", b"ciao", build_import([], Action.INSERT, name="x")[:30]],
        ids=["empty", "no archive", "cut"],  # an archive has the hour in it: no name for a test
    )
    def test_refusals_that_cannot_be_read(self, raw: bytes) -> None:
        with pytest.raises(RejectsRefused):
            read_rejects(raw)
