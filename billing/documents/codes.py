"""The two codes of a notice, pagoPA's QR and the DataMatrix of the bollettino postale PA; the barcode of a letter.

Before: data.  After: composition puts the images on the page; the portal may show them too.
Pure: same input, same text, same PNG bytes.
"""

import io
import re
import unicodedata
from typing import TYPE_CHECKING

from PIL import Image

from billing.documents.data import CreditorData, DebtorData, DocumentRefused, PaymentData

if TYPE_CHECKING:
    import zxingcpp

MODULE_PX = 4
QR_QUIET_MODULES = 4
DATAMATRIX_QUIET_MODULES = 2
CODE128_QUIET_MODULES = 10
MAX_BOLLETTINO_CENTS = 9_999_999_999  # ten digits in the codeline

_NOT_POSTAL = re.compile(r"[^0-9A-Z &',\-.:_/]")
# Letters that have no decomposition, so NFKD alone would lose them.
_WHOLE_LETTERS = str.maketrans(
    {"ß": "SS", "Æ": "AE", "æ": "AE", "Œ": "OE", "œ": "OE", "Ø": "O", "ø": "O", "Đ": "D", "đ": "D"}
    | {"Ð": "D", "ð": "D", "Ł": "L", "ł": "L", "Þ": "TH", "þ": "TH", "ı": "I", "’": "'", "‘": "'"}
    | {"–": "-", "—": "-"}
)


def qr_text(*, notice_number: str, creditor_codice_fiscale: str, amount_cents: int) -> str:
    """``PAGOPA|002|NAV|CF|cents``: at least two digits of cents, no other leading zero."""
    return f"PAGOPA|002|{notice_number}|{creditor_codice_fiscale}|{amount_cents:02d}"


def codeline(*, notice_number: str, ccp: str, amount_cents: int) -> str:
    """The 50 digits of Poste's bollettino 896: notice, account and amount, each after its length.

    Raises DocumentRefused when the amount has more than ten digits of cents.
    """
    if amount_cents > MAX_BOLLETTINO_CENTS:
        raise DocumentRefused(
            "L'importo supera il massimo del bollettino postale (99.999.999,99 €)."
        )
    return f"18{notice_number}12{ccp:0>12}10{amount_cents:010d}3896"


def datamatrix_text(
    *, creditor: CreditorData, debtor: DebtorData, payment: PaymentData, causale: str
) -> str:
    """The 256 ASCII characters of the bollettino PA: capitals, but for ``codfase=``; no accents."""
    line = codeline(
        notice_number=payment.notice_number, ccp=creditor.ccp, amount_cents=payment.amount_cents
    )
    people = _postal(debtor.codice_fiscale, 16) + _postal(debtor.name, 40)
    return f"codfase=NBPA;{line}1P1{creditor.codice_fiscale}{people}{_postal(causale, 110)}{'':12}A"


def qr_png(text: str) -> bytes:
    """QR version 4 (33 modules), correction M, one bit, with its quiet zone of 4 modules."""
    import zxingcpp

    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M", version=4)
    return _one_bit_png(code, QR_QUIET_MODULES)


def form_qr_png(url: str) -> bytes:
    """QR of the size the address needs, correction M, for a form of the Ente's own site."""
    import zxingcpp

    code = zxingcpp.create_barcode(url, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    return _one_bit_png(code, QR_QUIET_MODULES)


def datamatrix_png(text: str) -> bytes:
    """Square DataMatrix ECC200, one bit, with a quiet zone of 2 modules."""
    import zxingcpp

    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.DataMatrix)
    return _one_bit_png(code, DATAMATRIX_QUIET_MODULES)


def code128_png(digits: str) -> bytes:
    """Code 128 of an even number of digits (two a symbol), one bit, with its quiet zone."""
    import zxingcpp

    code = zxingcpp.create_barcode(digits, zxingcpp.BarcodeFormat.Code128)
    return _one_bit_png(code, CODE128_QUIET_MODULES)


def _postal(text: str, width: int) -> str:
    decomposed = unicodedata.normalize("NFKD", text.translate(_WHOLE_LETTERS))
    bare = "".join(sign for sign in decomposed if not unicodedata.combining(sign)).upper()
    return _NOT_POSTAL.sub(" ", bare)[:width].ljust(width)


def _one_bit_png(code: "zxingcpp.Barcode", quiet_modules: int) -> bytes:
    modules = code.to_image(scale=MODULE_PX, add_quiet_zones=False)
    height, width = modules.shape
    grey = bytes(memoryview(modules))  # type: ignore[arg-type]  # a buffer, its stub forgets it
    symbol = Image.frombuffer("L", (width, height), grey)
    quiet = quiet_modules * MODULE_PX
    framed = Image.new("1", (width + 2 * quiet, height + 2 * quiet), 1)
    framed.paste(symbol.convert("1"), (quiet, quiet))
    png = io.BytesIO()
    framed.save(png, "PNG")
    return png.getvalue()
