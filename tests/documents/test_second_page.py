"""A notice in two languages: a last page that says the same in German, with every code whole; and the Italian tables as well."""

from datetime import date

import pypdfium2
import pytest

from billing.documents.data import DocumentRefused, NoticeData, PaymentData, RenderedPdf
from billing.documents.renderer import notice_renderer
from tests.documents.accessibility import problems_of
from tests.documents.builders import SINGLE_NAV, notice, rates, texts

MILLIMETRE = 72 / 25.4
RIGHT_EDGES = {1: (152,), 2: (103, 198)}  # mm, of the one table or the two beside each other


def printed(data: NoticeData) -> RenderedPdf:
    return notice_renderer().render_notice(data)


def german(**changes: object) -> RenderedPdf:
    return printed(notice(second_language="de", **changes))


@pytest.mark.parametrize(("count", "pages"), [(0, 2), (2, 3), (5, 4), (72, 26)])
def test_it_is_one_page_more_and_the_last(count: int, pages: int) -> None:
    rendered = german(instalments=rates(count))
    said = texts(rendered.pdf)
    assert rendered.pages == len(said) == pages
    assert said[0].endswith(f"pagina 1 di {pages}")
    assert said[-1].endswith(f"Seite {pages} von {pages}")
    assert "Zahlbar" not in " ".join(said[:-1])
    assert problems_of(rendered.pdf) == []


def test_it_says_the_same_sums_days_and_codes_in_german() -> None:
    *_, page = texts(german(instalments=rates(2)).pdf)
    for words in (
        "ZAHLUNGSAUFFORDERUNG", "Comune di Borgo", "Maria D'Àlbero", "€ 120,00 zahlbar bis 31.07.2026",
        "Sie können auf einmal oder in 2 Raten zahlen.", "in allen Postämtern",
        "Einmalzahlung 31.07.2026 € 120,00 3010 0000 0000 0042 85",
        "1. Rate 28.02.2026 € 60,00 3010 0000 0000 0001 85", "2. Rate 28.03.2026 € 60,00",
    ):  # fmt: skip
        assert words in page, words
    for italian in ("Scadenza", "entro il", "RATA", "31/07/2026", "pagina"):
        assert italian not in page


def test_rates_alone_are_summed() -> None:
    *_, page = texts(german(single=None, instalments=rates(3)).pdf)
    assert "€ 180,00 insgesamt; erste Rate zahlbar bis 28.02.2026" in page
    assert "Einmalzahlung" not in page


def test_a_language_nobody_wrote_is_refused() -> None:
    with pytest.raises(DocumentRefused, match="tedesco"):
        printed(notice(second_language="sl"))


@pytest.mark.parametrize(
    ("data", "page", "tables"),
    [
        (notice(second_language="de"), -1, 1),
        (notice(second_language="de", instalments=rates(40)), -1, 2),
        (notice(single=None, instalments=rates(5)), 0, 1),
        (notice(single=None, instalments=rates(30)), 0, 2),
    ],
)  # fmt: skip
def test_no_digit_of_a_code_is_cut_off(data: NoticeData, page: int, tables: int) -> None:
    """What overflows its table is in the text and not on the paper."""
    document = pypdfium2.PdfDocument(printed(data).pdf)
    shown = document[page % len(document)].get_textpage()
    ends = []
    found = shown.search(" 85")
    while hit := found.get_next():
        ends.append(shown.get_charbox(sum(hit) - 1)[2] / MILLIMETRE)
    assert len(ends) >= len(data.instalments or (data.single,))
    for end in ends:
        assert any(edge - 36 < end <= edge for edge in RIGHT_EDGES[tables]), end


def test_amounts_of_the_node_and_long_days_keep_their_place() -> None:
    largest = PaymentData(SINGLE_NAV, 99_999_999_999, date(2026, 12, 31))
    *_, page = texts(german(single=largest).pdf)
    assert "999.999.999,99" in page
