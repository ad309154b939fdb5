"""Acts in SEND's hands and plans that want two persons, in a real browser: each page looked at, axe finding nothing."""

import pytest
from django_tenants.utils import schema_context
from playwright.sync_api import Page, expect

from billing.models import Position
from dunning.models import CreditRules
from paybox.kernel.clock import now
from tests.browser.conftest import Inspector
from tests.browser.plan_steps import work_out_three
from tests.browser.test_official_load import _log_in
from tests.build import make_subject, pay
from tests.conftest import use_database
from tests.dunning.acting import tari
from tests.dunning.acting_send import moving_act
from tests.stack import Stack

pytestmark = [pytest.mark.browser]


def test_an_act_is_taken_back(stack: Stack, page: Page, inspect: Inspector) -> None:
    with use_database(stack.database), schema_context("borgo"):
        who = make_subject(
            codice_fiscale="VRDGNN70A01H501F", name="Verdi Gianni", email="g@v.example"
        )
        act = moving_act(subject=who, reference="SEND-1")
        position = Position.objects.get(pk=act.attempt.item.position_ids[0])
        pay(position.instalments.get().notice_number, 12_000, at=now())
        wave = act.attempt.item.wave.uuid
    page.goto(stack.url("borgo", f"/ufficio/posizioni/{position.uuid}/"))
    _log_in(page)
    inspect.look(page, "posizione-atto-in-viaggio")
    page.get_by_role("link", name="si può chiedere di annullarlo").click()
    page.get_by_text("Chiedi a SEND di annullarla…").click()
    inspect.look(page, "destinatario-send")
    page.get_by_label("Motivo").fill("Pagato allo sportello")
    page.get_by_role("button", name="Chiedi l'annullamento").click()
    expect(
        page.get_by_text("La richiesta di annullare la notifica parte per SEND.")
    ).to_be_visible()
    inspect.look(page, "destinatario-send-chiesto")
    with use_database(stack.database), schema_context("borgo"):
        act.cancellations.all().delete()
    page.goto(stack.url("borgo", f"/ufficio/invii/{wave}/"))
    page.get_by_text("Chiedi a SEND di annullarlo…").click()
    inspect.look(page, "invio-fermo-send")


def test_a_plan_for_two(stack: Stack, page: Page, inspect: Inspector) -> None:
    with use_database(stack.database), schema_context("borgo"):
        CreditRules.objects.update_or_create(
            service=tari(), defaults={"kind": "ORDINARIO", "plan_second_count": 2}
        )
        who = make_subject(
            codice_fiscale="BNCMRC70A01H501D", name="Bianchi Marco", email="m@b.example"
        )
        act = moving_act(subject=who, reference="RATE-1", cents=48_000)
        position = Position.objects.get(pk=act.attempt.item.position_ids[0])
    page.goto(stack.url("borgo", f"/ufficio/coattiva/dilazioni/concedi/{position.uuid}/"))
    _log_in(page)
    work_out_three(page)
    inspect.look(page, "dilazione-da-proporre")
    page.get_by_role("button", name="Proponi 3 rate").click()
    expect(page.get_by_text("La concede una persona diversa")).to_be_visible()
    page.get_by_text("Ritira la proposta…").click()
    inspect.look(page, "dilazione-proposta")
    page.get_by_role("link", name="Torna alle dilazioni").click()
    inspect.look(page, "dilazioni-da-confermare")
    page.goto(stack.url("borgo", f"/ufficio/tipi-di-dovuto/{tari_key(stack)}/riscossione/"))
    inspect.look(page, "riscossione-seconda-persona")
    with use_database(stack.database), schema_context("borgo"):
        CreditRules.objects.all().delete()


def tari_key(stack: Stack) -> int:
    with use_database(stack.database), schema_context("borgo"):
        return tari().pk
