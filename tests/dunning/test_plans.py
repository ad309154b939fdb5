"""Plans: granted within the rules, each rata a way to pay, nothing else chasing; lost only when c. 800 is met and declared."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django_tenants.utils import schema_context

from billing.models import Position, Transfer
from billing.selectors.ledger import ledger_problems
from dunning.models import CreditRules, Hold, InstalmentPlan
from dunning.rules.act_lines import LineKind, act_lines
from dunning.rules.step_drafts import StepDraft
from dunning.rules.template_checks import Act, Form
from dunning.selectors.acts import act_facts, interest_since, rules_of
from dunning.selectors.limitation import clocks_of
from dunning.selectors.plans import may_be_lost, plan_state, rates_of
from dunning.services.plan_losses import declare_lost
from dunning.services.planning import plan_reminders
from dunning.services.plans import PlanDraft, PlanRefused, grant_plan, remind_instalment
from dunning.services.served_acts import Notification, record_service
from paybox.kernel.clock import move_clock_to, now, today
from paybox.kernel.problems import Refused
from registry.models import Subject
from tests.build import pay
from tests.dunning.acting import ADA, DUE, ELENA, at_turn, authorise, planned, procedure, tari

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("borgo")]
GRANTED = date(2026, 7, 1)
LATER = date(2026, 10, 15)
Person = Callable[..., Subject]


@pytest.fixture(autouse=True)
def that_day() -> None:
    move_clock_to(GRANTED)


def draft(**changes: object) -> PlanDraft:
    given = {"requested_on": GRANTED, "count": 4, "first": GRANTED, "act": "Det. 12/2026"} | changes
    return PlanDraft(**given)  # type: ignore[arg-type]  # overrides of a test


def granted(position: Position, **changes: object) -> InstalmentPlan:
    return grant_plan(
        position_id=position.pk, draft=draft(**changes), segregation="01", actor=ADA, at=now()
    )


def reminded(plan: InstalmentPlan, number: int, *, sent: date = date(2026, 9, 10)) -> None:
    remind_instalment(
        plan_id=plan.pk, number=number, sent_on=sent, term_on=sent + timedelta(days=15), proof=f"R {number}",
        actor=ADA, at=now(),
    )  # fmt: skip


def lost(plan: InstalmentPlan) -> Position:
    return declare_lost(
        plan_id=plan.pk, act="Det. 40/2026", due_on=today() + timedelta(days=30), segregation="01", actor=ELENA,
        at=now(),
    )  # fmt: skip


class TestGranted:
    def test_each_rata_is_a_way_to_pay_and_interest_a_movement(self, person: Person, valle) -> None:
        old = at_turn(person(), cents=48_000)
        plan = granted(old)
        new = plan.position
        kind = Transfer.Kind
        # 0,32 € for the fifteen days of delay, 1,60 € for the plan
        assert dict(new.transfers.values_list("kind", "amount_cents")) == {kind.OPENING: 48_000, kind.INTEREST: 192}  # fmt: skip
        rates = list(new.instalments.order_by("number").values_list("number", "amount_cents", "due_on"))  # fmt: skip
        assert rates == [
            (1, 12_024, date(2026, 7, 31)), (2, 12_040, date(2026, 8, 31)), (3, 12_056, date(2026, 9, 30)),
            (4, 12_072, date(2026, 10, 31)),
        ]  # fmt: skip
        assert (plan.debt_cents, plan.interest_cents, plan_state(plan)) == (48_032, 160, "In corso")
        for number in range(1, 5):
            way = new.instalments.get(number=number)
            pay(way.notice_number, way.amount_cents, at=now())
        new.refresh_from_db()
        assert plan_state(InstalmentPlan.objects.get()) == "Concluso"
        assert list(ledger_problems()) == []
        with schema_context("valle"):
            assert not InstalmentPlan.objects.exists()

    def test_nothing_else_chases_a_debt_that_has_a_plan(self, person: Person) -> None:
        authorise(Act.DEMAND, Form.LETTER)
        procedure(StepDraft("FORMALE", "SCADENZA", 60, ("LETTERA",), needs_approval=True, charges=("INTERESSI",)))  # fmt: skip
        plan = granted(at_turn(person(), cents=48_000))
        Position.objects.filter(pk=plan.position_id).update(noticed_at=now())
        move_clock_to(LATER)
        wave = plan_reminders(service_id=tari().pk, channel="SMS", actor=ADA, at=now(), today=today())  # fmt: skip
        assert wave.items.get().reason == "DILAZIONE"
        assert planned().items.get().reason == "DILAZIONE"

    @pytest.mark.parametrize(
        ("cents", "changes", "words"),
        [
            (10_000, {"count": 2}, "così piccolo"),
            (10_001, {"count": 5}, "al massimo 4"),
            (50_000, {"count": 5}, "al massimo 4"),
            (50_001, {"count": 13}, "al massimo 12"),
            (48_000, {"count": 1}, "almeno due"),
            (48_000, {"act": " "}, "provvedimento"),
            (48_000, {"requested_on": GRANTED + timedelta(days=1)}, "futuro"),
            (48_000, {"first": date(2026, 6, 1)}, "dopo il giorno"),
        ],
    )
    def test_only_within_the_rules(self, person: Person, cents, changes, words) -> None:
        position = at_turn(person(), cents=cents)
        with pytest.raises(Refused, match=words):
            granted(position, **changes)
        assert InstalmentPlan.objects.count() == 0

    def test_the_body_has_bands_and_a_least_instalment_of_its_own(self, person: Person) -> None:
        CreditRules.objects.create(
            service=tari(), plan_bands=[[100_000, 2, 10], [None, 2, 72]], plan_minimum_cents=6_000
        )
        position = at_turn(person(), cents=48_000)
        with pytest.raises(PlanRefused, match="al massimo 8"):
            granted(position, count=9)
        assert granted(position, count=8).position.instalments.count() == 8

    def test_figures_that_moved_are_read_again(self, person: Person) -> None:
        position = at_turn(person(), cents=48_000)
        with pytest.raises(PlanRefused, match="sono cambiati"):
            grant_plan(position_id=position.pk, draft=draft(), segregation="01", actor=ADA, at=now(), seen_cents=1)  # fmt: skip

    def test_a_debt_in_a_plan_has_no_other(self, person: Person) -> None:
        plan = granted(at_turn(person(), cents=48_000))
        with pytest.raises(PlanRefused, match="già in un piano"):
            granted(plan.position)


class TestLost:
    def test_two_missed_and_reminded_then_declared(self, person: Person) -> None:
        plan = granted(at_turn(person(), cents=48_000))
        move_clock_to(LATER)
        rules = rules_of(tari())
        reminded(plan, 1)
        assert not may_be_lost(rates_of(plan, rules, on=today()), on=today())
        with pytest.raises(PlanRefused, match="due rate"):
            lost(plan)
        reminded(plan, 2, sent=date(2026, 10, 5))  # its term is not past yet
        with pytest.raises(PlanRefused, match="termine è passato"):
            lost(plan)
        move_clock_to(date(2026, 10, 21))
        new = lost(plan)
        plan.refresh_from_db()
        assert (plan.lost_on, plan.lost_by, plan_state(plan)) == (date(2026, 10, 21), "Elena Fabbri", "Decaduto")  # fmt: skip
        # of the last rata's 0,64 € ten days out of 122 were still to come
        assert plan.position.transfers.get(kind=Transfer.Kind.DECREASE).amount_cents == 5
        assert (new.total_cents, new.instalments.count()) == (48_192 - 5, 1)
        assert interest_since(new) == date(2026, 10, 21)
        assert Hold.objects.get().lifted_at is not None
        with pytest.raises(PlanRefused, match="già stata dichiarata"):
            lost(plan)
        with pytest.raises(PlanRefused, match="è decaduto"):
            granted(new, requested_on=today(), first=date(2026, 11, 1))
        assert list(ledger_problems()) == []

    def test_what_was_paid_in_time_or_after_the_reminder_does_not_count(
        self, person: Person
    ) -> None:
        plan = granted(at_turn(person(), cents=48_000))
        move_clock_to(LATER)
        reminded(plan, 1)
        reminded(plan, 2)
        way = plan.position.instalments.get(number=1)
        pay(way.notice_number, way.amount_cents, at=now())
        with pytest.raises(PlanRefused, match="due rate"):
            lost(InstalmentPlan.objects.get())

    @pytest.mark.parametrize(
        ("number", "sent", "words"),
        [(4, LATER, "scaduta"), (1, date(2026, 7, 20), "scaduta"), (9, LATER, "scaduta"), (1, LATER + timedelta(days=1), "futuro")],
    )  # fmt: skip
    def test_only_what_was_missed_is_reminded(self, person: Person, number, sent, words) -> None:
        plan = granted(at_turn(person(), cents=48_000))
        move_clock_to(LATER)
        with pytest.raises(PlanRefused, match=words):
            reminded(plan, number, sent=sent)

    def test_once(self, person: Person) -> None:
        plan = granted(at_turn(person(), cents=48_000))
        move_clock_to(LATER)
        reminded(plan, 1)
        with pytest.raises(PlanRefused, match="già stata sollecitata"):
            reminded(plan, 1)


def test_days_that_do_not_count_move_the_last_day(person: Person) -> None:
    rules = CreditRules.objects.create(
        service=tari(), kind="PERIODICO", suspensions=[["2027-03-08", "2027-05-31", "art. 67"]]
    )
    ((_, clock, _),) = clocks_of([at_turn(person())], rules)
    assert clock.last_day == DUE.replace(year=2031) + timedelta(days=85)


def test_c_802_the_body_may_raise_the_rate_after_the_title(person: Person) -> None:
    CreditRules.objects.create(service=tari(), kind="PERIODICO", mora_spread=200)
    position = at_turn(person(), cents=100_000)
    move_clock_to(date(2026, 12, 31))
    served = Notification("INGIUNZIONE", date(2026, 7, 1), "MESSO", "Relata 1")
    record_service(position_id=position.pk, served=served, actor=ADA, at=now())
    facts = act_facts(position, way=None, with_sanction=False, with_charges=False, on=today())
    assert facts.mora_from is not None
    days = (today() - facts.mora_from).days + 1
    legal, raised = (line for line in act_lines(facts) if line.kind == LineKind.INTEREST)
    # 198 days at 1,60 %; two points more from thirty days after the act became enforceable
    assert legal.cents == 868
    assert raised.cents == (2 * 100_000 * 200 * days + 3_650_000) // (2 * 3_650_000)
    assert raised.source == "L. 160/2019, art. 1 c. 802"
