"""The Ente's texts on the office's pages: written by one person, read as they will be read, authorised by another."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from django_tenants.utils import schema_context

from billing.models import Service
from dunning.models import TextVersion
from tests.build import make_position, make_subject
from tests.office.test_waves import form_of
from tests.pages import text_of

Enter = Callable[[str], Client]
MEMO, DEMAND = "MEMO/EMAIL/", "DIFFIDA/LETTERA/"
REMINDER, FIRM = "SOLLECITO/EMAIL/", "Secondo sollecito, fermo"


@pytest.fixture
def pages(borgo: Any) -> str:
    return f"/ufficio/testi/scrivi/{Service.objects.get(code='TARI').pk}/"


def filled(page: Any, **changes: str) -> dict[str, str]:
    """The form as the page offers it, with the changes."""
    form, blocks = page.context["form"], page.context["blocks"]
    given = {name: str(form.initial.get(name, "")) for name in form.fields}
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

    def test_an_order_is_offered_no_assessment_whatever_it_collects(
        self, visit: Any, valle: Any
    ) -> None:
        """L. 160/2019 art. 1 c. 784: the accertamento esecutivo is of the local bodies."""
        with schema_context("valle"):
            fees = Service.objects.create(
                code="CORSI", name="Corsi", taxonomy="9/0101101IM/", causale="Corsi"
            )
        dario = visit("dario@example.org", host="valle.localhost")
        assert "Accertamento" not in text_of(dario.get("/ufficio/testi/"))
        for act, status in (("DIFFIDA", 200), ("ACCERTAMENTO", 404), ("ALTRO", 404)):
            page = f"/ufficio/testi/scrivi/{fees.pk}/{act}/LETTERA/"
            assert dario.get(page).status_code == status, act

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


class TestNamedTexts:
    """Beside the ordinary text another one, which a step of the procedure chooses by its name."""

    @pytest.fixture
    def other(self, pages: str) -> str:
        return pages.replace("/scrivi/", "/altro/") + REMINDER

    def test_from_the_ordinary_text_to_the_step(self, enter: Enter, pages: str, other: str) -> None:
        ada, elena = enter("ada@example.org"), enter("elena@example.org")
        ordinary = written(ada, pages + REMINDER)
        elena.post(f"/ufficio/testi/{ordinary.pk}/autorizza/", {"impronta": ordinary.sha256})
        assert other in text_of(ada.get(f"/ufficio/testi/{ordinary.pk}/"))
        firm = written(ada, other, variant=FIRM, subject="{ente}: secondo e ultimo invito")
        here = f"/ufficio/testi/{firm.pk}/"
        seen = text_of(elena.get(here))
        assert f"<h1>{FIRM} (Sollecito bonario, E-mail)</h1>" in seen
        assert "rispetto al testo ordinario, versione 1" in seen
        assert "<ins>Oggetto: {ente}: secondo e ultimo invito</ins>" in seen
        procedure = f"/ufficio/procedure/{firm.service_id}/"
        step = {"first": "EMAIL", "second": "", "text": FIRM}
        refused = ada.post(f"{procedure}cambia/", form_of(**step))
        assert refused.status_code == 422
        assert f"Passo 1: il testo «{FIRM}» non ha" in text_of(refused)
        elena.post(f"{here}autorizza/", {"impronta": firm.sha256})
        chosen = f'<option value="{FIRM}"'
        assert chosen in text_of(ada.get(f"{procedure}cambia/"))
        assert ada.post(f"{procedure}cambia/", form_of(**step)).status_code == 302
        shown = text_of(ada.get(procedure))
        assert f"<td>«{FIRM}»</td>" in shown
        assert f'<a href="{here}">{FIRM} (Sollecito bonario, E-mail), versione 1</a>' in shown
        assert f"{chosen} selected" in text_of(ada.get(f"{procedure}cambia/"))
        assert "Lo usa il passo 1 della" in text_of(ada.get(here))
        listed = text_of(ada.get("/ufficio/testi/"))
        assert "Sollecito bonario, E-mail; lo usa il passo 1" in listed
        ada.post(f"{procedure}cambia/", form_of(**(step | {"text": ""})))
        changed = text_of(ada.get(procedure))
        assert f"<td>«{FIRM}»</td><td>quello ordinario</td>" in changed

    def test_its_versions_are_its_own(self, enter: Enter, pages: str, other: str) -> None:
        ada = enter("ada@example.org")
        first = written(ada, other, variant=FIRM)
        again = written(ada, f"{pages}{REMINDER}?testo={FIRM}", term_days="20")
        assert (again.variant, again.version) == (FIRM, 2)
        changed = text_of(ada.get(f"/ufficio/testi/{again.pk}/"))
        assert "Che cosa è cambiato dalla versione 1" in changed
        assert "<del>Termine per pagare: 15 giorni</del>" in changed
        assert f"?testo={quote(FIRM)}" in changed
        ordinary = ada.get(pages + REMINDER).context["form"]
        assert ordinary.initial["term_days"] == first.term_days
        letter = ada.get(f"{pages}SOLLECITO/LETTERA/?testo={FIRM}")
        assert f"{FIRM}: Sollecito bonario, Lettera" in text_of(letter)

    def test_what_is_refused_is_said(self, enter: Enter, pages: str, other: str) -> None:
        ada = enter("ada@example.org")
        nameless = ada.post(other, filled(ada.get(other), variant="  "))
        assert (nameless.status_code, TextVersion.objects.count()) == (422, 0)
        written(ada, other, variant=FIRM)
        twice = ada.post(other, filled(ada.get(other), variant=FIRM.upper()))
        assert twice.status_code == 422
        assert "una nuova versione dalla sua pagina" in text_of(twice)
        assert ada.get(f"{pages}{REMINDER}?testo=Altro").status_code == 404
        assert ada.get(pages.replace("/scrivi/", "/altro/") + "AVVISO/EMAIL/").status_code == 404

    def test_who_may(self, enter: Enter, visit: Any, pages: str, other: str) -> None:
        assert enter("bruno@example.org").get(other).status_code == 403
        written(enter("ada@example.org"), other, variant=FIRM)
        dario = visit("dario@example.org", host="valle.localhost")
        assert FIRM not in text_of(dario.get("/ufficio/testi/"))
        assert dario.get(f"{pages}{REMINDER}?testo={FIRM}").status_code == 404
