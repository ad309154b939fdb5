"""Chapter 6 – an activation: answered at once, noted behind the answer."""

import logging
import signal
from collections.abc import Iterator
from os import environ, kill
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from django.db import connection
from django.test import Client
from django_tenants.utils import schema_context

from bench.server import Server, served
from billing.models import TimelineEntry
from pagopa.wire.asking import write_request
from pagopa.wire.requests import GetPaymentRequest, VerifyRequest
from paybox.embedded.processes import wait_until
from paybox.kernel.models import RawMessage
from tests.build import make_position
from tests.pagopa.conftest import STATION
from tests.pagopa.test_receipts import hang_up_on_everybody
from tests.plugin import app_url, owner_url
from tests.template import BORGO


@pytest.fixture
def number(own_database: str) -> str:
    with schema_context("borgo"):
        found: str = make_position().instalments.get(number=0).notice_number
    return found


@pytest.fixture
def server(number: str, own_database: str) -> Iterator[Server]:
    known = {**environ, "DATABASE_URL": app_url(own_database), "PAYBOX_MOVABLE_CLOCK": "false"}
    with served("paybox.wsgi:application", known) as running:
        yield running


def get_payment(server: Server, number: str) -> bytes:
    return _post(server, GetPaymentRequest(BORGO, BORGO, STATION, BORGO, number))


def verify(server: Server, number: str) -> bytes:
    return _post(server, VerifyRequest(BORGO, BORGO, STATION, BORGO, number))


def _post(server: Server, request: Any) -> bytes:
    address = f"http://localhost:{server.port}/pagopa/paForNode"
    said = httpx.post(
        address, content=write_request(request), headers={"Content-Type": "text/xml"}, timeout=20
    )
    assert said.status_code == 200
    return said.content


def noted() -> tuple[int, int]:
    """Messages kept, facts told."""
    with schema_context("borgo"):
        facts = TimelineEntry.objects.filter(kind="ATTIVATA").count()
        return RawMessage.objects.filter(kind="pagopa.paGetPaymentV2").count(), facts


def test_every_try_is_kept_and_the_first_of_the_day_is_told(server, number):
    for _ in range(3):
        assert b"<outcome>OK</outcome>" in get_payment(server, number)
        assert b"<outcome>OK</outcome>" in verify(server, number)
    assert b"PAA_PAGAMENTO_SCONOSCIUTO" in get_payment(server, "3" * 18)
    assert wait_until(lambda: noted() == (4, 1), seconds=20)
    with schema_context("borgo"):
        kept = RawMessage.objects.filter(kind="pagopa.paGetPaymentV2").first()
        told = TimelineEntry.objects.get(kind="ATTIVATA")
    assert number.encode() in bytes(kept.body)
    assert len(kept.sha256) == 64
    assert told.reference == number


def test_a_process_that_is_stopped_writes_its_notes_first(server, number):
    assert b"<outcome>OK</outcome>" in get_payment(server, number)
    worker = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()[0]
    kill(int(worker), signal.SIGTERM)
    assert wait_until(lambda: noted() == (1, 1), seconds=20)


def test_a_connection_that_died_meanwhile_is_opened_again(server, number, own_database):
    assert b"<outcome>OK</outcome>" in get_payment(server, number)
    assert wait_until(lambda: noted() == (1, 1), seconds=20)
    hang_up_on_everybody(own_database)
    connection.close()  # the test's own was ended too
    assert b"<outcome>OK</outcome>" in get_payment(server, number)
    assert wait_until(lambda: noted() == (2, 1), seconds=20)


def test_a_payment_does_not_hang_on_its_note(number, own_database, caplog):
    """The note cannot be written: the payer is answered, the trouble is in the log, the next one is served."""
    body = write_request(GetPaymentRequest(BORGO, BORGO, STATION, BORGO, number))
    with psycopg.connect(owner_url(own_database)) as owner:
        owner.execute("REVOKE INSERT ON borgo.kernel_rawmessage FROM PUBLIC, paybox_app")
    with caplog.at_level(logging.ERROR, "paybox.kernel.spool"):
        for _ in range(2):
            said = Client().post("/pagopa/paForNode", body, content_type="text/xml")
            assert b"<outcome>OK</outcome>" in said.content
    assert caplog.text.count("1 annotazioni non scritte") == 2
    assert noted() == (0, 0)
