"""A plan above what one person may grant: proposed, read anew and granted by another; nobody confirms her own."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django_tenants.utils import schema_context

from billing.models import Position
from billing.selectors.ledger import ledger_problems
from dunning.models import CreditRules, Hold, InstalmentPlan, PlanProposal
from dunning.services.plan_proposals import confirm_proposal, propose_plan, refuse_proposal
from dunning.services.plans import PlanDraft, PlanRefused, grant_plan
from paybox.kernel.clock import move_clock_to, now
from paybox.kernel.models import AuditEntry
from tests.build import make_subject, pay
from tests.dunning.acting import ADA, ELENA, at_turn, tari
from tests.office.test_plans import HERE, RULES, form
from tests.pages import text_of

DAY = date(2026, 7, 1)
DRAFT = PlanDraft(DAY, 4, DAY, "Det. 12/2026")


@pytest.fixture
def owed(borgo: Any) -> Position:
    """480 €, and plans of more than three instalments or on more than 1.000 € want two persons."""
    move_clock_to(DAY)
    CreditRules.objects.create(
        service=tari(), kind="PERIODICO", plan_second_count=3, plan_second_cents=100_000
    )
    return at_turn(make_subject(), cents=48_000)


def waiting(position: Position) -> PlanProposal:
    return propose_plan(
        position_id=position.pk, draft=DRAFT, seen_cents=48_192, actor=ADA, at=now()
    )


def confirmed(proposal: PlanProposal, *, seen: int = 48_192, actor: Any = ELENA) -> InstalmentPlan:
    return confirm_proposal(
        proposal_id=proposal.pk, seen_cents=seen, segregation="01", actor=actor, at=now()
    )


@pytest.mark.django_db
class TestTwoPersons:
    def test_one_is_enough_below_and_where_nothing_is_written(self, owed: Position) -> None:
        few = PlanDraft(DAY, 3, DAY, "Det. 12/2026")
        with pytest.raises(PlanRefused, match="senza una seconda persona"):
            propose_plan(position_id=owed.pk, draft=few, seen_cents=0, actor=ADA, at=now())
        grant_plan(position_id=owed.pk, draft=few, segregation="01", actor=ADA, at=now())
        CreditRules.objects.update(plan_second_count=None, plan_second_cents=None)
        other = at_turn(make_subject(codice_fiscale="BNCLRA80A41H501W"), cents=48_000)
        grant_plan(position_id=other.pk, draft=DRAFT, segregation="01", actor=ADA, at=now())
        assert InstalmentPlan.objects.count() == 2

    @pytest.mark.parametrize(
        "rules", [{"plan_second_count": None, "plan_second_cents": 47_999}, {}]
    )
    def test_the_sum_or_the_number_ask_for_two(self, owed: Position, rules: dict[str, Any]) -> None:
        CreditRules.objects.update(**({"plan_second_cents": None} | rules))
        with pytest.raises(PlanRefused, match="persona diversa"):
            grant_plan(position_id=owed.pk, draft=DRAFT, segregation="01", actor=ADA, at=now())
        proposal = waiting(owed)
        with pytest.raises(PlanRefused, match="persona diversa"):
            confirmed(proposal, actor=ADA)
        owed.refresh_from_db()
        assert (owed.state, Hold.objects.count(), InstalmentPlan.objects.count()) == ("APERTA", 0, 0)  # fmt: skip
        with pytest.raises(PlanRefused, match="attende conferma"):
            waiting(owed)
        plan = confirmed(proposal)
        proposal.refresh_from_db()
        assert (proposal.state, proposal.plan, proposal.decider_name, plan.author_name) == (
            "CONCESSA", plan, "Elena Fabbri", "Elena Fabbri",
        )  # fmt: skip
        trail = AuditEntry.objects.filter(action__startswith="dunning.plan.").order_by("pk")
        assert list(trail.values_list("action", "actor_name")) == [
            ("dunning.plan.proposed", "Ada Bianchi"), ("dunning.plan.granted", "Elena Fabbri"),
            ("dunning.plan.confirmed", "Elena Fabbri"),
        ]  # fmt: skip
        with pytest.raises(PlanRefused, match="già stata decisa"):
            confirmed(proposal)
        assert list(ledger_problems()) == []
        with schema_context("valle"):
            assert not PlanProposal.objects.exists()

    def test_the_confirmer_confirms_the_figures_of_her_own_day(self, owed: Position) -> None:
        proposal = waiting(owed)
        pay(owed.instalments.get().notice_number, 10_000, at=now())
        with pytest.raises(PlanRefused, match="sono cambiati"):
            confirmed(proposal)
        refuse_proposal(
            proposal_id=proposal.pk, reason="Reddito sufficiente", actor=ELENA, at=now()
        )
        with pytest.raises(PlanRefused, match="già stata decisa"):
            confirmed(proposal)
        assert not InstalmentPlan.objects.exists()


@pytest.mark.django_db
class TestPages:
    def test_proposed_by_one_granted_by_another(self, ada_browses: Client, enter: Any, owed: Position, visit: Any) -> None:  # fmt: skip
        url = f"{HERE}concedi/{owed.uuid}/"
        shown = text_of(ada_browses.post(url, form()))
        assert "la concede una seconda persona" in shown
        assert "Proponi 4 rate" in shown
        page = ada_browses.post(url, form(conferma="1", total="48192")).headers["Location"]
        hers = text_of(ada_browses.get(page))
        assert "La concede una persona diversa da chi l'ha proposta." in hers
        assert "Ritira la proposta" in hers
        refused = text_of(ada_browses.post(f"{page}conferma/", {"total": "48192"}, follow=True))
        assert "persona diversa" in refused
        assert "Da confermare" in text_of(ada_browses.get(HERE))
        assert "dilazione da concedere o respingere" in text_of(ada_browses.get("/ufficio/"))
        bruno, elena = enter("bruno@example.org"), enter("elena@example.org")
        assert bruno.post(f"{page}conferma/", {"total": "48192"}).status_code == 403
        assert "Concedi 4 rate" not in text_of(bruno.get(page))
        assert visit("dario@example.org", host="valle.localhost").get(page).status_code == 404
        assert "Concedi 4 rate" in text_of(elena.get(page))
        granted = elena.post(f"{page}conferma/", {"total": "48192"})
        assert "su proposta di Ada Bianchi" in text_of(elena.get(granted.headers["Location"]))
        assert "Da confermare" not in text_of(ada_browses.get(HERE))
        assert "dilazione da concedere" not in text_of(ada_browses.get("/ufficio/"))

    def test_taken_back_with_a_reason(self, ada_browses: Client, owed: Position) -> None:
        page = f"{HERE}proposte/{waiting(owed).uuid}/"
        assert "Scrivere il motivo" in text_of(ada_browses.post(f"{page}chiudi/", {"motivo": ""}, follow=True))  # fmt: skip
        told = text_of(
            ada_browses.post(f"{page}chiudi/", {"motivo": "Domanda ritirata"}, follow=True)
        )
        assert "Motivo: Domanda ritirata" in told
        assert "Ritira la proposta" not in told

    def test_the_body_writes_its_threshold(self, ada_browses: Client, owed: Position) -> None:
        url = f"/ufficio/tipi-di-dovuto/{tari().pk}/riscossione/"
        told = {"plan_second_cents": "5.000,00", "plan_second_count": "24"}
        assert ada_browses.post(url, RULES | told).status_code == 302
        rules = CreditRules.objects.get()
        assert (rules.plan_second_cents, rules.plan_second_count) == (500_000, 24)
        ada_browses.post(url, RULES)
        rules.refresh_from_db()
        assert (rules.plan_second_cents, rules.plan_second_count) == (None, None)
