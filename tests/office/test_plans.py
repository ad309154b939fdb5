"""A plan at the desk: its instalments read before they are granted, its reminders, its loss; the body's bands and periods."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from billing.models import Position
from billing.selectors.ledger import ledger_problems
from dunning.models import CreditRules, InstalmentPlan
from paybox.kernel.clock import move_clock_to
from tests.build import make_subject
from tests.dunning.acting import at_turn, tari
from tests.pages import text_of

HERE = "/ufficio/coattiva/dilazioni/"
RULES = {
    "kind": "PERIODICO", "alert_days": 180, "reminder_days": 30, "small_days": 60, "handover_minimum_cents": "10,00",
    "mora_spread": 0, "plan_spread": 0, "plan_tolerance_days": 0,
}  # fmt: skip


@pytest.fixture
def owed() -> Position:
    move_clock_to(date(2026, 7, 1))
    return at_turn(make_subject(), cents=48_000)


def form(**changes: Any) -> dict[str, Any]:
    return {
        "requested_on": "2026-07-01", "count": 4, "first": "2026-07-15", "act": "Det. 12/2026",
    } | changes  # fmt: skip


def test_read_granted_reminded_lost(ada_browses: Client, enter: Any, owed: Position) -> None:
    assert "Nessuna dilazione" in text_of(ada_browses.get(HERE))
    url = f"{HERE}concedi/{owed.uuid}/"
    assert "al massimo <strong>4</strong> rate" in text_of(ada_browses.get(url))
    shown = text_of(ada_browses.post(url, form()))
    assert "120,24" in shown
    assert InstalmentPlan.objects.count() == 0
    wrong = ada_browses.post(url, form(conferma="1", total="1"))
    assert wrong.status_code == 422
    assert "sono cambiati" in text_of(wrong)
    page = ada_browses.post(url, form(conferma="1", total="48192")).headers["Location"]
    assert "In corso" in text_of(ada_browses.get(page))
    move_clock_to(date(2026, 10, 30))
    for number in (1, 2):
        sent = {"number": number, "sent_on": "2026-10-01", "term_on": "2026-10-20", "proof": "R 1"}
        assert ada_browses.post(f"{page}sollecita/", sent).status_code == 302
    assert ada_browses.post(f"{page}sollecita/", sent).status_code == 422
    loss = {"act": "Det. 50/2026", "due_on": "2026-12-31"}
    assert enter("bruno@example.org").post(f"{page}decadenza/", loss).status_code == 403
    assert "Dichiara la decadenza" in text_of(ada_browses.get(page))
    assert ada_browses.post(f"{page}decadenza/", loss).status_code == 302
    assert "Decadenza dichiarata" in text_of(ada_browses.get(page))
    refused = text_of(ada_browses.post(f"{HERE}concedi/{Position.objects.latest('pk').uuid}/", form(requested_on="2026-10-30", first="2026-11-01")))  # fmt: skip
    assert "è decaduto" in refused
    assert list(ledger_problems()) == []


def test_the_body_writes_its_bands_and_periods(ada_browses: Client) -> None:
    url = f"/ufficio/tipi-di-dovuto/{tari().pk}/riscossione/"
    told = {"plan_bands": "500,00 4\noltre 36", "suspensions": "08/03/2020 31/05/2020 art. 67 D.L. 18/2020"}  # fmt: skip
    assert ada_browses.post(url, RULES | told).status_code == 302
    rules = CreditRules.objects.get()
    assert rules.plan_bands == [[50_000, 0, 4], [None, 0, 36]]
    assert rules.suspensions == [["2020-03-08", "2020-05-31", "art. 67 D.L. 18/2020"]]
    shown = text_of(ada_browses.get(url))
    assert "500,00 4" in shown
    assert "08/03/2020 31/05/2020 art. 67" in shown


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"plan_bands": "500,00 4"}, "l'ultima riga è «oltre»"),
        ({"plan_bands": "500,00 4\noltre 24"}, "almeno 36 rate"),
        ({"plan_bands": "molti 4\noltre 72"}, "molti"),
        ({"suspensions": "31/05/2020 08/03/2020 art. 67"}, "il primo giorno, l'ultimo"),
        ({"suspensions": "2020-03-08 2020-05-31 art. 67"}, "gg/mm/aaaa"),
        ({"mora_spread": 201}, "200"),
    ],
)
def test_what_the_law_does_not_allow(ada_browses: Client, told: dict[str, Any], words: str) -> None:
    answer = ada_browses.post(f"/ufficio/tipi-di-dovuto/{tari().pk}/riscossione/", RULES | told)
    assert answer.status_code == 422
    assert words in text_of(answer)
