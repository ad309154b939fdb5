"""A letter that can be paid with the telephone, and its second page in German: as scanned, as tagged, as printed."""

import io
from datetime import date
from typing import Any

import pikepdf
import pytest

from billing.documents.data import DebtLine
from billing.documents.letters import HEADS, MOST_CODES, render_letter
from dunning.rules.placeholders import MessageFacts
from dunning.selectors.own_texts import OwnText, seam_of, two_languages
from tests.documents.builders import SINGLE_NAV, codes_on, texts
from tests.documents.test_letters import assert_accessible, letter

GERMAN = ("Sehr geehrte Damen und Herren,", "der Betrag von 1.234,56 € war am 31.07.2026 fällig.")
DEBT = DebtLine("TARI 2026", SINGLE_NAV, date(2026, 7, 31), 123_456)


def bilingual(**changes: Any) -> bytes:
    given = {"pay_codes": True, "second_language": "de", "second": GERMAN, "debts": (DEBT,)}
    return render_letter(letter(**{**given, **changes})).pdf


def embedded(pdf: bytes) -> dict[str, bool]:
    """Font → whether its shapes travel with the document."""
    fonts: dict[str, bool] = {}
    with pikepdf.open(io.BytesIO(pdf)) as document:
        for one in document.objects:
            if isinstance(one, pikepdf.Dictionary) and one.get("/Type") == "/FontDescriptor":
                fonts[str(one.FontName)] = any(f"/FontFile{n}" in one for n in ("", "2", "3"))
    return fonts


def test_the_code_is_read_and_pays_that_debt() -> None:
    pdf = bilingual()
    assert codes_on(pdf, 0) == {f"PAGOPA|002|{SINGLE_NAV}|80012345678|123456"}
    first = texts(pdf)[0]
    assert "inquadrare il codice" in first
    assert "1.234,56 €" in first


def test_only_what_one_notice_pays_whole_has_a_code() -> None:
    many = tuple(DebtLine(f"Rata {n}", f"3010000000000{n:03d}85", None, 100 + n) for n in range(5))
    others = (
        DebtLine("Due rate", f"{SINGLE_NAV} {SINGLE_NAV}", None, 500),
        DebtLine("Spese", "", None, 783),
    )
    assert codes_on(bilingual(debts=others), 0) == set()
    assert len(codes_on(bilingual(debts=(*others, *many)), 0)) == MOST_CODES
    assert codes_on(bilingual(pay_codes=False), 0) == set()


def test_the_second_page_is_german() -> None:
    pages = texts(bilingual())
    assert len(pages) == 2
    assert "Sehr geehrte" not in pages[0]
    for words in (
        *GERMAN,
        "Fälligkeit",
        "Gesamtbetrag",
        "31.07.2026",
        "01.09.2026",
        "1.234,56",
        SINGLE_NAV,
    ):
        assert words in pages[1], words
    for italian in ("Scadenza", "Totale", "31/07/2026"):
        assert italian not in pages[1]
    assert len(texts(bilingual(second=(), second_language=""))) == 1


@pytest.mark.parametrize("language", sorted(HEADS))
def test_it_is_accessible_and_carries_its_fonts(language: str) -> None:
    pdf = bilingual(second_language=language)
    assert_accessible(pdf)
    fonts = embedded(pdf)
    assert fonts
    assert all(fonts.values()), fonts
    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert bool(document.Root.ViewerPreferences.DisplayDocTitle)


def test_a_text_in_two_languages_keeps_each_ones_days() -> None:
    own = OwnText(
        "Sollecito", ("Scade il {scadenza}.",), 15, "de", "Fällig am {scadenza}: {importo}."
    )
    facts = MessageFacts("Ada Neri", 123_456, date(2026, 7, 31), SINGLE_NAV, "Comune di Borgo")
    _, body = own.fill(facts)
    assert body.split("\n\n") == [
        "Scade il 31/07/2026.", seam_of("de"), "Fällig am 31.07.2026: 1.234,56 €.",
    ]  # fmt: skip
    assert two_languages(body.split("\n\n")) == (
        ["Scade il 31/07/2026."], "de", ["Fällig am 31.07.2026: 1.234,56 €."],
    )  # fmt: skip
    assert two_languages(["solo", "italiano"]) == (["solo", "italiano"], "", [])
