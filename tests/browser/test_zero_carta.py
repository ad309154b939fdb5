"""A citizen chooses e-mail and goes back, an operator enters a form, the figures and a term: axe finds nothing."""

from datetime import timedelta
from pathlib import Path

import pytest
from django_tenants.utils import schema_context
from playwright.sync_api import Page, expect

from billing.selectors.channels import digital_subjects
from dunning.services.memos import write_memos
from paybox.kernel.actor import SYSTEM
from paybox.kernel.clock import now, today
from registry.models import ContactCheck
from registry.services.invitations import invite
from tests.browser.conftest import Inspector
from tests.browser.test_official_load import _log_in
from tests.build import AT, make_position, make_subject
from tests.conftest import use_database
from tests.stack import Stack
from tests.standins import until

pytestmark = [pytest.mark.browser]
CODE = "VRDBNC80A41H501X"


def test_from_paper_to_e_mail_and_back(
    stack: Stack, page: Page, inspect: Inspector, tmp_path: Path
) -> None:
    with use_database(stack.database), schema_context("borgo"):
        person = make_subject(codice_fiscale=CODE, name="Verdi Bianca", email="", mobile="")
        owed = make_position(subject=person, due_on=today() - timedelta(days=1))
        code = invite(subject_id=person.pk, actor=SYSTEM, at=AT).code
        memo = write_memos(officials=[], at=now(), today=today())[0]
    page.goto(stack.url("borgo", f"/zero-carta/?codice={code}"))
    inspect.look(page, "zero-carta")
    page.get_by_role("button", name="Continua").click()
    inspect.look(page, "zero-carta-errore")
    page.get_by_label("Codice fiscale").fill(CODE)
    page.get_by_role("button", name="Continua").click()
    expect(page.get_by_text("su carta").first).to_be_visible()
    page.get_by_role("button", name="Chiedo gli avvisi per e-mail").click()
    inspect.look(page, "zero-carta-scelta-errore")
    page.get_by_role("textbox", name="E-mail").fill("bianca.verdi@posta.example")
    page.get_by_label("Cellulare").fill("333 999 8877")
    page.get_by_text("Ho letto e acconsento", exact=True).click()
    page.get_by_role("button", name="Chiedo gli avvisi per e-mail").click()
    expect(page.get_by_label("Codice ricevuto per SMS")).to_be_visible()
    inspect.look(page, "zero-carta-codice")
    with use_database(stack.database), schema_context("borgo"):
        until(lambda: not ContactCheck.objects.filter(sent_at__isnull=True).exists())
    mail = f"http://127.0.0.1:{stack.ports.mail}"
    page.goto(f"{mail}/?to=bianca.verdi@posta.example")
    page.get_by_role("link", name="Conferma il tuo indirizzo e-mail").first.click()
    text = page.locator("pre").first.inner_text()
    page.goto(next(line for line in text.splitlines() if "/conferma/" in line).strip())
    inspect.look(page, "zero-carta-conferma")
    page.get_by_role("button", name="Confermo").click()
    expect(page.get_by_role("heading", name="Indirizzo confermato")).to_be_visible()
    with use_database(stack.database), schema_context("borgo"):
        assert digital_subjects([person.pk]) == {person.pk}
    page.goto(stack.url("borgo", "/zero-carta/scelta/"))
    inspect.look(page, "zero-carta-scelta")
    page.get_by_role("button", name="Torno agli avvisi su carta").click()
    expect(page.get_by_text("gli avvisi arriveranno su carta")).to_be_visible()
    with use_database(stack.database), schema_context("borgo"):
        assert digital_subjects([person.pk]) == set()

    page.goto(stack.url("borgo", f"/ufficio/contribuenti/{person.uuid}/"))
    _log_in(page)
    inspect.look(page, "contribuente")
    page.get_by_role("link", name="Registra il consenso firmato").click()
    page.get_by_role("button", name="Registra il consenso").click()
    inspect.look(page, "consenso-errore")
    page.goto(stack.url("borgo", "/ufficio/senza-carta/"))
    inspect.look(page, "senza-carta")
    page.goto(stack.url("borgo", "/ufficio/senza-carta/inviti/nuovi/"))
    page.get_by_role("button", name="Mostra chi verrebbe invitato").click()
    inspect.look(page, "inviti-errore")
    page.get_by_label("Tipo di dovuto").select_option(label="TARI – tassa sui rifiuti")
    page.get_by_role("button", name="Mostra chi verrebbe invitato").click()
    expect(page.get_by_role("heading", name="Quanto può far risparmiare")).to_be_visible()
    inspect.look(page, "inviti-simulati")
    page.get_by_role("link", name="Tutti gli inviti").click()
    inspect.look(page, "inviti")
    page.goto(stack.url("borgo", "/ufficio/senza-carta/costi/"))
    inspect.look(page, "senza-carta-costi")
    page.goto(stack.url("borgo", "/ufficio/senza-carta/moduli/"))
    inspect.look(page, "moduli")
    forms = tmp_path / "moduli.csv"
    forms.write_text(
        "codice_fiscale;email;data_firma\nVRDBNC80A41H501X;b@posta.example;01/01/2026\nX;a@b.example;01/01/2026\n"
    )
    page.get_by_label("File dei moduli raccolti").set_input_files(forms)
    page.get_by_role("button", name="Controlla il file").click()
    inspect.look(page, "moduli-anteprima")
    page.goto(stack.url("borgo", "/ufficio/recapiti-esclusi/"))
    inspect.look(page, "esclusi")
    page.get_by_role("link", name="Carica un elenco").click()
    silences = tmp_path / "esclusi.csv"
    silences.write_text(
        "recapito;tipo;motivo;data\nb@posta.example;e-mail;opposizione;01/01/2026\nX;SMS;;\n"
    )
    page.get_by_role("button", name="Controlla il file").click()
    inspect.look(page, "esclusi-carica-errore")
    page.get_by_label("Elenco dei recapiti da escludere").set_input_files(silences)
    page.get_by_role("button", name="Controlla il file").click()
    expect(page.get_by_role("button", name="Escludi i recapiti (1)")).to_be_visible()
    inspect.look(page, "esclusi-anteprima")
    with use_database(stack.database), schema_context("borgo"):
        number = owed.instalments.get(number=0).notice_number
    page.goto(stack.url("borgo", "/avviso/"))
    page.get_by_label("Codice avviso").fill(number)
    page.get_by_label("Codice fiscale").fill(CODE)
    page.get_by_role("main").get_by_role("button").first.click()
    page.get_by_role("link", name="Ho cambiato indirizzo, e-mail o telefono").click()
    page.get_by_role("button", name="Manda la segnalazione").click()
    inspect.look(page, "recapiti-errore")
    page.get_by_role("textbox", name="E-mail").fill("bianca@nuova.example")
    page.get_by_role("button", name="Manda la segnalazione").click()
    expect(page.get_by_text("Segnalazione ricevuta")).to_be_visible()
    inspect.look(page, "recapiti-segnalati")
    page.goto(stack.url("borgo", "/ufficio/contribuenti/indirizzi/"))
    expect(page.get_by_text("bianca@nuova.example")).to_be_visible()
    inspect.look(page, "recapiti-proposti")
    page.goto(stack.url("borgo", "/ufficio/scadenze/"))
    inspect.look(page, "scadenze")
    page.goto(stack.url("borgo", f"/ufficio/scadenze/{memo.pk}/"))
    inspect.look(page, "scadenza")
