"""An administrator sets up the TARI: a share for the province, interest from the day after, then the books."""

from pathlib import Path

import pytest
from django_tenants.utils import schema_context
from playwright.sync_api import Page, expect

from billing.models import Service
from tests.browser.conftest import Inspector
from tests.browser.test_official_load import _log_in
from tests.conftest import use_database
from tests.stack import Stack

pytestmark = [pytest.mark.browser]


def test_shares_and_the_amount_of_the_day(
    stack: Stack, page: Page, inspect: Inspector, tmp_path: Path
) -> None:
    page.goto(stack.url("borgo", "/ufficio/tipi-di-dovuto/"))
    _log_in(page)
    page.get_by_role("link", name="TARI").click()
    inspect.look(page, "servizio")
    page.get_by_role("link", name="Quote di altri enti").click()
    first = page.get_by_role("group", name="Ente 1")
    first.get_by_label("Ente beneficiario").fill("Provincia di Valle")
    page.get_by_role("button", name="Salva le quote").click()
    expect(page.get_by_text("Compilare questo campo").first).to_be_visible()
    inspect.look(page, "servizio-quote-errore")
    first.get_by_label("Codice fiscale").fill("80098765432")
    first.get_by_label("IBAN", exact=True).fill("IT60 X054 2811 1010 0000 0123 456")
    first.get_by_label("Codice tassonomico").fill("9/0201102IM/")
    first.get_by_label("Quanto gli spetta").select_option("sul_tributo")
    first.get_by_label("Percentuale o importo").fill("5")
    page.get_by_role("button", name="Salva le quote").click()
    expect(page.get_by_text("sono aggiornate")).to_be_visible()
    page.get_by_role("link", name="Importo del giorno").click()
    rule = page.get_by_role("group", name="Regola 1")
    rule.get_by_label("Che cosa cambia").select_option("LEGALI")
    rule.get_by_label("Giorni").fill("0")
    rule.get_by_label("Per i dovuti aperti dal").fill("2026-01-01")
    inspect.look(page, "servizio-importo")
    page.get_by_role("button", name="Salva le regole").click()
    expect(page.get_by_text("sono aggiornate")).to_be_visible()
    with use_database(stack.database), schema_context("borgo"):
        service = Service.objects.get(code="TARI")
        assert [one["sul_tributo"] for one in service.shares] == [500]
        assert [one["tipo"] for one in service.amount_rules] == ["INTERESSI"]
        Service.objects.filter(code="TARI").update(shares=[], amount_rules=[])
