"""Chapter 8 – the OPI giornale di cassa: the stand-in's is of the official schema, and every form of it is read alike."""

import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from billing.selectors.ledger import ledger_problems
from pagopa.models import TreasuryCredit
from pagopa.services.reconciliation import take_flow, take_treasury
from pagopa.simulator.faults import OrderRefused
from pagopa.simulator.giornale import Credit, write_giornale
from pagopa.simulator.treasury import CAUSALE, credits_of, write_csv
from pagopa.wire.giornale import read_giornale
from pagopa.wire.treasury_movement import Operation
from tests.build import AT
from tests.pagopa.conftest import ROOT
from tests.pagopa.test_reconciliation import IUF, flow_xml, paid
from tests.pagopa.treasury_files import Line, giornale
from tests.template import BORGO

URI = "/PUR/LGPE-RIVERSAMENTO/URI/"
LINES = (
    Line("ESEGUITO", 7, 12_000, f"{URI}{IUF}", cro="05034000000"),
    Line("STORNATO", 7, 1, number=2),
)


@pytest.fixture(scope="session")
def official_giornale() -> etree.XMLSchema:
    folder = Path(os.environ.get("PAYBOX_REFERENCE", ROOT.parent / "shared" / "reference"))
    schema = folder / "opi/OPI_GIORNALE_DI_CASSA_V_1_8.xsd"
    if not schema.is_file():
        pytest.skip(f"SCHEMI UFFICIALI ASSENTI in {folder}: impostare PAYBOX_REFERENCE")
    return etree.XMLSchema(etree.parse(str(schema)))


def signed_first(raw: bytes) -> bytes:
    root = etree.fromstring(raw)
    root.insert(0, root[-1])
    root.set("Id", "giornale-1")
    return etree.tostring(root)


def two_accounts(raw: bytes) -> bytes:
    root = etree.fromstring(raw)
    account = root.find("informazioni_conto_evidenza")
    other = etree.fromstring(etree.tostring(account))
    _, second = account.findall("movimento_conto_evidenza")
    account.remove(second)
    other.remove(other.findall("movimento_conto_evidenza")[0])
    other.find("conto_evidenza").text = "0000002"
    account.addnext(other)
    return etree.tostring(root)


def with_totals(raw: bytes) -> bytes:
    root = etree.fromstring(raw)
    for name in (
        "saldo_complessivo_precedente", "totale_complessivo_entrate", "totale_complessivo_uscite",
        "saldo_complessivo_finale",
    ):  # fmt: skip
        total = etree.Element(name)
        total.text = "0.00"
        root[-1].addprevious(total)
    return etree.tostring(root)


def with_a_reversale(raw: bytes) -> bytes:
    """The reversale that covers the provvisorio names it: it is no new money, and is not counted again."""
    covering = Line("ESEGUITO", 3, 12_000, "REVERSALE", kind=("ENTRATA", "REVERSALE"), number=9)
    line = etree.fromstring(giornale(covering)).find(".//movimento_conto_evidenza")
    assert line is not None
    named = etree.SubElement(line, "sospeso")
    etree.SubElement(named, "numero_provvisorio").text = "7"
    etree.SubElement(named, "importo_provvisorio").text = "120.00"
    root = etree.fromstring(raw)
    root.find(".//movimento_conto_evidenza").addprevious(line)
    return etree.tostring(root)


def in_latin_1(raw: bytes) -> bytes:
    return etree.tostring(etree.fromstring(raw), encoding="ISO-8859-1", xml_declaration=True)


FORMS = [signed_first, two_accounts, with_totals, with_a_reversale, in_latin_1]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_that_the_schema_allows_is_read_alike(official_giornale, form):
    plain = giornale(*LINES)
    other = form(plain)
    official_giornale.assertValid(etree.fromstring(other))
    assert other != plain
    assert read_giornale(other) == read_giornale(plain)
    assert [m.operation for m in read_giornale(plain)] == [Operation.EXECUTED, Operation.REVERSED]


def older(raw: bytes) -> bytes:
    """What the versions before 1.8 do not have, or did not ask for."""
    root = etree.fromstring(raw)
    for name in (
        "data_movimento_siope", "saldo_precedente_conto_evidenza", "totale_entrate_conto_evidenza",
        "totale_uscite_conto_evidenza", "saldo_finale_conto_evidenza", "assoggettamento_bollo", "codice_tramite_ente",
    ):  # fmt: skip
        for gone in root.findall(f".//{name}"):
            gone.getparent().remove(gone)
    return etree.tostring(root)


def with_namespace(raw: bytes) -> bytes:
    return raw.replace(
        b"<flusso_giornale_di_cassa", b'<flusso_giornale_di_cassa xmlns="urn:tesoriere"', 1
    )


@pytest.mark.parametrize("form", [older, with_namespace])
def test_what_is_not_read_may_be_missing_or_otherwise(form):
    plain = giornale(*LINES)
    assert form(plain) != plain
    assert read_giornale(form(plain)) == read_giornale(plain)


def test_no_value_date_is_the_day_of_the_movement():
    root = etree.fromstring(giornale(LINES[0], day="2026-03-05"))
    for gone in root.findall(".//data_valuta_ente"):
        gone.getparent().remove(gone)
    (movement,) = read_giornale(etree.tostring(root))
    assert movement.value_on == movement.moved_on


# money → (new credits, cents of new money, label and regularised and reversed cents of the first)
TOLD = {
    "intero": (1, 12_000, ("RT_IUF_TES", 0, 0)),
    "diverso": (1, 12_001, ("IUF_TES_DIV_IMP", 0, 0)),
    "diviso": (2, 12_000, ("IUF_TES_DIV_IMP", 0, 0)),
    "doppio": (2, 24_000, ("RT_IUF_TES", 0, 0)),
    "regolarizzato": (1, 12_000, ("RT_IUF_TES", 12_000, 0)),
    "stornato": (1, 12_000, ("TES_STORNATO", 0, 12_000)),
}


@pytest.mark.django_db
@pytest.mark.parametrize("money", TOLD)
def test_the_giornale_of_the_stand_in(
    borgo: Any, official_giornale: etree.XMLSchema, money: str
) -> None:
    take_flow(raw=flow_xml(paid()), at=AT)
    raw = written(*stand_in(money)).encode()
    official_giornale.assertValid(etree.fromstring(raw))
    taken = take_treasury(raw=raw, filename="tesoreria.xml", at=AT)
    new, cents, first = TOLD[money]
    assert (taken.new, taken.amount_cents) == (new, cents)
    credit = TreasuryCredit.objects.order_by("reference")[0]
    assert (credit.label, credit.regularised_cents, credit.reversed_cents) == first
    assert credit.payer == "Banca & Figli"
    assert list(ledger_problems()) == []


@pytest.mark.parametrize("causale", CAUSALE)
def test_every_noise_in_the_causale_is_of_the_schema(
    official_giornale: etree.XMLSchema, causale: str
) -> None:
    raw = written(*stand_in("intero", causale=causale)).encode()
    official_giornale.assertValid(etree.fromstring(raw))
    assert len(read_giornale(raw)) == 1


def test_what_is_not_new_money_cannot_be_told_in_a_csv() -> None:
    with pytest.raises(OrderRefused, match="solo in un giornale"):
        write_csv(stand_in("stornato"), psp_name="Banca & Figli")
    assert "120,00" in write_csv(stand_in("intero"), psp_name="Banca & Figli")


def stand_in(money: str, **given: str) -> list[Credit]:
    flow = {"causale": f"{URI}{IUF}", "amount_cents": 12_000}
    return credits_of(flow, money=money, number=70, on=date(2026, 3, 3), **given)


def written(*credits: Credit) -> str:
    return write_giornale(
        credits, fiscal_code=BORGO, psp_name="Banca & Figli", made_at=AT, year=2026
    )
