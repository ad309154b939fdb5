"""Chapter 6 – an activation behind gunicorn's door: answered at once, noted right behind the answer."""

import io
import logging
from typing import Any

import psycopg
import pytest
from django.core.handlers.wsgi import WSGIHandler
from django_tenants.utils import schema_context

from billing.models import TimelineEntry
from pagopa.inbound.wsgi_door import with_node_door
from pagopa.wire.asking import write_request
from pagopa.wire.requests import GetPaymentRequest, VerifyRequest
from paybox.kernel.models import RawMessage
from paybox.kernel.prepared import hear_what_was_sent
from tests.build import make_position
from tests.pagopa.conftest import STATION
from tests.pagopa.test_receipts import hang_up_on_everybody
from tests.plugin import owner_url
from tests.template import BORGO


def call(request: Any) -> bytes:
    body = write_request(request)
    environ = {
        "REQUEST_METHOD": "POST", "PATH_INFO": "/pagopa/paForNode", "SERVER_NAME": "localhost",
        "SERVER_PORT": "8000", "HTTP_HOST": "localhost", "wsgi.url_scheme": "http",
        "CONTENT_TYPE": "text/xml; charset=utf-8", "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body), "wsgi.errors": io.StringIO(),
    }  # fmt: skip
    return b"".join(with_node_door(WSGIHandler())(environ, lambda *_: None))


@pytest.fixture
def number(own_database: str) -> str:
    with schema_context("borgo"):
        found: str = make_position().instalments.get(number=0).notice_number
    return found


def get_payment(number: str) -> bytes:
    return call(GetPaymentRequest(BORGO, BORGO, STATION, BORGO, number))


def verify(number: str) -> bytes:
    return call(VerifyRequest(BORGO, BORGO, STATION, BORGO, number))


def noted() -> tuple[int, int]:
    hear_what_was_sent()
    with schema_context("borgo"):
        facts = TimelineEntry.objects.filter(kind="ATTIVATA").count()
        return RawMessage.objects.filter(kind="pagopa.paGetPaymentV2").count(), facts


def test_what_follows_on_the_connection_hears_it_first(number):
    for _ in range(3):
        assert b"<outcome>OK</outcome>" in get_payment(number)
        assert b"<outcome>OK</outcome>" in verify(number)
    assert b"PAA_PAGAMENTO_SCONOSCIUTO" in get_payment("3" * 18)
    assert noted() == (4, 1)


def test_a_payment_does_not_hang_on_its_note(number, own_database, caplog):
    """The note cannot be written: the payer is answered, the trouble is in the log, the next one is served."""
    assert b"<outcome>OK</outcome>" in verify(number)
    with psycopg.connect(owner_url(own_database)) as owner:
        owner.execute("REVOKE INSERT ON borgo.kernel_rawmessage FROM PUBLIC, paybox_app")
    with caplog.at_level(logging.ERROR, "paybox.kernel.prepared"):
        assert b"<outcome>OK</outcome>" in get_payment(number)
        assert b"<outcome>OK</outcome>" in verify(number)
    assert "scrittura non attesa" in caplog.text
    assert noted() == (0, 0)


def test_a_connection_that_died_meanwhile_is_opened_again(number, own_database):
    assert b"<outcome>OK</outcome>" in get_payment(number)
    assert noted() == (1, 1)
    hang_up_on_everybody(own_database)
    assert b"<outcome>OK</outcome>" in get_payment(number)
    assert noted() == (2, 1)
