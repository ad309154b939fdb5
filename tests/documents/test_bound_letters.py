"""Many letters in one file for the printer: PDF/A, page by page where each was said to be, the barcode read back."""

import io

import pikepdf
import pypdfium2
import zxingcpp

from billing.documents.letters import bind_letters
from tests.documents.builders import texts
from tests.documents.test_letters import letter

CODE = "8001234567800001000001"
LONG = tuple(f"Paragrafo {n}. " + "Parole della lettera. " * 30 for n in range(12))


def test_each_letter_begins_on_its_own_page_and_the_file_is_for_the_archive() -> None:
    bound = bind_letters([letter(paragraphs=LONG), letter(subject="La seconda", barcode=CODE)])
    first, second = bound.pages
    pages = texts(bound.pdf)
    assert first > 1
    assert (second, len(pages)) == (1, first + 1)
    assert "La seconda" in pages[first]
    assert "La seconda" not in " ".join(pages[:first])
    assert "pagina 1" in pages[first]  # the pages of each letter are counted from one
    with pikepdf.open(io.BytesIO(bound.pdf)) as document, document.open_metadata() as xmp:
        assert (xmp["pdfaid:part"], xmp["pdfaid:conformance"]) == ("2", "U")
        assert "/OutputIntents" in document.Root


def test_the_barcode_is_read_from_the_paper_and_stays_out_of_the_window() -> None:
    page = pypdfium2.PdfDocument(bind_letters([letter(barcode=CODE)]).pdf)[0]
    (read,) = zxingcpp.read_barcodes(page.render(scale=200 / 72).to_pil())
    assert (read.text, read.format) == (CODE, zxingcpp.BarcodeFormat.Code128)
    assert read.position.top_right.x * 25.4 / 200 < 105  # mm: the window begins at 110


def test_the_same_letters_give_the_same_bytes() -> None:
    pair = [letter(barcode=CODE), letter()]
    assert bind_letters(pair) == bind_letters(pair)
