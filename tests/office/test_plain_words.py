"""Nothing on a page wants to be decoded: no minus sign before days, no step zero, no code between braces without its meaning."""

from collections.abc import Callable

import pytest
from django_tenants.utils import schema_context

from billing.models import Position, Service
from dunning.models import Wave
from dunning.rules.placeholders import PLACEHOLDERS
from dunning.rules.step_drafts import StepDraft
from dunning.services.policies import write_policy
from frontline.office.text_form import PLACEHOLDER_WORDS
from paybox.kernel.actor import Actor
from paybox.kernel.clock import move_clock_to
from tenants.models import User
from tests.build import AT, make_position, make_subject
from tests.office.conftest import OfficeClient
from tests.pages import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("borgo")]
Enter = Callable[[str], OfficeClient]


def _before_due(ada: Actor) -> Service:
    """A reminder a week before the day, and a debtor for whom it is time."""
    service = Service.objects.get(code="TARI")
    steps = [
        StepDraft("CORTESIA", "SCADENZA", -7, ("EMAIL",), needs_approval=True),
        StepDraft("CORTESIA", "SCADENZA", 1, ("EMAIL",), needs_approval=True),
    ]
    write_policy(service_id=service.pk, steps=steps, actor=ada, at=AT)
    debt = make_position(rates=(), subject=make_subject(email="maria@posta.example"))
    Position.objects.filter(pk=debt.pk).update(noticed_at=AT)
    move_clock_to(debt.next_due_on)
    return service


def test_days_before_are_said_with_words(enter: Enter, ada: Actor) -> None:
    service = _before_due(ada)
    page = enter("ada@example.org")
    listed = text_of(page.get("/ufficio/procedure/"))
    assert "Promemoria di cortesia, 7 giorni prima della scadenza" in listed
    assert "1. Promemoria di cortesia, 1 giorno dalla scadenza" in listed
    assert "-7" not in listed
    planned = text_of(page.get("/ufficio/invii/nuovo/"))
    assert "Prima della scadenza: promemoria di cortesia" in planned
    shown = text_of(page.post(f"/ufficio/invii/passo/{service.pk}/0/", follow=True))
    assert "Promemoria della procedura, prima della scadenza" in shown
    assert "Passo 0" not in planned + shown
    assert Wave.objects.count() == 1


def test_what_cannot_leave_without_a_text_says_so(enter: Enter) -> None:
    shown = text_of(enter("ada@example.org").get("/ufficio/testi/"))
    _, tari = shown.split('<h2 id="servizio', 1)[1].split("TARI – tassa sui rifiuti</h2>", 1)
    one_row = tari.split("Telefonata", 1)[1].split("</tr>", 1)[0]
    assert "Nessuna: senza, non parte" in one_row
    assert tari.count("Nessuna: senza, non parte") == 7  # a call, two of past years, two acts twice


def test_every_placeholder_has_its_meaning(enter: Enter) -> None:
    assert set(PLACEHOLDER_WORDS) == set(PLACEHOLDERS)
    service = Service.objects.get(code="TARI")
    page = enter("ada@example.org").get(f"/ufficio/testi/scrivi/{service.pk}/DIFFIDA/LETTERA/")
    assert "<code>{riscossore}</code>" in text_of(page)
    assert "Chi procede alla riscossione coattiva" in text_of(page)


def test_a_choice_says_when_it_counts(enter: Enter) -> None:
    page, service = enter("ada@example.org"), Service.objects.get(code="TARI")
    form = text_of(page.get(f"/ufficio/invii/avvisi-per-email/{service.pk}/"))
    assert "Conta solo con il collegamento: da 1 a" in form


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"form-0-holdout_percent": "90"}, "Il valore massimo è 50."),
        ({"form-0-offset_days": "dieci"}, "Scrivere un numero intero."),
        ({"form-0-kind": "ALTRO"}, "Scegliere una voce dell'elenco."),
    ],
)
def test_a_form_speaks_as_the_office_does(enter: Enter, typed: dict[str, str], said: str) -> None:
    service = Service.objects.get(code="TARI")
    around = {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "0", "form-0-kind": "CORTESIA"}
    step = {"form-0-offset_days": "10", "form-0-anchor": "SCADENZA", "form-0-first": "SMS", "form-0-holdout_percent": "0"}  # fmt: skip
    page = f"/ufficio/procedure/{service.pk}/cambia/"
    answer = enter("ada@example.org").post(page, around | step | typed)
    assert answer.status_code == 422
    assert said in text_of(answer)


def test_who_enters_is_greeted_without_a_tu(enter: Enter) -> None:
    page = enter("ada@example.org")
    page.logout()
    with schema_context("public"):
        user = User.objects.get(email="ada@example.org")
        user.set_password("parola-lunga-di-prova")
        user.save()
    given = {"login": "ada@example.org", "password": "parola-lunga-di-prova"}
    shown = text_of(page.post("/accounts/login/", given, follow=True))
    assert "Accesso eseguito: Ada Bianchi." in shown
    assert "Uscita eseguita." in text_of(page.post("/accounts/logout/", follow=True))
