"""The flows in the office: asked for by button, seen on their way, refused in words where nothing is connected."""

import base64
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from django.conf import settings
from django.test import Client

from billing.selectors.ledger import ledger_problems
from pagopa.labels import RepairKind
from pagopa.models import Flow, TreasuryCredit
from pagopa.services.reconciliation import take_flow, take_treasury
from pagopa.services.repairs import Part
from paybox.kernel.clock import now
from paybox.kernel.models import AuditEntry, OutboxEntry
from paybox.kernel.queue import answer_bell
from tests.build import AT
from tests.pages import text_of
from tests.pagopa.conftest import simulator  # noqa: F401  a fixture
from tests.pagopa.test_flow_pull import rows
from tests.pagopa.test_reconciliation import IUF, csv_of, flow_xml, paid
from tests.pagopa.test_repairs import settle

PAGE = "/ufficio/riconciliazione/flussi/"
FETCH = f"{PAGE}scarica/"


@pytest.fixture
def node(simulator: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> str:  # noqa: F811
    """The simulated service of flows, and this installation connected to it."""
    url = str(simulator().url)
    connect(monkeypatch, f"{url}/fdr")
    return url


def connect(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    here = settings.ENVIRONMENT.model_copy(update={"fdr_url": address})
    monkeypatch.setattr(settings, "ENVIRONMENT", here)


def pulls() -> list[OutboxEntry]:
    return list(OutboxEntry.objects.filter(task="pagopa.pull_flows").order_by("pk"))


def test_asked_for_seen_on_its_way_and_read(borgo: Any, ada_browses: Client, node: str) -> None:
    assert "non sono ancora stati chiesti" in text_of(ada_browses.get(PAGE))
    assert "Nessun flusso letto" in text_of(ada_browses.get(PAGE))
    xml = base64.b64encode(flow_xml(*rows(3))).decode()
    httpx.post(f"{node}/node/fdr", json={"xml_base64": xml}, trust_env=False).raise_for_status()
    told = text_of(ada_browses.post(FETCH, follow=True))
    assert "I flussi sono stati chiesti a pagoPA" in told
    assert "In corso" in told
    again = text_of(ada_browses.post(FETCH, follow=True))
    assert "erano già stati chiesti" in again
    assert [entry.arguments for entry in pulls()] == [{"whole": False}]
    answer_bell(schema="borgo", entry_id=pulls()[0].pk)
    read = text_of(ada_browses.get(PAGE))
    assert "Ultimo scarico riuscito" in read
    assert "In corso" not in read
    assert IUF in read
    assert "3,03 €" in read
    ada_browses.post(FETCH, {"tutti": "1"})
    assert pulls()[-1].arguments == {"whole": True}
    assert AuditEntry.objects.filter(action="pagopa.flows.requested").count() == 3
    assert list(ledger_problems()) == []


def test_a_pull_that_stopped_says_why_and_the_button_tries_at_once(
    borgo: Any, ada_browses: Client, node: str
) -> None:
    trouble = {"path": "/fdrs", "status": 401, "times": 1}
    httpx.post(f"{node}/node/fdr/trouble", json=trouble, trust_env=False).raise_for_status()
    ada_browses.post(FETCH)
    answer_bell(schema="borgo", entry_id=pulls()[0].pk)
    assert pulls()[0].next_at > now()
    stopped = text_of(ada_browses.get(PAGE))
    assert "non accetta la chiave" in stopped
    ada_browses.post(FETCH)
    (entry,) = pulls()
    assert entry.next_at <= now()
    answer_bell(schema="borgo", entry_id=entry.pk)
    assert "Ultimo scarico riuscito" in text_of(ada_browses.get(PAGE))


def test_a_flow_that_cannot_be_read_is_named_with_its_reason(
    borgo: Any, ada_browses: Client, node: str
) -> None:
    xml = base64.b64encode(flow_xml(*rows(1))).decode()
    httpx.post(f"{node}/node/fdr", json={"xml_base64": xml}, trust_env=False).raise_for_status()
    trouble = {"path": "/revisions", "status": 404, "times": 1}
    httpx.post(f"{node}/node/fdr/trouble", json=trouble, trust_env=False).raise_for_status()
    ada_browses.post(FETCH)
    answer_bell(schema="borgo", entry_id=pulls()[0].pk)
    shown = text_of(ada_browses.get(PAGE))
    assert "Flussi che non si sono potuti leggere" in shown
    assert IUF in shown
    assert Flow.objects.count() == 0


def test_where_nothing_is_connected_it_is_refused_in_words(
    borgo: Any, ada_browses: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(monkeypatch, "")
    shown = text_of(ada_browses.get(PAGE))
    assert "non è collegata" in shown
    assert "Scarica ora" not in shown
    told = text_of(ada_browses.post(FETCH, follow=True))
    assert "i flussi si leggono da file" in told
    assert pulls() == []


@pytest.mark.parametrize("who", ["elena@example.org"])
def test_only_who_keeps_the_accounts(borgo: Any, enter: Any, who: str) -> None:
    assert enter(who).get(PAGE).status_code == 403
    assert enter(who).post(FETCH).status_code == 403
    assert pulls() == []


def test_each_says_whether_its_money_has_come(borgo: Any, ada_browses: Client) -> None:
    take_flow(raw=flow_xml(paid("r1")), at=AT)
    assert ">non ancora<" in text_of(ada_browses.get(PAGE))
    raw = csv_of(("17", "BONIFICO", "120,00"))
    take_treasury(raw=raw, filename="p.csv", at=AT)
    part = Part(12_000, flow=Flow.objects.get())
    settle(TreasuryCredit.objects.get(), RepairKind.MATCH, part)
    shown = text_of(ada_browses.get(PAGE))
    assert "abbinato da una persona" in shown
    assert ">non ancora<" not in shown
    assert list(ledger_problems()) == []
