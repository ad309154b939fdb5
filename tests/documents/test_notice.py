"""The avviso as the citizen holds it: what it says, what scanner and screen reader read."""

import gc
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pikepdf
import pypdfium2
import pytest

from billing.documents import codes
from billing.documents.data import DebtorData, DocumentRefused, NoticeData, PaymentData
from billing.documents.pagination import rates_per_page
from billing.documents.renderer import notice_renderer, render_notices
from tests.documents.builders import BORGO, SINGLE_NAV, codes_on, notice, rate, rates, texts

FIXED_WORDS = (
    "L'importo è aggiornato automaticamente dal sistema e potrebbe subire variazioni per "
    "eventuali sgravi, note di credito, indennità di mora, sanzioni o interessi, ecc. "
    "Un operatore, il sito o l'app che userai ti potrebbero quindi chiedere una cifra diversa "
    "da quella qui indicata."
)


def printed(**changes: Any) -> bytes:
    return notice_renderer().render_notice(notice(**changes)).pdf


def qr_of(payment: PaymentData) -> str:
    return f"PAGOPA|002|{payment.notice_number}|80012345678|{payment.amount_cents}"


def postal_of(data: NoticeData, payment: PaymentData) -> str:
    return codes.datamatrix_text(
        creditor=data.creditor, debtor=data.debtor, payment=payment, causale=data.subject_line
    )


@pytest.fixture(scope="module")
def document() -> Iterator[pikepdf.Pdf]:
    with pikepdf.open(io.BytesIO(printed(instalments=rates(3)))) as opened:
        yield opened


class TestPages:
    @pytest.mark.parametrize(
        ("count", "split"),
        [
            (0, ()),
            (1, (1,)),
            (2, (2,)),
            (3, (3,)),
            (4, (2, 2)),
            (5, (3, 2)),
            (7, (3, 2, 2)),
            (9, (3, 3, 3)),
        ],
    )
    def test_rates_go_by_three_or_by_two_on_the_fewest_pages(
        self, count: int, split: tuple[int, ...]
    ) -> None:
        assert rates_per_page(count) == split

    def test_no_split_loses_or_invents_a_rate(self) -> None:
        for count in range(2, 73):
            split = rates_per_page(count)
            assert sum(split) == count
            assert set(split) <= {2, 3}
            assert len(split) == -(-count // 3)

    @pytest.mark.parametrize(("count", "pages"), [(0, 1), (2, 2), (3, 2), (5, 3), (9, 4)])
    def test_the_rata_unica_and_its_rates(self, count: int, pages: int) -> None:
        rendered = notice_renderer().render_notice(notice(instalments=rates(count)))
        assert rendered.pages == len(pypdfium2.PdfDocument(rendered.pdf)) == pages

    def test_rates_without_rata_unica_are_listed_on_the_first_page(self) -> None:
        data = notice(single=None, instalments=rates(9))
        rendered = notice_renderer().render_notice(data)
        first = texts(rendered.pdf)[0]
        assert rendered.pages == 4
        assert "Puoi pagare in 9 rate (vedi pagine seguenti)." in first
        assert "€ 540,00 in totale" in first
        assert all(f"{n}ª RATA" in first for n in range(1, 10))
        assert codes_on(rendered.pdf, 0) == set()

    def test_the_longest_plan_keeps_one_list_on_one_page(self) -> None:
        rendered = notice_renderer().render_notice(notice(single=None, instalments=rates(72)))
        assert rendered.pages == 25
        assert "72ª RATA 28/01/2026 € 60,00" in texts(rendered.pdf)[0]

    def test_a_notice_with_nothing_to_pay_is_refused(self) -> None:
        with pytest.raises(DocumentRefused):
            notice(single=None)
        with pytest.raises(DocumentRefused):
            notice(instalments=rates(73))


class TestWords:
    def test_the_parts_of_the_official_layout_in_order(self) -> None:
        (page,) = texts(printed())
        parts = [
            "AVVISO DI PAGAMENTO",
            "TARI 2026 – Tassa sui rifiuti",
            "ENTE CREDITORE Cod. Fiscale 80012345678",
            "Comune di Borgo",
            "DESTINATARIO AVVISO Cod. Fiscale RSSMRA80A01H501U",
            "Maria D'Àlbero Via dei Tigli 12/B 12345 Borgo (BO)",
            "QUANTO E QUANDO PAGARE?",
            "€ 120,00 entro il 31/07/2026",
            "Puoi pagare con una unica rata.",
            FIXED_WORDS,
            "DOVE PAGARE?",
            "BANCHE E ALTRI CANALI RATA UNICA entro il 31/07/2026",
            "Codice CBILL ABC12",
            "Codice Avviso 3010 0000 0000 0042 85",
            "Cod. Fiscale Ente Creditore 80012345678",
            "BOLLETTINO POSTALE PA RATA UNICA entro il 31/07/2026",
            "sul C/C n. 12345678",
            "Intestato a COMUNE DI BORGO – TESORERIA",
            "Tipo P1",
            "AUT. DB/PROV/P1 000001 DEL 01/02/2026",
            "pagina 1 di 1",
        ]
        reached = 0
        for part in parts:
            reached = page.index(part, reached)
        assert page.count("€ 120,00") == 3

    def test_the_rates_are_announced_and_free_of_charge(self) -> None:
        first, second = texts(printed(instalments=rates(2)))
        assert (
            "Puoi pagare con una unica rata oppure in 2 rate (vedi pagina seguente). "
            "La rateizzazione non prevede costi aggiuntivi."
        ) in first
        assert "1ª RATA entro il 28/02/2026" in second
        assert "2ª RATA entro il 28/03/2026" in second
        assert "RATA UNICA" not in second

    def test_without_a_postal_account_there_is_no_word_of_poste(self) -> None:
        (page,) = texts(printed(creditor=replace(BORGO, ccp="")))
        assert "BOLLETTINO" not in page
        assert "Post" not in page

    def test_the_largest_amount_of_the_node_is_printed_whole_and_not_by_poste(self) -> None:
        largest = PaymentData(SINGLE_NAV, 99_999_999_999, notice().single.due_on)  # type: ignore[union-attr]  # it has one
        pdf = printed(single=largest)
        assert texts(pdf)[0].count("€ 999.999.999,99") == 2
        assert "BOLLETTINO" not in texts(pdf)[0]
        assert codes_on(pdf, 0) == {f"PAGOPA|002|{SINGLE_NAV}|80012345678|99999999999"}

    def test_the_ente_may_add_its_own_lines(self) -> None:
        (page,) = texts(
            printed(text_lines=("Sportello aperto il giovedì.", "Perché paghi: art. 1."))
        )
        assert "Sportello aperto il giovedì. Perché paghi: art. 1." in page

    def test_the_same_data_give_the_same_bytes(self) -> None:
        assert printed(instalments=rates(3)) == printed(instalments=rates(3))


class TestScanner:
    @pytest.mark.parametrize("count", [2, 3])
    def test_every_code_on_every_page(self, count: int) -> None:
        data = notice(instalments=rates(count))
        pdf = notice_renderer().render_notice(data).pdf
        assert data.single is not None
        assert codes_on(pdf, 0) == {qr_of(data.single), postal_of(data, data.single)}
        assert codes_on(pdf, 1) == {
            text for owed in data.instalments for text in (qr_of(owed), postal_of(data, owed))
        }

    def test_without_a_postal_account_only_the_qr(self) -> None:
        data = notice(creditor=replace(BORGO, ccp=""), instalments=rates(3))
        pdf = notice_renderer().render_notice(data).pdf
        assert codes_on(pdf, 1) == {qr_of(owed) for owed in data.instalments}


class TestHostileText:
    LONG = (
        "Condominio «Bartolomei & Figli» s.r.l. <b>in</b> liquidazione <script>alert('x')</script> "
    )

    def test_markup_is_only_text(self) -> None:
        name = "<script>alert(1)</script> & <b>Co</b>"
        (page,) = texts(printed(debtor=DebtorData(name, "80099999999")))
        assert page.count(name) == 3

    def test_long_texts_shrink_and_stay_in_their_box(self) -> None:
        data = notice(
            creditor=replace(BORGO, name=self.LONG[:90], sector=self.LONG, info=self.LONG * 2),
            debtor=DebtorData(
                self.LONG * 3, "80099999999", (self.LONG, "W" * 90, self.LONG, "Fine")
            ),
            subject_line=self.LONG * 2,
            instalments=rates(3),
        )
        rendered = notice_renderer().render_notice(data)
        assert rendered.pages == 2
        assert codes_on(rendered.pdf, 1) == {
            text for owed in data.instalments for text in (qr_of(owed), postal_of(data, owed))
        }
        for page in pypdfium2.PdfDocument(rendered.pdf):
            assert_inside(page)

    def test_an_unbroken_word_does_not_leave_the_paper(self) -> None:
        pdf = printed(debtor=DebtorData("W" * 300, "W" * 16, ("W" * 60,)), subject_line="W" * 200)
        assert_inside(pypdfium2.PdfDocument(pdf)[0])

    def test_an_address_in_the_text_is_never_followed(self) -> None:
        pdf = printed(debtor=DebtorData('"><img src="file:///etc/hostname">', "80099999999"))
        document = pikepdf.open(io.BytesIO(pdf))
        assert len(document.pages[0].get_images()) == 3  # crest, QR, DataMatrix


class TestAccessibility:
    def test_it_says_it_is_pdf_ua_1(self, document: pikepdf.Pdf) -> None:
        with document.open_metadata() as xmp:
            assert xmp["pdfuaid:part"] == "1"
            assert xmp["dc:title"] == f"Avviso di pagamento {SINGLE_NAV}"
        assert document.Root.MarkInfo.Marked
        assert str(document.Root.Lang) == "it"
        assert document.Root.ViewerPreferences.DisplayDocTitle

    def test_every_picture_says_what_it_is(self, document: pikepdf.Pdf) -> None:
        figures = [node for node in structure(document) if node.get("/S") == "/Figure"]
        spoken = [str(figure.Alt).replace("\u00a0", " ") for figure in figures]
        assert len(spoken) == 1 + 2 * 4
        assert spoken[0] == "Logo di Comune di Borgo"
        assert "Codice QR per pagare € 120,00, codice avviso 3010 0000 0000 0042 85" in spoken

    def test_headings_descend_by_one_and_layout_is_no_table(self, document: pikepdf.Pdf) -> None:
        kinds = [str(node.get("/S")) for node in structure(document)]
        levels = [int(kind[2]) for kind in kinds if re.fullmatch(r"/H\d", kind)]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))
        assert "/Table" not in kinds

    def test_fonts_are_ours_and_embedded(self, document: pikepdf.Pdf) -> None:
        names = set()
        for page in document.pages:
            for font in page.Resources.Font.values():
                (descendant,) = font.DescendantFonts
                assert {"/FontFile2", "/FontFile3"} & set(descendant.FontDescriptor.keys())
                names.add(str(font.BaseFont).split("+")[-1])
        assert {name.split("-")[0] for name in names} == {"Titillium", "Roboto"}, names


class TestBatch:
    def test_many_notices_come_out_in_order_and_the_collector_is_back(self) -> None:
        wanted = [notice(single=rate(ordinal)) for ordinal in (1, 2, 3)]
        found = [codes_on(rendered.pdf, 0) for rendered in render_notices(wanted)]
        assert all(
            qr_of(data.single) in page
            for data, page in zip(wanted, found, strict=True)
            if data.single
        )
        assert gc.isenabled()


def assert_inside(page: pypdfium2.PdfPage) -> None:
    """No sign of the page stands outside the 10 mm margins (the cut line aside)."""
    words = page.get_textpage()
    width, height = page.get_size()
    for left, bottom, right, top in (words.get_rect(n) for n in range(words.count_rects())):
        assert left > 28
        assert right < width - 28
        assert bottom > 14
        assert top < height - 20


def structure(document: pikepdf.Pdf) -> Iterator[pikepdf.Object]:
    """Every structure element, in reading order."""
    waiting = [document.Root.StructTreeRoot.K]
    while waiting:
        node = waiting.pop()
        if isinstance(node, pikepdf.Array):
            waiting.extend(reversed(list(node)))
        elif isinstance(node, pikepdf.Dictionary):
            if "/S" in node:
                yield node
            if "/K" in node:
                waiting.append(node.K)
