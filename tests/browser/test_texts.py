"""Ada writes the formal demand of the TARI: what is missing is said, the law cannot be typed."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Inspector
from tests.browser.test_official_load import _log_in
from tests.stack import Stack

pytestmark = [pytest.mark.browser]


def test_a_demand_is_written(stack: Stack, page: Page, inspect: Inspector) -> None:
    page.goto(stack.url("borgo", "/ufficio/testi/"))
    _log_in(page)
    inspect.look(page, "testi")
    page.get_by_role("link", name=re.compile("TARI.*Sollecito formale, Lettera")).click()
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
