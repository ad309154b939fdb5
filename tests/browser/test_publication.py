"""An official puts a position right and sees it told; an administrator sees what another road would do, and chooses it."""

import pytest
from django_tenants.utils import schema_context
from playwright.sync_api import Page, expect

from billing.models import Position
from billing.selectors.ledger import ledger_problems
from tenants.models import Ente
from tests.browser.conftest import Inspector
from tests.browser.test_official_load import _log_in
from tests.build import make_position
from tests.conftest import use_database
from tests.stack import Stack

pytestmark = [pytest.mark.browser]


def test_amount_debtor_and_road(stack: Stack, page: Page, inspect: Inspector) -> None:
    with use_database(stack.database), schema_context("borgo"):
        position = make_position(reference="DA-CORREGGERE")
    page.goto(stack.url("borgo", f"/ufficio/posizioni/{position.uuid}/"))
    _log_in(page)
    page.get_by_role("link", name="Modifica…").click()
    inspect.look(page, "posizione-modifica")
    page.get_by_role("button", name="Salva le modifiche").click()
    expect(page.get_by_text("Scrivere il motivo")).to_be_visible()
    inspect.look(page, "posizione-modifica-errore")
    page.get_by_label("Importo · rata unica").fill("100,00")
    page.get_by_label("Importo · 1ª rata").fill("50,00")
    page.get_by_label("Importo · 2ª rata").fill("50,00")
    page.get_by_label("Motivo").fill("Atto 12/2026")
    page.get_by_role("button", name="Salva le modifiche").click()
    expect(page.get_by_text("è modificata")).to_be_visible()
    inspect.look(page, "posizione-modificata")
    page.get_by_role("link", name="Dati del debitore…").click()
    inspect.look(page, "posizione-debitore")
    page.goto(stack.url("borgo", "/ufficio/tipi-di-dovuto/"))
    page.get_by_role("link", name="Vie verso pagoPA").click()
    inspect.look(page, "vie")
    page.get_by_label("Nuova via", exact=True).select_option("DIRETTA")
    page.get_by_role("button", name="Vedi gli effetti").first.click()
    inspect.look(page, "via-effetti")
    page.get_by_role("button", name="Usa la via «Diretta»").click()
    expect(page.get_by_text("La via è scelta")).to_be_visible()
    with use_database(stack.database), schema_context("borgo"):
        assert Position.objects.get(reference="DA-CORREGGERE").residual_cents == 10_000
        assert list(ledger_problems()) == []
        assert Ente.objects.get(schema_name="borgo").gateway == "DIRETTA"
        Ente.objects.filter(schema_name="borgo").update(gateway="SOAP")
