"""Campaigns for past years at the desk: written, looked at by year, simulated; refused in words; nobody else's are seen."""

import re
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django_tenants.utils import schema_context

from billing.models import Position, Service
from billing.selectors.ledger import ledger_problems
from dunning.channels.library import ready_text
from dunning.models import CreditRules, LetterCampaign, Wave
from dunning.rules.template_checks import Act, Form
from dunning.services.texts import approve_text, write_text
from paybox.kernel.actor import SYSTEM, Actor
from paybox.kernel.clock import move_clock_to, now
from tests.build import make_position
from tests.pages import text_of

HERE = "/ufficio/invii/anni-passati/"


@pytest.fixture(autouse=True)
def that_day() -> None:
    move_clock_to(date(2026, 3, 2))


def tari() -> Service:
    return Service.objects.get(code="TARI")


def form(**changes: Any) -> dict[str, Any]:
    return {
        "service": tari().pk, "name": "Arretrati TARI", "year_from": 2020, "year_to": 2025, "channels": "LETTERA",
    } | changes  # fmt: skip


def authorise() -> None:
    draft = ready_text("TARI", Act.ARREARS, Form.LETTER)
    assert draft is not None
    version = write_text(service_id=tari().pk, draft=draft, actor=SYSTEM, at=now())
    approve_text(version_id=version.pk, actor=Actor(99, "Altra persona"), at=now())


def old(year: int, reference: str) -> None:
    position = make_position(rates=(), due_on=date(year, 9, 16), reference=reference)
    Position.objects.filter(pk=position.pk).update(year=year)


def test_from_the_choice_to_the_simulation(ada_browses: Client) -> None:
    assert "Nessuna campagna" in text_of(ada_browses.get(HERE))
    refused = ada_browses.post(f"{HERE}nuova/", form())
    assert refused.status_code == 422
    assert "natura del credito" in text_of(refused)
    CreditRules.objects.create(service=tari(), kind="PERIODICO")
    old(2020, "PERSA")
    old(2023, "BUONA")
    assert ada_browses.post(f"{HERE}nuova/", form()).status_code == 302
    page = f"{HERE}{LetterCampaign.objects.get().uuid}/"
    shown = text_of(ada_browses.get(page))
    assert re.search(r"Crediti che si possono chiedere</dt><dd>1<", shown)
    assert re.search(r"Prescritti o decaduti, non si chiedono</dt><dd>1<", shown)
    ada_browses.post(f"{page}simula/")
    assert "Manca il testo «Annualità arretrate»" in text_of(ada_browses.get(page))
    authorise()
    wave = ada_browses.post(f"{page}simula/")
    assert ">Arretrati TARI</a>" in text_of(ada_browses.get(wave.headers["Location"]))
    assert "Che cosa ne è venuto, anno per anno" in text_of(ada_browses.get(page))
    assert Wave.objects.get().recipients == 1
    assert list(ledger_problems()) == []


def test_years_must_be_in_order(ada_browses: Client) -> None:
    CreditRules.objects.create(service=tari(), kind="PERIODICO")
    answer = ada_browses.post(f"{HERE}nuova/", form(year_from=2025, year_to=2020))
    assert (answer.status_code, LetterCampaign.objects.count()) == (422, 0)


def test_a_reader_writes_none_and_valle_finds_none(
    ada_browses: Client, enter: Any, valle: Any
) -> None:
    CreditRules.objects.create(service=tari(), kind="PERIODICO")
    ada_browses.post(f"{HERE}nuova/", form())
    page = f"{HERE}{LetterCampaign.objects.get().uuid}/"
    bruno = enter("bruno@example.org")
    assert bruno.get(page).status_code == 200
    assert bruno.post(f"{page}simula/").status_code == 403
    assert bruno.get(f"{HERE}nuova/").status_code == 403
    with schema_context("valle"):
        assert not LetterCampaign.objects.exists()
