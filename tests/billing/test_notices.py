"""What an avviso and a quietanza say of a position and of a collection."""

from dataclasses import replace
from datetime import date
from io import BytesIO

import pypdfium2
import pytest

from billing.documents.data import DocumentRefused
from billing.models import Collection, Position
from billing.services.notices import notice_data, place_of, render_notice_pdf, shorten
from billing.services.receipts import receipt_data, receipt_pdf
from tenants.models import Ente
from tests.build import make_position, pay


def _position(position: Position) -> Position:
    return Position.objects.select_related("subject", "service").get(pk=position.pk)


def _text(pdf: bytes) -> str:
    pages = pypdfium2.PdfDocument(BytesIO(pdf))
    return "\n".join(page.get_textpage().get_text_range() for page in pages)


def test_notice_says_every_way_to_pay(borgo):
    position = _position(make_position())
    numbers = list(position.instalments.order_by("number").values_list("notice_number", flat=True))
    data = notice_data(position, borgo)
    assert data.single is not None
    assert [data.single.notice_number, *(i.notice_number for i in data.instalments)] == numbers
    assert data.single.amount_cents == 12_000
    assert [(i.label, i.amount_cents) for i in data.instalments] == [
        ("1ª RATA", 6_000),
        ("2ª RATA", 6_000),
    ]
    assert data.creditor.cbill == "ABCDE"
    assert data.creditor.sector == "Ufficio Tributi"
    assert data.debtor.address_lines == ("Via Roma 1", "00010 Borgo (RM)")


def test_paying_one_rata_leaves_only_the_other_on_the_notice(borgo):
    position = _position(make_position())
    first = position.instalments.get(number=1)
    pay(first.notice_number, 6_000)
    data = notice_data(_position(position), borgo)
    assert data.single is None
    assert [(i.label, i.amount_cents) for i in data.instalments] == [("2ª RATA", 6_000)]


def test_what_is_left_is_printed_when_it_is_less_than_the_rata(borgo):
    position = _position(make_position())
    pay(position.instalments.get(number=1).notice_number, 7_000)
    position = _position(position)
    data = notice_data(position, borgo)
    assert [i.amount_cents for i in data.instalments] == [5_000]
    assert "50,00" in _text(render_notice_pdf(position, borgo))


def test_nothing_left_to_pay_is_no_notice(borgo):
    position = _position(make_position())
    pay(position.instalments.get(number=0).notice_number, 12_000)
    with pytest.raises(DocumentRefused, match="alcun importo"):
        notice_data(_position(position), borgo)


def test_no_bollettino_without_a_postal_account(borgo):
    position = _position(make_position())
    borgo.postal_account = ""
    assert "BOLLETTINO" not in _text(render_notice_pdf(position, borgo)).upper()
    borgo.postal_account, borgo.postal_holder = "1234567", ""
    data = notice_data(position, borgo)
    assert data.creditor.ccp == "000001234567"
    assert data.creditor.ccp_holder == "Comune di Borgo"
    assert "BOLLETTINO" in _text(render_notice_pdf(position, borgo)).upper()


@pytest.mark.parametrize(
    ("text", "longest", "expected"),
    [
        ("TARI 2026", 60, "TARI 2026"),
        ("  due   parole ", 60, "due parole"),
        ("a" * 60, 60, "a" * 60),
        ("a" * 61, 60, "a" * 59 + "…"),
        ("TARI 2026 - Via della Costituzione Repubblicana", 30, "TARI 2026 - Via della…"),
    ],
)
def test_what_does_not_fit_ends_with_a_whole_word(text, longest, expected):
    assert shorten(text, longest) == expected
    assert len(shorten(text, longest)) <= longest


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("Piazza del Popolo 1, 00010 Borgo (RM)", "Borgo"),
        ("Via Roma 12/B - 40100 San Pietro in Casale", "San Pietro in Casale"),
        ("Corso Italia 3\n39100 Bolzano/Bozen (BZ)", "Bolzano/Bozen"),
        ("Via 25 Aprile 12345", ""),
        ("Palazzo comunale, Borgo", ""),
        ("", ""),
    ],
)
def test_a_letter_is_dated_from_the_town_of_the_ente(address, place):
    assert place_of(Ente(address=address)) == place


def test_long_causale_is_cut_to_the_sixty_of_the_guide(borgo):
    position = _position(make_position())
    position.causale = "TARI 2026 - " + "via lunghissima " * 8
    assert len(notice_data(position, borgo).subject_line) <= 60


def test_receipt_says_what_the_channel_told(borgo):
    position = make_position()
    notice = position.instalments.get(number=0)
    pay(notice.notice_number, 12_000, reference="iur-1")
    collection = Collection.objects.get(reference="iur-1")
    collection.details = {
        "psp_name": "Banca di Prova",
        "psp_id": "ABI99999",
        "application_on": "2026-03-02",
    }
    data = receipt_data(collection, borgo)
    assert (data.iuv, data.notice_number, data.amount_cents) == (
        notice.iuv,
        notice.notice_number,
        12_000,
    )
    assert (data.psp_name, data.psp_id, data.application_on) == (
        "Banca di Prova",
        "ABI99999",
        date(2026, 3, 2),
    )
    assert data.payer_codice_fiscale == "RSSMRA80A01H501U"
    text = _text(receipt_pdf(collection, borgo))
    assert "Banca di Prova" in text
    assert notice.iuv in text


def test_another_payer_is_not_given_the_debtors_codice_fiscale(borgo):
    pay(make_position().instalments.get(number=0).notice_number, 12_000, reference="iur-2")
    collection = Collection.objects.get(reference="iur-2")
    collection.payer = "Anna Verdi"
    data = receipt_data(collection, borgo)
    assert (data.payer_name, data.payer_codice_fiscale) == ("Anna Verdi", "")
    assert replace(data.debtor, address_lines=()).name == "Rossi Mario"


def test_money_of_nobody_has_no_receipt(borgo):
    pay("301000000000009999", 500, reference="iur-3")
    with pytest.raises(DocumentRefused, match="non è abbinato"):
        receipt_data(Collection.objects.get(reference="iur-3"), borgo)
