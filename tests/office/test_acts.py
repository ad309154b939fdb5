"""Acts at the desk: worked out by one, read and approved by another, made, served; refused in words."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from billing.models import Position
from billing.selectors.ledger import ledger_problems
from dunning.models import ActBatch, Wave
from dunning.rules.step_drafts import StepDraft
from dunning.rules.template_checks import Act, Form
from dunning.services.act_batches import WORK
from paybox.kernel.clock import move_clock_to, today
from tests.build import make_subject
from tests.dunning.acting import TURN, answer, at_turn, authorise, procedure, tari
from tests.pages import text_of

HERE = "/ufficio/coattiva/atti/"
DEMAND = StepDraft(
    "FORMALE", "SCADENZA", 60, ("LETTERA",), needs_approval=True, charges=("SPESE_NOTIFICA",)
)


@pytest.fixture
def at_its_turn() -> Position:
    authorise(Act.DEMAND, Form.LETTER)
    procedure(DEMAND)
    move_clock_to(TURN)
    return at_turn(make_subject())


def asked(browser: Client, **changes: Any) -> Any:
    due_on: date = today() + timedelta(days=60)
    form = {"step": f"{tari().pk}/1", "due_on": due_on.isoformat(), "reason": "Anni 2026"} | changes
    return browser.post(f"{HERE}nuovo/", form)


def test_one_works_it_out_another_approves(
    ada_browses: Client, enter: Any, at_its_turn: Position
) -> None:
    assert "Nessun lotto di atti" in text_of(ada_browses.get(HERE))
    page = asked(ada_browses).headers["Location"]
    shown = text_of(ada_browses.get(page))
    assert "persona diversa da chi li ha preparati" in shown
    assert "7,83" in shown
    ada_browses.post(f"{page}approva/")
    assert "persona diversa" in text_of(ada_browses.get(page))
    other = enter("elena@example.org")
    assert "Approva 1 atto" in text_of(other.get(page))
    other.post(f"{page}approva/", {"impronta": ActBatch.objects.get().snapshot_sha256})
    answer(WORK)
    assert "Ora gli atti vanno notificati" in text_of(other.get(page))
    wave = other.post(f"{page}notifica/").headers["Location"]
    assert "Notifica di atti" in text_of(other.get(wave))
    assert "1219" in text_of(other.get(wave))
    assert Wave.objects.get().amount_cents == 20_783
    assert "vedi l'invio" in text_of(other.get(page))
    assert list(ledger_problems()) == []


def test_refusals_are_said_and_nothing_is_written(
    ada_browses: Client, at_its_turn: Position
) -> None:
    answer_ = asked(ada_browses, due_on=today().isoformat())
    assert answer_.status_code == 422
    assert "deve essere dopo oggi" in text_of(answer_)
    assert asked(ada_browses, step="1/9").status_code == 422
    assert ActBatch.objects.count() == 0


def test_without_a_step_the_page_says_what_is_missing(ada_browses: Client) -> None:
    assert "Nessuna procedura prevede un atto" in text_of(ada_browses.get(f"{HERE}nuovo/"))


def test_cancelled_it_changes_nothing(ada_browses: Client, at_its_turn: Position) -> None:
    page = asked(ada_browses).headers["Location"]
    ada_browses.post(f"{page}annulla/")
    assert "nessun credito è cambiato" in text_of(ada_browses.get(page))
    assert Position.objects.count() == 1


def test_a_reader_only_reads(ada_browses: Client, enter: Any, at_its_turn: Position) -> None:
    page = asked(ada_browses).headers["Location"]
    bruno = enter("bruno@example.org")
    assert bruno.get(page).status_code == 200
    for order in ("approva", "annulla", "notifica"):
        assert bruno.post(f"{page}{order}/").status_code == 403
    assert bruno.get(f"{HERE}nuovo/").status_code == 403
