"""Litigation from the desk: the lines read with their article, then confirmed; acts served and what follows."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from billing.models import Position
from billing.rules.interest import legal_interest_cents
from billing.selectors.ledger import ledger_problems
from dunning.models import CreditRules, ServedAct
from dunning.rules.limitation import CreditKind
from paybox.kernel.clock import today
from tests.build import make_position, pay
from tests.dunning.test_served import stepped
from tests.pages import text_of

DUE = date(2021, 6, 16)


def page_of(position: Position, what: str) -> str:
    return f"/ufficio/posizioni/{position.uuid}/{what}/"


def asked(**given: str) -> dict[str, str]:
    day = (today() + timedelta(days=60)).isoformat()
    return {"way": "RACCOMANDATA_AR", "due_on": day, "reason": "Atto 7/2026"} | given


def tax(position: Position) -> None:
    CreditRules.objects.create(service=position.service, kind=CreditKind.LOCAL_TAX)


def serve(browser: Client, position: Position, **given: str) -> Any:
    act = {
        "kind": "ACCERTAMENTO", "source": "AR", "reference": "R 123", "sent_on": "2026-01-10",
        "perfected_on": "2026-01-15",
    } | given  # fmt: skip
    return browser.post(page_of(position, "notifiche"), act)


class TestReplacement:
    def test_lines_are_read_before_anything_is_charged(self, ada_browses: Client) -> None:
        old = make_position(cents=100_000, rates=(), due_on=DUE)
        tax(old)
        interest = legal_interest_cents(principal_cents=100_000, due_on=DUE, paid_on=today())
        shown = ada_browses.post(page_of(old, "sostituisci"), asked(with_sanction="on"))
        words = text_of(shown)
        for needed in ("300,00", "7,83", "art. 1284 c.c.", "D.M. 14/4/2023, art. 2", "471/1997"):
            assert needed in words, needed
        assert Position.objects.count() == 1
        total = 100_000 + 30_000 + interest + 783
        given = asked(with_sanction="on", conferma="1", total=str(total))
        answer = ada_browses.post(page_of(old, "sostituisci"), given)
        new = Position.objects.get(replaces=old)
        assert answer["Location"] == f"/ufficio/posizioni/{new.uuid}/"
        assert list(new.transfers.order_by("pk").values_list("kind", "amount_cents")) == [
            ("APERTURA", 100_000), ("SANZIONI", 30_000), ("INTERESSI", interest), ("SPESE_NOTIFICA", 783),
        ]  # fmt: skip
        assert (new.total_cents, new.residual_cents) == (total, total)
        assert list(ledger_problems()) == []

    def test_who_pays_by_herself_is_told_the_reduced_sanction(self, ada_browses: Client) -> None:
        """D.Lgs. 472/1997, art. 13: a sixth of 30 % beyond two years; nothing once an assessment is served."""
        old = make_position(cents=100_000, rates=(), due_on=DUE)
        assert "ravvedimento" not in text_of(ada_browses.get(page_of(old, "sostituisci")))
        tax(old)
        assert "sanzione ridotta di 50,00" in text_of(ada_browses.get(page_of(old, "sostituisci")))
        serve(ada_browses, old)
        assert "ravvedimento" not in text_of(ada_browses.get(page_of(old, "sostituisci")))

    def test_another_total_than_the_one_read_is_not_charged(self, ada_browses: Client) -> None:
        old = make_position(cents=100_000, rates=(), due_on=DUE)
        for total in ("1", ""):
            given = asked(conferma="1", total=total)
            answer = ada_browses.post(page_of(old, "sostituisci"), given)
            assert (answer.status_code, Position.objects.count()) == (422, 1)
            assert "gli importi sono cambiati" in text_of(answer)

    def test_a_sanction_is_for_taxes_and_once(self, ada_browses: Client) -> None:
        old = make_position(cents=100_000, rates=(), due_on=DUE)
        question = "Con la sanzione"
        assert question not in text_of(ada_browses.get(page_of(old, "sostituisci")))
        tax(old)
        assert question in text_of(ada_browses.get(page_of(old, "sostituisci")))
        interest = legal_interest_cents(principal_cents=100_000, due_on=DUE, paid_on=today())
        given = asked(with_sanction="on", conferma="1", total=str(130_783 + interest))
        ada_browses.post(page_of(old, "sostituisci"), given)
        new = Position.objects.get(replaces=old)
        assert question not in text_of(ada_browses.get(page_of(new, "sostituisci")))

    def test_charges_come_with_a_title(self, ada_browses: Client) -> None:
        old = make_position(cents=100_000, rates=(), due_on=DUE)
        question = "Con gli oneri"
        assert question not in text_of(ada_browses.get(page_of(old, "sostituisci")))
        serve(ada_browses, old)
        shown = ada_browses.post(page_of(old, "sostituisci"), asked(with_charges="on"))
        assert question in text_of(shown)
        assert "60,00" in text_of(shown)  # 6 %: more than 60 days after 16 March 2026

    def test_what_is_paid_is_not_replaced(self, ada_browses: Client) -> None:
        paid = make_position(rates=())
        pay(paid.instalments.get(number=0).notice_number, 12_000)
        answer = ada_browses.post(page_of(paid, "sostituisci"), asked(conferma="1", total="12000"))
        assert (answer.status_code, Position.objects.count()) == (302, 1)

    def test_a_reader_may_not(self, enter: Any) -> None:
        position = make_position(rates=())
        for what in ("sostituisci", "notifiche"):
            assert enter("bruno@example.org").get(page_of(position, what)).status_code == 403


class TestServedActs:
    def test_written_once_told_and_carried_on(self, ada_browses: Client) -> None:
        old = make_position(cents=100_000, rates=(), due_on=DUE)
        for _ in range(2):
            assert serve(ada_browses, old).status_code == 302
        act = ServedAct.objects.get()
        assert (act.perfected_on, act.source, act.actor_name) == (
            date(2026, 1, 15), "AR", "Ada Bianchi",
        )  # fmt: skip
        shown = text_of(ada_browses.get(page_of(old, "notifiche")))
        assert "16/03/2026" in shown  # sixty days after 15 January
        interest = legal_interest_cents(principal_cents=100_000, due_on=DUE, paid_on=today())
        given = asked(conferma="1", total=str(100_783 + interest))
        ada_browses.post(page_of(old, "sostituisci"), given)
        assert Position.objects.get(replaces=old).served_acts.get().reference == "R 123"

    def test_the_clock_of_the_debt_is_there(self, ada_browses: Client) -> None:
        position = make_position(rates=(), due_on=date(2024, 6, 16))
        here = page_of(position, "notifiche")
        assert "Ultimo giorno" not in text_of(ada_browses.get(here))
        tax(position)
        shown = text_of(ada_browses.get(here))
        assert "Decadenza" in shown
        assert "31/12/2029" in shown  # L. 296/2006, art. 1 c. 161
        serve(ada_browses, position)
        shown = text_of(ada_browses.get(here))
        assert "15/01/2031" in shown  # five years after the assessment
        assert "Decadenza" not in shown

    def test_a_step_that_was_delivered_is_among_them(self, ada_browses: Client) -> None:
        """Nobody wrote it down: the certified mail's own receipt proves it, and the terms run from it."""
        position = make_position(rates=(), due_on=date(2025, 6, 16))
        stepped(position, kind="LEGALE", channel="PEC")
        shown = text_of(ada_browses.get(page_of(position, "notifiche")))
        for needed in ("Ricevuta di consegna PEC", "10/01/2026", "11/01/2026", "12/03/2026"):
            assert needed in shown, needed

    @pytest.mark.parametrize(
        ("given", "words"),
        [
            ({"perfected_on": "2999-01-01"}, "nel futuro"),
            ({"sent_on": "2026-01-16"}, "dopo quella di perfezionamento"),
            ({"reference": " "}, "obbligatorio"),
        ],
    )
    def test_days_that_cannot_be(
        self, ada_browses: Client, given: dict[str, str], words: str
    ) -> None:
        answer = serve(ada_browses, make_position(rates=()), **given)
        assert answer.status_code == 422
        assert words in text_of(answer)
        assert ServedAct.objects.count() == 0
