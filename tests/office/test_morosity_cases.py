"""The case of a member at the desk: opened from the list, a fact written by one and confirmed by another."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from billing.models import Position
from dunning.models import CreditRules, MorosityCase, MorosityFact
from paybox.kernel.clock import move_clock_to
from registry.models import Subject
from tests.build import make_position, make_subject
from tests.dunning.acting import tari
from tests.pages import text_of

FORM = {"kind": "CONVOCAZIONE", "on": "2026-07-01", "hearing_on": "2026-08-01", "reference": "PEC 12"}  # fmt: skip


@pytest.fixture
def member(borgo: Any) -> Subject:
    CreditRules.objects.create(service=tari(), kind="QUOTA_ORDINE")
    move_clock_to(date(2026, 9, 1))
    who = make_subject()
    for year in (2024, 2025):
        dues = make_position(rates=(), due_on=date(year, 3, 31), subject=who)
        Position.objects.filter(pk=dues.pk).update(year=year)
    return who


def test_opened_written_confirmed(ada_browses: Client, enter: Any, member: Subject) -> None:
    listed = f"/ufficio/coattiva/morosi/{tari().pk}/"
    assert "Apri il procedimento" in text_of(ada_browses.get(listed))
    page = ada_browses.post(f"{listed}apri/{member.pk}/").headers["Location"]
    assert "Nessun passo ancora" in text_of(ada_browses.get(page))
    wrong = ada_browses.post(page, FORM | {"hearing_on": ""})
    assert wrong.status_code == 422
    assert "per quale giorno" in text_of(wrong)
    assert ada_browses.post(page, FORM).status_code == 302
    fact = MorosityFact.objects.get()
    ada_browses.post(f"{page}passi/{fact.pk}/conferma/")
    assert "persona diversa" in text_of(ada_browses.get(page))
    elena = enter("elena@example.org")
    assert "Conferma: convocazione" in text_of(elena.get(page))
    elena.post(f"{page}passi/{fact.pk}/conferma/")
    assert "Convocazione notificata. Lo ha aperto Ada Bianchi il" in text_of(elena.get(page))
    assert enter("bruno@example.org").get(page).status_code == 403
    assert MorosityCase.objects.count() == 1
