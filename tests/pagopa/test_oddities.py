"""Chapter 6 – every odd receipt: money booked, position told, and a place in the queue until somebody settles it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django_tenants.utils import schema_context
from hypothesis import given
from hypothesis import strategies as st

from billing.models import Collection, TimelineEntry
from billing.selectors.ledger import ledger_problems
from billing.services.notification_fees import charge_fee
from billing.services.positions import withdraw_position
from dunning.services.acts import Costs, replace_position
from pagopa.models import Receipt, ReceiptAnomaly
from pagopa.rules.oddities import TOKEN_LIFE, Oddity, ReceiptFacts, find_oddities
from pagopa.selectors.anomalies import counts_by_oddity, open_anomalies_queue
from pagopa.services.anomalies import AnomalyRefused, reopen_anomaly, settle_anomaly
from paybox.kernel.actor import PAGOPA
from paybox.kernel.clock import now
from paybox.kernel.models import AuditEntry, RawMessage
from tests.build import AT, make_position, pay
from tests.pagopa.conftest import Node, receipt_of
from tests.pagopa_wire import examples
from tests.template import BORGO, VALLE


def fresh(instalment: Any, **given: Any) -> Any:
    """A receipt of a payment made just now."""
    return receipt_of(instalment, **({"paid_at": now() - timedelta(seconds=5)} | given))


def ways(position: Any) -> dict[int, Any]:
    return {one.number: one for one in position.instalments.all()}


def oddities(receipt_id: str) -> list[str]:
    found = ReceiptAnomaly.objects.filter(receipt__receipt_id=receipt_id).order_by("pk")
    return list(found.values_list("oddity", flat=True))


def notes(position: Any) -> list[str]:
    found = TimelineEntry.objects.filter(position=position, kind="NOTA").order_by("pk")
    return [entry.details["oddity"] for entry in found if "oddity" in entry.details]


@pytest.mark.django_db
class TestAtTheDoor:
    def test_what_was_expected_is_not_odd_and_neither_is_its_replay(self, borgo, node: Node):
        position = make_position()
        receipt = fresh(ways(position)[0])
        for _ in range(3):
            assert node.send_rt(receipt).ok
        assert (Collection.objects.count(), RawMessage.objects.count()) == (1, 3)
        assert ReceiptAnomaly.objects.count() == 0
        assert notes(position) == []
        assert list(ledger_problems()) == []

    def test_what_serving_the_act_cost_is_not_too_much(self, borgo, node: Node):
        """SEND's costs: added by pagoPA to what was printed, or asked for by the notice itself, on each way alike."""
        theirs, ours = make_position(), make_position()
        fee = {"cents": 949, "iun": "ABCD-EFGH-ILMN-202611-P-1", "actor": PAGOPA, "at": now()}
        charge_fee(notice_number=ways(theirs)[0].notice_number, asked_by_us=False, **fee)
        receipt = fresh(ways(theirs)[0], amount_cents=12_949)
        assert node.send_rt(receipt).ok
        assert oddities(receipt.receipt_id) == []
        charge_fee(notice_number=ways(ours)[0].notice_number, asked_by_us=True, **fee)
        assert [one.amount_cents for one in ours.instalments.order_by("number")] == [
            12_949,
            6_949,
            6_000,
        ]
        receipt = fresh(ours.instalments.get(number=0), receipt_id="b" * 32)
        assert (receipt.amount_cents, node.send_rt(receipt).ok) == (12_949, True)
        assert oddities(receipt.receipt_id) == []
        for position in (theirs, ours):
            position.refresh_from_db()
            assert (position.state, position.residual_cents) == ("PAGATA", 0)
        assert list(ledger_problems()) == []

    def test_the_same_notice_twice(self, borgo, node: Node):
        position = make_position()
        node.send_rt(fresh(ways(position)[1], receipt_id="prima"))
        node.send_rt(fresh(ways(position)[1], receipt_id="seconda"))
        assert (oddities("prima"), oddities("seconda")) == ([], ["SECONDO_PAGAMENTO"])
        # The second one pays what is still owed: it is told, not lost.
        position.refresh_from_db()
        assert (position.state, notes(position)) == ("PAGATA", ["SECONDO_PAGAMENTO"])
        assert list(ledger_problems()) == []

    def test_a_rata_after_the_rata_unica(self, borgo, node: Node):
        position = make_position()
        node.send_rt(fresh(ways(position)[0], receipt_id="unica"))
        node.send_rt(fresh(ways(position)[1], receipt_id="rata"))
        assert oddities("rata") == ["ALTRA_RATA_PAGATA"]
        assert Receipt.objects.get(receipt_id="rata").collection.excess_cents == 6_000
        assert list(ledger_problems()) == []

    def test_withdrawn_and_replaced(self, borgo, node: Node, ada):
        gone, old = make_position(), make_position()
        withdraw_position(position_id=gone.pk, reason="sgravio", actor=ada, at=AT)
        replace_position(
            position_id=old.pk, costs=Costs(), reason="ingiunzione", due_on=date(2026, 12, 1),
            segregation="01", actor=ada, at=AT,
        )  # fmt: skip
        node.send_rt(fresh(ways(gone)[0], receipt_id="annullata"))
        node.send_rt(fresh(ways(old)[0], receipt_id="sostituita"))
        assert oddities("annullata") == ["AVVISO_ANNULLATO"] == notes(gone)
        assert oddities("sostituita") == ["AVVISO_SOSTITUITO"] == notes(old)
        assert sum(c.excess_cents for c in Collection.objects.all()) == 24_000
        assert list(ledger_problems()) == []

    @pytest.mark.parametrize(
        ("cents", "oddity"), [(11_999, "IMPORTO_INFERIORE"), (12_001, "IMPORTO_SUPERIORE")]
    )
    def test_another_amount(self, borgo, node: Node, cents, oddity):
        position = make_position()
        node.send_rt(fresh(ways(position)[0], receipt_id="r", amount_cents=cents))
        assert oddities("r") == [oddity] == notes(position)
        assert list(ledger_problems()) == []

    def test_what_is_left_is_the_right_amount(self, borgo, node: Node):
        position = make_position()
        pay(ways(position)[1].notice_number, 7_000)
        node.send_rt(fresh(ways(position)[2], receipt_id="resto", amount_cents=5_000))
        assert oddities("resto") == []
        assert Receipt.objects.get().finding == "ATTESA"
        assert list(ledger_problems()) == []

    def test_stand_in_and_late_are_known_and_ask_nobody(self, borgo, node: Node):
        position = make_position()
        late = now() - TOKEN_LIFE - timedelta(minutes=1)
        node.send_rt(fresh(ways(position)[0], receipt_id="r", stand_in=True, paid_at=late))
        assert oddities("r") == ["STAND_IN", "TARDIVA"]
        assert list(open_anomalies_queue()) == []
        told = TimelineEntry.objects.get(position=position, kind="PAGATA").details
        assert (told["stand_in"], told["late"]) == (True, True)
        assert list(ledger_problems()) == []

    def test_unknown_third_party_and_broadcast(self, borgo, valle, node: Node):
        shares = (
            examples.receipt_transfer(amount_cents=10_000),
            examples.receipt_transfer(id_transfer=2, amount_cents=2_000, fiscal_code=VALLE),
        )
        receipt = fresh(ways(make_position())[0], receipt_id="r", transfers=shares)
        for to in (BORGO, VALLE, VALLE):  # a station of each, and a second one of Valle's
            assert node.send_rt(receipt, id_pa=to).ok
        node.send_rt(examples.receipt(receipt_id="ignota", paid_at=now(), stand_in=False))
        assert (oddities("r"), oddities("ignota")) == ([], ["AVVISO_SCONOSCIUTO"])
        assert list(ledger_problems()) == []
        with schema_context("valle"):
            assert oddities("r") == ["CONTO_TERZI"]
            assert Collection.objects.get().amount_cents == 2_000
            assert list(ledger_problems()) == []

    def test_a_copy_that_says_something_else_and_what_could_not_be_taken(self, borgo, node: Node):
        receipt = fresh(ways(make_position())[0], receipt_id="r")
        node.send_rt(receipt)
        node.send_rt(replace(receipt, amount_cents=99_900))
        node.send_rt(replace(receipt, receipt_id="negativa", outcome="KO"))
        copy, refused = open_anomalies_queue()
        assert (copy.oddity, copy.details) == ("COPIA_DIFFORME", {"fields": ["amount_cents"]})
        assert (refused.oddity, refused.receipt) == ("NON_ACCOLTA", None)
        assert RawMessage.objects.filter(pk=refused.raw_message_id).exists()
        assert list(ledger_problems()) == []


@pytest.mark.django_db
class TestSettling:
    @pytest.fixture
    def anomaly(self, borgo, node: Node) -> ReceiptAnomaly:
        node.send_rt(examples.receipt(receipt_id="ignota", paid_at=now(), stand_in=False))
        found: ReceiptAnomaly = open_anomalies_queue("AVVISO_SCONOSCIUTO").get()
        return found

    def test_settled_and_taken_back(self, anomaly, ada):
        assert counts_by_oddity()["AVVISO_SCONOSCIUTO"] == 1
        done = settle_anomaly(anomaly_id=anomaly.pk, reason=" rimborsato ", actor=ada, at=AT)
        assert (done.settled_by, done.reason, done.settled_at) == (ada.name, "rimborsato", AT)
        assert list(open_anomalies_queue()) == []
        reopen_anomaly(anomaly_id=anomaly.pk, reason="rimborso respinto", actor=ada, at=AT)
        assert [one.pk for one in open_anomalies_queue()] == [anomaly.pk]
        actions = AuditEntry.objects.filter(action__startswith="pagopa.anomaly.").order_by("pk")
        assert [(a.action, a.actor_name, a.details["reason"]) for a in actions] == [
            ("pagopa.anomaly.settled", ada.name, "rimborsato"),
            ("pagopa.anomaly.reopened", ada.name, "rimborso respinto"),
        ]
        assert list(ledger_problems()) == []

    def test_what_is_refused_writes_nothing(self, anomaly, ada):
        for act, reason in ((settle_anomaly, "  "), (reopen_anomaly, "perché sì")):
            with pytest.raises(AnomalyRefused):
                act(anomaly_id=anomaly.pk, reason=reason, actor=ada, at=AT)
        settle_anomaly(anomaly_id=anomaly.pk, reason="visto", actor=ada, at=AT)
        with pytest.raises(AnomalyRefused):
            settle_anomaly(anomaly_id=anomaly.pk, reason="visto", actor=ada, at=AT)
        assert AuditEntry.objects.filter(action__startswith="pagopa.anomaly.").count() == 1


NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
FACTS = st.builds(
    ReceiptFacts,
    arrived_cents=st.integers(1, 4),
    due_cents=st.integers(0, 4),
    booked_cents=st.none() | st.integers(1, 4),
    paid_at=st.sampled_from([NOON, NOON - TOKEN_LIFE, NOON - TOKEN_LIFE - timedelta(seconds=1)]),
    received_at=st.just(NOON),
    **dict.fromkeys(
        ("notice_known", "third_party", "withdrawn", "replaced", "paid_before", "settled_before", "stand_in"),
        st.booleans(),
    ),
)  # fmt: skip


def slow_oracle(facts: ReceiptFacts) -> set[str]:
    """The same, said the long way."""
    said = set()
    if facts.third_party:
        said.add("CONTO_TERZI")
    elif not facts.notice_known:
        said.add("AVVISO_SCONOSCIUTO")
    elif facts.paid_before:
        said.add("SECONDO_PAGAMENTO")
    elif facts.withdrawn or facts.replaced:
        said.add("AVVISO_SOSTITUITO" if facts.replaced else "AVVISO_ANNULLATO")
    elif facts.settled_before:
        said.add("ALTRA_RATA_PAGATA")
    elif facts.booked_cents is not None and facts.booked_cents != facts.arrived_cents:
        said.add("DIVERSA_DAL_FLUSSO")
    elif facts.arrived_cents > facts.due_cents:
        said.add("IMPORTO_SUPERIORE")
    elif facts.arrived_cents < facts.due_cents:
        said.add("IMPORTO_INFERIORE")
    if facts.stand_in:
        said.add("STAND_IN")
    if (facts.received_at - facts.paid_at).total_seconds() > 1800:
        said.add("TARDIVA")
    return said


@given(FACTS)
def test_the_rule_is_total_and_says_what_the_oracle_says(facts: ReceiptFacts) -> None:
    found = find_oddities(facts)
    assert {oddity.value for oddity in found} == slow_oracle(facts)
    assert len(found) == len(set(found))


def test_every_oddity_has_its_words() -> None:
    assert len({oddity.words for oddity in Oddity}) == len(Oddity)
