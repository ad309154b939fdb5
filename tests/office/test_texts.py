"""The Ente's texts on the office's pages: written by one person, read as they will be read, authorised by another."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from billing.models import Service
from dunning.models import TextVersion
from tests.build import make_position, make_subject

Enter = Callable[[str], Client]
MEMO, DEMAND = "MEMO/EMAIL/", "DIFFIDA/LETTERA/"


def text_of(answer: Any) -> str:
    return str(answer.content.decode()).replace("\xa0", " ")


@pytest.fixture
def pages(borgo: Any) -> str:
    return f"/ufficio/testi/scrivi/{Service.objects.get(code='TARI').pk}/"


def filled(page: Any, **changes: str) -> dict[str, str]:
    """The form as the page offers it, with the changes."""
    form, blocks = page.context["form"], page.context["blocks"]
    given = {name: str(form.initial[name]) for name in form.fields}
    given |= {
        "form-TOTAL_FORMS": str(len(blocks.forms)),
        "form-INITIAL_FORMS": str(blocks.initial_form_count()),
    }
    for row in blocks.forms:
        given |= {f"{row.prefix}-{name}": row.initial.get(name, "") for name in row.fields}
    return given | changes


def written(browser: Client, page: str, **changes: str) -> TextVersion:
    answer = browser.post(page, filled(browser.get(page), **changes))
    assert answer.status_code == 302, text_of(answer)
    return TextVersion.objects.latest("pk")


class TestTexts:
    def test_written_read_authorised_and_compared(self, enter: Enter, pages: str) -> None:
        ada, elena = enter("ada@example.org"), enter("elena@example.org")
        assert "si usa il testo di base" in text_of(ada.get("/ufficio/testi/"))
        first = written(ada, pages + MEMO)
        here = f"/ufficio/testi/{first.pk}/"
        assert "diversa da chi l'ha scritta" in text_of(ada.get(here))
        seen = text_of(elena.get(here))
        assert "Gentile Rossi Maria," in seen
        assert "Interessi: 0,45 €" in seen
        elena.post(f"{here}autorizza/", {"impronta": first.sha256})
        assert f'/ufficio/testi/{first.pk}/">Versione 1' in text_of(ada.get("/ufficio/testi/"))
        second = written(ada, pages + MEMO, term_days="20")
        changed = text_of(elena.get(f"/ufficio/testi/{second.pk}/"))
        assert "<del>Termine per pagare: 15 giorni</del>" in changed
        assert "<ins>Termine per pagare: 20 giorni</ins>" in changed
        elena.post(f"/ufficio/testi/{second.pk}/respingi/", {"motivo": "Bastano quindici giorni"})
        assert "Bastano quindici giorni" in text_of(ada.get(f"/ufficio/testi/{second.pk}/"))
        elena.post(f"{here}ritira/", {"motivo": ""})
        assert "si usa il testo di base" in text_of(ada.get("/ufficio/testi/"))

    def test_every_refusal_is_said_and_nothing_is_lost(self, enter: Enter, pages: str) -> None:
        ada = enter("ada@example.org")
        page = ada.get(pages + MEMO)
        wrong = filled(page, **{"form-3-text": "Paghi presto.", "term_days": "5"})
        answer = ada.post(pages + MEMO, wrong)
        assert answer.status_code == 422
        said = text_of(answer)
        assert "come si paga" in said
        assert "almeno 10 giorni" in said
        assert "Paghi presto." in said
        assert not TextVersion.objects.exists()

    def test_the_letter_is_a_pdf_and_its_law_is_not_typed(self, enter: Enter, pages: str) -> None:
        ada = enter("ada@example.org")
        page = ada.get(pages + DEMAND)
        assert "articolo 1219 del codice civile" in text_of(page)
        version = written(ada, pages + DEMAND, **{"form-4-text": "Nessuna mora."})
        assert "1219" in version.blocks[4]["text"]
        pdf = ada.get(f"/ufficio/testi/{version.pk}/anteprima.pdf")
        assert pdf.content.startswith(b"%PDF-")

    def test_with_a_real_debtor(self, enter: Enter, pages: str) -> None:
        ada = enter("ada@example.org")
        position = make_position(cents=7_700, rates=(), subject=make_subject(name="Bianchi Lia"))
        number = position.instalments.get().notice_number
        version = written(ada, pages + MEMO)
        said = text_of(ada.get(f"/ufficio/testi/{version.pk}/?avviso={number}"))
        assert "Gentile Bianchi Lia," in said
        assert "Somma da pagare: 77,00 €" in said
        missing = ada.get(f"/ufficio/testi/{version.pk}/?avviso=301000000000000000")
        assert (missing.status_code, "Nessun avviso" in text_of(missing)) == (422, True)

    def test_who_may(self, enter: Enter, visit: Any, pages: str) -> None:
        version = written(enter("ada@example.org"), pages + MEMO)
        bruno = enter("bruno@example.org")
        assert bruno.get(f"/ufficio/testi/{version.pk}/").status_code == 200
        assert bruno.get(pages + MEMO).status_code == 403
        assert bruno.post(f"/ufficio/testi/{version.pk}/autorizza/").status_code == 403
        dario = visit("dario@example.org", host="valle.localhost")
        assert dario.get(f"/ufficio/testi/{version.pk}/").status_code == 404
