"""Positions on the office's pages: found, listed, exported, told, withdrawn; the figures agree with the ledger."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from billing.models import Instalment, Position, Service
from billing.selectors.ledger import ledger_problems, ledger_totals
from billing.services.positions import withdraw_position
from paybox.kernel.clock import today
from tests.build import make_position, make_subject, pay
from tests.pages import text_of

LIST = "/ufficio/posizioni/"
VERDI = {
    "codice_fiscale": "VRDLGU85T10F205N",
    "name": "Verdi Luigi",
    "sort_key": "VERDI LUIGI",
    "email": "luigi.verdi@example.org",
    "mobile": "+393489876543",
}


def pass_a_thousand(cursor: Any, table: str) -> None:
    """Leave a thousand ids unused, as the runtime role may."""
    cursor.execute(
        "SELECT count(nextval(pg_get_serial_sequence(%s, 'id'))) FROM generate_series(1, 1100)",
        [table],
    )


def many(count: int) -> None:
    """Enough rows that ids pass a thousand and pages are several."""
    with connection.cursor() as cursor:
        for table in ("billing_position", "billing_instalment", "registry_subject"):
            pass_a_thousand(cursor, table)
    for n in range(count):
        make_position(reference=f"M-{n:04d}", cents=1_000 + n, rates=())


class TestSearch:
    @pytest.mark.parametrize(
        "typed",
        [
            "verdi",
            "LUIGI verdi",
            "vrdlgu85t10f205n",
            "348 9876543",
            "+39 348.987.6543",
            "luigi.verdi@",
        ],
    )
    def test_a_debtor_by_any_of_her_traits(self, ada_browses: Client, typed: str) -> None:
        make_position(subject=make_subject(**VERDI))
        make_position(subject=make_subject())
        shown = text_of(ada_browses.get("/ufficio/cerca/", {"q": typed}))
        assert "Verdi Luigi" in shown
        assert "Rossi Mario" not in shown

    def test_a_notice_number_typed_by_four_opens_its_position(self, ada_browses: Client) -> None:
        position = make_position()
        number = position.instalments.get(number=2).notice_number
        typed = " ".join(number[n : n + 4] for n in range(0, 18, 4))
        for words in (number, typed, number[1:]):
            answer = ada_browses.get("/ufficio/cerca/", {"q": words})
            assert answer["Location"] == f"{LIST}{position.uuid}/"

    def test_a_riferimento(self, ada_browses: Client) -> None:
        make_position(reference="TARI-77")
        assert "TARI-77" in text_of(ada_browses.get("/ufficio/cerca/", {"q": "tari-77"}))

    @pytest.mark.parametrize(
        "typed", ["", "x", "nessuno così", "%", "301000000000000000", "\u00b2" * 18]
    )
    def test_nothing_is_said_plainly(self, ada_browses: Client, typed: str) -> None:
        make_position()
        answer = ada_browses.get("/ufficio/cerca/", {"q": typed})
        assert answer.status_code == 200
        assert "Rossi" not in text_of(answer)


class TestList:
    def test_the_filter_counts_and_adds_up(self, ada_browses: Client) -> None:
        make_position(cents=10_000, rates=(), due_on=today() - timedelta(days=1))
        make_position(cents=4_000, rates=(), due_on=today())
        make_position(cents=700, rates=(), due_on=today() + timedelta(days=1), service="DIRITTI")
        whole = text_of(ada_browses.get(LIST))
        assert "<strong>3</strong> posizioni: 147,00 €, di cui 147,00 € da riscuotere" in whole
        late = text_of(ada_browses.get(LIST, {"scadute": "on"}))
        assert "<strong>1</strong> posizione con questi filtri: 100,00 €" in late
        other = text_of(ada_browses.get(LIST, {"servizio": "DIRITTI"}))
        assert "<strong>1</strong> posizione con questi filtri: 7,00 €" in other

    def test_what_is_due_today_is_not_overdue(self, ada_browses: Client) -> None:
        position = make_position(rates=(), due_on=today())
        assert "Scaduta" not in text_of(ada_browses.get(LIST)).replace("Solo scadute", "")
        assert "Scade oggi" in text_of(ada_browses.get(f"{LIST}{position.uuid}/"))

    @pytest.mark.parametrize("query", ["stato=INVENTATO", "anno=abc", "servizio=%00", "q=%27%3B--"])
    def test_a_strange_filter_breaks_nothing(self, ada_browses: Client, query: str) -> None:
        assert ada_browses.get(f"{LIST}?{query}").status_code == 200

    @pytest.mark.parametrize("number", ["0", "-1", "abc", "9999", "401"])
    def test_a_page_that_is_not_there(self, ada_browses: Client, number: str) -> None:
        assert ada_browses.get(f"{LIST}?pagina={number}").status_code == 404

    def test_many_rows_cost_few_queries_and_ids_are_never_grouped(
        self, ada_browses: Client
    ) -> None:
        many(60)
        assert Position.objects.order_by("-pk")[0].pk > 1_000
        for page, budget in ((LIST, 12), ("/ufficio/", 17), ("/ufficio/cerca/?q=rossi", 10)):
            ada_browses.get(page)
            with CaptureQueriesContext(connection) as queries:
                answer = ada_browses.get(page)
            assert answer.status_code == 200
            assert len(queries) <= budget, (page, [q["sql"][:90] for q in queries])
        first, second = text_of(ada_browses.get(LIST)), text_of(ada_browses.get(f"{LIST}?pagina=2"))
        assert first.count("<tr>") == second.count("<tr>") == 26
        assert "M-0059" in first
        assert "M-0034" in second

    def test_service_ids_past_a_thousand_stay_links(self, ada_browses: Client) -> None:
        with connection.cursor() as cursor:
            pass_a_thousand(cursor, "billing_service")
        new = Service.objects.create(
            code="NUOVO", name="Nuovo", taxonomy="9/0101101IM/", causale="Nuovo"
        )
        assert new.pk > 1_000
        page = f"/ufficio/tipi-di-dovuto/{new.pk}/"
        assert page in text_of(ada_browses.get("/ufficio/tipi-di-dovuto/"))
        assert ada_browses.get(page).status_code == 200


class TestExport:
    def test_all_of_the_filter_and_nothing_that_a_spreadsheet_executes(
        self, ada_browses: Client
    ) -> None:
        evil = make_subject(**(VERDI | {"name": '=HYPERLINK("http://x")'}))
        make_position(subject=evil, reference="-2+3", cents=123_456, rates=())
        for n in range(30):
            make_position(reference=f"N-{n}", cents=100, rates=())
        make_position(service="DIRITTI", reference="ALTRO", rates=(), cents=999)
        answer: Any = ada_browses.get(f"{LIST}elenco.csv?servizio=TARI&pagina=2")
        text = b"".join(answer.streaming_content).decode("utf-8-sig")
        header, *rows = csv.reader(io.StringIO(text), delimiter=";")
        assert len(rows) == 31
        assert "ALTRO" not in text
        row = dict(zip(header, next(r for r in rows if "HYPERLINK" in r[2]), strict=True))
        assert row["riferimento"] == "'-2+3"
        assert row["denominazione"] == '\'=HYPERLINK("http://x")'
        assert row["importo"] == "1234,56"
        assert len(row["codice_avviso"]) == 18


class TestTheStory:
    def test_open_then_paid_in_part_then_settled(self, ada_browses: Client) -> None:
        position = make_position(due_on=date(2099, 6, 16))
        page = f"{LIST}{position.uuid}/"
        assert "non risulta alcun incasso" in text_of(ada_browses.get(page))
        first = position.instalments.get(number=1)
        pay(first.notice_number, 6_000, reference="RT-1")
        shown = text_of(ada_browses.get(page))
        assert "sono stati incassati 60,00 € su 120,00 €: restano 60,00 €" in shown
        assert "la rata unica non si può più pagare" in shown
        grouped = " ".join(first.notice_number[n : n + 4] for n in range(0, 18, 4))
        assert grouped in shown
        pay(position.instalments.get(number=2).notice_number, 6_500, reference="RT-2")
        shown = text_of(ada_browses.get(page))
        assert "gli incassi coprono l'intero importo di 120,00 €" in shown
        assert "Sono arrivati 5,00 € oltre il dovuto" in shown
        assert "pagoPA · RT-2" in shown
        assert list(ledger_problems()) == []

    def test_the_notice_and_the_quietanza_are_pdfs(self, ada_browses: Client) -> None:
        position = make_position()
        pay(position.instalments.get(number=1).notice_number, 6_000)
        collection = position.collections.get()
        for page in (
            f"{LIST}{position.uuid}/avviso.pdf",
            f"/ufficio/incassi/{collection.uuid}/quietanza.pdf",
        ):
            answer = ada_browses.get(page)
            assert answer["Content-Type"] == "application/pdf"
            assert answer.content.startswith(b"%PDF-")

    def test_a_paid_position_has_no_notice_any_more(self, ada_browses: Client) -> None:
        position = make_position(rates=())
        pay(position.instalments.get().notice_number, 12_000)
        answer = ada_browses.get(f"{LIST}{position.uuid}/avviso.pdf", follow=True)
        assert answer.redirect_chain == [(f"{LIST}{position.uuid}/", 302)]
        assert "alert-danger" in text_of(answer)

    def test_one_page_costs_few_queries(self, ada_browses: Client) -> None:
        position = make_position()
        with CaptureQueriesContext(connection) as queries:
            ada_browses.get(f"{LIST}{position.uuid}/")
        assert len(queries) <= 14


class TestWithdraw:
    def test_it_needs_a_reason_and_says_the_amount(self, ada_browses: Client) -> None:
        position = make_position()
        page = f"{LIST}{position.uuid}/annulla/"
        assert "Annulla 120,00" in text_of(ada_browses.get(page))
        assert "Scegliere un motivo" in text_of(ada_browses.post(page, {"kind": "", "words": "x"}))
        assert "Scrivere la spiegazione" in text_of(
            ada_browses.post(page, {"kind": "Altro", "words": " "})
        )
        position.refresh_from_db()
        assert position.state == "APERTA"
        ada_browses.post(page, {"kind": "Sgravio", "words": "atto  12/2026"})
        position.refresh_from_db()
        assert (position.state, position.residual_cents) == ("ANNULLATA", 0)
        told = text_of(ada_browses.get(f"{LIST}{position.uuid}/"))
        assert "Motivo: Sgravio: atto 12/2026" in told
        assert "Ada Bianchi" in told
        assert set(Instalment.objects.values_list("state", flat=True)) == {"ANNULLATA"}
        assert list(ledger_problems()) == []

    def test_what_is_withdrawn_cannot_be_withdrawn_again(
        self, ada_browses: Client, ada: Any
    ) -> None:
        position = make_position()
        withdraw_position(position_id=position.pk, reason="prova", actor=ada, at=datetime.now(UTC))
        answer = ada_browses.post(
            f"{LIST}{position.uuid}/annulla/", {"kind": "Sgravio"}, follow=True
        )
        assert "già pagata o annullata" in text_of(answer)


class TestBoard:
    def test_empty_it_says_what_to_do(self, ada_browses: Client) -> None:
        assert "Carica il primo file" in text_of(ada_browses.get("/ufficio/"))

    def test_its_figures_are_the_ledger_s(self, ada_browses: Client, ada: Any) -> None:
        late = make_position(cents=10_000, rates=(), due_on=today() - timedelta(days=45))
        make_position(cents=20_000, rates=(), due_on=today() + timedelta(days=5))
        gone = make_position(cents=3_000, rates=())
        pay(late.instalments.get().notice_number, 2_500)
        pay("301999999999999999", 777)
        withdraw_position(position_id=gone.pk, reason="prova", actor=ada, at=datetime.now(UTC))
        answer = ada_browses.get("/ufficio/")
        board = answer.context["figures"]
        assert board.whole.totals == ledger_totals()
        assert (board.whole.totals.opened, board.whole.totals.allotted) == (33_000, 2_500)
        assert (board.overdue_positions, board.overdue_cents) == (1, 7_500)
        assert [(a.positions, a.cents) for a in board.ages][:3] == [(0, 0), (1, 7_500), (0, 0)]
        shown = text_of(answer)
        assert 'data-figure="emesso">330,00 €' in shown
        assert "posizione scaduta e non pagata, per 75,00 €" in shown
        assert "7,77 €" in shown
        assert list(ledger_problems()) == []

    def test_calm_when_nothing_is_wrong(self, ada_browses: Client) -> None:
        make_position(due_on=today() + timedelta(days=30))
        assert "Niente di urgente" in text_of(ada_browses.get("/ufficio/"))
