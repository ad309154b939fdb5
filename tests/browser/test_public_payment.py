"""A citizen pays without an account: with scripts and without, on a desktop and on a phone."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django_tenants.utils import schema_context
from playwright.sync_api import Browser, Page, expect

from billing.models import Instalment, Service
from tests.browser.conftest import Inspector
from tests.build import make_position
from tests.conftest import use_database
from tests.portal.conftest import CODE, OTHER_CODE
from tests.stack import Stack
from tests.template import BORGO

pytestmark = [pytest.mark.browser]
RECEIPT_MS = 30_000


def test_a_spontaneous_payment_from_the_catalogue_to_the_receipt(
    stack: Stack, page: Page, inspect: Inspector
) -> None:
    page.goto(stack.url("borgo"))
    inspect.look(page, "portale")
    page.get_by_role("link", name="Pagamento spontaneo").click()
    inspect.look(page, "spontaneo-1-servizi")
    page.get_by_role("link", name="Occupazione temporanea").click()
    inspect.look(page, "spontaneo-2-modulo")
    page.get_by_role("button", name="Continua").click()
    expect(page.locator("#id_denominazione_error")).to_have_text(
        "Scrivere cognome e nome, oppure la denominazione."
    )
    inspect.look(page, "spontaneo-2-errori")
    _fill(page)
    expect(page.get_by_text("Pagherai 1.234,00 €")).to_be_visible()
    inspect.look(page, "spontaneo-3-riepilogo")
    page.get_by_role("link", name="Modifica").click()
    expect(page.get_by_label("Luogo dell'occupazione")).to_have_value("Piazza del Popolo")
    page.get_by_role("button", name="Continua").click()
    page.get_by_role("button", name="Conferma").click()
    expect(page.get_by_role("heading", name="Il tuo codice avviso è pronto")).to_be_visible()
    expect(page.get_by_role("img", name="Codice QR")).to_be_visible()
    inspect.look(page, "spontaneo-4-codice")
    _pay(page)
    expect(page.get_by_role("heading", name="Pagamento confermato")).to_be_visible(
        timeout=RECEIPT_MS
    )
    inspect.look(page, "spontaneo-5-confermato")
    assert _pdf(page, "Scarica la ricevuta (PDF)").startswith(b"%PDF")


def test_a_marca_da_bollo_asks_for_the_document_once(
    stack: Stack, page: Page, inspect: Inspector, stamped: str
) -> None:
    page.goto(stack.url("borgo", f"/spontaneo/{stamped}/"))
    inspect.look(page, "bollo-1-modulo")
    page.get_by_label("Oggetto o numero della pratica").fill("Istanza 12")
    document = {"name": "istanza.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 x"}
    page.get_by_label("Documento su cui va la marca da bollo").set_input_files(document)
    page.get_by_label("Provincia di residenza").select_option("RM")
    _fill_payer(page, "venti")
    expect(page.get_by_text("Già letto: istanza.pdf")).to_be_visible()
    inspect.look(page, "bollo-2-errori")
    page.get_by_label("Importo in euro").fill("20")
    page.get_by_role("button", name="Continua").click()
    expect(page.get_by_text("di cui 16,00 € per la marca da bollo")).to_be_visible()
    inspect.look(page, "bollo-3-riepilogo")


def test_the_same_without_javascript(
    stack: Stack, browser: Browser, browser_context_args: dict[str, Any]
) -> None:
    context = browser.new_context(**browser_context_args, java_script_enabled=False)
    page = context.new_page()
    page.goto(stack.url("valle", "/spontaneo/"))
    page.get_by_role("link", name="Diritti di segreteria").click()
    page.get_by_label("Oggetto o numero della pratica").fill("Certificato di iscrizione")
    _fill_payer(page, "16,50")
    expect(page.get_by_text("Pagherai 16,50 €")).to_be_visible()
    page.get_by_role("button", name="Conferma").click()
    _pay(page)
    expect(page.get_by_role("heading", name="Pagamento confermato")).to_be_visible(
        timeout=RECEIPT_MS
    )
    assert _pdf(page, "Scarica la ricevuta (PDF)").startswith(b"%PDF")
    context.close()


def test_a_notice_found_left_at_the_checkout_then_paid(
    stack: Stack, page: Page, inspect: Inspector, tari: Instalment
) -> None:
    page.goto(stack.url("borgo"))
    page.get_by_role("link", name="Paga un avviso").click()
    inspect.look(page, "avviso-1-ricerca")
    _ask(page, "3010", CODE)
    expect(page.locator("#id_notice_number_error")).to_contain_text("18 cifre")
    inspect.look(page, "avviso-1-errori")
    _ask(page, tari.notice_number, OTHER_CODE)
    expect(page.get_by_role("alert")).to_contain_text("Nessun avviso corrisponde")
    _ask(page, re.sub(r"(\d{4})", r"\1 ", tari.notice_number), CODE.lower())
    expect(page.get_by_text("120,00 €")).to_be_visible()
    inspect.look(page, "avviso-2-riepilogo")
    assert _pdf(page, "Scarica l'avviso (PDF)").startswith(b"%PDF")
    page.get_by_role("button", name="Vai al pagamento").click()
    page.get_by_role("button", name="Annulla").click()
    expect(page.get_by_role("heading", name="Pagamento non completato")).to_be_visible()
    inspect.look(page, "avviso-3-annullato")
    _pay(page)
    expect(page.get_by_role("heading", name="Pagamento confermato")).to_be_visible(
        timeout=RECEIPT_MS
    )
    page.goto(stack.url("borgo"))
    inspect.look(page, "portale-con-sospesi")
    page.get_by_role("button", name="Togli questi dati dal browser").click()
    expect(page.get_by_role("heading", name="Consultati in questo browser")).to_have_count(0)
    page.get_by_role("link", name="Scarica la ricevuta").first.click()
    inspect.look(page, "ricevuta-1-ricerca")


def test_a_page_waits_for_the_receipt_and_shows_it_by_itself(
    stack: Stack, page: Page, inspect: Inspector, tari: Instalment
) -> None:
    """Back from pagoPA before its receipt: nothing is promised, then the page changes without being asked."""
    page.goto(stack.url("borgo", "/avviso/"))
    _ask(page, tari.notice_number, CODE)
    page.goto(f"{page.url}ritorno/ok/")
    expect(page.get_by_role("heading", name="In attesa di conferma")).to_be_visible()
    inspect.look(page, "attesa")
    stack.far.pay(fiscal_code=BORGO, notice_number=tari.notice_number, paid_at=datetime.now(tz=UTC))
    expect(page.get_by_role("heading", name="Pagamento confermato")).to_be_visible(
        timeout=RECEIPT_MS
    )


def test_an_old_address_says_what_to_do(stack: Stack, page: Page, inspect: Inspector) -> None:
    page.goto(stack.url("borgo", "/avviso/inesistente/"))
    expect(page.get_by_role("heading", name="Serve di nuovo il codice avviso")).to_be_visible()
    inspect.look(page, "consultazione-scaduta")
    page.goto(stack.url("borgo", "/avviso/inesistente/ritorno/ok/"))
    inspect.look(page, "ritorno-altrove")


@pytest.fixture
def tari(stack: Stack, django_db_blocker: Any) -> Instalment:
    """A notice of Borgo in the running installation."""
    with django_db_blocker.unblock(), use_database(stack.database), schema_context("borgo"):
        position = make_position(due_on=date(2099, 6, 16))
        return position.instalments.get(number=0)


@pytest.fixture
def stamped(stack: Stack, django_db_blocker: Any) -> Iterator[str]:
    """The code of a service of Borgo that wants a marca da bollo."""
    ours = Service.objects.filter(code="DIRITTI")
    with django_db_blocker.unblock(), use_database(stack.database), schema_context("borgo"):
        ours.update(stamp_cents=1_600)
        yield "DIRITTI"
        ours.update(stamp_cents=None)


def _fill(page: Page) -> None:
    page.get_by_label("Luogo dell'occupazione").fill("Piazza del Popolo")
    page.get_by_label("Giorno dell'occupazione").fill("31/12/2026")
    page.get_by_label("Metri quadrati").fill("12,5")
    _fill_payer(page, "1.234")


def _fill_payer(page: Page, amount: str) -> None:
    page.get_by_label("Cognome e nome, oppure denominazione").fill("Verdi Bianca")
    page.get_by_label("Codice fiscale").fill(OTHER_CODE)
    page.get_by_label("E-mail (facoltativa)").fill("bianca.verdi@example.org")
    page.get_by_label("Importo in euro").fill(amount)
    page.get_by_role("button", name="Continua").click()


def _ask(page: Page, number: str, code: str) -> None:
    page.get_by_label("Codice avviso").fill(number)
    page.get_by_label("Codice fiscale").fill(code)
    page.get_by_role("button", name="Continua").click()


def _pay(page: Page) -> None:
    page.get_by_role("button", name="Vai al pagamento").click()
    expect(page.get_by_role("heading", name="Pagamento simulato")).to_be_visible()
    page.get_by_role("button", name="Paga").click()


def _pdf(page: Page, link: str) -> bytes:
    with page.expect_download() as download:
        page.get_by_role("link", name=link).click()
    return download.value.path().read_bytes()
