"""One process that reads a request while the database answers another: nobody hears what was said to somebody else."""

import re
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from os import environ
from random import Random
from typing import Any

import pytest
from django_tenants.utils import schema_context

from bench.server import Server, served
from pagopa.wire.asking import write_request
from pagopa.wire.requests import GetPaymentRequest, VerifyRequest
from tests.build import make_position
from tests.pagopa.conftest import STATION
from tests.pagopa.test_receipts import hang_up_on_everybody
from tests.plugin import app_url
from tests.template import BORGO

UNKNOWN = "3" * 18
_AMOUNT = re.compile(rb"<(?:amount|paymentAmount)>([0-9.]+)<")


@pytest.fixture
def amounts(own_database: str) -> dict[str, str]:
    """Thirty notices, no two of the same amount."""
    with schema_context("borgo"):
        return {
            make_position(cents=cents, rates=())
            .instalments.get(number=0)
            .notice_number: f"{cents // 100}.{cents % 100:02d}"
            for cents in range(1_001, 1_031)
        }


@pytest.fixture
def server(own_database: str, amounts: dict[str, str]) -> Iterator[Server]:
    with served(
        "paybox.wsgi:application", {**environ, "DATABASE_URL": app_url(own_database)}
    ) as it:
        yield it


def ask(server: Server, request: Any) -> bytes:
    """One HTTP request on a connection of its own; all that was answered."""
    with begin(server, request) as client:
        return heard(client)


def begin(server: Server, request: Any) -> socket.socket:
    body = write_request(request)
    head = (
        "POST /pagopa/paForNode HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return send(server, head.encode() + body)


def send(server: Server, message: bytes) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", server.port), timeout=20)
    client.sendall(message)
    return client


def heard(client: socket.socket) -> bytes:
    pieces = []
    while piece := client.recv(65_536):
        pieces.append(piece)
    return b"".join(pieces)


def test_each_hears_the_answer_to_its_own_question(server, amounts, own_database):
    """Pages, questions, unknown notices and a restart of the database, all together."""
    turns = Random(7).choices([*amounts, UNKNOWN, "page"], k=400)

    def one(given: tuple[int, str]) -> None:
        turn, number = given
        if turn == 200:
            hang_up_on_everybody(own_database)
        if number == "page":
            with send(server, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n") as client:
                assert b"\r\nok\r\n" in heard(client)
            return
        kind = VerifyRequest if turn % 2 else GetPaymentRequest
        said = ask(server, kind(BORGO, BORGO, STATION, BORGO, number))
        if number == UNKNOWN:
            assert b"PAA_PAGAMENTO_SCONOSCIUTO" in said
        else:
            assert _AMOUNT.findall(said)[0].decode() == amounts[number]

    with ThreadPoolExecutor(24) as callers:
        list(callers.map(one, enumerate(turns)))


def test_who_says_nothing_keeps_nobody_waiting_for_an_answer_already_asked_for(server, amounts):
    number, amount = next(iter(amounts.items()))
    asked = VerifyRequest(BORGO, BORGO, STATION, BORGO, number)
    with begin(server, asked) as client, send(server, b"") as silent:
        assert amount.encode() in heard(client)
        silent.shutdown(socket.SHUT_WR)
    assert amount.encode() in ask(server, VerifyRequest(BORGO, BORGO, STATION, BORGO, number))


def test_what_is_no_request_leaves_the_next_one_served(server, amounts):
    number, amount = next(iter(amounts.items()))
    cut_short = b"POST /pagopa/paForNode HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc"
    for message in (b"", b"x", cut_short, b"GET / HTTP/9.9\r\n\r\n"):
        with send(server, message) as client:
            client.shutdown(socket.SHUT_WR)
            heard(client)
        assert amount.encode() in ask(server, VerifyRequest(BORGO, BORGO, STATION, BORGO, number))
