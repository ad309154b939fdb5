"""Receipts and letters: every field is on the paper, and the paper is accessible."""

import io
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pikepdf
import pypdfium2
import pytest

from billing.documents.data import DebtLine, DocumentRefused, LetterData, ReceiptData
from billing.documents.letters import render_letter
from billing.documents.receipts import render_receipt
from tests.documents.builders import BORGO, MARIA, texts

RECEIPT = ReceiptData(
    creditor=BORGO,
    payer_name="Luca Bianchi",
    payer_codice_fiscale="BNCLCU80A01H501X",
    debtor=MARIA,
    receipt_id="0f1e2d3c4b5a69788796a5b4c3d2e1f0",
    iuv="01000000000004285",
    notice_number="301000000000004285",
    psp_name="Banca di Prova S.p.A.",
    psp_id="ABI99999",
    paid_at=datetime(2026, 7, 1, 22, 30, 5, tzinfo=UTC),
    application_on=date(2026, 7, 2),
    amount_cents=12_000,
    causale="TARI 2026 – rata unica",
)


def letter(**changes: Any) -> LetterData:
    plain = LetterData(
        creditor=BORGO,
        debtor=MARIA,
        place="Borgo",
        written_on=date(2026, 9, 1),
        protocol="2026/0012345",
        subject="Costituzione in mora",
        paragraphs=("Non risultano pagate le somme seguenti.",),
        debts=(
            DebtLine("TARI 2025", "3010 0000 0000 0042 85", date(2025, 7, 31), 12_000),
            DebtLine("Spese di notifica", "", None, 780),
        ),
        closing=("Si prega di pagare entro 30 giorni.",),
        signed_by=("La Responsabile", "Ada Neri"),
        sent_by="Raccomandata A.R.",
    )
    return replace(plain, **changes)


def assert_accessible(pdf: bytes) -> None:
    with pikepdf.open(io.BytesIO(pdf)) as document, document.open_metadata() as xmp:
        assert xmp["pdfuaid:part"] == "1"
        assert xmp["dc:title"]
        assert document.Root.MarkInfo.Marked
        assert str(document.Root.Lang) == "it"
        assert "/StructTreeRoot" in document.Root


class TestReceipt:
    def test_every_field_is_there_and_the_hour_is_that_of_rome(self) -> None:
        rendered = render_receipt(RECEIPT)
        (page,) = texts(rendered.pdf)
        for words in (
            "ATTESTAZIONE DI PAGAMENTO",
            "pagoPA",
            "€ 120,00",
            "Data e ora dell'operazione 02/07/2026, ore 00:30:05",
            "Data di applicazione 02/07/2026",
            "Denominazione Comune di Borgo",
            "Codice fiscale 80012345678",
            "01000000000004285",
            "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
            "Banca di Prova S.p.A. – ABI99999",
            "Causale TARI 2026 – rata unica",
            "Versante Luca Bianchi Codice fiscale BNCLCU80A01H501X",
            "Debitore Maria D'Àlbero",
        ):
            assert words in page
        assert rendered.pages == 1
        assert_accessible(rendered.pdf)

    def test_what_the_node_did_not_say_is_said_to_be_missing(self) -> None:
        unsaid = replace(RECEIPT, payer_name="", payer_codice_fiscale="", application_on=None)
        (page,) = texts(render_receipt(unsaid).pdf)
        assert "Versante non comunicato" in page
        assert "Data di applicazione non comunicata" in page

    def test_an_hour_without_a_zone_is_refused(self) -> None:
        with pytest.raises(DocumentRefused, match="fuso orario"):
            replace(RECEIPT, paid_at=datetime(2026, 7, 1, 22, 30))  # noqa: DTZ001  # the very fault

    def test_markup_in_the_causale_is_only_text(self) -> None:
        (page,) = texts(render_receipt(replace(RECEIPT, causale="<img src=x> & <b>TARI</b>")).pdf)
        assert "Causale <img src=x> & <b>TARI</b>" in page


class TestLetter:
    def test_it_reads_from_sender_to_signature(self) -> None:
        rendered = render_letter(letter())
        (page,) = texts(rendered.pdf)
        reached = 0
        for words in (
            "Comune di Borgo",
            "Borgo, 01/09/2026",
            "Protocollo 2026/0012345",
            "Maria D'Àlbero",
            "Oggetto: Costituzione in mora",
            "codice fiscale RSSMRA80A01H501U",
            "Non risultano pagate le somme seguenti.",
            "TARI 2025 3010 0000 0000 0042 85 31/07/2025 120,00",
            "Spese di notifica – 7,80",
            "Totale 127,80",
            "Si prega di pagare entro 30 giorni.",
            "Ada Neri",
        ):
            reached = page.index(words, reached)
        assert_accessible(rendered.pdf)

    def test_without_a_place_only_the_day_is_written(self) -> None:
        (page,) = texts(render_letter(letter(place="")).pdf)
        assert "80012345678 01/09/2026 Protocollo" in page

    def test_the_address_stands_in_the_window_of_the_envelope(self) -> None:
        page = pypdfium2.PdfDocument(render_letter(letter()).pdf)[0]
        window = page.get_textpage().get_text_bounded(
            left=105 / 25.4 * 72,
            right=205 / 25.4 * 72,
            top=(297 - 48) / 25.4 * 72,
            bottom=(297 - 85) / 25.4 * 72,
        )
        assert " ".join(window.split()) == (
            "RACCOMANDATA A.R. Maria D'Àlbero Via dei Tigli 12/B 12345 Borgo (BO)"
        )

    def test_a_long_letter_goes_on_and_repeats_the_head_of_its_table(self) -> None:
        many = tuple(DebtLine(f"TARI {n}", f"rif-{n}", date(2025, 1, 31), 100) for n in range(90))
        rendered = render_letter(letter(debts=many))
        pages = texts(rendered.pdf)
        assert rendered.pages == len(pages) > 2
        assert all("Importo €" in page for page in pages[:-1])
        assert "Totale 90,00" in pages[-1]
