"""«Paga un avviso» and «Scarica la ricevuta»: only who knows both data sees a notice, for an hour, in one browser."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.core import signing
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tenants.utils import schema_context

from billing.iuv import build_notice_number
from billing.models import Instalment, Service
from billing.services.positions import withdraw_position
from frontline.portal.grants import SECONDS, Grant, sign_grant
from frontline.portal.notices import NOT_FOUND
from frontline.portal.rate_limit import PER_ADDRESS, PER_NOTICE
from paybox.kernel.actor import SYSTEM
from paybox.kernel.clock import now
from tests.build import pay
from tests.documents.builders import texts
from tests.portal.conftest import (
    CODE,
    FAR,
    OTHER_CODE,
    Found,
    ask,
    change_session,
    instalment_of,
    main_of,
    text_of,
)

Finder = Callable[..., Found]


class TestFindingANotice:
    def test_number_and_code_together_open_it(self, find: Finder, tari: Instalment) -> None:
        page = find(tari)
        assert "TARI 2026" in page.text
        assert "120,00 €" in page.text
        assert "16/06/2099" in page.text
        assert "Vai al pagamento" in page.text
        assert "data:image/png;base64," in page.text

    def test_a_late_one_says_what_it_comes_to_today(self, borgo: object, find: Finder) -> None:
        costs = {"tipo": "SPESE", "dal": "2026-01-01", "centesimi": 780}
        Service.objects.filter(code="TARI").update(amount_rules=[costs])
        page = find(instalment_of(due_on=date(2026, 3, 3)))
        assert "127,80 €" in page.text
        assert "al giorno d'oggi: 120,00 € più 7,80 € di spese" in page.text

    def test_blanks_do_not_count(self, citizen: Client, tari: Instalment) -> None:
        number = tari.notice_number
        spaced = " ".join(number[i : i + 4] for i in range(0, 18, 4))
        for typed in (spaced, f" {number} ", number.replace("30", "30-", 1)):
            assert ask(citizen, typed).status_code == 302

    def test_the_code_may_be_typed_in_lower_case(self, citizen: Client, tari: Instalment) -> None:
        assert ask(citizen, tari.notice_number, CODE.lower()).status_code == 302

    @pytest.mark.parametrize(
        ("number", "words"),
        [
            ("", "Scrivere il codice avviso."),
            ("3010", "ha 18 cifre: qui sono 4"),
            ("30100000000000OO14", "ha solo cifre"),
            ("301000000000000199", "una cifra non è giusta"),
        ],
    )
    def test_a_mistyped_number_is_said_next_to_it(
        self, citizen: Client, number: str, words: str
    ) -> None:
        answer = ask(citizen, number)
        assert answer.status_code == 422
        assert words in text_of(answer)
        assert 'id="id_notice_number_error"' in text_of(answer)
        assert 'aria-invalid="true"' in text_of(answer)

    def test_a_mistyped_code_is_said_next_to_it(self, citizen: Client, tari: Instalment) -> None:
        answer = ask(citizen, tari.notice_number, CODE[:-1] + "Z")
        assert answer.status_code == 422
        assert 'id="id_codice_fiscale_error"' in text_of(answer)

    def test_what_was_typed_comes_back_as_text(self, citizen: Client) -> None:
        answer = ask(citizen, '"><script>alert(1)</script>')
        assert "<script>alert" not in text_of(answer)


class TestStrangers:
    def test_wrong_number_and_wrong_code_read_the_same(
        self, citizen: Client, tari: Instalment
    ) -> None:
        unknown = build_notice_number("01", 9_999_999).notice_number
        wrong_code = ask(citizen, tari.notice_number, OTHER_CODE)
        wrong_number = ask(citizen, unknown, OTHER_CODE)
        assert wrong_code.status_code == wrong_number.status_code == 422
        assert NOT_FOUND in text_of(wrong_code)
        same = main_of(text_of(wrong_code)).replace(tari.notice_number, unknown)
        assert same == main_of(text_of(wrong_number))

    def test_they_cost_the_same_questions(self, citizen: Client, tari: Instalment) -> None:
        counts = []
        for number in (tari.notice_number, build_notice_number("01", 9_999_999).notice_number):
            with CaptureQueriesContext(connection) as asked:
                ask(citizen, number, OTHER_CODE)
            counts.append(len(asked))
        assert counts[0] == counts[1]

    def test_a_notice_without_codice_fiscale_opens_to_nobody(self, citizen: Client) -> None:
        from tests.build import make_subject

        with schema_context("borgo"):
            nameless = make_subject(codice_fiscale="", name="Ignoto")
        instalment = instalment_of(subject=nameless, due_on=FAR)
        assert ask(citizen, instalment.notice_number).status_code == 422

    def test_another_ente_s_notice_is_not_found(self, citizen: Client) -> None:
        elsewhere = instalment_of(schema="valle", service="QUOTA", segregation="02", due_on=FAR)
        answer = ask(citizen, elsewhere.notice_number)
        assert answer.status_code == 422
        assert NOT_FOUND in text_of(answer)

    def test_the_address_of_a_page_is_worth_nothing_elsewhere(
        self, find: Finder, tari: Instalment
    ) -> None:
        path = find(tari).path
        stranger = Client(headers={"host": "borgo.localhost"})
        for address in (path, f"{path}avviso.pdf", f"{path}ricevuta.pdf"):
            answer = stranger.get(address)
            assert answer.status_code == 404
            assert "TARI" not in text_of(answer)
        assert stranger.post(f"{path}paga/").status_code == 404

    def test_borgo_s_session_opens_nothing_in_valle(
        self, citizen: Client, find: Finder, tari: Instalment
    ) -> None:
        path = find(tari).path
        answer = citizen.get(path, headers={"host": "valle.localhost"})
        assert answer.status_code == 404
        assert "TARI" not in text_of(answer)

    def test_after_an_hour_the_data_are_asked_again(
        self, citizen: Client, find: Finder, tari: Instalment
    ) -> None:
        path = find(tari).path
        handle = path.strip("/").rsplit("/", 1)[-1]
        grant = Grant("borgo", str(tari.position.uuid), 0)
        change_session(citizen, portal_grants={handle: sign_grant(grant, signer=_yesterday())})
        answer = citizen.get(path)
        assert answer.status_code == 404
        assert "Serve di nuovo il codice avviso" in text_of(answer)

    def test_a_right_cannot_be_forged(
        self, citizen: Client, find: Finder, tari: Instalment
    ) -> None:
        path = find(tari).path
        handle = path.strip("/").rsplit("/", 1)[-1]
        forged = signing.TimestampSigner(key="x" * 50, salt="frontline.portal.grant")
        grant = Grant("borgo", str(tari.position.uuid), 1)
        change_session(citizen, portal_grants={handle: sign_grant(grant, signer=forged)})
        assert citizen.get(path).status_code == 404


class TestHowOften:
    def test_one_address_asks_so_many_times_and_then_waits(self, citizen: Client) -> None:
        for base in range(PER_ADDRESS):
            number = build_notice_number("01", 500_000 + base).notice_number
            assert ask(citizen, number).status_code == 422
        answer = ask(citizen, build_notice_number("01", 600_000).notice_number)
        assert answer.status_code == 429
        assert "attendere 10 minuti" in text_of(answer)

    def test_another_address_is_not_touched(self, citizen: Client, tari: Instalment) -> None:
        for base in range(PER_ADDRESS + 1):
            ask(citizen, build_notice_number("01", 500_000 + base).notice_number)
        assert ask(citizen, tari.notice_number, REMOTE_ADDR="203.0.113.9").status_code == 302

    def test_codes_are_not_tried_one_after_the_other_on_one_notice(
        self, citizen: Client, tari: Instalment
    ) -> None:
        for last in range(PER_NOTICE):
            ask(citizen, tari.notice_number, OTHER_CODE, REMOTE_ADDR=f"203.0.113.{last}")
        answer = ask(citizen, tari.notice_number, CODE, REMOTE_ADDR="203.0.113.99")
        assert answer.status_code == 429

    def test_who_says_to_ask_for_another_is_not_believed(self, citizen: Client) -> None:
        for base in range(PER_ADDRESS + 1):
            number = build_notice_number("01", 500_000 + base).notice_number
            answer = ask(citizen, number, headers={"X-Forwarded-For": f"198.51.100.{base}"})
        assert answer.status_code == 429


class TestStates:
    def test_paid_shows_the_receipt_and_no_till(self, find: Finder, tari: Instalment) -> None:
        with schema_context("borgo"):
            pay(tari.notice_number, 12_000, at=now())
        page = find(tari, "/ricevuta/")
        assert "Pagamento confermato" in page.text
        assert "Scarica la ricevuta (PDF)" in page.text
        assert "Vai al pagamento" not in page.text

    def test_the_receipt_is_a_pdf_of_that_payment(
        self, citizen: Client, find: Finder, tari: Instalment
    ) -> None:
        with schema_context("borgo"):
            pay(tari.notice_number, 12_000, reference="IUR-42", at=now())
        answer = citizen.get(f"{find(tari).path}ricevuta.pdf")
        assert answer["Content-Type"] == "application/pdf"
        assert "no-store" in answer["Cache-Control"]
        words = " ".join(texts(answer.content))
        assert "IUR-42" in words
        assert "120,00" in words

    def test_no_receipt_before_the_payment(
        self, citizen: Client, find: Finder, tari: Instalment
    ) -> None:
        answer = citizen.get(f"{find(tari).path}ricevuta.pdf")
        assert answer.status_code == 404
        assert "La ricevuta non c" in text_of(answer)

    def test_a_rata_after_the_rata_unica_says_why(self, find: Finder, tari: Instalment) -> None:
        with schema_context("borgo"):
            pay(tari.notice_number, 12_000, at=now())
            rata = tari.position.instalments.get(number=1)
        page = find(rata)
        assert "già stato pagato in un altro modo" in page.text
        assert "Vai al pagamento" not in page.text

    def test_withdrawn_says_why_and_prints_nothing(
        self, citizen: Client, find: Finder, tari: Instalment
    ) -> None:
        with schema_context("borgo"):
            position_id = tari.position_id
            withdraw_position(position_id=position_id, reason="errore", actor=SYSTEM, at=now())
        page = find(tari)
        assert "ha annullato questo avviso" in page.text
        assert "Vai al pagamento" not in page.text
        assert citizen.get(f"{page.path}avviso.pdf").status_code == 404

    def test_the_avviso_is_a_pdf(self, citizen: Client, find: Finder, tari: Instalment) -> None:
        answer = citizen.get(f"{find(tari).path}avviso.pdf")
        assert answer.content.startswith(b"%PDF")
        assert f"avviso-{tari.notice_number}.pdf" in answer["Content-Disposition"]

    def test_coming_back_from_pagopa_is_no_proof(
        self, citizen: Client, find: Finder, tari: Instalment
    ) -> None:
        path = find(tari).path
        waiting = text_of(citizen.get(f"{path}ritorno/ok/"))
        assert "In attesa di conferma" in waiting
        assert '<noscript><meta http-equiv="refresh"' in waiting
        assert "Pagamento confermato" not in waiting
        assert "ricevuta.pdf" not in waiting
        with schema_context("borgo"):
            pay(tari.notice_number, 12_000, at=now())
        paid = text_of(citizen.get(f"{path}ritorno/ok/"))
        assert "Pagamento confermato" in paid
        assert 'http-equiv="refresh"' not in paid
        assert f"{path}ricevuta.pdf" in paid

    @pytest.mark.parametrize("outcome", ["annullato", "errore"])
    def test_coming_back_without_paying_says_only_that(
        self, citizen: Client, find: Finder, tari: Instalment, outcome: str
    ) -> None:
        page = text_of(citizen.get(f"{find(tari).path}ritorno/{outcome}/"))
        assert "Vai al pagamento" in page
        assert "confermato" not in page

    def test_coming_back_in_another_browser_shows_nothing_personal(
        self, find: Finder, tari: Instalment
    ) -> None:
        path = find(tari).path
        stranger = Client(headers={"host": "borgo.localhost"})
        answer = stranger.get(f"{path}ritorno/ok/")
        assert answer.status_code == 200
        assert "TARI" not in text_of(answer)
        assert stranger.get(f"{path}ritorno/altro/").status_code == 404


class TestTheHomePage:
    def test_what_this_browser_has_open_is_found_again(
        self, citizen: Client, find: Finder, tari: Instalment
    ) -> None:
        path = find(tari).path
        assert path in text_of(citizen.get("/"))
        assert path not in text_of(Client(headers={"host": "borgo.localhost"}).get("/"))

    def test_leaving_forgets_everything(
        self, citizen: Client, find: Finder, tari: Instalment
    ) -> None:
        path = find(tari).path
        assert citizen.post("/termina/").status_code == 302
        assert citizen.get(path).status_code == 404

    def test_only_this_page_may_send_forms_to_pagopa(
        self, citizen: Client, find: Finder, tari: Instalment
    ) -> None:
        path = find(tari).path
        assert "form-action 'self' http://" in citizen.get(path)["Content-Security-Policy"]
        assert citizen.get("/")["Content-Security-Policy"].count("http://") == 0

    @pytest.mark.parametrize(("path", "most"), [("/", 4), ("/avviso/", 1), ("/spontaneo/", 2)])
    def test_budget(self, citizen: Client, path: str, most: int) -> None:
        _within(citizen, path, most)

    def test_budget_of_a_notice(self, citizen: Client, find: Finder, tari: Instalment) -> None:
        _within(citizen, find(tari).path, 5)


def _within(client: Client, path: str, most: int) -> None:
    client.get(path)
    with CaptureQueriesContext(connection) as asked:
        client.get(path)
    assert len(asked) <= most, [query["sql"] for query in asked]


def _yesterday() -> signing.TimestampSigner:
    class Old(signing.TimestampSigner):
        def timestamp(self) -> str:
            then = timezone.now() - timedelta(seconds=SECONDS + 5)
            return signing.b62_encode(int(then.timestamp()))

    return Old(salt="frontline.portal.grant")


class TestWhatWillBeAsked:
    def test_a_rata_paid_short_leaves_less_on_the_other(
        self, citizen: Client, find: Finder
    ) -> None:
        """The Node asks min(rata, residual): the page must not promise more."""
        first = instalment_of(number=1, due_on=FAR)
        with schema_context("borgo"):
            second = Instalment.objects.get(position_id=first.position_id, number=2)
            pay(first.notice_number, 9_000)
        page = find(second)
        assert "30,00 €" in page.text
        assert "dei 60,00 € stampati" in page.text
        assert "30,00 €" in main_of(text_of(citizen.get("/")))
