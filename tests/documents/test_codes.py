"""The strings that banks and post offices read: exact, to the character."""

import io

import pytest
import segno
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from billing.documents import codes
from billing.documents.data import DebtorData, DocumentRefused
from tests.documents.builders import BORGO, MARIA, SINGLE_NAV, notice, rate


def datamatrix(**changes: object) -> str:
    words: dict[str, object] = {"creditor": BORGO, "debtor": MARIA, "causale": "TARI 2026"}
    words["payment"] = notice().single
    return codes.datamatrix_text(**(words | changes))  # type: ignore[arg-type]  # one override


def read(png: bytes) -> tuple[str, zxingcpp.BarcodeFormat]:
    found = zxingcpp.read_barcode(Image.open(io.BytesIO(png)).convert("L"))
    assert found is not None
    return found.text, found.format


class TestQr:
    def test_the_example_of_the_guide(self) -> None:
        text = codes.qr_text(
            notice_number="123456789012345678",
            creditor_codice_fiscale="12345678901",
            amount_cents=1_234_567_801,
        )
        assert text == "PAGOPA|002|123456789012345678|12345678901|1234567801"

    @pytest.mark.parametrize(
        ("cents", "written"), [(1, "01"), (10, "10"), (100, "100"), (99_999_999_999, "99999999999")]
    )
    def test_the_amount_has_two_digits_at_least(self, cents: int, written: str) -> None:
        text = codes.qr_text(
            notice_number=SINGLE_NAV, creditor_codice_fiscale="80012345678", amount_cents=cents
        )
        assert text == f"PAGOPA|002|{SINGLE_NAV}|80012345678|{written}"

    def test_the_symbol_is_version_4_with_its_quiet_zone(self) -> None:
        image = Image.open(io.BytesIO(codes.qr_png("PAGOPA|002|x")))
        frame = codes.QR_QUIET_MODULES * codes.MODULE_PX
        assert image.mode == "1"
        assert image.width == image.height == (33 + 8) * codes.MODULE_PX
        assert image.crop((0, 0, image.width, frame)).getextrema() == (255, 255)
        assert not image.getpixel((frame, frame))

    def test_another_library_agrees_that_it_fits_version_4_m(self) -> None:
        longest = codes.qr_text(
            notice_number=SINGLE_NAV,
            creditor_codice_fiscale="80012345678",
            amount_cents=99_999_999_999,
        )
        assert (
            segno.make(longest, error="m", version=4, mode="byte", boost_error=False).version == 4
        )
        assert read(codes.qr_png(longest)) == (longest, zxingcpp.BarcodeFormat.QRCode)


class TestDatamatrix:
    def test_all_256_characters(self) -> None:
        debtor = DebtorData("Mario Rossi", "RSSMRA80A01H501U")
        assert datamatrix(debtor=debtor) == (
            "codfase=NBPA;"
            "18301000000000004285"
            "12000012345678"
            "100000012000"
            "3896"
            "1P1"
            "80012345678"
            "RSSMRA80A01H501U" + "MARIO ROSSI".ljust(40) + "TARI 2026".ljust(110) + " " * 12 + "A"
        )

    def test_the_offsets_a_reader_cuts_at(self) -> None:
        text = datamatrix()
        assert (text[15:33], text[49:59], text[66:77]) == (SINGLE_NAV, "0000012000", "80012345678")

    def test_accents_are_written_plain(self) -> None:
        text = datamatrix(
            debtor=DebtorData("Łukasz D’Àrgenò-Straße & Çelik", "X"), causale="Città «Però» n. 3/4"
        )
        assert text[93:133] == "LUKASZ D'ARGENO-STRASSE & CELIK".ljust(40)
        assert text[133:243] == "CITTA  PERO  N. 3/4".ljust(110)

    def test_an_amount_of_eleven_digits_is_refused(self) -> None:
        assert datamatrix(payment=rate(1, 9_999_999_999))[49:59] == "9999999999"
        with pytest.raises(DocumentRefused, match="bollettino"):
            datamatrix(payment=rate(1, 10_000_000_000))

    @given(name=st.text(max_size=300), causale=st.text(max_size=300))
    def test_whatever_is_typed_it_stays_256_plain_characters(self, name: str, causale: str) -> None:
        text = datamatrix(debtor=DebtorData(name, name[:20]), causale=causale)
        assert len(text) == 256
        assert text.isascii()
        assert text.isprintable()
        assert text[13:].upper() == text[13:]
        assert text[15:33] == SINGLE_NAV

    def test_the_symbol_reads_back(self) -> None:
        symbol = codes.datamatrix_png(datamatrix())
        assert read(symbol) == (datamatrix(), zxingcpp.BarcodeFormat.DataMatrix)
