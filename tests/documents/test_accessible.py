"""Every kind of PDF we give to a person can be read by whoever cannot see it; and the reader of these tests sees what is wrong."""

import io
from collections.abc import Callable, Iterator
from dataclasses import replace

import pikepdf
import pytest

from billing.documents.campaign_report import CampaignReport, EndRow, render_campaign_report
from billing.documents.data import DebtLine
from billing.documents.file_index import FileIndex, IndexRow, render_index
from billing.documents.invitations import InvitationData, render_invitation
from billing.documents.letters import render_letter
from billing.documents.receipts import render_receipt
from billing.documents.renderer import notice_renderer
from registry.rules.consent import CURRENT_TEXT, TEXTS
from tests.documents.accessibility import elements, problems_of
from tests.documents.builders import BORGO, MARIA, SINGLE_NAV, notice, rates
from tests.documents.test_letters import RECEIPT, letter

GERMAN = {"second_language": "de", "second": ("Sehr geehrte Damen und Herren,",)}
CODES = {"pay_codes": True, "debts": (DebtLine("TARI 2026", SINGLE_NAV, None, 500),)}
MANY = tuple(DebtLine(f"TARI {n}", f"3010000000000{n:03d}85", None, 100) for n in range(40))
ROW = IndexRow("1", "PEC", "02/03/2026, ore 10:00", "maria@pec.example", "Consegnata", "ab" * 32)


def _letter(**changes: object) -> bytes:
    return render_letter(letter(**changes)).pdf


def _notice(**changes: object) -> bytes:
    return notice_renderer().render_notice(notice(**changes)).pdf


def _invitation() -> bytes:
    data = InvitationData(
        creditor=BORGO, person=MARIA, window=(MARIA.name, *MARIA.address_lines), code="ABCD-EFGH",
        url="https://borgo.example/zero-carta/?codice=ABCDEFGH", site="borgo.example", consent=TEXTS[CURRENT_TEXT], version=CURRENT_TEXT,
    )  # fmt: skip
    return render_invitation(data).pdf


def _index() -> bytes:
    return render_index(
        FileIndex(BORGO, "Fascicolo", ("TARI 2026",), (ROW,) * 60, ("Notificato",))
    ).pdf


def _report() -> bytes:
    end = EndRow("Chiusa con incasso", "12", "1.200,00 €", "1.200,00 €", "0,00 €")
    pairs = (("Telefonate", "40"), ("Promesse mantenute", "3 su 4")) * 9
    return render_campaign_report(
        CampaignReport(BORGO, "Rapporto", ("Arretrati",), pairs, (end,) * 5, end, pairs, pairs)
    ).pdf


KINDS: dict[str, Callable[[], bytes]] = {
    "avviso": _notice,
    "avviso senza logo né poste": lambda: _notice(creditor=replace(BORGO, logo_png=None, ccp="")),
    "avviso a rate": lambda: _notice(instalments=rates(5)),
    "avviso solo a rate": lambda: _notice(single=None, instalments=rates(9)),
    "lettera": _letter,
    "lettera con codice": lambda: _letter(**CODES, barcode="80012345678000"),
    "lettera di più pagine": lambda: _letter(debts=MANY, pay_codes=True),
    "lettera in due lingue": lambda: _letter(**CODES, **GERMAN),
    "quietanza": lambda: render_receipt(RECEIPT).pdf,
    "invito": _invitation,
    "fascicolo": _index,
    "rapporto di riconsegna": _report,
}


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_read_from_beginning_to_end(kind: str) -> None:
    assert problems_of(KINDS[kind]()) == []


def test_the_second_page_says_its_language_and_page_numbers_are_not_read() -> None:
    with pikepdf.open(io.BytesIO(KINDS["lettera in due lingue"]())) as pdf:
        told = [(str(e.S), str(e.Lang)) for e, _ in elements(pdf) if "/Lang" in e]
        assert told == [("/Sect", "de")]
        marks = [
            str(i.operands[0])
            for page in pdf.pages
            for i in pikepdf.parse_content_stream(page)
            if str(i.operator) == "BDC" and "/Type" in i.operands[1]
        ]
    assert marks
    assert set(marks) == {"/Artifact"}


class TestTheReader:
    """It would see what the press or a template did wrong."""

    @pytest.fixture
    def pdf(self) -> Iterator[pikepdf.Pdf]:
        with pikepdf.open(io.BytesIO(_letter(**CODES))) as opened:
            yield opened

    @staticmethod
    def problems(pdf: pikepdf.Pdf) -> list[str]:
        spoiled = io.BytesIO()
        pdf.save(spoiled)
        return problems_of(spoiled.getvalue())

    def test_a_figure_without_words(self, pdf: pikepdf.Pdf) -> None:
        del next(e for e, _ in elements(pdf) if str(e.S) == "/Figure")["/Alt"]
        assert self.problems(pdf) == ["a figure without alternative text"]

    def test_headers_that_head_nothing(self, pdf: pikepdf.Pdf) -> None:
        del next(e for e, _ in elements(pdf) if str(e.S) == "/TH")["/A"]
        assert self.problems(pdf) == ["a table header without scope"]

    @pytest.mark.parametrize(
        ("name", "words"),
        [
            ("/Lang", "no language"),
            ("/MarkInfo", "not marked as tagged"),
            ("/ViewerPreferences", "the window would show the file's name"),
            ("/Metadata", "XMP does not say PDF/UA-1"),
        ],
    )
    def test_what_the_document_must_say(self, pdf: pikepdf.Pdf, name: str, words: str) -> None:
        del pdf.Root[name]
        assert words in self.problems(pdf)

    def test_paint_that_nobody_reads(self, pdf: pikepdf.Pdf) -> None:
        page = pdf.pages[0]
        page.contents_add(pdf.make_stream(b"0 0 9 9 re f"))
        assert self.problems(pdf) == ["page 1: f paints outside tags and artifacts"]

    def test_text_of_an_element_that_is_not_in_the_tree(self, pdf: pikepdf.Pdf) -> None:
        next(e for e, _ in elements(pdf) if str(e.S) == "/H1").K = pikepdf.Array()
        assert any("belong to no element" in trouble for trouble in self.problems(pdf))

    def test_a_font_that_stays_at_home(self, pdf: pikepdf.Pdf) -> None:
        for one in pdf.objects:
            if isinstance(one, pikepdf.Dictionary) and one.get("/Type") == "/FontDescriptor":
                for name in ("/FontFile", "/FontFile2", "/FontFile3"):
                    if name in one:
                        del one[name]
        assert any("is not embedded" in trouble for trouble in self.problems(pdf))
