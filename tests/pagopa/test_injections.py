"""The fifteen troubles of the Node, done by the simulator's own process to the product on a real socket.

Each asserts what the fault matrix wants of an Ente, to the cent, and that the ledger still balances.
"""

import os
import threading
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import httpx
import psycopg
import pytest
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django_tenants.utils import schema_context
from werkzeug.serving import ThreadedWSGIServer

from billing.models import Collection, Instalment
from billing.selectors.ledger import ledger_problems, ledger_totals
from billing.services.positions import withdraw_position
from pagopa.gateways.fdr_rest import FdrRest
from pagopa.gateways.reading import Reader, ReadingAccess
from pagopa.inbound.wsgi_door import with_node_door
from pagopa.models import Flow, FlowRow, Receipt, TreasuryCredit
from pagopa.services.flow_pull import pull_flows
from pagopa.services.reconciliation import take_flow, take_treasury
from pagopa.simulator.catalogue import TROUBLES
from paybox.kernel.clock import now
from tests.build import AT, make_position
from tests.pagopa.conftest import NodeProcess
from tests.pagopa.test_receipts import hang_up_on_everybody
from tests.template import BORGO, VALLE

DAY = "2026-03-02"
PAID_AT = f"{DAY}T11:00:00+01:00"


@pytest.fixture
def served(own_database: str) -> Iterator[str]:
    """The product on a free port, with a database of its own; its address for the Node."""
    # not paybox.wsgi, whose process notes things a moment after the answer, in a thread that lives as long as it does
    application = with_node_door(get_wsgi_application())
    server = ThreadedWSGIServer("127.0.0.1", 0, application)
    server.daemon_threads = False  # closing waits for the answers still being made
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/pagopa/paForNode"
    server.shutdown()
    thread.join()
    server.server_close()
    hang_up_on_everybody(own_database)  # the sessions of the server's threads


@dataclass
class Gym:
    """The simulator, driven over HTTP as a vendor does."""

    process: NodeProcess
    database: str

    def post(self, path: str, **body: Any) -> Any:
        answer = httpx.post(self.process.url + path, json=body, trust_env=False, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def inject(self, fault: int, **body: Any) -> Any:
        return self.post("/sim/inject", fault=fault, fiscal_code=BORGO, paid_at=PAID_AT, **body)

    def on(self, notice: Instalment, fault: int, **body: Any) -> Any:
        return self.inject(fault, notice_number=notice.notice_number, **body)

    def pay(self, notice: Instalment, **body: Any) -> Any:
        order = {"fiscal_code": BORGO, "notice_number": notice.notice_number, "paid_at": PAID_AT}
        paid = self.post("/psp/pay", **{**order, **body})
        assert paid["outcome"] == "OK", paid
        return paid

    def flow(self, **body: Any) -> Any:
        (flow,) = self.post("/node/flows", on=DAY, **body)
        return flow


@pytest.fixture
def gym(served: str, own_database: str, simulator: Callable[..., NodeProcess]) -> Iterator[Gym]:
    node = Gym(simulator("--ec-url", served), own_database)
    node.post("/node/stations", fiscal_code=BORGO, broker=BORGO, station=f"{BORGO}_01")
    with schema_context("borgo"):
        yield node
        assert balanced()
    with schema_context("valle"):
        assert (booked(), balanced()) == ((0, 0), True)


@pytest.fixture
def notice(gym: Gym) -> Instalment:
    return single()


def single(cents: int = 12_000) -> Instalment:
    """A notice of Borgo that can be paid in one way only."""
    return make_position(cents=cents, rates=()).instalments.get(number=0)


def booked() -> tuple[int, int]:
    """Cents of the Ente at work: what pays its credits, and what it has in excess."""
    totals = ledger_totals()
    return totals.allotted, totals.excess


def balanced() -> bool:
    return list(ledger_problems()) == []


def taken(flow: Any) -> Any:
    return take_flow(raw=b64decode(flow["xml_base64"]), at=now())


def deliver(file: Any) -> list[str]:
    """Give the treasurer's file to Borgo; the references of its credits."""
    take_treasury(raw=file["content"].encode(), filename=file["filename"], at=now())
    return [f"{one['on'][:4]}/{one['number']}" for one in file["credits"]]


def rename(name: str, into: str) -> None:
    """What answers to a name no longer does."""
    with psycopg.connect(os.environ["PAYBOX_TEST_OWNER"], autocommit=True) as server:
        server.execute(f'ALTER DATABASE "{name}" RENAME TO "{into}"')


@contextmanager
def switched_off(name: str) -> Iterator[None]:
    """The Ente without its database."""
    hang_up_on_everybody(name)
    connection.close()
    rename(name, f"{name}_spenta")
    try:
        yield
    finally:
        rename(f"{name}_spenta", name)


def answer_of(report: Any, step: int = -1) -> Any:
    return report["steps"][step]["answer"]


class TestQuestions:
    def test_1_the_probe_is_unknown_and_quick(self, gym: Gym):
        report = gym.inject(1)
        assert report["as_expected"] is True, report
        assert answer_of(report)["fault"]["originalFaultCode"] == "PAA_PAGAMENTO_SCONOSCIUTO"
        assert booked() == (0, 0)
        assert balanced()

    def test_2_asked_again_and_again_nothing_changes(self, gym: Gym, notice: Instalment):
        report = gym.on(notice, 2)
        assert report["as_expected"] is True, report
        notice.refresh_from_db()
        assert (notice.state, booked()) == ("PAGABILE", (0, 0))
        assert gym.pay(notice)["amount_cents"] == 12_000
        assert booked() == (12_000, 0)
        assert balanced()

    def test_3_an_old_amount_is_answered_with_todays(self, gym: Gym, notice: Instalment):
        report = gym.on(notice, 3, amount_cents=9_999)
        assert report["as_expected"] is True, report
        assert answer_of(report)["amount_cents"] == 12_000
        assert booked() == (0, 0)
        assert balanced()


class TestReceipts:
    def test_4_an_ok_after_the_token_expired_is_paid_and_has_code_9(
        self, gym: Gym, notice: Instalment
    ):
        report = gym.on(notice, 4)
        assert report["as_expected"] is True, report
        assert Collection.objects.get().amount_cents == 12_000
        taken(gym.flow())
        row = FlowRow.objects.get()
        assert (row.outcome, row.label) == (9, "RT_IUF")
        assert booked() == (12_000, 0)
        assert balanced()

    def test_5_a_receipt_repeated_after_a_hang_up_is_one(self, gym: Gym, notice: Instalment):
        report = gym.on(notice, 5)
        assert report["as_expected"] is True, report
        first = answer_of(report, 1)["receipts"][0]
        assert (first["state"], first["answer"]) == (
            "NOTICE_PENDING",
            "PPT_STAZIONE_INT_PA_TIMEOUT",
        )
        assert answer_of(report)["receipts"][0]["attempts"] == 3
        assert Receipt.objects.count() == Collection.objects.count() == 1
        assert booked() == (12_000, 0)
        assert balanced()

    def test_6_a_second_payment_is_an_excess(self, gym: Gym, notice: Instalment):
        assert gym.on(notice, 6)["as_expected"] is True
        findings = sorted(Receipt.objects.values_list("finding", flat=True))
        assert findings == ["ATTESA", "ECCEDENZA"]
        assert booked() == (12_000, 12_000)
        assert balanced()

    def test_7_strays_and_shares_of_others_are_kept(self, gym: Gym, ada: Any):
        gone = make_position(cents=7_000, rates=())
        withdraw_position(position_id=gone.pk, reason="sgravio", actor=ada, at=AT)
        withdrawn = gone.instalments.get(number=0)
        assert gym.inject(7, amount_cents=2_500)["as_expected"] is True
        assert gym.on(withdrawn, 7, amount_cents=7_000)["as_expected"] is True
        kept = sorted(Receipt.objects.values_list("finding", "amount_cents"))
        assert kept == [
            ("AVVISO_SCONOSCIUTO", 2_500),
            ("CONTO_TERZI", 2_500),
            ("CONTO_TERZI", 7_000),
            ("ECCEDENZA", 7_000),
        ]
        assert booked() == (0, 2_500 + 2_500 + 7_000 + 7_000)
        assert balanced()

    def test_8_stand_in_for_less_leaves_the_difference_due(self, gym: Gym, notice: Instalment):
        assert gym.on(notice, 8, short_cents=500)["as_expected"] is True
        kept = Receipt.objects.get()
        assert (kept.finding, kept.stand_in, kept.amount_cents) == (
            "IMPORTO_INFERIORE",
            True,
            11_500,
        )
        assert (booked(), ledger_totals().owed) == ((11_500, 0), 500)
        assert balanced()


class TestFlows:
    def test_9_every_kind_of_row_has_its_label(self, gym: Gym):
        for _ in range(5):
            gym.pay(single(2_000))
        flow = answer_of(gym.inject(9, on=DAY))
        done = taken(flow)
        rows = list(FlowRow.objects.order_by("index"))
        assert [row.outcome for row in rows] == [0, 4, 8, 9, 3, 9]
        assert rows[0].transfer_index == 1
        assert [row.label for row in rows[:5]] == ["RT_IUF"] * 4 + ["STORNO"]
        assert rows[5].label == "IUV_NO_RT"
        assert (done.rows, done.amount_cents) == (6, 5 * 2_000 + 1_000)
        assert booked() == (5 * 2_000, 0)
        assert balanced()

    def test_10_a_revision_replaces_the_flow(self, gym: Gym):
        for _ in range(3):
            gym.pay(single(2_000))
        report = gym.inject(10, on=DAY)
        before, after = (answer_of(report, step) for step in (0, 1))
        assert (before["revision"], after["revision"]) == (1, 2)
        url = f"{gym.process.url}/fdr/organizations/{BORGO}/fdrs"
        (listed,) = httpx.get(url, trust_env=False).json()["data"]
        assert (listed["fdr"], listed["revision"]) == (before["iuf"], 2)
        assert taken(before).rows == 3
        again = taken(after)
        assert (again.new, again.rows, again.amount_cents) == (True, 2, 4_000)
        assert taken(before).new is False
        assert (Flow.objects.count(), FlowRow.objects.count()) == (1, 2)
        assert sum(one["amount_cents"] for one in gym.post("/node/flows", on=DAY)) == 6_000
        assert booked() == (6_000, 0)
        assert balanced()

    def test_11_money_that_differs_waits_in_a_queue(self, gym: Gym):
        """Each variant for a PSP, that is a flow, of its own; one of them as a giornale di cassa."""
        expected = {
            "intero": [(2_000, "RT_IUF_TES")],
            "diverso": [(2_001, "IUF_TES_DIV_IMP")],
            "mancante": [],
            "doppio": [(2_000, "IUF_TES_DOPPIO"), (2_000, "RT_IUF_TES")],
        }
        for number in range(len(expected)):
            gym.pay(single(2_000), id_psp=f"PSP{number}")
        flows = gym.post("/node/flows", on=DAY)
        for flow, (money, credits) in zip(flows, expected.items(), strict=True):
            taken(flow)
            shape = "opi" if money == "diverso" else "csv"
            file = answer_of(gym.inject(11, on=DAY, money=money, format=shape, iuf=flow["iuf"]))
            numbers = deliver(file)
            found = TreasuryCredit.objects.filter(reference__in=numbers)
            assert sorted(found.values_list("amount_cents", "label")) == credits, money
        assert booked() == (4 * 2_000, 0)
        assert balanced()

    def test_11_a_split_credit_is_not_explained_by_halves(self, gym: Gym):
        gym.pay(single(2_001))
        taken(gym.flow())
        deliver(answer_of(gym.inject(11, on=DAY, money="diviso")))
        found = sorted(TreasuryCredit.objects.values_list("amount_cents", flat=True))
        assert found == [1_000, 1_001]
        assert not TreasuryCredit.objects.filter(label="RT_IUF_TES").exists()
        assert booked() == (2_001, 0)
        assert balanced()

    def test_11_money_before_its_flow_waits_and_is_explained_after(self, gym: Gym):
        gym.pay(single(2_000))
        file = gym.post("/node/treasury", fiscal_code=BORGO, on=DAY)
        deliver(file)
        assert TreasuryCredit.objects.get().label == "TES_NO_MATCH"
        taken(gym.flow())
        assert TreasuryCredit.objects.get().label == "RT_IUF_TES"
        assert booked() == (2_000, 0)
        assert balanced()

    def test_12_noise_is_read_through_and_too_little_waits_for_a_person(self, gym: Gym):
        readable = ("maiuscole", "spazi", "spezzata", "progressivo", "ordinante", "troncata")
        causali = (*readable, "troppo-corta", "illeggibile")
        for number in range(len(causali)):
            gym.pay(single(2_000), id_psp=f"PSP{number}")
        flows = gym.post("/node/flows", on=DAY)
        for flow, causale in zip(flows, causali, strict=True):
            taken(flow)
            file = answer_of(gym.inject(12, on=DAY, causale=causale, iuf=flow["iuf"]))
            (reference,) = deliver(file)
            credit = TreasuryCredit.objects.get(reference=reference)
            if causale in readable:
                assert (credit.label, credit.flow.identifier) == ("RT_IUF_TES", flow["iuf"])
            else:
                assert credit.label in {"TES_NO_MATCH", "TES_NO_IUF_OR_IUV"}
                assert credit.flow_id is None
        assert booked() == (len(causali) * 2_000, 0)
        assert balanced()


class TestTrouble:
    def test_13_hostile_messages_are_refused_and_learn_nothing(self, gym: Gym, notice: Instalment):
        with schema_context("valle"):
            theirs = make_position(service="QUOTA", rates=(), segregation="02").instalments.get()
        for number in (notice.notice_number, theirs.notice_number):
            report = gym.inject(13, notice_number=number)
            assert report["as_expected"] is True, report
            assert len(report["steps"]) == 6
            assert all(step["answer"]["fault"] for step in report["steps"])
            assert VALLE not in str(report)
        asked = {"fiscal_code": BORGO, "notice_number": theirs.notice_number}
        said = gym.post("/psp/verify", **asked)["fault"]
        assert said["originalFaultCode"] == "PAA_PAGAMENTO_SCONOSCIUTO"
        assert Receipt.objects.count() == 0
        assert booked() == (0, 0)
        assert balanced()

    def test_14_without_its_database_the_ente_fails_and_the_receipt_comes_again(
        self, gym: Gym, notice: Instalment
    ):
        order = {"fiscal_code": BORGO, "notice_number": notice.notice_number}
        token = gym.post("/psp/activate", **order)["token"]
        with switched_off(gym.database):
            sent = gym.post("/psp/outcome", token=token, paid_at=PAID_AT)["receipts"][0]
            assert (sent["state"], sent["answer"]) == (
                "NOTICE_PENDING",
                "PPT_STAZIONE_INT_PA_ERRORE_RESPONSE",
            )
            report = gym.inject(14, token=token)
            assert report["as_expected"] is True, report
        again = gym.post("/node/retry-receipts")["receipts"][0]
        assert (again["state"], again["answer"]) == ("NOTIFIED", "OK")
        assert Collection.objects.get().amount_cents == 12_000
        assert booked() == (12_000, 0)
        assert balanced()

    @pytest.mark.parametrize("status", [429, 500])
    def test_15_the_flows_api_fails_as_often_as_told_and_the_reading_goes_on(
        self, gym: Gym, notice: Instalment, status: int
    ):
        gym.pay(notice)
        gym.flow()
        gym.inject(15, status=status, times=2, retry_after=1)
        url = f"{gym.process.url}/fdr"
        first = httpx.get(f"{url}/organizations/{BORGO}/fdrs", trust_env=False)
        assert (first.status_code, first.headers["Retry-After"]) == (status, "1")
        waits: list[float] = []
        source = FdrRest(Reader(ReadingAccess(url, slot_s=0), pause=waits.append))
        pull_flows(source=source, organization=BORGO, at=now())
        assert waits[-1] == 0
        assert (1.0 in waits) is (status == 429)
        row = FlowRow.objects.get()
        assert (row.amount_cents, row.label) == (12_000, "RT_IUF")
        assert booked() == (12_000, 0)
        assert balanced()


class TestPages:
    def test_the_page_explains_all_fifteen_and_its_forms_work_without_scripts(
        self, gym: Gym, notice: Instalment
    ):
        page = httpx.get(f"{gym.process.url}/sim", trust_env=False).text
        assert page.count("<form") == 15
        assert "<script" not in page
        filled = {"fault": "6", "fiscal_code": BORGO, "notice_number": notice.notice_number}
        done = httpx.post(f"{gym.process.url}/sim/inject", data=filled, trust_env=False)
        assert done.status_code == 200
        assert "L&#39;Ente si è comportato come previsto." in done.text
        assert Collection.objects.count() == 2
        seen = httpx.get(f"{gym.process.url}/sim/avvisi", trust_env=False).text
        assert notice.notice_number in seen
        assert "Pagato e ricevuta consegnata" in seen

    @pytest.mark.parametrize("fault", [one.number for one in TROUBLES])
    def test_each_of_the_fifteen_is_done_by_its_form(
        self, gym: Gym, notice: Instalment, fault: int
    ):
        token = ""
        if fault >= 9:  # flows, treasury and repeated receipts speak of what was paid
            gym.pay(single(2_000))
            token = gym.pay(single(2_000))["token"]
        filled = {
            "fiscal_code": BORGO, "notice_number": notice.notice_number, "on": DAY, "token": token,
            "amount_cents": "12000", "money": "diverso", "causale": "spezzata", "format": "opi",
            "status": "500", "times": "1",
        }  # fmt: skip
        fields = next(one.fields for one in TROUBLES if one.number == fault)
        form = {name: filled[name] for name in fields if name in filled} | {"fault": str(fault)}
        with switched_off(gym.database) if fault == 14 else nullcontext():
            done = httpx.post(f"{gym.process.url}/sim/inject", data=form, trust_env=False)
        assert done.status_code == 200, done.text
        seen_here = fault in (9, 10, 11, 12, 15)
        assert ("L&#39;Ente si è comportato come previsto." in done.text) is not seen_here
        assert ("L&#39;esito si vede nelle pagine dell&#39;Ente." in done.text) is seen_here

    def test_a_form_filled_badly_is_told_so(self, gym: Gym):
        wrong = httpx.post(
            f"{gym.process.url}/sim/inject",
            data={"fault": "1", "fiscal_code": "abc"},
            trust_env=False,
        )
        assert wrong.status_code == 400
        assert "fiscal_code deve essere di 11 cifre" in wrong.text


class TestNodeKnowledge:
    def test_an_iban_not_declared_stops_the_activation(self, gym: Gym, notice: Instalment):
        order = {"fiscal_code": BORGO, "notice_number": notice.notice_number}
        gym.post("/node/ibans", fiscal_code=BORGO, ibans=["IT02L1234512345123456789012"])
        said = gym.post("/psp/activate", **order)["fault"]
        assert said["faultCode"] == "PPT_STAZIONE_INT_PA_ERRORE_RESPONSE"
        assert "IBAN non censito" in said["description"]
        gym.post("/node/ibans", fiscal_code=BORGO, ibans=["IT60X0542811101000000123456"])
        assert gym.post("/psp/activate", **order)["outcome"] == "OK"

    def test_a_notice_goes_through_the_nodes_states(self, gym: Gym, notice: Instalment):
        order = {"fiscal_code": BORGO, "notice_number": notice.notice_number}

        def state() -> str:
            url = f"{gym.process.url}/sim/notices"
            (one,) = httpx.get(url, params=order, trust_env=False).json()
            return str(one["state"])

        token = gym.post("/psp/activate", **order)["token"]
        assert state() == "PAYING"
        gym.post("/psp/expire", token=token)
        assert state() == "INSERTED"
        token = gym.post("/psp/activate", **order)["token"]
        gym.post("/psp/outcome", token=token, hang_up=True)
        assert state() == "PAID"
        gym.post("/node/retry-receipts")
        assert state() == "NOTIFIED"
        assert Collection.objects.count() == 1
