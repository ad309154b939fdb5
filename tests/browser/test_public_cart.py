"""A citizen puts two notices in the cart, leaves the checkout, finds them again and pays once."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django_tenants.utils import schema_context
from playwright.sync_api import Page, expect

from pagopa.services.anomalies import open_not_taken
from paybox.kernel.models import OutboxEntry
from tests.browser.conftest import Inspector
from tests.build import make_position
from tests.conftest import PASSWORD, use_database
from tests.portal.conftest import CODE
from tests.stack import Stack
from tests.template import BORGO

pytestmark = [pytest.mark.browser]
RECEIPT_MS = 30_000


def test_two_notices_left_and_paid_together(
    stack: Stack, page: Page, inspect: Inspector, numbers: list[str]
) -> None:
    for number in numbers:
        page.goto(stack.url("borgo", "/avviso/"))
        page.get_by_label("Codice avviso").fill(number)
        page.get_by_label("Codice fiscale").fill(CODE)
        page.get_by_role("button", name="Continua").click()
        page.get_by_role("button", name="Aggiungi al carrello").click()
    expect(page.get_by_text("Totale di 2 avvisi")).to_be_visible()
    inspect.look(page, "carrello-1-pieno")
    page.get_by_role("button", name="Vai al pagamento").click()
    page.get_by_role("button", name="Annulla").click()
    expect(page.get_by_role("heading", name="Pagamento non completato")).to_be_visible()
    inspect.look(page, "carrello-2-annullato")
    page.goto(stack.url("borgo"))
    inspect.look(page, "carrello-3-da-riprendere")
    page.get_by_role("link", name="Riprendi il pagamento").click()
    page.get_by_role("button", name="Vai al pagamento").click()
    page.get_by_role("button", name="Paga").click()
    expect(page.get_by_role("heading", name="Pagamento confermato")).to_be_visible(
        timeout=RECEIPT_MS
    )
    inspect.look(page, "carrello-4-confermato")
    page.goto(stack.url("borgo", "/carrello/"))
    expect(page.get_by_text("Il carrello è vuoto")).to_be_visible()


def test_the_office_s_pages_of_pagopa(
    stack: Stack, page: Page, inspect: Inspector, numbers: list[str], odd: None
) -> None:
    """A receipt, a message that could not be read, work that stopped."""
    stack.far.pay(fiscal_code=BORGO, notice_number=numbers[0], paid_at=datetime.now(tz=UTC))
    page.goto(stack.url("borgo", "/accounts/login/?next=/ufficio/pagopa/ricevute/?esito=tutte"))
    page.locator("input[name=login]").fill("ada@example.org")
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Accedi").click()
    inspect.look(page, "ufficio-ricevute")
    page.locator("main tbody a").first.click()
    expect(page.get_by_role("heading", name="Perché?")).to_be_visible()
    inspect.look(page, "ufficio-ricevuta")
    for path, name in (
        ("pagopa/?stato=tutte", "pubblicazioni"),
        ("pagopa/anomalie/", "anomalie"),
        ("pagopa/carrelli/", "carrelli"),
        ("lavori-non-riusciti/", "lavori"),
    ):
        page.goto(stack.url("borgo", f"/ufficio/{path}"))
        inspect.look(page, f"ufficio-{name}")


@pytest.fixture
def numbers(stack: Stack, django_db_blocker: Any) -> list[str]:
    """Two notices of Borgo in the running installation."""
    with django_db_blocker.unblock(), use_database(stack.database), schema_context("borgo"):
        made = [make_position(due_on=date(2099, 6, 16), rates=()) for _ in range(2)]
        return [position.instalments.get().notice_number for position in made]


@pytest.fixture
def odd(stack: Stack, django_db_blocker: Any) -> None:
    """What an official finds on a bad day."""
    at = datetime.now(tz=UTC)
    with django_db_blocker.unblock(), use_database(stack.database), schema_context("borgo"):
        open_not_taken(raw_message_id=1, why="Esito negativo: non attesta alcun pagamento", at=at)
        OutboxEntry.objects.create(
            task="billing.make_bollettazione", created_at=at, next_at=at, failed_at=at, attempts=8,
            last_error="OSError: disco senza spazio",
        )  # fmt: skip
