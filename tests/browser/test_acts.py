"""Campaigns for past years and acts for many, in a real browser: every page looked at, axe finding nothing."""

from datetime import date, timedelta

import pytest
from django_tenants.utils import schema_context
from playwright.sync_api import Page, expect

from billing.models import Position
from dunning.models import CreditRules
from dunning.rules.step_drafts import StepDraft
from dunning.rules.template_checks import Act, Form
from paybox.kernel.clock import today
from tests.browser.conftest import Inspector
from tests.browser.plan_steps import work_out_three
from tests.browser.test_official_load import _log_in
from tests.build import AT, make_position, make_subject
from tests.conftest import use_database
from tests.dunning.acting import authorise, procedure, tari
from tests.stack import Stack

pytestmark = [pytest.mark.browser]
DEMAND = StepDraft(
    "FORMALE", "SCADENZA", 60, ("LETTERA",), needs_approval=True,
    charges=("SPESE_NOTIFICA", "INTERESSI"),
)  # fmt: skip


def test_old_credits_and_acts(stack: Stack, page: Page, inspect: Inspector) -> None:
    with use_database(stack.database), schema_context("borgo"):
        CreditRules.objects.create(service=tari(), kind="ORDINARIO")
        authorise(Act.ARREARS, Form.LETTER)
        authorise(Act.DEMAND, Form.LETTER)
        procedure(DEMAND)
        debtor = make_subject(codice_fiscale="NRELCU70A01H501Q", name="Neri Luca", email="l@n.example")  # fmt: skip
        old = make_position(
            reference="VECCHIA-1", rates=(), due_on=date(2023, 6, 16), subject=debtor
        )
        Position.objects.filter(pk=old.pk).update(year=2023, noticed_at=AT)
    page.goto(stack.url("borgo", "/ufficio/invii/"))
    _log_in(page)
    page.get_by_role("link", name="Anni passati").click()
    inspect.look(page, "campagne-vuote")
    page.get_by_role("link", name="Nuova campagna").click()
    page.locator("#id_service").select_option(str(_service(stack)))
    page.locator("#id_name").fill("Arretrati TARI 2020-2024")
    page.locator("#id_year_from").fill("2020")
    page.locator("#id_year_to").fill("2024")
    inspect.look(page, "campagna-nuova")
    page.get_by_role("button", name="Vedi che cosa comprende").click()
    expect(page.get_by_text("Che cosa comprende oggi")).to_be_visible()
    inspect.look(page, "campagna")
    page.get_by_role("button", name="Simula l'invio").click()
    expect(page.get_by_text("dal controllo degli anni passati")).to_be_visible()
    inspect.look(page, "campagna-invio")
    page.get_by_role("link", name="Coattiva", exact=True).click()
    page.get_by_role("link", name="Atti", exact=True).click()
    inspect.look(page, "atti-vuoti")
    page.get_by_role("link", name="Nuovo lotto").click()
    page.locator("#id_due_on").fill((today() + timedelta(days=60)).isoformat())
    page.locator("#id_reason").fill("Recupero 2023")
    inspect.look(page, "atti-nuovo")
    page.get_by_role("button", name="Calcola gli atti").click()
    expect(page.get_by_text("persona diversa da chi li ha preparati")).to_be_visible()
    inspect.look(page, "atti-lotto")
    page.get_by_role("link", name="Torna agli atti").click()
    inspect.look(page, "atti")
    page.goto(stack.url("borgo", f"/ufficio/procedure/{_service(stack)}/cambia/"))
    inspect.look(page, "procedura-somme")
    page.goto(stack.url("borgo", f"/ufficio/coattiva/dilazioni/concedi/{old.uuid}/"))
    work_out_three(page)
    inspect.look(page, "dilazione-rate")
    page.get_by_role("button", name="Concedi 3 rate").click()
    expect(page.get_by_text("La dilazione è concessa")).to_be_visible()
    inspect.look(page, "dilazione")
    page.get_by_role("link", name="Torna alle dilazioni").click()
    inspect.look(page, "dilazioni")
    page.goto(stack.url("borgo", f"/ufficio/tipi-di-dovuto/{_service(stack)}/riscossione/"))
    inspect.look(page, "riscossione-dilazioni")
    with use_database(stack.database), schema_context("borgo"):
        CreditRules.objects.all().delete()


def _service(stack: Stack) -> int:
    with use_database(stack.database), schema_context("borgo"):
        return tari().pk
