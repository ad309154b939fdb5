"""An official writes a procedure, simulates its first step, reads the samples and one person, and loads a list."""

from datetime import timedelta
from pathlib import Path

import pytest
from django_tenants.utils import schema_context
from playwright.sync_api import Page, expect

from billing.models import Position
from paybox.kernel.clock import now, today
from tests.browser.conftest import Inspector
from tests.browser.test_official_load import _log_in
from tests.build import make_position, make_subject
from tests.conftest import use_database
from tests.stack import Stack

pytestmark = [pytest.mark.browser]
OTHER = "OCCUPAZIONE"  # nobody else writes a procedure for it


def _owing(stack: Stack) -> None:
    with use_database(stack.database), schema_context("borgo"):
        debtor = make_subject(
            codice_fiscale="NREBRN80A01H501C", name="Neri Bruno", sort_key="NERI BRUNO",
            email="bruno.neri@example.org", mobile="+393335557001",
        )  # fmt: skip
        late = today() - timedelta(days=20)
        position = make_position(service=OTHER, subject=debtor, cents=7_310, rates=(), due_on=late)
        Position.objects.filter(pk=position.pk).update(noticed_at=now())


def test_from_the_procedure_to_the_simulation(
    stack: Stack, page: Page, inspect: Inspector, tmp_path: Path
) -> None:
    _owing(stack)
    page.goto(stack.url("borgo", "/ufficio/procedure/"))
    _log_in(page)
    inspect.look(page, "procedure")
    page.get_by_role("link", name="Occupazione").first.click()
    expect(page.get_by_role("heading", name="Nessuna procedura")).to_be_visible()
    inspect.look(page, "procedura-vuota")
    page.get_by_role("link", name="Scrivi la procedura").click()
    first = page.get_by_role("group", name="Passo 1")
    first.get_by_label("Primo canale").select_option("SMS")
    first.get_by_label("Se non arriva").select_option("EMAIL")
    first.get_by_label("Gruppo di confronto").fill("90")
    page.get_by_role("button", name="Scrivi la nuova versione").click()
    inspect.look(page, "procedura-errore")
    first.get_by_label("Gruppo di confronto").fill("0")
    first.get_by_text("Va approvato ogni volta").click()
    page.get_by_role("button", name="Scrivi la nuova versione").click()
    expect(page.get_by_text("Versione 1, in vigore")).to_be_visible()
    inspect.look(page, "procedura")
    page.get_by_role("button", name="Prepara l'invio di questo passo").click()
    expect(page.get_by_text("Passo 1 della procedura")).to_be_visible()
    expect(page.get_by_text("73,10").first).to_be_visible()
    inspect.look(page, "invio-simulato")
    page.get_by_role("link", name="Vedi i destinatari").click()
    expect(page.get_by_role("heading", name="Destinatari")).to_be_visible()
    inspect.look(page, "invio-destinatari")
    page.get_by_role("link", name="Neri Bruno").click()
    expect(page.get_by_text("è il suo turno al passo 1")).to_be_visible()
    inspect.look(page, "invio-destinatario")
    page.get_by_role("button", name="Togli da questo invio").click()
    expect(page.get_by_text("La persona è fuori da questo invio")).to_be_visible()
    page.goto(stack.url("borgo", "/ufficio/invii/nuovo/"))
    inspect.look(page, "invio-nuovo")
    page.get_by_role("link", name="carica un elenco").click()
    inspect.look(page, "elenco")
    file = tmp_path / "elenco.csv"
    file.write_text("cellulare;importo;nome\n3335557002;42,00;Gallo Piero\n", encoding="utf-8")
    page.get_by_label("Tipo di dovuto").select_option(label="TARI – tassa sui rifiuti")
    page.get_by_label("Elenco (CSV)").set_input_files(file)
    page.get_by_role("button", name="Controlla l'elenco").click()
    expect(page.get_by_text("Gentile Gallo Piero")).to_be_visible()
    inspect.look(page, "elenco-simulato")
