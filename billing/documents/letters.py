"""Letters of the Ente: solleciti, costituzioni in mora, whatever is words and a table of debts.

Before: dunning decides the words.  After: the PDF goes to PEC, registered mail or the print house.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from billing.documents.codes import code128_png, qr_png, qr_text
from billing.documents.data import BoundPdf, DebtLine, LetterData, RenderedPdf
from billing.documents.lettering import day, png_uri
from billing.documents.press import the_press
from paybox.kernel.money import format_euro

NOTICE = re.compile(r"\d{18}")
MOST_CODES = 4  # as many as stand in one row under the table


@dataclass(frozen=True, slots=True)
class Heads:
    """What the second page calls things; ``day`` as in ``strftime``."""

    subject: str
    what: str
    reference: str
    due: str
    amount: str
    total: str
    greeting: str
    day: str


HEADS = {
    "de": Heads(
        "Betreff", "Beschreibung", "Zahlungscode", "Fälligkeit", "Betrag €", "Gesamtbetrag", "Mit freundlichen Grüßen",
        "%d.%m.%Y",
    ),
    "en": Heads(
        "Subject", "Description", "Payment code", "Due date", "Amount €", "Total", "Yours faithfully", "%d/%m/%Y"
    ),
    "fr": Heads(
        "Objet", "Description", "Code de paiement", "Échéance", "Montant €", "Total", "Cordialement", "%d/%m/%Y"
    ),
    "sl": Heads(
        "Zadeva", "Opis", "Koda plačila", "Zapadlost", "Znesek €", "Skupaj", "Lep pozdrav", "%d. %m. %Y"
    ),
}  # fmt: skip


def render_letter(data: LetterData) -> RenderedPdf:
    """Print the letter on as many A4 pages as it takes, PDF/UA-1.

    The address stands in the right-hand window of the usual DL and C5 envelopes.
    """
    language = data.second_language if data.second else ""
    return the_press().print_pdf(
        "letter.html", "letter.css", _words(data), second_language=language
    )


def bind_letters(letters: Sequence[LetterData]) -> BoundPdf:
    """Many letters in one PDF/A-2u for whoever prints and envelopes them; the same letters give the same bytes."""
    return the_press().bind_pdf("letter.html", "letter.css", [_words(data) for data in letters])


def _words(data: LetterData) -> dict[str, Any]:
    payable = list(_payable(data).items()) if data.pay_codes else []
    creditor = data.creditor.codice_fiscale
    return {
        "letter": data,
        "logo": png_uri(data.creditor.logo_png),
        "barcode": png_uri(code128_png(data.barcode)) if data.barcode else "",
        "written_on": day(data.written_on),
        "debts": [_debt_words(debt) for debt in data.debts],
        "total": format_euro(sum(debt.amount_cents for debt in data.debts)),
        "codes": [_pay_code(*one, creditor) for one in payable[:MOST_CODES]],
        "more_codes": len(payable) > MOST_CODES,
        "second": _second_words(data) if data.second else None,
    }


def _payable(data: LetterData) -> dict[str, int]:
    """Notice → cents, where one notice pays its debts whole: the lines of the same notice are one sum."""
    payable: dict[str, int] = {}
    for debt in data.debts:
        if NOTICE.fullmatch(debt.reference) and debt.amount_cents > 0:
            payable[debt.reference] = payable.get(debt.reference, 0) + debt.amount_cents
    return payable


def _pay_code(number: str, cents: int, creditor: str) -> dict[str, str]:
    text = qr_text(notice_number=number, creditor_codice_fiscale=creditor, amount_cents=cents)
    return {"qr": png_uri(qr_png(text)), "number": number, "amount": format_euro(cents)}


def _second_words(data: LetterData) -> dict[str, Any]:
    """The second page: its words, the heads of the table and the days as that language writes them."""
    heads = HEADS[data.second_language]
    debts = [
        {**_debt_words(debt), "due": debt.due_on.strftime(heads.day) if debt.due_on else "–"}
        for debt in data.debts
    ]
    return {"heads": heads, "debts": debts, "written_on": data.written_on.strftime(heads.day)}


def _debt_words(debt: DebtLine) -> dict[str, str]:
    return {
        "description": debt.description,
        "reference": debt.reference,
        "due": day(debt.due_on) if debt.due_on else "–",
        "amount": format_euro(debt.amount_cents),
    }
