"""The paper cast: the Comune di Borgo, one debtor, and notices with one thing changed."""

import io
from dataclasses import replace
from datetime import date
from typing import Any

import pypdfium2
import zxingcpp
from PIL import Image, ImageDraw

from billing.documents.data import CreditorData, DebtorData, NoticeData, PaymentData

SINGLE_NAV = "301000000000004285"


def crest() -> bytes:
    """A one-bit shield that belongs to nobody."""
    shield = Image.new("L", (120, 120), 255)
    ImageDraw.Draw(shield).ellipse([10, 10, 110, 110], outline=0, width=6)
    png = io.BytesIO()
    shield.save(png, "PNG")
    return png.getvalue()


BORGO = CreditorData(
    name="Comune di Borgo",
    codice_fiscale="80012345678",
    sector="Servizio Tributi",
    info="Piazza della Libertà 1, 12345 Borgo",
    cbill="ABC12",
    ccp="000012345678",
    ccp_holder="Comune di Borgo – Tesoreria",
    poste_authorization="AUT. DB/PROV/P1 000001 DEL 01/02/2026",
    logo_png=crest(),
    website="www.comune.borgo.example",
)
MARIA = DebtorData("Maria D'Àlbero", "RSSMRA80A01H501U", ("Via dei Tigli 12/B", "12345 Borgo (BO)"))


def rate(ordinal: int, amount_cents: int = 6_000) -> PaymentData:
    return PaymentData(
        f"30100000000{ordinal:05d}85", amount_cents, date(2026, ordinal % 12 + 1, 28)
    )


def rates(count: int) -> tuple[PaymentData, ...]:
    return tuple(rate(ordinal) for ordinal in range(1, count + 1))


def notice(**changes: Any) -> NoticeData:
    """A rata unica of 120,00 € without rates."""
    plain = NoticeData(
        creditor=BORGO,
        debtor=MARIA,
        subject_line="TARI 2026 – Tassa sui rifiuti",
        single=PaymentData(SINGLE_NAV, 12_000, date(2026, 7, 31)),
    )
    return replace(plain, **changes)


def texts(pdf: bytes) -> list[str]:
    """The text of each page, white space made single."""
    document = pypdfium2.PdfDocument(pdf)
    return [" ".join(page.get_textpage().get_text_bounded().split()) for page in document]


def codes_on(pdf: bytes, page: int, dpi: int = 200) -> set[str]:
    """What a scanner reads on one page of the paper, printed at ``dpi``."""
    image = pypdfium2.PdfDocument(pdf)[page].render(scale=dpi / 72, grayscale=True).to_pil()
    return {code.text for code in zxingcpp.read_barcodes(image)}
