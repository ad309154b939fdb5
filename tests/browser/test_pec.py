"""A reminder by PEC through the whole stack: sent by the worker, read back by the clock, answered, closed by an official."""

import pytest
from django_tenants.utils import schema_context
from playwright.sync_api import Page, expect

from billing.models import Service
from dunning.models import Attempt, PecConcern, PecMessage
from dunning.services.planning import plan_reminders
from dunning.services.waves import approve_wave, start_wave
from paybox.celery import app
from paybox.kernel.actor import Actor
from paybox.kernel.clock import now, today
from registry.models import Contact
from tests.browser.conftest import Inspector
from tests.browser.test_official_load import _log_in
from tests.build import AT, make_position, make_subject
from tests.conftest import use_database
from tests.stack import Stack
from tests.standins import until

pytestmark = [pytest.mark.browser]
ADA, ELENA = Actor(1, "Ada Bianchi"), Actor(2, "Elena Fabbri")


def _remind_by_pec() -> None:
    """Two debtors: one answers, the other's provider never says a word."""
    for number, address in enumerate(("risponde@pec.example", "perso@pec.example")):
        subject = make_subject(
            codice_fiscale=f"PECPRV80A01H00{number}X", name=f"Prova Pec {number}"
        )
        Contact.objects.create(
            subject=subject, kind="PEC", value=address, source="prova", created_at=AT
        )
        make_position(subject=subject)
    key = Service.objects.get(code="TARI").pk
    wave = plan_reminders(service_id=key, channel="PEC", actor=ADA, at=now(), today=today())
    approve_wave(wave_id=wave.pk, actor=ELENA, at=now())
    start_wave(wave_id=wave.pk, actor=ELENA, at=now())


def _all_read() -> bool:
    """Ask for a round now instead of at the minute."""
    app.send_task("dunning.read_pec", queue="default")
    return PecMessage.objects.count() == 2 + 3 + 3


def test_from_the_answer_to_the_reminders_again(
    stack: Stack, page: Page, inspect: Inspector
) -> None:
    with use_database(stack.database), schema_context("borgo"):
        _remind_by_pec()
        until(_all_read, seconds=90)
        states = dict(Attempt.objects.filter(channel="PEC").values_list("address", "state"))
        assert states == {"risponde@pec.example": "CONSEGNATO", "perso@pec.example": "FALLITO_TEMP"}
        assert PecConcern.objects.get().kind == "RISPOSTA"
        delivered = PecMessage.objects.get(kind="AVVENUTA_CONSEGNA").uuid
    page.goto(stack.url("borgo", "/ufficio/pec/"))
    _log_in(page)
    inspect.look(page, "pec-da-guardare")
    page.goto(stack.url("borgo", "/ufficio/pec/messaggi/"))
    inspect.look(page, "pec-messaggi")
    page.goto(stack.url("borgo", f"/ufficio/pec/messaggi/{delivered}/"))
    inspect.look(page, "pec-messaggio")
    with page.expect_download() as saved:
        page.get_by_role("link", name="Scarica tutte le prove (ZIP)").click()
    assert saved.value.suggested_filename.endswith(".zip")
    page.goto(stack.url("borgo", "/ufficio/pec/"))
    page.get_by_label("Che cosa si è fatto").fill("Ha pagato un altro tributo: avvisata")
    page.get_by_text("Riprendi i solleciti").click()  # the theme draws the box on the label
    page.get_by_role("button", name="Chiudi").click()
    expect(page.get_by_text("La segnalazione è chiusa.")).to_be_visible()
    inspect.look(page, "pec-niente")
