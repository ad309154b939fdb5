"""An administrator invites a colleague and lets her go, in a browser."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tenants.models import Membership, User
from tests.browser.conftest import Inspector
from tests.browser.test_official_load import _log_in
from tests.conftest import use_database
from tests.stack import Stack

pytestmark = [pytest.mark.browser]
EMAIL = "ida.moro@borgo.example"


def test_a_colleague_is_invited_and_let_go(
    stack: Stack, page: Page, inspect: Inspector, tmp_path: Path
) -> None:
    page.goto(stack.url("borgo", "/ufficio/tipi-di-dovuto/"))
    _log_in(page)
    page.get_by_role("link", name="Persone").click()
    inspect.look(page, "persone")
    page.get_by_role("link", name="Invita una persona").click()
    inspect.look(page, "persone-invito")
    page.get_by_label("Nome e cognome").fill("Ida Moro")
    page.get_by_label("Indirizzo e-mail").fill(EMAIL)
    page.get_by_role("button", name="Manda l'invito").click()
    expect(page.get_by_text("invito in attesa")).to_be_visible()
    page.get_by_role("link", name="Ida Moro").click()
    inspect.look(page, "persona")
    page.get_by_role("button", name="Togli l'accesso a Ida Moro").click()
    expect(page.get_by_role("heading", name="Chi ci ha lavorato")).to_be_visible()
    page.goto(stack.url("borgo", "/ufficio/invito/MQ/finto-1/"))
    inspect.look(page, "invito-scaduto")
    with use_database(stack.database):
        Membership.objects.filter(user__email=EMAIL).delete()
        User.objects.filter(email=EMAIL).delete()
