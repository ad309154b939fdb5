"""An official serves, replaces, hands over and reads what came of it; an administrator says of what kind credits are."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from django_tenants.utils import schema_context
from playwright.sync_api import Page, expect

from billing.models import Position
from billing.selectors.ledger import ledger_problems
from dunning.models import CreditRules, HandOver
from paybox.kernel.clock import today
from tests.browser.conftest import Inspector
from tests.browser.test_official_load import _log_in
from tests.build import make_position, make_subject
from tests.conftest import use_database
from tests.stack import Stack

pytestmark = [pytest.mark.browser]


def test_from_service_to_outcome(
    stack: Stack, page: Page, inspect: Inspector, tmp_path: Path
) -> None:
    with use_database(stack.database), schema_context("borgo"):
        debtor = make_subject(
            codice_fiscale="VRDLGU70A01H501Q", name="Verdi Luigi", email="l@v.example"
        )
        position = make_position(
            reference="COATTIVA-1", rates=(), due_on=date(2020, 6, 16), subject=debtor
        )
        url = f"/ufficio/posizioni/{position.uuid}/"
    page.goto(stack.url("borgo", "/ufficio/tipi-di-dovuto/"))
    _log_in(page)
    page.get_by_role("link", name="TARI").click()
    page.get_by_role("link", name="Riscossione e termini").click()
    inspect.look(page, "riscossione-regole")
    page.get_by_label("Natura del credito").select_option("TRIBUTO_LOCALE")
    page.get_by_role("button", name="Salva").click()
    expect(page.get_by_text("sono salvate")).to_be_visible()
    page.goto(stack.url("borgo", "/ufficio/coattiva/termini/"))
    expect(page.get_by_role("link", name="COATTIVA-1")).to_be_visible()
    inspect.look(page, "termini")
    page.goto(stack.url("borgo", url))
    page.get_by_role("link", name="Notifiche…").click()
    inspect.look(page, "notifiche-vuote")
    page.get_by_label("Numero o identificativo").fill("R 4412")
    page.get_by_label("Notifica perfezionata il").fill("2025-12-15")
    page.get_by_label("Atto").select_option("ACCERTAMENTO")
    page.get_by_role("button", name="Registra").click()
    expect(page.get_by_text("La notifica è registrata")).to_be_visible()
    inspect.look(page, "notifiche")
    page.goto(stack.url("borgo", f"{url}sostituisci/"))
    page.get_by_label("Notifica").select_option("PEC")
    page.get_by_text("Con la sanzione").click()
    page.get_by_text("Con gli oneri").click()
    page.get_by_label("Nuova scadenza").fill((today() + timedelta(days=1)).isoformat())
    page.get_by_label("Motivo").fill("Atto 12/2026")
    page.get_by_role("button", name="Calcola gli importi").click()
    expect(page.get_by_text("D.M. 14/4/2023, art. 2")).to_be_visible()
    inspect.look(page, "sostituisci-righe")
    page.get_by_role("button", name="Sostituisci e chiedi").click()
    expect(page.get_by_text("è sostituita")).to_be_visible()
    with use_database(stack.database), schema_context("borgo"):
        new = Position.objects.get(replaces=position)
        kinds = list(new.transfers.order_by("pk").values_list("kind", flat=True))
        assert kinds == ["APERTURA", "SANZIONI", "INTERESSI", "SPESE_NOTIFICA", "ONERI"]
        Position.objects.filter(pk=new.pk).update(next_due_on=date(2026, 3, 1))
    page.get_by_role("link", name="Coattiva", exact=True).click()
    inspect.look(page, "coattiva")
    page.get_by_role("link", name="TARI").first.click()
    inspect.look(page, "coattiva-prepara")
    page.get_by_role("button", name="Prepara la consegna").click()
    expect(page.get_by_text("La consegna è pronta")).to_be_visible()
    wrong = tmp_path / "esiti.csv"
    wrong.write_text("riferimento;esito;data\nCOATTIVA-1;PERSA;20/02/2026\n")
    page.get_by_label("File degli esiti").set_input_files(wrong)
    page.get_by_role("button", name="Carica gli esiti").click()
    expect(page.get_by_text("Riga 2, colonna «esito»")).to_be_visible()
    inspect.look(page, "coattiva-esiti-errore")
    wrong.write_text("riferimento;esito;data\nCOATTIVA-1;PRESA_IN_CARICO;20/02/2026\n")
    page.get_by_label("File degli esiti").set_input_files(wrong)
    page.get_by_role("button", name="Carica gli esiti").click()
    expect(page.get_by_text("Esiti nuovi: 1")).to_be_visible()
    inspect.look(page, "coattiva-consegna")
    with use_database(stack.database), schema_context("borgo"):
        item = HandOver.objects.latest("pk").items.get(position=new)
        assert item.outcomes.get().code == "PRESA_IN_CARICO"
        assert list(ledger_problems()) == []
        CreditRules.objects.all().delete()
