"""Telephone campaigns on the office's pages: prepared, approved by another, worked at the desk, answered by the office."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django_tenants.utils import schema_context

from billing.models import Position, Service
from billing.selectors.ledger import ledger_problems
from dunning.models import PhoneCall, PhoneCampaign, PhoneFile, PhonePromise, PhoneTask
from paybox.kernel.clock import now, today
from paybox.kernel.models import AuditEntry
from tenants.models import Ente, Membership, User
from tests.build import make_position, make_subject, pay
from tests.dunning.phones import script
from tests.pages import seen_on

pytestmark = pytest.mark.usefixtures("own_files")

Enter = Callable[[str], Client]
PHONE, DESK = "/ufficio/telefono/", "/ufficio/telefono/banco/"


def text_of(answer: Any) -> str:
    return " ".join(unescape(answer.content.decode()).replace("\xa0", " ").split())


def text_of_words(answer: Any) -> str:
    """Without the tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", text_of(answer)).split())


@pytest.fixture
def rita(borgo: Ente, enter: Enter) -> Client:
    """Who only telephones."""
    with schema_context("public"):
        user = User.objects.create_user("rita@example.org", "x", name="Rita Colli")
        Membership.objects.create(user=user, ente=borgo, role="esattore", since=today())
    return enter("rita@example.org")


@pytest.fixture
def debt(borgo: Ente) -> Position:
    script(at=now())
    position = make_position(
        cents=12_000, rates=(), due_on=today() - timedelta(days=200), subject=make_subject(name="Segretissimi Mario")
    )  # fmt: skip
    Position.objects.filter(pk=position.pk).update(noticed_at=now())
    return position


def plan_of(**changes: str) -> dict[str, str]:
    return {
        "name": "Arretrati", "service": str(Service.objects.get(code="TARI").pk), "older_than_days": "90",
        "minimum_cents": "20,00", "starts_on": today().isoformat(), "ends_on": (today() + timedelta(days=30)).isoformat(),
        "opens": "09:30", "closes": "18:00", "grace_days": "3", "call_mills": "0,40",
    } | changes  # fmt: skip


def running(enter: Enter) -> str:
    """The address of a campaign that Elena prepared, Ada approved, and Rita was given."""
    elena, ada = enter("elena@example.org"), enter("ada@example.org")
    page = elena.post(f"{PHONE}nuova/", plan_of())["Location"]
    with schema_context("public"):
        person = User.objects.get(email="rita@example.org").pk
    assert "affidata a Rita Colli" in text_of(elena.post(f"{page}affida/", {"persona": person}, follow=True))  # fmt: skip
    assert "La campagna è approvata" in text_of(
        ada.post(f"{page}approva/", seen_on(ada.get(page)), follow=True)
    )
    return str(page)


def next_sheet(rita: Client) -> str:
    campaign = PhoneCampaign.objects.get().uuid
    return str(rita.post(f"{DESK}{campaign}/prossima/")["Location"])


class TestOffice:
    def test_prepared_by_one_approved_by_another(self, enter, rita, debt) -> None:
        elena, ada = enter("elena@example.org"), enter("ada@example.org")
        assert "Nessuna campagna" in text_of(elena.get(PHONE))
        refused = elena.post(f"{PHONE}nuova/", plan_of(ends_on=(today() - timedelta(days=1)).isoformat()))  # fmt: skip
        assert refused.status_code == 422
        assert "La durata va da un giorno a un anno" in text_of(refused)
        page = elena.post(f"{PHONE}nuova/", plan_of())["Location"]
        shown = text_of(elena.get(page))
        assert "Segretissimi Mario" in shown
        assert "120,00 €" in shown
        assert "da una persona diversa da chi" in shown
        assert "persona diversa" in text_of(elena.post(f"{page}approva/", follow=True))
        seen = seen_on(ada.get(page))
        assert "è cambiata" in text_of(ada.post(f"{page}approva/", {"impronta": "x"}, follow=True))
        done = text_of(ada.post(f"{page}approva/", seen, follow=True))
        assert "La campagna è approvata" in done
        assert PhoneFile.objects.get().state == "IN_LAVORAZIONE"

    def test_without_the_script_it_says_what_to_do(self, enter, borgo) -> None:
        answer = enter("elena@example.org").post(f"{PHONE}nuova/", plan_of())
        assert "Manca il copione della telefonata autorizzato" in text_of(answer)

    def test_who_reads_or_keeps_the_books_does_not_see_it(self, enter, rita, debt) -> None:
        page = running(enter)
        file = PhoneFile.objects.get()
        for who in ("bruno@example.org", "franco@example.org", "gina@example.org"):
            for address in (PHONE, page, f"{PHONE}pratiche/{file.uuid}/", f"{PHONE}da-vedere/", DESK):  # fmt: skip
                assert enter(who).get(address).status_code == 403, (who, address)
        with schema_context("public"):
            Membership.objects.filter(user__email="elena@example.org").update(services=["MENSA"])
        assert enter("elena@example.org").get(page).status_code == 404
        assert "Nessuna campagna" in text_of(enter("elena@example.org").get(PHONE))


class TestDesk:
    def test_she_sees_only_what_was_given_to_her(self, enter, rita, debt) -> None:
        page = running(enter)
        for closed in ("/ufficio/", "/ufficio/posizioni/", "/ufficio/invii/", PHONE, page, f"/ufficio/contribuenti/{debt.subject.uuid}/"):  # fmt: skip
            assert rita.get(closed).status_code == 403, closed
        desk = text_of(rita.get(DESK))
        assert "Arretrati" in desk
        assert "Panoramica" not in desk
        elena = enter("elena@example.org")
        file = PhoneFile.objects.get()
        assert "Nessuna campagna affidata" in text_of(elena.get(DESK))
        assert elena.get(f"{DESK}pratiche/{file.uuid}/").status_code == 404
        given = PhoneCampaign.objects.get().operators.get().pk
        elena.post(f"{page}togli/{given}/")
        assert rita.get(f"{DESK}{PhoneCampaign.objects.get().uuid}/").status_code == 404

    def test_who_only_telephones_lands_on_her_desk(self, rita, borgo) -> None:
        rita.logout()
        with schema_context("public"):
            user = User.objects.get(email="rita@example.org")
            user.set_password("parola-lunga-di-prova")
            user.save()
        given = {"login": "rita@example.org", "password": "parola-lunga-di-prova"}
        assert rita.post("/accounts/login/", given)["Location"] == DESK

    def test_a_call_from_the_number_to_the_promise(self, enter, rita, debt) -> None:
        running(enter)
        sheet = next_sheet(rita)
        shown = text_of(rita.get(sheet))
        assert "Segretissimi Mario" in shown
        assert "chiamo per conto di un ente pubblico, Comune di Borgo" in shown
        assert "200 giorni" in shown
        number = debt.subject.contacts.get(kind="MOBILE").value
        assert number not in shown, "the number comes with the call"
        assert number in text_of(rita.post(f"{sheet}chiama/", follow=True))
        halfway = rita.post(f"{sheet}esito/", {"outcome": "PP", "amount_cents": "120,00"})
        assert halfway.status_code == 422
        assert "Una promessa vuole importo, giorno e modo" in text_of(halfway)
        said = {
            "outcome": "PP", "amount_cents": "120,00", "due_on": (today() + timedelta(days=3)).isoformat(),
            "method": "PAGOPA", "note": "Paga dopo lo stipendio",
        }  # fmt: skip
        told = text_of(rita.post(f"{sheet}esito/", said, follow=True))
        assert "Promette di pagare" in told
        assert PhonePromise.objects.get().amount_cents == 12_000
        assert "Oggi le si è già parlato" in told, "once a day"
        rita.post(f"{sheet}chiama/")
        assert PhoneCall.objects.count() == 1
        assert "di nuovo nell'elenco" in text_of(rita.post(f"{sheet}lascia/", follow=True))
        assert "non è aperta da lei" in text_of(rita.get(sheet, follow=True))

    def test_a_paper_a_contact_and_a_message(self, enter, rita, debt) -> None:
        running(enter)
        sheet = next_sheet(rita)
        rita.post(f"{sheet}chiama/")
        rita.post(f"{sheet}esito/", {"outcome": "RP"})
        wrong = rita.post(f"{sheet}recapito/", {"kind": "PEC", "value": "non è"}, follow=True)
        assert "non è un indirizzo PEC" in text_of(wrong)
        rita.post(f"{sheet}recapito/", {"kind": "PEC", "value": "mario@pec.example"})
        assert debt.subject.contacts.get(kind="PEC").source == "telefonata"
        assert "parte subito" in text_of(rita.post(f"{sheet}messaggio/", {"canale": "PEC"}, follow=True))  # fmt: skip
        assert "Messaggio dopo una telefonata" not in text_of(enter("ada@example.org").get("/ufficio/invii/"))  # fmt: skip
        bad = SimpleUploadedFile("r.html", b"<html>")
        assert "PDF, un JPEG o un PNG" in text_of(rita.post(f"{sheet}documento/", {"file": bad}, follow=True))  # fmt: skip
        good = SimpleUploadedFile("r.pdf", b"%PDF-1.7\n%%EOF")
        kept = text_of(rita.post(f"{sheet}documento/", {"file": good, "note": "Bonifico"}, follow=True))  # fmt: skip
        assert "passato all'ufficio" in kept
        document = PhoneFile.objects.get().documents.get()
        address = f"{PHONE}documenti/{document.uuid}/"
        assert rita.get(address).status_code == 403
        saved = enter("elena@example.org").get(address)
        assert saved["Content-Disposition"].startswith("attachment")
        assert saved["Content-Type"] == "application/octet-stream"

    def test_given_back_as_negative(self, enter, rita, debt) -> None:
        running(enter)
        sheet = next_sheet(rita)
        rita.post(f"{sheet}chiama/")
        waits = rita.post(f"{sheet}restituisci/", {"motivo": "RIFIUTA"}, follow=True)
        assert "com'è finita" in text_of(waits)
        rita.post(f"{sheet}esito/", {"outcome": "RIF"})
        done = rita.post(f"{sheet}restituisci/", {"motivo": "RIFIUTA"}, follow=True)
        assert "restituita come negativa" in text_of(done)
        assert (PhoneFile.objects.get().state, PhoneFile.objects.get().reason) == ("CHIUSA_NEGATIVA", "RIFIUTA")  # fmt: skip


class TestAfterwards:
    def complaint(self, enter, rita) -> PhoneTask:
        running(enter)
        sheet = next_sheet(rita)
        rita.post(f"{sheet}chiama/")
        rita.post(f"{sheet}esito/", {"outcome": "REC", "note": "Chiede di scrivere al figlio"})
        return PhoneTask.objects.get()

    def test_a_complaint_is_answered_and_stays_in_the_register(self, enter, rita, debt) -> None:
        task = self.complaint(enter, rita)
        elena = enter("elena@example.org")
        assert "1 richiesta arrivata per telefono" in text_of_words(elena.get("/ufficio/"))
        assert "Reclamo" in text_of(elena.get(f"{PHONE}da-vedere/"))
        page = f"{PHONE}da-vedere/{task.pk}/"
        assert elena.post(page, {"risposta": " ", "riprendi": "1"}).status_code == 422
        elena.post(page, {"risposta": "Chieste scuse per lettera", "riprendi": "1"})
        assert "Niente da vedere" in text_of(elena.get(f"{PHONE}da-vedere/"))
        assert "Segretissimi Mario" in text_of(elena.get(f"{PHONE}da-vedere/?tipo=RECLAMO"))
        assert "Chieste scuse" in text_of(elena.get(page))

    def test_notes_are_read_with_a_trace(self, enter, rita, debt) -> None:
        self.complaint(enter, rita)
        elena, file = enter("elena@example.org"), PhoneFile.objects.get()
        page = f"{PHONE}pratiche/{file.uuid}/"
        assert "scrivere al figlio" not in text_of(elena.get(page))
        assert "scrivere al figlio" in text_of(elena.post(f"{page}note/"))
        entry = AuditEntry.objects.get(action="dunning.phone.notes_read")
        assert (entry.actor_name, entry.subject) == ("Elena Fabbri", f"phonefile:{file.uuid}")
        assert "Elena Fabbri: ha letto le note" in text_of(enter("ada@example.org").get(page))

    def test_concluded_with_its_report_and_its_package(self, enter, rita, debt) -> None:
        page = running(enter)
        sheet = next_sheet(rita)
        rita.post(f"{sheet}chiama/")
        rita.post(f"{sheet}esito/", {"outcome": "CD"})
        pay(debt.instalments.get().notice_number, 12_000, at=now())
        ada = enter("ada@example.org")
        ada.post(f"{page}concludi/")
        shown = text_of(ada.get(page))
        assert "1 · Chiusa con incasso" in shown
        assert "1 telefonata, 1 conversazione" in shown
        assert "senza un gruppo di confronto non si sa" in shown
        assert "si sta preparando" in shown
        assert ada.get(f"{page}riconsegna.zip").status_code == 404
        from dunning.tasks import make_phone_package

        make_phone_package(campaign_id=PhoneCampaign.objects.get().pk)
        saved = ada.get(f"{page}riconsegna.zip")
        assert b"".join(saved.streaming_content).startswith(b"PK")
        assert rita.get(sheet).status_code == 404
        assert "Nessuna campagna affidata" in text_of(rita.get(DESK))
        assert list(ledger_problems()) == []

    def test_valle_finds_nothing(self, enter, rita, debt, visit) -> None:
        page = running(enter)
        file = PhoneFile.objects.get()
        dario = visit("dario@example.org", host="valle.localhost")
        assert "Nessuna campagna" in text_of(dario.get(PHONE))
        for address in (page, f"{PHONE}pratiche/{file.uuid}/", f"{DESK}pratiche/{file.uuid}/"):
            assert dario.get(address).status_code == 404
