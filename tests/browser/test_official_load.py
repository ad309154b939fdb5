"""The official's morning: log in, load the file of the year, read the preview, confirm, see the figures."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django_tenants.utils import schema_context
from playwright.sync_api import Page, expect

from billing.demo_data import tari_rows
from paybox.kernel.money import parse_cents
from tenants.services.demo_users import DEMO_PASSWORD, ensure_demo_users
from tests.browser.conftest import Inspector
from tests.build import make_position, make_subject
from tests.conftest import use_database
from tests.stack import Stack
from tests.template import PASSWORD

pytestmark = [pytest.mark.browser]
JOB_MS = 90_000


def test_from_the_login_to_the_dashboard(
    stack: Stack, page: Page, inspect: Inspector, tmp_path: Path
) -> None:
    file = tmp_path / "tari.csv"
    file.write_bytes(tari_rows(datetime.now(tz=UTC).date()))
    page.goto(stack.url("borgo", "/ufficio/"))
    inspect.look(page, "ufficio-accesso")
    _log_in(page)
    before = _cents(_figure(page, "emesso"))
    page.goto(stack.url("borgo", "/ufficio/caricamenti/nuovo/"))
    inspect.look(page, "ufficio-caricamento-1")
    page.get_by_role("button", name="Controlla il file").click()
    expect(page.get_by_text("Scegliere il file da caricare.")).to_be_visible()
    inspect.look(page, "ufficio-caricamento-1-errori")
    page.get_by_label("Tipo di dovuto").select_option(label="TARI – tassa sui rifiuti")
    page.get_by_label("File dei crediti").set_input_files(file)
    page.get_by_role("button", name="Controlla il file").click()
    expect(page.get_by_role("heading", name="Anteprima di tari.csv")).to_be_visible(timeout=JOB_MS)
    expect(page.locator("[data-figure=rifiutate]")).to_contain_text("12")
    amount = page.locator("[data-figure=importo]").inner_text()
    inspect.look(page, "ufficio-caricamento-2-anteprima")
    page.get_by_role("button", name="Conferma e apri").click()
    expect(page.get_by_role("link", name="Torna al caricamento")).to_be_visible(timeout=JOB_MS)
    inspect.look(page, "ufficio-caricamento-3-lavoro")
    page.get_by_role("link", name="Torna al caricamento").click()
    inspect.look(page, "ufficio-caricamento-4-fatto")
    page.get_by_label("Menu dell'ufficio").get_by_role("link", name="Panoramica").click()
    inspect.look(page, "ufficio-panoramica")
    assert _cents(_figure(page, "emesso")) - before == _cents(amount)
    for name, path in (("posizioni", "posizioni/"), ("caricamenti", "caricamenti/")):
        page.goto(stack.url("borgo", f"/ufficio/{path}"))
        inspect.look(page, f"ufficio-{name}")


def test_the_pages_of_one_credit_and_its_debtor(
    stack: Stack, page: Page, inspect: Inspector
) -> None:
    with use_database(stack.database), schema_context("borgo"):
        make_position(subject=make_subject(codice_fiscale="PSZPRV80A01H501X", email="", mobile=""))
    page.goto(stack.url("borgo", "/ufficio/"))
    _log_in(page)
    page.goto(stack.url("borgo", "/ufficio/posizioni/"))
    page.get_by_role("table").get_by_role("link").first.click()
    inspect.look(page, "ufficio-posizione")
    page.locator("main a[href*='/contribuenti/']").first.click()
    inspect.look(page, "ufficio-contribuente")
    page.keyboard.press("/")
    page.keyboard.type("zzz-nessuno")
    page.keyboard.press("Enter")
    page.wait_for_url("**/cerca/**")
    inspect.look(page, "ufficio-ricerca-vuota")
    page.goto(stack.url("borgo", "/ufficio/tipi-di-dovuto/"))
    inspect.look(page, "ufficio-tipi-di-dovuto")


def test_the_platform_leads_to_the_office(stack: Stack, page: Page, inspect: Inspector) -> None:
    page.goto(f"http://localhost:{stack.ports.web}/")
    inspect.look(page, "piattaforma-ospite")
    page.get_by_role("main").get_by_role("link", name="Accesso del personale").click()
    _log_in(page)
    expect(page.get_by_role("heading", name="I tuoi Enti")).to_be_visible()
    inspect.look(page, "piattaforma-enti")
    link = page.get_by_role("link", name="Comune di Borgo")
    expect(link).to_have_attribute("href", stack.url("borgo", "/ufficio/"))


def test_who_looks_after_the_platform_sees_how_the_enti_are(
    stack: Stack, page: Page, inspect: Inspector, django_db_blocker: Any
) -> None:
    with django_db_blocker.unblock(), use_database(stack.database):
        ensure_demo_users()
    page.goto(f"http://localhost:{stack.ports.web}/accounts/login/")
    _log_in(page, "piattaforma@paybox.example", DEMO_PASSWORD)
    expect(page.get_by_role("heading", name="Stato degli Enti")).to_be_visible()
    expect(page.get_by_role("row", name="Comune di Borgo")).to_be_visible()
    inspect.look(page, "piattaforma-stato")


def _figure(page: Page, name: str) -> str:
    """A figure of the dashboard; nothing yet is zero."""
    found = page.locator(f"[data-figure={name}]")
    return found.inner_text() if found.count() else "0,00 €"


def _cents(text: str) -> int:
    return int(parse_cents(text.split("€")[0]))


def _log_in(page: Page, email: str = "ada@example.org", password: str = PASSWORD) -> None:
    page.locator("input[name=login]").fill(email)
    page.locator("input[name=password]").fill(password)
    page.locator("main form button[type=submit]").click()
