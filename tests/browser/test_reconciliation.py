"""The accounts office's morning: the queues, a credit and who is in it, a repair, the books."""

from pathlib import Path

import pytest
from django_tenants.utils import schema_context
from playwright.sync_api import Page, expect

from pagopa.models import Flow, Receipt, TreasuryCredit
from pagopa.services.reconciliation import take_flow, take_treasury
from tests.browser.conftest import Inspector
from tests.browser.test_official_load import _log_in
from tests.build import AT
from tests.conftest import use_database
from tests.pagopa.test_reconciliation import IUF, flow_xml, paid
from tests.pagopa.treasury_files import Line, giornale
from tests.stack import Stack

pytestmark = [pytest.mark.browser]


def test_from_the_queues_to_the_books(
    stack: Stack, page: Page, inspect: Inspector, tmp_path: Path
) -> None:
    with use_database(stack.database), schema_context("borgo"):
        stray = ("01000000000009999", "smarrito", 300, "9")
        take_flow(raw=flow_xml(paid("r1", 5_000), stray, paid("r2", 7_000)), at=AT)
        flow = Flow.objects.get(identifier=IUF).pk
        named = Line("ESEGUITO", 1, 12_300, f"/PUR/LGPE-RIVERSAMENTO/URI/{IUF}")
        take_treasury(raw=giornale(named, Line("ESEGUITO", 2, 900)), filename="g.xml", at=AT)
        explained, mute = (TreasuryCredit.objects.get(reference=f"2026/{n}").pk for n in (1, 2))
        position = Receipt.objects.get(receipt_id="r1").collection.position
        assert position is not None
    office = stack.url("borgo", "/ufficio/riconciliazione/")
    page.goto(office)
    _log_in(page)
    inspect.look(page, "riconciliazione")
    page.goto(f"{office}accrediti/{explained}/")
    inspect.look(page, "riconciliazione-spiegato")
    page.goto(stack.url("borgo", f"/ufficio/posizioni/{position.uuid}/"))
    inspect.look(page, "riconciliazione-posizione")
    page.goto(f"{office}code/TES_NO_IUF_OR_IUV/")
    inspect.look(page, "riconciliazione-coda")
    page.goto(f"{office}accrediti/{mute}/")
    fold = page.locator("details", has_text="Segna come non spettante")
    fold.locator("summary").click()
    fold.get_by_label("Motivo").fill("Somma di un altro Comune")
    inspect.look(page, "riconciliazione-correzione")
    fold.get_by_role("button", name="Correggi").click()
    expect(page.get_by_text("La correzione è in vigore.")).to_be_visible()
    inspect.look(page, "riconciliazione-corretto")
    page.goto(f"{office}flussi/")
    expect(page.get_by_role("button", name="Scarica ora i flussi")).to_be_visible()
    inspect.look(page, "riconciliazione-flussi")
    page.goto(f"{office}flussi/{flow}/")
    inspect.look(page, "riconciliazione-flusso")
    page.goto(f"{office}flussi/{flow}/righe/2/")
    fold = page.locator("details", has_text="Apri come entrata di altra natura")
    fold.locator("summary").click()
    fold.get_by_label("Motivo").fill("Pagamento di un altro ufficio")
    inspect.look(page, "riconciliazione-riga")
    fold.get_by_role("button", name="Proponi la correzione").click()
    expect(page.get_by_text("Scegliere il tipo di dovuto")).to_be_visible()
    page.goto(f"{office}libro/?dal=2026-03-01&al=2026-03-31")
    inspect.look(page, "riconciliazione-libro")
