"""«Carrello»: up to five notices, one payment, left half-way and found again; only receipts say what is paid."""

import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from django.test import Client
from django_tenants.utils import schema_context

from billing.models import Instalment
from frontline.portal import basket
from frontline.portal.carts import CHANGED, EMPTY
from pagopa.models import Cart
from paybox.kernel.clock import now
from paybox.kernel.models import OutboxEntry
from tests.build import pay
from tests.pages import text_of
from tests.pagopa.test_checkout import taking
from tests.portal.conftest import FAR, Found, instalment_of, main_of
from tests.portal.test_checkout import checkout, point_to, simulator

__all__ = ["checkout", "simulator", "taking"]
Finder = Callable[..., Found]
CART = "/carrello/"


def some(count: int, **given: Any) -> list[Instalment]:
    return [instalment_of(due_on=FAR, rates=(), **given) for _ in range(count)]


@pytest.fixture
def put(citizen: Client, find: Finder) -> Callable[..., Any]:
    """Find each notice with its form and add it to the cart; the last answer."""

    def call(*notices: Instalment) -> Any:
        for notice in notices:
            answer = citizen.post(f"{find(notice).path}aggiungi/")
        return answer

    return call


def total_of(page: str) -> str:
    found = re.search(r'name="totale" value="(\d+)"', page)
    assert found, page
    return found[1]


def leave(citizen: Client) -> Any:
    return citizen.post(f"{CART}paga/", {"totale": total_of(text_of(citizen.get(CART)))})


class TestFilling:
    def test_five_notices_and_their_total(self, citizen: Client, put: Callable[..., Any]) -> None:
        notices = [*some(4), *some(1, cents=1_050)]
        assert put(*notices)["Location"] == CART
        page = text_of(citizen.get(CART))
        assert page.count("120,00 €") == 4
        assert "490,50 €" in main_of(page)
        assert "Totale di 5 avvisi" in page
        assert "Aggiungi un altro avviso" not in main_of(page)
        refused = put(*some(1))
        assert refused.status_code == 409
        assert basket.FULL in text_of(refused)

    def test_the_same_notice_is_added_once(
        self, citizen: Client, put: Callable[..., Any], tari: Instalment
    ) -> None:
        put(tari)
        refused = put(tari)
        assert refused.status_code == 409
        assert basket.TWICE in text_of(refused)
        assert "120,00 €" in main_of(text_of(citizen.get(CART)))

    @pytest.mark.parametrize(("first", "second"), [(0, 1), (1, 0)])
    def test_two_ways_to_pay_the_same_debt_are_not_paid_together(
        self, put: Callable[..., Any], first: int, second: int
    ) -> None:
        whole = instalment_of(due_on=FAR)
        with schema_context("borgo"):
            ways = {w.number: w for w in whole.position.instalments.select_related("position")}
        put(ways[first])
        refused = put(ways[second])
        assert refused.status_code == 409
        assert "due modi di pagare lo stesso dovuto" in text_of(refused)

    def test_two_rate_of_one_debt_may(self, citizen: Client, put: Callable[..., Any]) -> None:
        whole = instalment_of(due_on=FAR)
        with schema_context("borgo"):
            ways = {w.number: w for w in whole.position.instalments.select_related("position")}
        put(ways[1], ways[2])
        assert total_of(text_of(citizen.get(CART))) == "12000"

    def test_what_cannot_be_paid_does_not_enter(
        self, citizen: Client, put: Callable[..., Any], tari: Instalment
    ) -> None:
        with schema_context("borgo"):
            pay(tari.notice_number, 12_000, at=now())
        assert put(tari).status_code == 409
        assert "Il carrello è vuoto" in text_of(citizen.get(CART))

    def test_taken_out_again(
        self, citizen: Client, put: Callable[..., Any], tari: Instalment
    ) -> None:
        put(tari)
        action = re.search(r'action="(/carrello/togli/[^"]+)"', text_of(citizen.get(CART)))
        assert action
        page = text_of(citizen.post(action[1], follow=True))
        assert "tolto dal carrello" in page
        assert "Il carrello è vuoto" in page

    def test_of_a_stranger_and_of_another_ente_nothing_is_seen(
        self, put: Callable[..., Any], find: Finder, tari: Instalment
    ) -> None:
        put(tari)
        path = find(tari).path
        other = Client(headers={"host": "borgo.localhost"})
        assert other.post(f"{path}aggiungi/").status_code == 404
        assert "Il carrello è vuoto" in text_of(other.get(CART))
        valle = Client(headers={"host": "valle.localhost"})
        assert "Il carrello è vuoto" in text_of(valle.get(CART))

    def test_a_shared_computer_forgets_it(
        self, citizen: Client, put: Callable[..., Any], tari: Instalment
    ) -> None:
        put(tari)
        citizen.post("/termina/")
        assert "Il carrello è vuoto" in text_of(citizen.get(CART))


class TestPaying:
    def test_one_cart_for_all_and_its_amounts(
        self, citizen: Client, put: Callable[..., Any], checkout: str
    ) -> None:
        notices = [*some(2), *some(1, cents=550)]
        put(*notices)
        answer = leave(citizen)
        assert answer.status_code == 303
        page = httpx.get(answer["Location"], trust_env=False).text
        assert "Totale: 245,50 €" in page
        for notice in notices:
            assert notice.notice_number in page
        with schema_context("borgo"):
            assert Cart.objects.get().amount_cents == 24_550

    def test_the_email_goes_with_the_cart_and_nobody_must_give_one(
        self, citizen: Client, put: Callable[..., Any], taking: Any, settings: Any
    ) -> None:
        point_to(settings, f"http://127.0.0.1:{taking.server_port}/checkout/ec/v1/carts")
        put(*some(1))
        total = total_of(text_of(citizen.get(CART)))
        for typed in ("mario", "mario@", "à@example.org"):
            wrong = citizen.post(f"{CART}paga/", {"totale": total, "email": typed})
            assert wrong.status_code == 400
            page = main_of(text_of(wrong))
            assert "Totale" in page
            assert f'value="{typed}"' in page
            assert page.count("indirizzo e-mail") >= 2  # above, and next to the field
        with schema_context("borgo"):
            assert Cart.objects.count() == 0
        given = {"totale": total, "email": " mario.rossi@example.org "}
        assert citizen.post(f"{CART}paga/", given).status_code == 303
        assert leave(citizen).status_code == 303
        assert [cart.get("emailNotice") for cart in taking.bodies] == [
            "mario.rossi@example.org",
            None,
        ]

    def test_left_at_the_checkout_it_is_found_again(
        self, citizen: Client, put: Callable[..., Any], checkout: str
    ) -> None:
        put(*some(2))
        address = leave(citizen)["Location"]
        left = httpx.post(address, data={"choice": "leave"}, trust_env=False).headers["location"]
        page = text_of(citizen.get(left.removeprefix("http://borgo.localhost")))
        assert "Pagamento non completato" in page
        assert "ancora nel carrello" in page
        home = main_of(text_of(citizen.get("/")))
        assert "Riprendi il pagamento" in home
        assert "240,00 €" in home
        again = leave(citizen)
        assert again.status_code == 303
        assert again["Location"] != address

    def test_coming_back_well_proves_nothing(
        self, citizen: Client, put: Callable[..., Any], checkout: str
    ) -> None:
        one, other = some(2)
        put(one, other)
        leave(citizen)
        (name,) = session_departures(citizen)
        back = f"{CART}ritorno/{name}/ok/"
        for _ in range(2):
            assert "In attesa di conferma" in text_of(citizen.get(back))
        with schema_context("borgo"):
            looked = OutboxEntry.objects.get(task="pagopa.recover_cart")
            assert looked.arguments["notice_numbers"] == [one.notice_number, other.notice_number]
        with schema_context("borgo"):
            pay(one.notice_number, 12_000, at=now())
        half = main_of(text_of(citizen.get(back)))
        assert half.count("Ricevuta (PDF)") == 2  # once seen, once heard
        assert "In attesa di conferma" in half
        with schema_context("borgo"):
            pay(other.notice_number, 12_000, at=now())
        whole = main_of(text_of(citizen.get(back)))
        assert "Gli avvisi risultano tutti pagati" in whole
        assert "hx-trigger" not in whole
        assert "Il carrello è vuoto" in text_of(citizen.get(CART))

    def test_a_total_that_changed_is_shown_before_leaving(
        self, citizen: Client, put: Callable[..., Any], checkout: str
    ) -> None:
        one, other = some(2)
        put(one, other)
        shown = total_of(text_of(citizen.get(CART)))
        with schema_context("borgo"):
            pay(one.notice_number, 12_000, at=now())
        answer = citizen.post(f"{CART}paga/", {"totale": shown})
        assert answer.status_code == 409
        assert CHANGED in text_of(answer)
        assert "Pagato: non sarà pagato con gli altri" in text_of(answer)
        assert total_of(text_of(answer)) == "12000"
        assert leave(citizen).status_code == 303

    def test_an_empty_cart_goes_nowhere(self, citizen: Client) -> None:
        answer = citizen.post(f"{CART}paga/", {"totale": "0"})
        assert answer.status_code == 409
        assert EMPTY in text_of(answer)

    def test_in_another_browser_nothing_personal(
        self, citizen: Client, put: Callable[..., Any], checkout: str
    ) -> None:
        (one,) = some(1)
        put(one)
        leave(citizen)
        (name,) = session_departures(citizen)
        other = Client(headers={"host": "borgo.localhost"})
        page = text_of(other.get(f"{CART}ritorno/{name}/ok/"))
        assert "Pagamento in attesa di conferma" in page
        assert one.notice_number[:4] not in main_of(page)
        assert other.get(f"{CART}ritorno/{name}/altro/").status_code == 404


def session_departures(client: Client) -> list[str]:
    with schema_context("borgo"):
        return list(client.session.get("portal_departures", {}))
