"""«Pagamento spontaneo»: service, form, summary, one position however often the button is pressed."""

import re
from typing import Any

import pytest
from django.test import Client
from django_tenants.utils import schema_context

from billing.iuv import group_by_four
from billing.models import Service
from registry.models import Contact
from tests.build import make_subject, pay
from tests.documents.builders import texts
from tests.portal.conftest import (
    CODE,
    OTHER_CODE,
    change_session,
    session_of,
    spontaneous_positions,
    text_of,
)

FORM = "/spontaneo/OCCUPAZIONE/"
SUMMARY = "/spontaneo/OCCUPAZIONE/riepilogo/"
TYPED = {
    "luogo": "Piazza del Popolo", "giorno": "31/12/2026", "metri": "12,5", "denominazione": "Verdi Bianca",
    "codice_fiscale": OTHER_CODE, "email": "bianca@example.org", "importo": "1.234",
}  # fmt: skip


def fill(client: Client, **given: str) -> Any:
    return client.post(FORM, TYPED | given)


def confirm(client: Client) -> Any:
    """Press the button of the summary as it is now."""
    return client.post(SUMMARY, {"riferimento": reference_on(client)})


def reference_on(client: Client) -> str:
    found = re.search(r'name="riferimento" value="([^"]+)"', text_of(client.get(SUMMARY)))
    assert found
    return found[1]


class TestTheWholeWay:
    def test_from_the_catalogue_to_the_number_on_the_spot(self, citizen: Client) -> None:
        assert 'href="/spontaneo/OCCUPAZIONE/"' in text_of(citizen.get("/spontaneo/"))
        assert "TARI" not in text_of(citizen.get("/spontaneo/"))
        assert fill(citizen)["Location"] == SUMMARY
        summary = text_of(citizen.get(SUMMARY))
        assert "Pagherai <strong>1.234,00 €</strong>" in summary
        assert "31/12/2026" in summary
        answer = confirm(citizen)
        assert answer.status_code == 302
        (position,) = spontaneous_positions()
        notice = position.instalments.all()[0]
        assert notice.amount_cents == 123_400
        page = text_of(citizen.get(answer["Location"]))
        assert group_by_four(notice.notice_number) in page
        assert "data:image/png;base64," in page
        assert "Vai al pagamento" in page

    def test_modifica_gives_back_what_was_typed(self, citizen: Client) -> None:
        fill(citizen, luogo="Via dell'Olmo")
        page = text_of(citizen.get(FORM))
        assert 'value="Via dell\'Olmo"' in page
        assert 'value="1.234"' in page
        assert f'value="{OTHER_CODE}"' in page

    def test_the_summary_without_a_form_goes_back_to_it(self, citizen: Client) -> None:
        assert citizen.get(SUMMARY)["Location"] == FORM
        assert citizen.post(SUMMARY, {"riferimento": "SP-INVENTATO1"})["Location"] == FORM
        assert spontaneous_positions() == []

    def test_the_payment_is_found_again_in_the_same_browser(self, citizen: Client) -> None:
        fill(citizen)
        path = confirm(citizen)["Location"]
        assert path in text_of(citizen.get("/"))

    def test_paid_then_the_receipt(self, citizen: Client) -> None:
        fill(citizen)
        path = confirm(citizen)["Location"]
        (position,) = spontaneous_positions()
        with schema_context("borgo"):
            pay(position.instalments.all()[0].notice_number, 123_400)
        page = text_of(citizen.get(f"{path}ritorno/ok/"))
        assert f"{path}ricevuta.pdf" in page
        assert citizen.get(f"{path}ricevuta.pdf").content.startswith(b"%PDF")


class TestPressedTwice:
    def test_the_second_press_ends_where_the_first_did(self, citizen: Client) -> None:
        fill(citizen)
        reference = reference_on(citizen)
        first = citizen.post(SUMMARY, {"riferimento": reference})
        second = citizen.post(SUMMARY, {"riferimento": reference})
        assert first["Location"] == second["Location"]
        assert len(spontaneous_positions()) == 1

    def test_two_requests_of_the_same_session_at_once_open_one(self, citizen: Client) -> None:
        """What the second of two parallel requests sees: the session as it was before the first."""
        fill(citizen)
        reference = reference_on(citizen)
        before = session_of(citizen)
        first = citizen.post(SUMMARY, {"riferimento": reference})
        change_session(citizen, portal_grants={}, portal_drafts=before["portal_drafts"])
        second = citizen.post(SUMMARY, {"riferimento": reference})
        assert first["Location"] == second["Location"]
        assert len(spontaneous_positions()) == 1

    def test_a_new_form_opens_a_new_one(self, citizen: Client) -> None:
        for _ in range(2):
            fill(citizen)
            confirm(citizen)
        assert len(spontaneous_positions()) == 2

    def test_a_stranger_s_reference_opens_nothing(self, citizen: Client) -> None:
        fill(citizen)
        stranger = Client(headers={"host": "borgo.localhost"})
        fill(stranger, luogo="Altrove")
        assert stranger.post(SUMMARY, {"riferimento": reference_on(citizen)})["Location"] == FORM
        assert spontaneous_positions() == []


class TestWhatIsTyped:
    @pytest.mark.parametrize(
        ("importo", "words"),
        [
            ("", "Scrivere l'importo."),
            ("abc", "non è un importo"),
            ("12,345", "più di due decimali"),
            ("0", "maggiore di zero"),
            ("-5", "maggiore di zero"),
            ("1.000.000", "al massimo 999.999,99"),
            ("1,234.56", "non è un importo"),
            ("NaN", "non è un importo"),
            ("9" * 25, "importo"),
            ("١٢", "non è un importo"),
        ],
    )
    def test_amounts_that_are_not_amounts(self, citizen: Client, importo: str, words: str) -> None:
        answer = fill(citizen, importo=importo)
        assert answer.status_code == 422
        assert words in text_of(answer)
        assert 'id="id_importo_error"' in text_of(answer)
        assert citizen.get(SUMMARY).status_code == 302

    @pytest.mark.parametrize(
        ("field", "typed", "words"),
        [
            ("luogo", "", "Compilare il campo"),
            ("luogo", "x" * 501, "troppo lungo"),
            ("giorno", "31/02/2026", "La data non è valida"),
            ("metri", "molti", "Scrivere solo un numero"),
            ("denominazione", "", "Scrivere cognome e nome"),
            ("denominazione", "=HYPERLINK(1)", "formula"),
            ("codice_fiscale", "RSSMRA80A01H501Z", "carattere di controllo"),
            ("email", "bianca", "e-mail"),
        ],
    )
    def test_each_error_is_next_to_its_field(
        self, citizen: Client, field: str, typed: str, words: str
    ) -> None:
        answer = fill(citizen, **{field: typed})
        assert answer.status_code == 422
        page = text_of(answer)
        error = re.search(rf'id="id_{field}_error">(.*?)</div>', page)
        assert error
        assert words in error[1]
        assert f'href="#id_{field}"' in page

    def test_markup_in_a_name_stays_text(self, citizen: Client) -> None:
        fill(citizen, denominazione="<img src=x onerror=alert(1)>", luogo="<b>qui</b>")
        summary = text_of(citizen.get(SUMMARY))
        page = text_of(citizen.get(confirm(citizen)["Location"]))
        assert "&lt;img src=x" in summary
        for text in (summary, page):
            assert "<img src=x" not in text
            assert "<b>qui" not in text

    def test_a_fixed_amount_is_not_asked_and_not_believed(self, citizen: Client) -> None:
        with schema_context("borgo"):
            Service.objects.filter(code="OCCUPAZIONE").update(fixed_amount_cents=1_650)
        assert 'name="importo"' not in text_of(citizen.get(FORM))
        fill(citizen, importo="1")
        assert "16,50 €" in text_of(citizen.get(SUMMARY))
        confirm(citizen)
        assert spontaneous_positions()[0].total_cents == 1_650

    def test_a_field_of_the_service_may_be_called_like_ours(self, citizen: Client) -> None:
        own = [{"name": "email", "label": "E-mail del cantiere", "type": "text", "required": True}]
        with schema_context("borgo"):
            Service.objects.filter(code="OCCUPAZIONE").update(form_fields=own)
        fill(citizen, campo_email="cantiere", email="io@example.org")
        confirm(citizen)
        assert spontaneous_positions()[0].details["answers"] == {"email": "cantiere"}

    @pytest.mark.parametrize("code", ["TARI", "INESISTENTE", "..%2F"])
    def test_a_service_that_does_not_allow_it(self, citizen: Client, code: str) -> None:
        assert citizen.get(f"/spontaneo/{code}/").status_code == 404
        assert citizen.post(f"/spontaneo/{code}/", TYPED).status_code == 404

    def test_valle_s_services_are_not_borgo_s(self, citizen: Client) -> None:
        valle = {"host": "valle.localhost"}
        assert citizen.get(FORM, headers=valle).status_code == 404


class TestSomebodyElsesCode:
    """Whoever is at the keyboard may type anybody's codice fiscale: it must not tell, nor change, anything of hers."""

    @pytest.fixture
    def known(self) -> None:
        with schema_context("borgo"):
            make_subject(name="Rossi Mario Segreto", street="Via Nascosta", city="Altrove")

    def test_the_registered_name_and_address_are_on_no_page_and_no_pdf(
        self, citizen: Client, known: None
    ) -> None:
        fill(citizen, codice_fiscale=CODE, denominazione="Chi Paga")
        path = confirm(citizen)["Location"]
        (position,) = spontaneous_positions()
        number = position.instalments.all()[0].notice_number
        said = [text_of(citizen.get(path)), _words(citizen, f"{path}avviso.pdf")]
        found = citizen.post("/avviso/", {"notice_number": number, "codice_fiscale": CODE})
        said.append(_words(citizen, f"{found['Location']}avviso.pdf"))
        with schema_context("borgo"):
            pay(number, 123_400)
        said.append(_words(citizen, f"{path}ricevuta.pdf"))
        for text in said:
            assert "SEGRETO" not in text.upper()
            assert "NASCOSTA" not in text.upper()
        assert "Chi Paga" in said[1]

    def test_the_e_mail_typed_does_not_become_hers(self, citizen: Client, known: None) -> None:
        fill(citizen, codice_fiscale=CODE, email="ladro@example.org")
        confirm(citizen)
        with schema_context("borgo"):
            assert not Contact.objects.filter(value="ladro@example.org").exists()


def _words(client: Client, path: str) -> str:
    answer: Any = client.get(path)
    assert answer.content.startswith(b"%PDF"), path
    return " ".join(texts(answer.content))
