"""Letters of the Ente: solleciti, costituzioni in mora, whatever is words and a table of debts.

Before: dunning decides the words.  After: the PDF goes to PEC, registered mail or the print house.
"""

from collections.abc import Sequence
from typing import Any

from billing.documents.codes import code128_png
from billing.documents.data import BoundPdf, DebtLine, LetterData, RenderedPdf
from billing.documents.lettering import day, png_uri
from billing.documents.press import the_press
from paybox.kernel.money import format_euro


def render_letter(data: LetterData) -> RenderedPdf:
    """Print the letter on as many A4 pages as it takes, PDF/UA-1.

    The address stands in the right-hand window of the usual DL and C5 envelopes.
    """
    return the_press().print_pdf("letter.html", "letter.css", _words(data))


def bind_letters(letters: Sequence[LetterData]) -> BoundPdf:
    """Many letters in one PDF/A-2u for whoever prints and envelopes them; the same letters give the same bytes."""
    return the_press().bind_pdf("letter.html", "letter.css", [_words(data) for data in letters])


def _words(data: LetterData) -> dict[str, Any]:
    return {
        "letter": data,
        "logo": png_uri(data.creditor.logo_png),
        "barcode": png_uri(code128_png(data.barcode)) if data.barcode else "",
        "written_on": day(data.written_on),
        "debts": [_debt_words(debt) for debt in data.debts],
        "total": format_euro(sum(debt.amount_cents for debt in data.debts)),
    }


def _debt_words(debt: DebtLine) -> dict[str, str]:
    return {
        "description": debt.description,
        "reference": debt.reference,
        "due": day(debt.due_on) if debt.due_on else "–",
        "amount": format_euro(debt.amount_cents),
    }
