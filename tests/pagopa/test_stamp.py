"""A marca da bollo from the public form to the receipt: the document's imprint is asked for, sold and found again."""

import hashlib
import os
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from lxml import etree

from billing.models import Position, Service, Transfer
from billing.selectors.ledger import ledger_problems
from pagopa.gateways.gpd import gpd_body
from pagopa.gateways.protocol import PublicationRequest
from pagopa.models import Receipt
from pagopa.services.notices_to_publish import notice_to_publish
from pagopa.wire.digital_stamp import (
    DigitalStamp,
    StampUnreadable,
    read_digital_stamp,
    write_digital_stamp,
)
from pagopa.wire.responses import StampRequest
from tests.pages import text_of
from tests.pagopa.conftest import ROOT, Node, receipt_of
from tests.pagopa.openapi import wrong
from tests.pagopa_wire import examples
from tests.portal.conftest import OTHER_CODE
from tests.template import BORGO

pytestmark = pytest.mark.django_db
FORM, SUMMARY = "/spontaneo/DIRITTI/", "/spontaneo/DIRITTI/riepilogo/"
DOCUMENT = b"%PDF-1.7 istanza di accesso"
IMPRINT = b64encode(hashlib.sha256(DOCUMENT).digest()).decode()
TYPED = {
    "pratica": "Istanza 12", "provincia": "MI", "denominazione": "Verdi Bianca",
    "codice_fiscale": OTHER_CODE, "email": "", "importo": "20",
}  # fmt: skip


@pytest.fixture
def official_stamp() -> etree.XMLSchema:
    folder = Path(os.environ.get("PAYBOX_REFERENCE", ROOT.parent / "shared" / "reference"))
    schema = folder / "pagopa/xsd-common/MarcaDaBollo.xsd"
    if not schema.is_file():
        pytest.skip(f"SCHEMI UFFICIALI ASSENTI in {folder}: impostare PAYBOX_REFERENCE")
    return etree.XMLSchema(etree.parse(str(schema)))


@pytest.fixture
def citizen(borgo: Any) -> Client:
    cache.clear()
    Service.objects.filter(code="DIRITTI").update(stamp_cents=1_600)
    return Client(headers={"host": "borgo.localhost"})


def document(content: bytes = DOCUMENT, name: str = "istanza.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "application/pdf")


def opened(citizen: Client) -> Position:
    assert citizen.post(FORM, {**TYPED, "documento": document()})["Location"] == SUMMARY
    page = text_of(citizen.get(SUMMARY))
    reference = page.split('name="riferimento" value="')[1].split('"')[0]
    assert citizen.post(SUMMARY, {"riferimento": reference}).status_code == 302
    connection.set_schema("borgo")  # the request has left it
    return Position.objects.get()


def sold(imprint: str = IMPRINT) -> DigitalStamp:
    return DigitalStamp(
        "01AB", "PSP Uno", "10000000001", datetime(2026, 3, 2, 9, tzinfo=UTC), 1_600, imprint
    )


def test_the_form_asks_for_the_document_and_keeps_its_imprint_alone(citizen: Client) -> None:
    page = text_of(citizen.get(FORM))
    assert 'enctype="multipart/form-data"' in page
    assert "Si aggiunge la marca da bollo di 16,00 €" in page
    without = citizen.post(FORM, TYPED)
    assert without.status_code == 422
    assert "Allegare il documento su cui va la marca da bollo." in text_of(without)
    empty = citizen.post(FORM, {**TYPED, "documento": document(b"")})
    assert empty.status_code == 422
    position = opened(citizen)
    assert (position.total_cents, position.instalments.get().amount_cents) == (3_600, 3_600)
    assert position.details["bolli"] == [
        {"centesimi": 1_600, "impronta": IMPRINT, "provincia": "MI", "documento": "istanza.pdf"}
    ]
    assert list(ledger_problems()) == []


def test_a_mistake_elsewhere_does_not_lose_the_document(citizen: Client) -> None:
    again = citizen.post(FORM, {**TYPED, "importo": "venti", "documento": document()})
    assert again.status_code == 422
    page = text_of(again)
    assert f'value="{IMPRINT.replace("+", "&#x2B;")}"' in page or f'value="{IMPRINT}"' in page
    assert "Già letto: istanza.pdf" in page
    given = {**TYPED, "impronta": IMPRINT, "nome_documento": "istanza.pdf"}
    assert citizen.post(FORM, given)["Location"] == SUMMARY
    summary = text_of(citizen.get(SUMMARY))
    assert "Pagherai <strong>36,00 €</strong>" in summary
    assert "di cui 16,00 € per la marca da bollo" in summary
    forged = citizen.post(FORM, {**TYPED, "impronta": "corta"})
    assert "non è valida" in text_of(forged)


def test_the_node_and_the_roads_are_told_and_the_receipt_brings_it(
    citizen: Client, borgo: Any, node: Node, official_stamp: etree.XMLSchema, visit: Any
) -> None:
    position = opened(citizen)
    notice = position.instalments.get()
    dues, stamp = node.get_payment(notice.notice_number).payment.transfers
    connection.set_schema("borgo")
    assert (dues.amount_cents, stamp.amount_cents) == (2_000, 1_600)
    assert stamp.stamp == StampRequest(IMPRINT, "MI", "01")
    published = notice_to_publish(position, notice, borgo)
    body = gpd_body(PublicationRequest(BORGO, "c_borgo", (published,), "Borgo"), [published])
    assert wrong("gpd_v3.json", "PaymentPositionModelV3", body) == []
    raw = write_digital_stamp(sold(), signature="c2ltdWxhdGE=")
    official_stamp.assertValid(etree.fromstring(raw))
    assert node.send_rt(paid(notice, raw)).ok
    connection.set_schema("borgo")
    assert Transfer.objects.get(kind="BOLLO").amount_cents == 1_600
    taken, browser = Receipt.objects.get(), visit("ada@example.org")
    page = text_of(browser.get(f"/ufficio/pagopa/ricevute/{taken.pk}/"))
    assert "01AB" in page
    assert "istanza.pdf: l'impronta è quella" in page
    shown = text_of(browser.get(f"/ufficio/posizioni/{position.uuid}/"))
    assert "marca da bollo di 16,00 € per il documento «istanza.pdf»" in shown
    connection.set_schema("borgo")
    assert list(ledger_problems()) == []


def test_a_stamp_for_another_document_is_said(citizen: Client, node: Node, visit: Any) -> None:
    position = opened(citizen)
    other = b64encode(b"x" * 32).decode()
    raw = write_digital_stamp(sold(other), signature="c2ltdWxhdGE=")
    assert node.send_rt(paid(position.instalments.get(), raw)).ok
    connection.set_schema("borgo")
    taken, browser = Receipt.objects.get(), visit("ada@example.org")
    page = text_of(browser.get(f"/ufficio/pagopa/ricevute/{taken.pk}/"))
    assert "Non è quello per cui la marca era stata chiesta" in page


def paid(notice: Any, raw: bytes) -> Any:
    parts = (
        examples.receipt_transfer(amount_cents=2_000, fiscal_code=BORGO),
        examples.receipt_transfer(
            id_transfer=2, amount_cents=1_600, fiscal_code=BORGO, iban="", stamp=raw
        ),
    )
    return replace(receipt_of(notice), transfers=parts)


def test_what_is_written_is_read_and_anything_else_is_refused() -> None:
    stamp = sold()
    assert read_digital_stamp(write_digital_stamp(stamp, signature="YQ==")) == stamp
    for wrong_one in (b"", b"<a/>", b"<!DOCTYPE a><a/>", b"<marcaDaBollo>simulata</marcaDaBollo>"):
        with pytest.raises(StampUnreadable):
            read_digital_stamp(wrong_one)
