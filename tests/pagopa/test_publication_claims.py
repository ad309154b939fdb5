"""Chapter 4 – two workers, two versions of one position: whatever the order they wake in, the newest one stands."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.utils import timezone
from django_tenants.utils import schema_context

from billing.models import Position
from billing.selectors.ledger import ledger_problems
from billing.services.positions import withdraw_position
from pagopa.models import Publication
from pagopa.services.publication_claims import BUSY
from paybox.kernel.actor import Actor
from paybox.kernel.models import OutboxEntry
from paybox.kernel.queue import answer_bell
from tenants.models import Ente
from tests.build import AT, make_position
from tests.pagopa.conftest import ROOT
from tests.pagopa.relay import Passed, relay
from tests.pagopa.test_changes import change
from tests.pagopa.test_publication_roads import installed, ring_all
from tests.plugin import app_url
from tests.template import BORGO

ADA = Actor(1, "Ada Bianchi")
GPD = "/gpd/debt-positions-service/v3"
_WORKER = """
import sys, django; django.setup()
from paybox.kernel.queue import answer_bell
answer_bell(schema="borgo", entry_id=int(sys.argv[1]))
"""


class Stop:
    """A question that is held; ``reached`` when it has been put once, however often it is put again."""

    def __init__(self) -> None:
        self._here, self._go = threading.Event(), threading.Event()

    def hold(self) -> None:
        self._here.set()
        assert self._go.wait(120)

    def reached(self) -> None:
        assert self._here.wait(120)

    def let_go(self) -> None:
        self._go.set()


class Gate:
    """Stops the questions about one amount until they are let go."""

    def __init__(self) -> None:
        self._stopped: dict[bytes, Stop] = {}

    def __call__(self, _: str, asked: bytes) -> None:
        for amount, stop in list(self._stopped.items()):
            if amount in asked:
                stop.hold()

    def stop(self, cents: int) -> Stop:
        made = self._stopped[str(cents).encode()] = Stop()
        return made


class Street:
    """The GPD road of Borgo behind a gate, and workers that are processes."""

    def __init__(self, database: str, node: Any, url: str, seen: list[Passed], gate: Gate) -> None:
        self._database, self._node, self._url = database, node, url
        self.seen, self.gate = seen, gate

    def worker(self) -> subprocess.Popen[bytes]:
        """One that does the newest job."""
        with schema_context("borgo"):
            job = OutboxEntry.objects.filter(task="pagopa.publish_batch").latest("pk")
        environment = {
            "DATABASE_URL": app_url(self._database),
            "DJANGO_SETTINGS_MODULE": "paybox.settings",
            "PAYBOX_GPD_URL": self._url + GPD,
            "PAYBOX_GPD_KEY": "chiave",
        }
        command = [sys.executable, "-c", _WORKER, str(job.pk)]
        return subprocess.Popen(command, env={**os.environ, **environment}, cwd=ROOT)

    def ask(self) -> None:
        """What is to be published is written in rows, and a job knows them."""
        with schema_context("borgo"):
            waiting = OutboxEntry.objects.filter(task="pagopa.ask_publication", done_at=None)
            for pk in waiting.values_list("pk", flat=True):
                answer_bell(schema="borgo", entry_id=pk)

    def finish(self) -> None:
        with installed(self._node, gpd_url=self._url + GPD):
            ring_all()

    def standing(self, position: Position) -> tuple[int, list[int]]:
        where = f"{self._node.url}{GPD}/organizations/{BORGO}/debtpositions/{position.uuid.hex}"
        answer = httpx.get(where, headers={"Ocp-Apim-Subscription-Key": "chiave"}, trust_env=False)
        options = answer.json().get("paymentOption", [])
        return answer.status_code, [i["amount"] for o in options for i in o["installments"]]


@pytest.fixture
def street(own_database: str, simulator: Any) -> Iterator[Street]:
    node, gate = simulator(), Gate()
    with relay(node.url, gate) as (url, seen):
        yield Street(own_database, node, url, seen, gate)


@pytest.fixture
def position(street: Street) -> Position:
    """Version 1 is asked for; nobody has sent it."""
    with schema_context("borgo"):
        Ente.objects.filter(schema_name="borgo").update(gateway="GPD")
        made = make_position(rates=())
    street.ask()
    return made


def end(worker: subprocess.Popen[bytes]) -> None:
    assert worker.wait(120) == 0


def change_to(cents: int, position: Position, street: Street) -> None:
    with schema_context("borgo"):
        change(position, ADA, (0, cents))
    street.ask()


def states() -> dict[int, str]:
    with schema_context("borgo"):
        return dict(Publication.objects.filter(action="PUBBLICA").values_list("version", "state"))


def run_out() -> None:
    """The lease of who is sending: the process seemed dead."""
    with schema_context("borgo"):
        past = timezone.now() - timedelta(seconds=1)
        held = Publication.objects.exclude(lease="")
        assert held.update(leased_until=past) == 1


def test_the_second_waits_for_the_first(street: Street, position: Position) -> None:
    old = street.gate.stop(12_000)
    first = street.worker()
    old.reached()
    change_to(9_000, position, street)
    end(street.worker())
    assert street.seen == []  # the new version was not sent beside the old one
    assert states() == {1: "RITIRATA", 2: "RICHIESTA"}
    with schema_context("borgo"):
        put_back = OutboxEntry.objects.filter(last_error__contains=BUSY)
        assert (put_back.count(), put_back.filter(failed_at=None, done_at=None).count()) == (1, 1)
    old.let_go()
    end(first)
    street.finish()
    assert street.standing(position) == (200, [9_000])
    assert states() == {1: "RITIRATA", 2: "ACCETTATA"}
    with schema_context("borgo"):
        assert not Publication.objects.exclude(lease="").exists()
        assert list(ledger_problems()) == []


def test_who_comes_back_too_late_has_the_newest_sent_again(
    street: Street, position: Position
) -> None:
    old = street.gate.stop(12_000)
    late = street.worker()
    old.reached()
    run_out()
    change_to(9_000, position, street)
    end(street.worker())
    assert street.standing(position) == (200, [9_000])
    assert states()[2] == "ACCETTATA"
    old.let_go()
    end(late)
    assert street.standing(position) == (200, [12_000])  # the old one lies above
    assert states()[2] == "RICHIESTA"
    street.finish()
    assert street.standing(position) == (200, [9_000])
    assert states() == {1: "RITIRATA", 2: "ACCETTATA"}


def test_an_answer_heard_while_an_older_version_arrived_does_not_count(
    street: Street, position: Position
) -> None:
    """The newest is on its way when who was late ends: nobody knows which of the two lies above."""
    old, new = street.gate.stop(12_000), street.gate.stop(9_000)
    late = street.worker()
    old.reached()
    run_out()
    change_to(9_000, position, street)
    second = street.worker()
    new.reached()
    old.let_go()
    end(late)
    new.let_go()
    end(second)
    assert states()[2] == "RICHIESTA"
    street.finish()
    assert street.standing(position) == (200, [9_000])
    assert states()[2] == "ACCETTATA"


def test_what_is_withdrawn_waits_too_and_is_off_in_the_end(
    street: Street, position: Position
) -> None:
    old = street.gate.stop(12_000)
    first = street.worker()
    old.reached()
    with schema_context("borgo"):
        withdraw_position(position_id=position.pk, reason="Sgravio", actor=ADA, at=AT)
    end(street.worker())
    assert street.seen == []
    old.let_go()
    end(first)
    street.finish()
    assert street.standing(position)[0] == 404
    with schema_context("borgo"):
        assert list(ledger_problems()) == []
