"""Pages met only at certain moments: a sending under way, its effect later on, the month's bill, a credit of the treasurer
opened as a debtor's, the minuta; and the second Ente's own.
"""

from datetime import date

import pytest
from django.db.models import QuerySet
from django_tenants.utils import schema_context
from playwright.sync_api import Page, expect

from billing.models import Position, Service
from billing.selectors.ledger import ledger_problems
from dunning.models import Attempt, CreditRules, Wave, WaveItem
from dunning.rules.step_drafts import StepDraft
from dunning.services.planning import plan_reminders
from dunning.services.policies import write_policy
from paybox.kernel.actor import Actor
from paybox.kernel.clock import now, today
from tests.browser.conftest import Inspector
from tests.browser.test_official_load import _log_in
from tests.build import AT, make_position, make_subject
from tests.conftest import use_database
from tests.dunning.test_handover import served
from tests.dunning.test_pooled_effect import STEP, sent
from tests.pagopa.test_opened_credits import by_two
from tests.pagopa.test_repairs import credit
from tests.stack import Stack

pytestmark = [pytest.mark.browser]
ELSE = Actor(77, "Elena Fabbri")
ELSEWHERE = "DIRITTI"


def _owing(count: int, *, service: str) -> list[Position]:
    debtors = [
        make_subject(
            codice_fiscale=f"CRRPRV80A01H{n:03d}X", name=f"Corso Prova {n}", mobile=f"+3933366600{n:02d}"
        )
        for n in range(count)
    ]  # fmt: skip
    due_on = date(2026, 6, 16)
    return [make_position(service=service, rates=(), due_on=due_on, subject=who) for who in debtors]


def _under_way() -> Wave:
    """Two have got it, one was passed by, the others wait: no worker holds it; whoever was late already is in it too."""
    _owing(8, service=ELSEWHERE)
    service = Service.objects.get(code=ELSEWHERE)
    wave = plan_reminders(service_id=service.pk, channel="SMS", actor=ELSE, at=now(), today=today())
    began = {
        "state": "IN_INVIO",
        "started_at": now(),
        "approved_at": now(),
        "approver_name": "Ada Bianchi",
    }
    Wave.objects.filter(pk=wave.pk).update(**began)
    for item, state in zip(
        _own(wave).order_by("pk"), ("RAGGIUNTO", "INVIATO", "SALTATO"), strict=False
    ):
        reason = "PAGATO" if state == "SALTATO" else ""
        WaveItem.objects.filter(pk=item.pk).update(state=state, reason=reason)
    return wave


def _own(wave: Wave) -> QuerySet[WaveItem]:
    """Without those whom other tests left late."""
    return wave.items.filter(subject__codice_fiscale__startswith="CRRPRV")


def test_a_sending_under_way(stack: Stack, page: Page, inspect: Inspector) -> None:
    with use_database(stack.database), schema_context("borgo"):
        wave = _under_way()
    page.goto(stack.url("borgo", f"/ufficio/invii/{wave.uuid}/"))
    _log_in(page)
    done = f"3 di {wave.recipients} destinatari già trattati ({300 // wave.recipients}%)"
    expect(page.get_by_text(done)).to_be_visible()
    inspect.look(page, "invio-in-corso")
    page.get_by_role("button", name="Metti in pausa").click()
    expect(page.get_by_text("si può riprendere da dove era arrivato")).to_be_visible()
    inspect.look(page, "invio-fermato")
    page.get_by_role("button", name="Riprendi l'invio").click()
    expect(page.get_by_text("Non c'è altro da fare.")).to_be_visible(timeout=60_000)
    inspect.look(page, "invio-finito")
    with use_database(stack.database), schema_context("borgo"):
        assert _own(wave).filter(state__in=["INVIATO", "RAGGIUNTO"]).count() == 7
        assert Attempt.objects.filter(item__in=_own(wave)).count() == 5


def test_what_it_did_and_what_it_cost(stack: Stack, page: Page, inspect: Inspector) -> None:
    with use_database(stack.database), schema_context("borgo"):
        service = Service.objects.get(code=ELSEWHERE)
        step = StepDraft(**{name: getattr(STEP, name) for name in STEP.__slots__})
        made = write_policy(service_id=service.pk, steps=[step], actor=ELSE, at=AT).steps.get()
        waves = [sent(made, paid=20, control_paid=5) for _ in range(2)]
        item = waves[1].items.filter(state="INVIATO").earliest("pk")
        Attempt.objects.create(
            item=item, channel="IO", address="PRSPRV80A01H501X", state="CONSEGNATO", parts=1, cost_mills=0, created_at=AT,
            sent_at=AT,
        )  # fmt: skip
        assert list(ledger_problems()) == []
    page.goto(stack.url("borgo", f"/ufficio/invii/{waves[1].uuid}/"))
    _log_in(page)
    expect(
        page.get_by_text("2 invii conclusi, ciascuno confrontato con il proprio gruppo")
    ).to_be_visible()
    expect(page.get_by_text("Esempi veri del messaggio")).to_be_hidden()
    inspect.look(page, "effetto-insieme")
    page.goto(stack.url("borgo", f"/ufficio/invii/consuntivo/?mese={AT:%Y-%m}"))
    expect(page.get_by_role("row", name="App IO").first).to_be_visible()
    inspect.look(page, "consuntivo")


def test_money_of_the_treasurer_that_was_a_debtors(
    stack: Stack, page: Page, inspect: Inspector
) -> None:
    with use_database(stack.database), schema_context("borgo"):
        shown = credit(71, 45_000, "AFFITTO MARZO")
        by_two(shown)
    page.goto(stack.url("borgo", f"/ufficio/riconciliazione/accrediti/{shown.pk}/"))
    _log_in(page)
    expect(
        page.get_by_text("di Verdi Bianca (VRDBNC80A41H501X) per «Canone di affitto")
    ).to_be_visible()
    inspect.look(page, "accredito-aperto-come-credito")


def test_a_hand_over_with_the_minuta(stack: Stack, page: Page, inspect: Inspector) -> None:
    with use_database(stack.database), schema_context("borgo"):
        service = Service.objects.get(code=ELSEWHERE)
        codes = {"ruolo_ente": "01234", "ruolo_comune": "058091", "ruolo_tributo": "0434"}
        CreditRules.objects.update_or_create(service=service, defaults=codes)
        debtor = make_subject(
            codice_fiscale="DLCNCL70A01H501K", name="De Luca Niccolò", email="d@l.example"
        )
        served(make_position(service=ELSEWHERE, rates=(), due_on=date(2025, 6, 16), subject=debtor))
    page.goto(stack.url("borgo", f"/ufficio/coattiva/prepara/{service.pk}/"))
    _log_in(page)
    page.get_by_role("button", name="Prepara la consegna").click()
    expect(page.get_by_text("La consegna è pronta")).to_be_visible()
    inspect.look(page, "consegna-con-minuta")
    page.goto(stack.url("borgo", f"/ufficio/coattiva/prepara/{service.pk}/"))
    inspect.look(page, "consegna-niente-da-dare")
    with use_database(stack.database), schema_context("borgo"):
        CreditRules.objects.all().delete()


def test_the_second_ente_s_own_pages(stack: Stack, page: Page, inspect: Inspector) -> None:
    with use_database(stack.database), schema_context("valle"):
        who = make_subject(
            codice_fiscale="FRRNNA80A41H501H", name="Ferri Anna", email="a@f.example"
        )
        for year in (2024, 2025):
            due_on = date(year, 3, 31)
            make_position(service="QUOTA", rates=(), due_on=due_on, subject=who, segregation="02")
    page.goto(stack.url("valle", "/ufficio/"))
    _log_in(page, "dario@example.org")
    inspect.look(page, "valle-panoramica")
    for name, address in (
        ("posizioni", "posizioni/"),
        ("invii", "invii/"),
        ("invio-nuovo", "invii/nuovo/"),
        ("consuntivo", "invii/consuntivo/"),
        ("procedure", "procedure/"),
        ("testi", "testi/"),
        ("telefono", "telefono/"),
        ("coattiva", "coattiva/"),
        ("termini", "coattiva/termini/"),
        ("pec", "pec/"),
        ("senza-carta", "senza-carta/"),
        ("riconciliazione", "riconciliazione/"),
        ("tipi-di-dovuto", "tipi-di-dovuto/"),
    ):
        page.goto(stack.url("valle", f"/ufficio/{address}"))
        expect(page.get_by_text("Ordine di Valle").first).to_be_visible()
        inspect.look(page, f"valle-{name}")
    page.goto(stack.url("valle", "/"))
    inspect.look(page, "valle-portale")
