"""Ada writes the Ente's texts: what is missing is said, the law cannot be typed; a step of a procedure chooses its own."""

import re
from datetime import timedelta

import pytest
from django_tenants.utils import schema_context
from playwright.sync_api import Page, expect

from billing.models import Position, Service
from billing.services.catalogue import open_service
from dunning.models import TextVersion
from dunning.services.texts import approve_text
from paybox.kernel.actor import Actor
from paybox.kernel.clock import now, today
from tests.browser.conftest import Inspector
from tests.browser.test_official_load import _log_in
from tests.build import make_position, make_subject
from tests.conftest import use_database
from tests.stack import Stack

pytestmark = [pytest.mark.browser]
ELSE = Actor(88, "Elena Fabbri")
FIRM = "Secondo sollecito, fermo"
CODE, SERVICE = "REFEZIONE", "Refezione scolastica"  # nobody else's


def test_a_demand_is_written(stack: Stack, page: Page, inspect: Inspector) -> None:
    page.goto(stack.url("borgo", "/ufficio/testi/"))
    _log_in(page)
    inspect.look(page, "testi")
    page.get_by_role(
        "link", name=re.compile("una versione: TARI.*Sollecito formale, Lettera")
    ).click()
    expect(page.get_by_text("articolo 1219 del codice civile")).to_be_visible()
    days = page.get_by_label("Giorni per pagare")
    days.fill("5")
    page.get_by_role("button", name="Scrivi la versione").click()
    expect(page.get_by_text("almeno 10 giorni")).to_be_visible()
    inspect.look(page, "testo-scrivi")
    days.fill("20")
    page.get_by_role("button", name="Scrivi la versione").click()
    expect(page.get_by_text("ora va autorizzata da un'altra persona")).to_be_visible()
    expect(page.get_by_text("entro 20 giorni dal ricevimento").first).to_be_visible()
    inspect.look(page, "testo")


def _opened(stack: Stack) -> None:
    """One more tipo di dovuto."""
    with use_database(stack.database), schema_context("borgo"):
        like = Service.objects.get(code="OCCUPAZIONE")
        open_service(
            code=CODE, name=SERVICE, causale="Refezione", taxonomy=like.taxonomy, sector=like.sector, actor=ELSE, at=now()
        )  # fmt: skip


def _authorised(stack: Stack) -> None:
    """By somebody else; and there is a debtor at her turn."""
    with use_database(stack.database), schema_context("borgo"):
        version = TextVersion.objects.get(variant=FIRM)
        approve_text(version_id=version.pk, actor=ELSE, at=now())
        who = make_subject(
            codice_fiscale="VLPGNN80A41H501S", name="Volpe Gianna", sort_key="VOLPE GIANNA", mobile="+393335558001",
        )  # fmt: skip
        late = today() - timedelta(days=20)
        debt = make_position(service=CODE, subject=who, cents=4_520, rates=(), due_on=late)
        Position.objects.filter(pk=debt.pk).update(noticed_at=now())


def test_another_text_is_written_and_a_step_says_it(
    stack: Stack, page: Page, inspect: Inspector
) -> None:
    _opened(stack)
    page.goto(stack.url("borgo", "/ufficio/testi/"))
    _log_in(page)
    other = re.compile(f"Scrivi un altro testo: {SERVICE}.*Sollecito bonario, SMS")
    page.get_by_role("link", name=other).click()
    page.get_by_role("button", name="Scrivi la versione").click()
    expect(page.get_by_text("Questo campo è obbligatorio")).to_be_visible()
    inspect.look(page, "testo-altro")
    page.get_by_label("Nome del testo").fill(FIRM)
    page.get_by_role("button", name="Scrivi la versione").click()
    expect(page.get_by_role("heading", name=f"{FIRM} (Sollecito bonario, SMS)")).to_be_visible()
    _authorised(stack)
    page.goto(stack.url("borgo", "/ufficio/procedure/"))
    page.get_by_role("link", name=SERVICE).first.click()
    page.get_by_role("link", name="Scrivi la procedura").click()
    step = page.get_by_role("group", name="Passo 1")
    step.get_by_label("Primo canale").select_option("SMS")
    step.get_by_label("Se non arriva").select_option("EMAIL")
    step.get_by_label("Testo", exact=True).select_option(FIRM)
    page.get_by_role("button", name="Scrivi la nuova versione").click()
    expect(page.get_by_text("versione autorizzata in vigore per: E-mail")).to_be_visible()
    inspect.look(page, "procedura-testo-che-manca")
    step.get_by_label("Se non arriva").select_option("")
    page.get_by_role("button", name="Scrivi la nuova versione").click()
    expect(
        page.get_by_role("link", name=f"{FIRM} (Sollecito bonario, SMS), versione 1")
    ).to_be_visible()
    inspect.look(page, "procedura-con-testo")
    page.get_by_role("button", name="Prepara l'invio di questo passo").click()
    expect(page.get_by_text(f"Passo 1 della procedura, testo «{FIRM}»")).to_be_visible()
    inspect.look(page, "invio-con-testo")
    page.get_by_role("link", name=f"{FIRM} (Sollecito bonario, SMS), versione 1").click()
    expect(page.get_by_text("Lo usa il passo 1")).to_be_visible()
    inspect.look(page, "testo-con-nome")
    page.goto(stack.url("borgo", "/ufficio/testi/"))
    expect(page.get_by_text("lo usa il passo 1")).to_be_visible()
    inspect.look(page, "testi-con-nome")
