"""Pages of reminders and of what follows them that no other journey passes by: each looked at, axe finding nothing."""

from datetime import date
from pathlib import Path

import pytest
from django_tenants.utils import schema_context
from playwright.sync_api import Page, expect

from billing.models import Position, Service
from dunning.models import CreditRules, Wave
from dunning.rules.step_drafts import StepDraft
from dunning.services.policies import write_policy
from paybox.kernel.actor import Actor
from paybox.kernel.clock import now, today
from tests.browser.conftest import Inspector
from tests.browser.test_official_load import _log_in
from tests.build import make_position, make_subject
from tests.conftest import use_database
from tests.stack import Stack

pytestmark = [pytest.mark.browser]
ELSE = Actor(77, "Elena Fabbri")
CODE = "DRGPLA70A01H501Y"


def _made() -> tuple[str, int, int]:
    """A sending that has ended, a procedure in two versions, dues of two years."""
    code = "DIRITTI"
    fees, tari = Service.objects.get(code=code), Service.objects.get(code="TARI")
    who = make_subject(codice_fiscale=CODE, name="Draghi Paolo", email="p@d.example")
    for year in (2024, 2025):
        debt = make_position(service=code, rates=(), due_on=date(year, 6, 16), subject=who)
        Position.objects.filter(pk=debt.pk).update(year=year)
    for days in (15, 10):
        step = StepDraft("CORTESIA", "SCADENZA", days, ("SMS",), needs_approval=False)
        write_policy(service_id=fees.pk, steps=[step], actor=ELSE, at=now())
    CreditRules.objects.create(service=fees, kind="QUOTA_ORDINE")
    wave = Wave.objects.create(
        kind="SOLLECITO", service=tari, channel="SMS", channels=["SMS"], template="generico", state="IN_PAUSA",
        planned_on=today(), created_at=now(), author_id=77, author_name="Elena Fabbri", message="Ferma per prova",
        started_at=now(), recipients=3, amount_cents=36_000,
    )  # fmt: skip
    return str(wave.uuid), fees.pk, tari.pk


def test_the_pages_nobody_passes_by(
    stack: Stack, page: Page, inspect: Inspector, tmp_path: Path
) -> None:
    with use_database(stack.database), schema_context("borgo"):
        wave, fees, tari = _made()
    page.goto(stack.url("borgo", f"/ufficio/invii/{wave}/"))
    _log_in(page)
    page.get_by_text("Annulla l'invio…").click()
    expect(page.get_by_text("Chi non l'ha ancora ricevuto")).to_be_visible()
    inspect.look(page, "invio-in-pausa")
    for name, address in (
        ("procedura-versioni", f"procedure/{fees}/"),
        ("prezzi", "invii/prezzi/"),
        ("avviso-per-email", f"invii/avvisi-per-email/{tari}/"),
        ("recapiti-esclusi", "recapiti-esclusi/"),
        ("dominio", "posta/"),
        ("morosi", f"coattiva/morosi/{fees}/"),
    ):
        page.goto(stack.url("borgo", f"/ufficio/{address}"))
        inspect.look(page, name)
    told = tmp_path / "indirizzi.csv"
    told.write_text(
        f"codice_fiscale;via;civico;cap;comune;provincia\n{CODE};Via Nuova;7;00010;Borgo;RM\n"
    )
    page.goto(stack.url("borgo", "/ufficio/contribuenti/indirizzi/carica/"))
    page.get_by_label("File degli indirizzi").set_input_files(told)
    inspect.look(page, "indirizzi-carica")
    page.get_by_role("button", name="Leggi gli indirizzi").click()
    page.get_by_role("link", name="Torna alle proposte").click()
    expect(page.get_by_text("Via Nuova 7")).to_be_visible()
    inspect.look(page, "indirizzi-proposti")
    page.goto(stack.url("borgo", f"/ufficio/coattiva/morosi/{fees}/"))
    page.get_by_role("button", name="Apri il procedimento").first.click()
    expect(page.get_by_text("Nessun passo ancora.", exact=True)).to_be_visible()
    inspect.look(page, "morosi-procedimento")
    with use_database(stack.database), schema_context("borgo"):
        CreditRules.objects.all().delete()
