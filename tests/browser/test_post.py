"""The pages of letters on paper in a real browser: wide, narrow, and read by axe."""

import pytest
from django_tenants.utils import schema_context
from playwright.sync_api import Page

from billing.models import Bollettazione, Load, NoticeReturn, Service
from dunning.models import AddressTask, Wave, WaveItem
from paybox.kernel.clock import now, today
from paybox.kernel.models import Job
from tests.browser.conftest import Inspector
from tests.browser.test_official_load import _log_in
from tests.build import make_position, make_subject
from tests.conftest import use_database
from tests.stack import Stack
from tests.standins import until

pytestmark = [pytest.mark.browser]


def _waiting() -> AddressTask:
    """One letter to print, one address to put right."""
    made = Wave.objects.create(
        kind="SOLLECITO", service=Service.objects.get(code="TARI"), channel="LETTERA", channels=["LETTERA"],
        template="generico", state="INVIATA", planned_on=today(), created_at=now(), author_id=1, author_name="Ada",
    )  # fmt: skip
    items = []
    for number in range(2):
        subject = make_subject(
            codice_fiscale=f"PSTPRV80A01H00{number}X", name=f"Prova Posta {number}"
        )
        debt = make_position(subject=subject, due_on=today().replace(year=today().year - 1))
        items.append(WaveItem.objects.create(
            wave=made, subject=subject, position_ids=[debt.pk], key=str(number), amount_cents=12_000,
            channel="LETTERA", address="Via Roma 1", state="DA_STAMPARE", updated_at=now(),
        ))  # fmt: skip
    return AddressTask.objects.create(
        item=items[1], source="RITORNO", cause="Destinatario irreperibile", address="Via Roma 1", opened_at=now()
    )  # fmt: skip


def _returned() -> Bollettazione:
    """One notice that came back, one billing file on paper."""
    debt = make_position(
        subject=make_subject(codice_fiscale="PSTPRV80A01H009X", name="Prova Tornata")
    )
    NoticeReturn.objects.create(
        position=debt, notice_number=debt.instalments.get(number=0).notice_number, cause="SCONOSCIUTO",
        returned_on=today(), address="Via Roma 1 00010 Borgo (RM)", opened_at=now(), actor_name="Ada",
    )  # fmt: skip
    load = Load.objects.create(
        service=debt.service, filename="avvisi.csv", sha256="0" * 64, raw_message_id=0, created_at=now(),
        actor_name="Ada", state="CARICATO",
    )  # fmt: skip
    job = Job.objects.create(
        kind="billing.bollettazione", title="Avvisi", state="COMPLETATO", total=3, done=3, created_at=now(),
        ended_at=now(), actor_name="Ada",
    )  # fmt: skip
    made = Bollettazione.objects.create(load=load, job=job, notices=3, pages=3, paper=3, file="x.zip", created_at=now())  # fmt: skip
    return made


def test_notices_that_came_back(stack: Stack, page: Page, inspect: Inspector) -> None:
    with use_database(stack.database), schema_context("borgo"):
        made = _returned()
    page.goto(stack.url("borgo", "/ufficio/lettere/avvisi-tornati/"))
    _log_in(page)
    inspect.look(page, "avvisi-tornati")
    page.get_by_role("link", name="Prova Tornata").click()
    inspect.look(page, "avvisi-tornati-uno")
    page.get_by_role("button", name="Chiudi senza correggere").click()
    page.get_by_text("Scrivere che cosa si è cercato").wait_for()
    inspect.look(page, "avvisi-tornati-rifiuto")
    page.goto(stack.url("borgo", "/ufficio/lettere/avvisi-tornati/registra/"))
    page.get_by_label("Elenco degli avvisi tornati").set_input_files(
        {
            "name": "tornati.csv",
            "mimeType": "text/csv",
            "buffer": b"numero_avviso;causa;data\n12;x;y\n",
        }
    )
    page.get_by_role("button", name="Leggi il file").click()
    page.get_by_text("Righe non prese: 1").wait_for()
    inspect.look(page, "avvisi-tornati-registra")
    page.goto(stack.url("borgo", f"/ufficio/caricamenti/{made.load.uuid}/"))
    inspect.look(page, "caricamento-spediti")
    page.get_by_role("link", name="Indica il giorno").click()
    inspect.look(page, "caricamento-spediti-il")


def test_from_printing_to_the_desk(stack: Stack, page: Page, inspect: Inspector) -> None:
    with use_database(stack.database), schema_context("borgo"):
        task = _waiting()
    page.goto(stack.url("borgo", "/ufficio/lettere/"))
    _log_in(page)
    inspect.look(page, "lettere")
    page.get_by_role("button", name="Raccomandata A/R").click()
    until(lambda: page.reload() and page.get_by_text("Impronta SHA-256").count() == 1, seconds=90)
    inspect.look(page, "lettere-lotto")
    page.get_by_text("L'ho consegnato allo stampatore…").click()
    inspect.look(page, "lettere-conferma")
    page.get_by_role("button", name="Conferma la consegna").click()
    for address in (
        "esiti/",
        "esiti/da-interpretare/",
        "scansioni/",
        "costi/",
        "cartoline/",
        "indirizzi/",
        f"indirizzi/{task.pk}/",
    ):
        page.goto(stack.url("borgo", f"/ufficio/lettere/{address}"))
        inspect.look(page, f"lettere-{address.strip('/').replace('/', '-')}")
    for address in ("consuntivo/", "avvisi-per-email/"):
        page.goto(stack.url("borgo", f"/ufficio/invii/{address}"))
        inspect.look(page, f"invii-{address.strip('/')}")
