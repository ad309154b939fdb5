"""A storm of receipts over the running product, web and worker killed in the middle of it: nothing lost, nothing doubled."""

import os
import random
import signal
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from django_tenants.utils import schema_context

from billing.models import Collection, Instalment, Position, Transfer
from billing.selectors.ledger import ledger_problems
from pagopa.models import Publication, Receipt
from pagopa.wire.asking import write_request
from pagopa.wire.requests import SendRtRequest
from paybox.embedded.processes import wait_until
from paybox.kernel.clock import now
from paybox.kernel.models import OutboxEntry, RawMessage
from tests.build import make_position
from tests.conftest import use_database
from tests.pagopa.conftest import STATION, receipt_of
from tests.stack import Stack, running_stack
from tests.template import BORGO

POSITIONS = 120
CLIENTS = 2
KILL_AFTER = (60, 150)  # answers heard


@pytest.fixture
def stack(django_db_blocker: Any, django_db_setup: None) -> Iterator[Stack]:
    with running_stack() as running, django_db_blocker.unblock(), use_database(running.database):
        yield running


@dataclass
class Storm:
    """What is sent, and what was heard; each client takes the next message until none is left."""

    url: str
    messages: list[bytes]
    answered: int = 0
    broken: int = 0
    wrong: list[bytes] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def client(self) -> None:
        while message := self._next():
            while not self._deliver(message):
                pass

    def _next(self) -> bytes | None:
        with self.lock:
            return self.messages.pop() if self.messages else None

    def _deliver(self, message: bytes) -> bool:
        """As the Node: whatever is not an answer in HTTP 200 is sent again."""
        try:
            heard = httpx.post(
                self.url, content=message, headers={"Content-Type": "text/xml"}, timeout=20
            )
        except httpx.HTTPError:
            heard = None
        if (
            heard is not None
            and heard.status_code == 200
            and b"<outcome>OK</outcome>" not in heard.content
        ):
            self.wrong.append(heard.content)
        done = heard is not None and heard.status_code == 200
        with self.changed:
            self.answered += done
            self.broken += not done
            self.changed.notify_all()
        return done

    def wait_for(self, answers: int) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: self.answered >= answers, timeout=90)


def open_positions() -> list[Instalment]:
    return [make_position(at=now()).instalments.get(number=0) for _ in range(POSITIONS)]


def each_one_to_three_times(instalments: list[Instalment]) -> list[bytes]:
    chance = random.Random(7)
    messages = []
    for number, instalment in enumerate(instalments):
        receipt = receipt_of(instalment, receipt_id=f"tempesta-{number}", paid_at=now())
        body = write_request(SendRtRequest(BORGO, BORGO, STATION, receipt))
        messages += [body] * chance.randint(1, 3)
    chance.shuffle(messages)
    return messages


def kill(stack: Stack, name: str) -> None:
    pid = stack.supervisor.pid_of(name)
    assert pid is not None
    os.killpg(pid, signal.SIGKILL)


def test_web_and_worker_killed_in_the_middle(stack: Stack) -> None:
    with schema_context("borgo"):
        messages = each_one_to_three_times(open_positions())
    sent = len(messages)
    assert sent > KILL_AFTER[-1] > KILL_AFTER[0]
    storm = Storm(f"http://127.0.0.1:{stack.ports.web}/pagopa/paForNode", messages)
    clients = [threading.Thread(target=storm.client) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    for answers in KILL_AFTER:
        storm.wait_for(answers)
        kill(stack, "web")
        kill(stack, "worker")
    for client in clients:
        client.join(120)
    assert (storm.answered, storm.wrong) == (sent, [])
    assert storm.broken > 0, "nothing was interrupted: the storm proves nothing"
    with schema_context("borgo"):
        check_money(sent)
        wait_until(no_work_left, seconds=150)
        assert no_work_left()
        check_publications()
        assert list(ledger_problems()) == []


def check_money(sent: int) -> None:
    assert Receipt.objects.count() == Collection.objects.count() == POSITIONS
    assert Transfer.objects.filter(kind="INCASSO").count() == POSITIONS
    assert Position.objects.filter(state="PAGATA", residual_cents=0).count() == POSITIONS
    # Every answered message is kept; one killed between commit and answer was kept and came again.
    assert RawMessage.objects.filter(kind="pagopa.paSendRTV2").count() >= sent


def no_work_left() -> bool:
    return not OutboxEntry.objects.filter(done_at__isnull=True).exists()


def check_publications() -> None:
    """The worker's own share: no position twice; one that was paid before its turn needs no publication."""
    rows = list(Publication.objects.values_list("position_id", flat=True))
    assert 0 < len(rows) == len(set(rows)) <= POSITIONS
