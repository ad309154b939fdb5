"""What gunicorn serves says the same as Django's own handler, for the Node and for everybody else."""

import io
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import connections

from pagopa.inbound.wsgi_door import with_node_door
from pagopa.wire.asking import write_request
from pagopa.wire.requests import VerifyRequest
from paybox.kernel.xml import MAX_BYTES
from tests.build import make_position
from tests.pagopa.conftest import STATION
from tests.pagopa_wire import examples
from tests.template import BORGO

pytestmark = pytest.mark.django_db
BODY = write_request(VerifyRequest(BORGO, BORGO, STATION, BORGO, examples.NOTICE))


class Broken(io.BytesIO):
    """A client that goes away while it speaks."""

    def read(self, *_: Any) -> bytes:
        raise OSError("connessione interrotta")


@pytest.fixture
def ask(borgo, monkeypatch):
    """The same request through the door and through Django alone; both answers."""
    # The test's transaction lives on this connection: neither way may close it.
    monkeypatch.setattr(connections["default"], "close_if_unusable_or_obsolete", lambda: None)

    def send(application: Any, body: bytes, given: dict[str, Any]) -> tuple[str, str, bytes]:
        environ = {
            "REQUEST_METHOD": "POST", "PATH_INFO": "/pagopa/paForNode", "SERVER_NAME": "localhost",
            "SERVER_PORT": "8000", "HTTP_HOST": "localhost", "wsgi.url_scheme": "http",
            "CONTENT_TYPE": "text/xml; charset=utf-8", "CONTENT_LENGTH": str(len(body)),
            "HTTP_SOAPACTION": '"paVerifyPaymentNotice"', "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
        } | given  # fmt: skip
        said: dict[str, Any] = {}

        def start_response(status: str, headers: list[tuple[str, str]]) -> None:
            said.update(status=status, headers=dict(headers))

        content = b"".join(application(environ, start_response))
        return said["status"], said["headers"].get("Content-Type", ""), content

    def both(body: bytes = BODY, **given: Any) -> tuple[str, str, bytes]:
        django = WSGIHandler()
        kept = {"wsgi.input": given.pop("input")} if "input" in given else {}
        by_door = send(with_node_door(django), body, given | kept)
        assert by_door == send(django, body, given | kept)
        return by_door

    return both


def test_a_known_notice_is_offered(ask):
    position = make_position()
    number = position.instalments.get(number=0).notice_number
    body = BODY.replace(examples.NOTICE.encode(), number.encode())
    status, kind, content = ask(body)
    assert (status, kind) == ("200 OK", "text/xml; charset=utf-8")
    assert b"<outcome>OK</outcome>" in content
    assert b"<amount>120.00</amount>" in content


@pytest.mark.parametrize("body", [b"", b"<x/>", b"<!DOCTYPE x><x/>", b"x" * (MAX_BYTES + 1)])
def test_what_is_no_message_is_a_ko(ask, body):
    status, _, content = ask(body)
    assert status == "200 OK"
    assert b"PAA_SINTASSI_EXTRAXSD" in content


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"REQUEST_METHOD": "GET"}, "405 Method Not Allowed"),
        ({"CONTENT_LENGTH": "-1"}, "200 OK"),
        ({"CONTENT_LENGTH": ""}, "200 OK"),
        ({"input": Broken()}, "400 Bad Request"),
    ],
)
def test_odd_requests(ask, given, status):
    assert ask(**given)[0] == status


def test_the_seal_is_asked_for_at_the_door_too(ask, settings):
    from pydantic import SecretStr

    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"node_seal": SecretStr("s")})
    assert ask()[0] == "403 Forbidden"
    assert ask(HTTP_X_PAYBOX_NODE_SEAL="s")[0] == "200 OK"


def test_other_addresses_are_djangos(ask):
    assert ask(PATH_INFO="/healthz", REQUEST_METHOD="GET") == ("200 OK", "text/plain", b"ok")
