"""The telephone in a real browser, wide, narrow and read by axe: the office's pages and the desk of who calls."""

from datetime import timedelta

import pytest
from django_tenants.utils import schema_context
from playwright.sync_api import Page

from billing.models import Position, Service
from dunning.models import PhoneCampaign
from dunning.services.phone_campaigns import CampaignData, simulate_phone_campaign
from dunning.services.phone_mandate import approve_phone_campaign, give_campaign
from paybox.kernel.actor import Actor
from paybox.kernel.clock import now, today
from tenants.models import User
from tests.browser.conftest import Inspector
from tests.browser.test_official_load import _log_in
from tests.build import make_position, make_subject
from tests.conftest import use_database
from tests.dunning.phones import APPROVER, AUTHOR, script
from tests.stack import Stack

pytestmark = [pytest.mark.browser]


def _campaign() -> PhoneCampaign:
    """Two debtors who owe most, running, given to Ada."""
    for n in range(2):
        who = make_subject(
            codice_fiscale=f"TLBPRV80A01H00{n}X", name=f"Prova Telefono {n}", mobile=f"+39333771000{n}"
        )  # fmt: skip
        debt = make_position(
            subject=who, cents=95_000, rates=(), due_on=today() - timedelta(days=200)
        )
        Position.objects.filter(pk=debt.pk).update(noticed_at=now())
    script(at=now())
    data = CampaignData(
        name="Arretrati", service_id=Service.objects.get(code="TARI").pk, older_than_days=90, minimum_cents=0,
        starts_on=today(), ends_on=today() + timedelta(days=9),
    )  # fmt: skip
    made = simulate_phone_campaign(data=data, actor=AUTHOR, at=now(), today=today())
    with schema_context("public"):
        ada = User.objects.get(email="ada@example.org")
    give_campaign(campaign_id=made.pk, user_id=ada.pk, name=ada.name, actor=AUTHOR, at=now())
    return approve_phone_campaign(campaign_id=made.pk, actor=Actor(999, APPROVER.name), at=now())


def test_from_the_campaign_to_the_complaint(stack: Stack, page: Page, inspect: Inspector) -> None:
    with use_database(stack.database), schema_context("borgo"):
        campaign = _campaign()
    page.goto(stack.url("borgo", "/ufficio/telefono/"))
    _log_in(page)
    inspect.look(page, "telefono")
    for address in ("nuova/", f"campagne/{campaign.uuid}/", "banco/", f"banco/{campaign.uuid}/"):
        page.goto(stack.url("borgo", f"/ufficio/telefono/{address}"))
        inspect.look(page, f"telefono-{address.split('/')[0]}-{len(address)}")
    page.get_by_role("button", name="Prossima pratica").click()
    inspect.look(page, "telefono-scheda")
    page.get_by_role("button", name="Mostra il numero e chiama").click()
    inspect.look(page, "telefono-in-corso")
    page.get_by_label("Com'è finita").select_option("REC")
    page.get_by_label("Nota", exact=True).fill("Non vuole essere chiamata al lavoro")
    page.get_by_role("button", name="Registra l'esito").click()
    page.get_by_text("attende risposta").wait_for()
    inspect.look(page, "telefono-dopo")
    page.goto(stack.url("borgo", "/ufficio/telefono/da-vedere/"))
    inspect.look(page, "telefono-da-vedere")
    page.get_by_role("link", name="Prova Telefono").first.click()
    inspect.look(page, "telefono-richiesta")
    page.get_by_role("link", name="Prova Telefono").first.click()
    page.get_by_role("button", name="Leggi le note").click()
    page.get_by_text("Non vuole essere chiamata al lavoro").wait_for()
    inspect.look(page, "telefono-pratica")
