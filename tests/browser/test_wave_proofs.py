"""The register of proofs in a real browser: empty, sealed and verified, with a seal that does not hold; axe finding nothing."""

from datetime import timedelta

import pytest
from django_tenants.utils import schema_context
from playwright.sync_api import Page, expect

from dunning.models import Attempt, Wave
from dunning.services.sealing import seal_waves
from paybox.kernel.clock import now
from tests.browser.conftest import Inspector
from tests.browser.test_official_load import _log_in
from tests.conftest import use_database
from tests.dunning.sealed import hear, sent_wave
from tests.stack import Stack

pytestmark = [pytest.mark.browser]
DAY = timedelta(days=1)


def _change_address(wave: Wave, address: str) -> None:
    first = Attempt.objects.filter(item__wave=wave).earliest("pk")
    Attempt.objects.filter(pk=first.pk).update(address=address)


def test_the_register_of_a_sending(stack: Stack, page: Page, inspect: Inspector) -> None:
    with use_database(stack.database), schema_context("borgo"):
        wave = sent_wave(at=now() - 3 * DAY)
    register = stack.url("borgo", f"/ufficio/invii/{wave.uuid}/prove/")
    page.goto(register)
    _log_in(page)
    expect(page.get_by_text("Nessun sigillo ancora")).to_be_visible()
    inspect.look(page, "registro-vuoto")
    with use_database(stack.database), schema_context("borgo"):
        seal_waves(at=now() - DAY)
        hear(Attempt.objects.filter(item__wave=wave).earliest("pk"), "CONSEGNATO", at=now() - DAY)
        seal_waves(at=now())
    page.goto(register)
    page.get_by_role("button", name="Verifica ora").click()
    expect(page.get_by_text("I sigilli tengono")).to_be_visible()
    inspect.look(page, "registro")
    with use_database(stack.database), schema_context("borgo"):
        _change_address(wave, "+390000")
    page.get_by_role("button", name="Verifica ora").click()
    expect(page.get_by_text("Un sigillo non tiene")).to_be_visible()
    inspect.look(page, "registro-rotto")
    page.goto(stack.url("borgo", "/ufficio/invii/prove/"))
    expect(page.get_by_text("la sua impronta non torna")).to_be_visible()
    inspect.look(page, "prove-da-controllare")
    with use_database(stack.database), schema_context("borgo"):
        _change_address(wave, "+393330000000")
    page.goto(register)
    page.get_by_role("button", name="Verifica ora").click()
    expect(page.get_by_text("I sigilli tengono")).to_be_visible()
