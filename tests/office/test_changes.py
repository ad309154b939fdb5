"""The office puts a position right: amounts, days and the debtor's data, with a reason and without surprises."""

from datetime import date, timedelta
from typing import Any

from django.test import Client

from billing.models import TimelineEntry
from billing.selectors.ledger import ledger_problems
from dunning.services.acts import Costs, replace_position
from pagopa.models import Publication
from pagopa.services.publication import ask_publication
from paybox.kernel.actor import SYSTEM
from paybox.kernel.clock import today
from tests.build import AT, make_position, make_subject, pay
from tests.pages import text_of

LIST = "/ufficio/posizioni/"


def filled(page: str, **given: str) -> dict[str, str]:
    day = (today() + timedelta(days=60)).isoformat()
    known = {"version": "1", "amount_0": "100,00", "due_0": day, "reason": "Atto 7"}
    return known | given


class TestChange:
    def test_asked_shown_done_and_told(self, ada_browses: Client) -> None:
        position = make_position(rates=())
        page = f"{LIST}{position.uuid}/"
        assert "modifica/" in text_of(ada_browses.get(page))
        assert "120,00" in text_of(ada_browses.get(f"{page}modifica/"))
        answer = ada_browses.post(f"{page}modifica/", filled(page))
        assert answer["Location"] == page
        shown = text_of(ada_browses.get(page))
        assert "Rata unica: da 120,00 € a 100,00 €, scadenza dal 16/06/2026" in shown
        assert "Riduzione dell'importo" in shown
        assert list(ledger_problems()) == []

    def test_what_cannot_be_is_said_and_what_was_typed_stays(self, ada_browses: Client) -> None:
        page = f"{LIST}{make_position(rates=()).uuid}/modifica/"
        for given, words in (
            ({"reason": ""}, "Scrivere il motivo"),
            ({"amount_0": "cento"}, "invalid-feedback"),
            ({"amount_0": "0,00"}, "maggiore di zero"),
            ({"version": "9"}, "modificata da altri"),
            ({"due_0": "2020-01-01"}, "già passata"),
        ):
            answer = ada_browses.post(page, filled(page, **given))
            assert answer.status_code == 422
            assert words in text_of(answer)
        assert not TimelineEntry.objects.filter(kind="MODIFICATA").exists()

    def test_a_paid_one_is_refused(self, ada_browses: Client) -> None:
        position = make_position(rates=())
        pay(position.instalments.get().notice_number, 12_000)
        answer = ada_browses.get(f"{LIST}{position.uuid}/modifica/", follow=True)
        assert "già pagata o annullata" in text_of(answer)

    def test_only_who_may(self, enter: Any) -> None:
        page = f"{LIST}{make_position(rates=()).uuid}/modifica/"
        assert enter("gina@example.org").post(page, filled(page)).status_code == 403


class TestDebtor:
    def test_corrected_on_all_her_positions(self, ada_browses: Client) -> None:
        subject = make_subject()
        first, second = (make_position(subject=subject, rates=()) for _ in range(2))
        given = {
            "name": "Rossi Maria", "codice_fiscale": "", "street": "Via Po", "civic": "2",
            "cap": "00010", "city": "Borgo", "province": "rm", "reason": "Rettifica anagrafe",
        }  # fmt: skip
        answer = ada_browses.post(f"{LIST}{first.uuid}/debitore/", given, follow=True)
        assert "2 posizioni aperte vengono aggiornate" in text_of(answer)
        shown = text_of(ada_browses.get(f"{LIST}{second.uuid}/"))
        assert "Denominazione: da «Rossi Mario» a «Rossi Maria»" in shown

    def test_a_wrong_code_is_explained(self, ada_browses: Client) -> None:
        page = f"{LIST}{make_position(rates=()).uuid}/debitore/"
        given = {"name": "Rossi Mario", "codice_fiscale": "RSSMRA80A01H501X", "reason": "x"}
        answer = ada_browses.post(page, given)
        assert answer.status_code == 422
        assert "carattere di controllo" in text_of(answer)


class TestPublications:
    def test_each_row_says_by_which_road_and_how_far_it_is(self, ada_browses: Client) -> None:
        old = make_position(rates=())
        ask_publication(position_ids=[old.pk], at=AT)
        page = "/ufficio/pagopa/?stato=tutte"
        assert "Intermediario · non ancora inviata" in text_of(ada_browses.get(page))
        Publication.objects.update(attempts=1)
        assert "Intermediario · inviata, si attende la risposta" in text_of(ada_browses.get(page))
        Publication.objects.update(state="ACCETTATA", answered_at=AT)
        assert "Intermediario · risposta il 02/03/2026 10:30" in text_of(ada_browses.get(page))
        replace_position(
            position_id=old.pk, costs=Costs(), reason="Ingiunzione", due_on=date(2026, 7, 31),
            segregation="01", actor=SYSTEM, at=AT,
        )  # fmt: skip
        assert "in attesa della posizione che la sostituisce" in text_of(ada_browses.get(page))
