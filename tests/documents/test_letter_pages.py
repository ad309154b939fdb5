"""Every ready letter for one debt stands on one page with its QR, its barcode and its signature; nothing is left alone on a next page."""

from dataclasses import replace
from datetime import date

import pytest

from billing.documents.data import DebtLine, LetterData
from billing.documents.letters import MOST_CODES, render_letter
from dunning.channels.library import ready_kinds, ready_text
from dunning.rules.legal_texts import legal_block, written_out
from dunning.rules.placeholders import MessageFacts
from dunning.rules.template_checks import Act, Form
from dunning.selectors.own_texts import OwnText
from tests.documents.builders import BORGO, SINGLE_NAV, codes_on, texts
from tests.documents.test_letters import letter

ON = date(2026, 3, 2)
OFFICE = "Servizio Tributi, tel. 000 123456, tributi@comune.borgo.example"
BARCODE = "8001234567800001000001"
LINES = (("Importo dovuto", 12_345), ("Interessi legali", 345), ("Sanzioni", 3_000), ("Spese", 783))
DEBTS = tuple(DebtLine(what, SINGLE_NAV, date(2021, 6, 16), cents) for what, cents in LINES)
CODE = f"PAGOPA|002|{SINGLE_NAV}|80012345678|16473"
LETTERS = [
    (code, act) for code in ("TARI", "QUOTA") for act, form in ready_kinds(code) if form is Form.LETTER
]  # fmt: skip


def ready(service: str, act: Act) -> LetterData:
    """The library's words for Maria, as registered post."""
    draft = ready_text(service, act, Form.LETTER)
    assert draft is not None
    said = (written_out(b.text or legal_block(b.code, on=ON), on=ON) for b in draft.blocks)
    facts = MessageFacts(
        "Maria D'Àlbero", 16_473, date(2021, 6, 16), SINGLE_NAV, "Comune di Borgo",
        link="https://borgo.example/", ufficio=OFFICE, iban="IT60X0542811101000000123456", riscossore="Comune di Borgo",
        capitale_cents=12_345, interessi_cents=345, spese_cents=3_783, anni="2021",
    )  # fmt: skip
    subject, body = OwnText(draft.subject, tuple(said), draft.term_days).fill(facts)
    return letter(
        creditor=replace(BORGO, info=f"Piazza della Libertà 1, 12345 Borgo – {OFFICE[18:]}"),
        subject=subject, paragraphs=tuple(body.split("\n\n")), debts=DEBTS, closing=("Distinti saluti.",),
        signed_by=("Servizio Tributi",), sent_by="Raccomandata A/R", barcode=BARCODE, pay_codes=True,
    )  # fmt: skip


@pytest.mark.parametrize(("service", "act"), LETTERS)
def test_one_debt_with_its_costs_stands_on_one_page(service: str, act: Act) -> None:
    pdf = render_letter(ready(service, act)).pdf
    (page,) = texts(pdf)
    assert page.endswith("Servizio Tributi pagina 1 di 1")
    assert codes_on(pdf, 0) == {CODE, BARCODE}


def test_the_lines_of_one_notice_have_one_code_of_their_sum() -> None:
    """Each line with a code of its own would ask the bank for a part of what the notice pays whole."""
    pdf = render_letter(letter(debts=DEBTS, pay_codes=True)).pdf
    assert codes_on(pdf, 0) == {CODE}
    assert texts(pdf)[0].count("164,73") == 2  # the total and the code


def test_more_notices_than_codes_are_said() -> None:
    many = tuple(
        DebtLine(f"TARI {n}", f"3010000000000{n:03d}85", None, 100 + n) for n in range(MOST_CODES)
    )
    assert "primi" not in texts(render_letter(letter(debts=many, pay_codes=True)).pdf)[0]
    one_more = (*many, DebtLine("Altro", SINGLE_NAV, None, 500))
    words = " ".join(texts(render_letter(letter(debts=one_more, pay_codes=True)).pdf))
    assert f"Qui sono i primi {MOST_CODES} avvisi" in words


@pytest.mark.parametrize("rows", range(8, 18))
def test_neither_the_sum_nor_the_signature_goes_to_the_next_page_alone(rows: int) -> None:
    debts = tuple(
        DebtLine(f"TARI n. {n}", f"3010000000000{n:03d}85", None, 100) for n in range(rows)
    )
    said = letter(debts=debts, pay_codes=True, paragraphs=("Parole della lettera. " * 20,) * 3)
    pages = texts(render_letter(said).pdf)
    signed = next(page for page in pages if "Ada Neri" in page)
    assert "Per pagare con il telefono" in signed
    summed = next(page for page in pages if "Totale" in page)
    assert f"TARI n. {rows - 1} " in summed
