"""App IO and SEND turned on in a real browser: wide, narrow, and read by axe; the key is not there to be read again."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Inspector
from tests.browser.test_official_load import _log_in
from tests.stack import Stack

pytestmark = [pytest.mark.browser]


def test_both_platforms_are_turned_on(stack: Stack, page: Page, inspect: Inspector) -> None:
    page.goto(stack.url("borgo", "/ufficio/invii/piattaforme/"))
    _log_in(page)
    inspect.look(page, "piattaforme-spente")
    page.get_by_role("link", name="Scrivi una chiave per App IO").click()
    page.get_by_role("button", name="Salva").click()
    expect(page.get_by_text("La prima volta serve la chiave")).to_be_visible()
    inspect.look(page, "piattaforma-io-errore")
    page.get_by_label("Chiave").fill("chiave-dimostrativa")
    page.get_by_role("button", name="Salva").click()
    page.get_by_role("link", name="Scrivi una chiave per SEND").click()
    inspect.look(page, "piattaforma-send")
    page.get_by_label("Chiave").fill("chiave-dimostrativa")
    page.get_by_role("button", name="Salva").click()
    expect(page.get_by_text("SEND è attivo")).to_be_visible()
    expect(page.get_by_text("chiave-dimostrativa")).to_have_count(0)
    inspect.look(page, "piattaforme")
