"""Procedures, simulations and lists on the office's pages: written by one person, read, approved by another."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from billing.models import Position, Service
from dunning.models import DunningPolicy, StandingApproval, Suppression, Wave
from dunning.rules.step_drafts import StepDraft
from dunning.services.policies import write_policy
from paybox.kernel.actor import Actor
from paybox.kernel.clock import now, today
from tests.build import make_position, make_subject
from tests.pages import seen_on, text_of

Enter = Callable[[str], Client]
STEPS = (
    StepDraft("CORTESIA", "SCADENZA", 5, ("SMS", "EMAIL"), needs_approval=False),
    StepDraft("CORTESIA", "INVIO_PRECEDENTE", 14, ("EMAIL", "LETTERA"), needs_approval=True),
)
AUTHOR = Actor(99, "Autrice")


def tari() -> Service:
    return Service.objects.get(code="TARI")


def overdue(cents: int = 5_000, **subject: Any) -> Position:
    position = make_position(
        cents=cents, rates=(), due_on=today() - timedelta(days=10), subject=make_subject(**subject)
    )
    Position.objects.filter(pk=position.pk).update(noticed_at=now())
    return position


@pytest.fixture
def policy(borgo: Any) -> DunningPolicy:
    return write_policy(service_id=tari().pk, steps=STEPS, actor=AUTHOR, at=now())


def form_of(**changes: str) -> dict[str, str]:
    row = {
        "kind": "CORTESIA", "offset_days": "10", "anchor": "SCADENZA", "first": "SMS", "second": "EMAIL", "third": "",
        "needs_approval": "on", "minimum_cents": "12,00", "costs_cents": "0,00", "holdout_percent": "10",
    } | changes  # fmt: skip
    management = {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "0"}
    return management | {f"form-0-{name}": value for name, value in row.items()}


class TestProcedures:
    def test_written_read_and_changed(self, enter: Enter) -> None:
        ada = enter("ada@example.org")
        page = f"/ufficio/procedure/{tari().pk}/"
        assert "Nessuna procedura" in text_of(ada.get(page))
        assert ada.post(f"{page}cambia/", form_of())["Location"] == page
        shown = text_of(ada.get(page))
        assert "Versione 1, in vigore" in shown
        assert "10 giorni dalla scadenza" in shown
        assert "SMS, poi e-mail" in shown
        ada.post(f"{page}cambia/", form_of(offset_days="15"))
        changed = text_of(ada.get(page))
        assert "Versione 2, in vigore" in changed
        assert "15 giorni dalla scadenza" in changed
        assert "10 giorni dalla scadenza" in changed  # what was before
        assert "non più in vigore" in text_of(ada.get(f"{page}?versione=1"))

    def test_a_refusal_is_said_where_it_was_typed(self, enter: Enter) -> None:
        ada = enter("ada@example.org")
        answer = ada.post(f"/ufficio/procedure/{tari().pk}/cambia/", form_of(costs_cents="7,83"))
        assert answer.status_code == 422
        assert "non addebita spese" in text_of(answer)
        assert DunningPolicy.objects.count() == 0

    def test_an_official_reads_but_does_not_write(
        self, enter: Enter, policy: DunningPolicy
    ) -> None:
        elena = enter("elena@example.org")
        assert elena.get("/ufficio/procedure/").status_code == 200
        assert elena.get(f"/ufficio/procedure/{tari().pk}/cambia/").status_code == 403

    def test_a_step_that_leaves_by_itself(self, enter: Enter, policy: DunningPolicy) -> None:
        elena, step = enter("elena@example.org"), policy.steps.get(number=1)
        elena.post(f"/ufficio/procedure/passi/{step.pk}/approva/", {"massimo": "0"})
        assert StandingApproval.objects.count() == 0
        elena.post(f"/ufficio/procedure/passi/{step.pk}/approva/", {"massimo": "200"})
        page = f"/ufficio/procedure/{tari().pk}/"
        assert "al massimo 200 messaggi al giorno" in text_of(elena.get(page))
        standing = StandingApproval.objects.get()
        elena.post(f"/ufficio/procedure/automatici/{standing.pk}/ferma/")
        assert "al massimo 200" not in text_of(elena.get(page))
        second = policy.steps.get(number=2)
        refused = elena.post(
            f"/ufficio/procedure/passi/{second.pk}/approva/", {"massimo": "9"}, follow=True
        )
        assert "va approvato ogni volta" in text_of(refused)


class TestSimulation:
    def test_channels_costs_samples_and_one_person(
        self, enter: Enter, policy: DunningPolicy
    ) -> None:
        overdue()
        overdue(
            7_000, codice_fiscale="VRDLGU85T10F205N", name="Verdi Luigi", sort_key="VERDI LUIGI", mobile="",
            email="luigi@posta.example",
        )  # fmt: skip
        ada = enter("ada@example.org")
        page = ada.post(f"/ufficio/invii/passo/{tari().pk}/1/")["Location"]
        shown = text_of(ada.get(page))
        assert "Passo 1 della procedura. SMS, poi e-mail" in shown
        assert shown.count("Testo di base") == 2  # one for each channel
        assert "0,121 €" in shown  # two parts of an SMS and an e-mail
        wave = Wave.objects.get()
        item = wave.items.get(channel="EMAIL")
        person = text_of(ada.get(f"{page}destinatari/{item.pk}/"))
        assert "è il suo turno al passo 1" in person
        assert "70,00 €" in person
        ada.post(f"{page}destinatari/{item.pk}/togli/")
        wave.refresh_from_db()
        assert (wave.recipients, wave.excluded, wave.cost_mills) == (1, 1, 120)

    def test_what_was_read_is_what_is_approved(self, enter: Enter, policy: DunningPolicy) -> None:
        overdue()
        page = enter("ada@example.org").post(f"/ufficio/invii/passo/{tari().pk}/1/")["Location"]
        wave, elena = Wave.objects.get(), enter("elena@example.org")
        assert wave.snapshot_sha256 in text_of(elena.get(page))
        stale = elena.post(f"{page}approva/", {"impronta": "0" * 64}, follow=True)
        assert "è cambiato mentre lo si leggeva" in text_of(stale)
        elena.post(f"{page}approva/", {"impronta": wave.snapshot_sha256})
        wave.refresh_from_db()
        assert (wave.state, wave.approver_name) == ("APPROVATA", "Elena Fabbri")
        again = elena.post(f"{page}rifai/")["Location"]
        assert again != page
        wave.refresh_from_db()
        assert wave.state == "ANNULLATA"

    def test_old_news_of_payments_want_a_reason(self, enter: Enter, policy: DunningPolicy) -> None:
        from billing.models import SourceFreshness

        overdue()
        page = enter("ada@example.org").post(f"/ufficio/invii/passo/{tari().pk}/1/")["Location"]
        elena, wave = enter("elena@example.org"), Wave.objects.get()
        elena.post(f"{page}approva/", seen_on(elena.get(page)))
        SourceFreshness.objects.create(source="PAGOPA", complete_until=now() - timedelta(days=4))
        assert "Perché inviare comunque" in text_of(elena.get(page))
        refused = elena.post(f"{page}avvia/", follow=True)
        assert "Gli incassi sono fermi al" in text_of(refused)
        elena.post(f"{page}avvia/", {"nonostante": "Il tesoriere conferma che non ci sono incassi"})
        wave.refresh_from_db()
        assert wave.state == "IN_INVIO"


class TestSilence:
    def test_an_address_is_left_alone_and_admitted_again(
        self, enter: Enter, policy: DunningPolicy
    ) -> None:
        position, ada = overdue(email=""), enter("ada@example.org")
        page = "/ufficio/recapiti-esclusi/"
        assert "Nessun recapito escluso" in text_of(ada.get(page))
        wrong = ada.post(page, {"channel": "SMS", "address": "0541 123456"})
        assert (wrong.status_code, "telefono fisso" in text_of(wrong)) == (422, True)
        number = position.subject.contacts.get(kind="MOBILE").value
        for _ in range(2):
            ada.post(page, {"channel": "SMS", "address": number.removeprefix("+39")})
        listed = Suppression.objects.get()
        assert number in text_of(ada.get(page))
        ada.post(f"/ufficio/invii/passo/{tari().pk}/1/")
        assert Wave.objects.get().items.get().reason == "DA_NON_DISTURBARE"
        ada.post(f"{page}{listed.pk}/riammetti/")
        ada.post(f"/ufficio/invii/passo/{tari().pk}/1/")
        assert Wave.objects.latest("pk").items.get().state == "PRONTO"


class TestPrices:
    def test_a_new_price_counts_from_its_day(self, enter: Enter, policy: DunningPolicy) -> None:
        ada, page = enter("ada@example.org"), "/ufficio/invii/prezzi/"
        assert "0,06 €" in text_of(ada.get(page))
        price = {"channel": "SMS", "mills": "0,045", "valid_from": today().isoformat()}
        ada.post(page, price)
        assert "0,045 €" in text_of(ada.get(page))
        assert ada.post(page, price).status_code == 422
        overdue()
        ada.post(f"/ufficio/invii/passo/{tari().pk}/1/")
        assert Wave.objects.get().cost_mills == 90
        assert enter("elena@example.org").get(page).status_code == 403


class TestLists:
    LIST = (
        "cellulare;importo;nome;scadenza;conto\n"
        "333 5551001;120,00;Rossi Mario;16/06/2026;Utenza 7\n"
        "3335551002;80,50;;;\n"
        "333 5551001;10,00;Ancora Rossi;;\n"
        "0541 123456;10,00;Fisso;;\n"
        "3335551003;dieci;;;\n"
    )

    def test_a_list_becomes_a_simulated_sending(self, enter: Enter) -> None:
        ada = enter("ada@example.org")
        file = SimpleUploadedFile("elenco.csv", self.LIST.encode())
        page = ada.post("/ufficio/invii/elenco/", {"service": tari().pk, "file": file})["Location"]
        wave = Wave.objects.get()
        assert (wave.kind, wave.recipients, wave.excluded, wave.amount_cents) == (
            "ELENCO", 2, 3, 20_050,
        )  # fmt: skip
        shown = text_of(ada.get(page))
        assert "Gentile Rossi Mario, risulta da pagare la somma di 120,00" in shown
        assert "entro il 16/06/2026. Conto: Utenza 7." in shown
        who = text_of(ada.get(f"{page}destinatari/?stato=ESCLUSO"))
        assert "Lo stesso numero è già in una riga precedente" in who
        assert "telefono fisso" in who
        assert "«dieci»" in who
        person = wave.items.get(key="+393335551002")
        assert "riga 3 dell'elenco" in text_of(ada.get(f"{page}destinatari/{person.pk}/"))

    @pytest.mark.parametrize(
        ("content", "words"),
        [("", "vuoto"), ("numero;nome\n1;2\n", "importo"), ("a;b\n", "cellulare")],
    )
    def test_what_is_not_a_list(self, enter: Enter, content: str, words: str) -> None:
        file = SimpleUploadedFile("elenco.csv", content.encode())
        answer = enter("ada@example.org").post(
            "/ufficio/invii/elenco/", {"service": tari().pk, "file": file}
        )
        assert answer.status_code == 422
        assert words in text_of(answer)
        assert Wave.objects.count() == 0
