"""Chapter 8 – what the treasurer sends, in its three forms, in any order, twice: each provvisorio is the sum of it."""

import os
from datetime import date
from pathlib import Path

import pytest
from lxml import etree

from billing.selectors.ledger import ledger_problems
from pagopa.models import Flow, Receipt, TreasuryCredit, TreasuryMovement
from pagopa.services.receipts import take_receipt
from pagopa.services.reconciliation import take_flow, take_treasury
from pagopa.tasks import label_single_credits
from pagopa.wire.treasury_file import TreasuryFileRefused, read_treasury
from paybox.kernel.models import OutboxEntry
from tests.build import AT, make_position
from tests.pagopa.conftest import receipt_of
from tests.pagopa.test_reconciliation import HEADER, IUF, csv_of, flow_xml, paid
from tests.pagopa.treasury_files import Entry, Line, giornale, statement
from tests.template import BORGO

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
URI = "/PUR/LGPE-RIVERSAMENTO/URI/"


def take(*lines: Line):
    return take_treasury(raw=giornale(*lines), filename="gdc.xml", at=AT)


def only() -> TreasuryCredit:
    return TreasuryCredit.objects.get()


def test_the_giornale_of_these_tests_is_one_of_the_official_schema():
    folder = Path(os.environ.get("PAYBOX_REFERENCE", ROOT.parent / "shared" / "reference"))
    schema = folder / "opi/OPI_GIORNALE_DI_CASSA_V_1_8.xsd"
    if not schema.is_file():
        pytest.skip(f"SCHEMI UFFICIALI ASSENTI in {folder}: impostare PAYBOX_REFERENCE")
    official = etree.XMLSchema(etree.parse(str(schema)))
    lines = (Line("ESEGUITO", 7, 12_000, f"{URI}{IUF}", cro="05034000000"), Line("STORNATO", 7, 1))
    official.assertValid(etree.fromstring(giornale(*lines)))


class TestGiornale:
    def test_regularised_and_undone(self, borgo):
        take(Line("ESEGUITO", 7, 12_000), Line("REGOLARIZZATO", 7, 5_000, number=2))
        assert (only().amount_cents, only().regularised_cents) == (12_000, 5_000)
        taken = take(Line("REGOLARIZZATO", 7, 7_000, number=3))
        assert (taken.new, taken.changed, only().regularised_cents) == (0, 1, 12_000)
        take(Line("RIPRISTINATO", 7, 7_000, number=4))
        assert only().regularised_cents == 5_000
        assert list(ledger_problems()) == []

    def test_the_same_file_again_changes_nothing(self, borgo):
        lines = (Line("ESEGUITO", 7, 12_000), Line("REGOLARIZZATO", 7, 12_000, number=2))
        take(*lines)
        again = take(*lines)
        assert (again.new, again.already, again.changed) == (0, 1, 0)
        assert (only().regularised_cents, TreasuryMovement.objects.count()) == (12_000, 2)

    def test_a_movement_before_its_provvisorio_counts_when_it_arrives(self, borgo):
        taken = take(Line("REGOLARIZZATO", 7, 12_000, number=2))
        assert (taken.new, taken.orphans, TreasuryCredit.objects.count()) == (0, 1, 0)
        take(Line("ESEGUITO", 7, 12_000))
        assert only().regularised_cents == 12_000
        assert list(ledger_problems()) == []

    def test_a_reversed_credit_gives_its_flow_back(self, borgo):
        take_flow(raw=flow_xml(paid()), at=AT)
        take(Line("ESEGUITO", 7, 12_000, f"{URI}{IUF}"), Line("ESEGUITO", 8, 12_000, f"{URI}{IUF}"))
        names = dict(TreasuryCredit.objects.values_list("reference", "label"))
        assert names == {"2026/7": "RT_IUF_TES", "2026/8": "IUF_TES_DOPPIO"}
        take(Line("STORNATO", 7, 12_000, number=2))
        names = dict(TreasuryCredit.objects.values_list("reference", "label"))
        assert names == {"2026/7": "TES_STORNATO", "2026/8": "RT_IUF_TES"}
        assert list(ledger_problems()) == []

    def test_a_part_reversed_differs_from_its_flow(self, borgo):
        take_flow(raw=flow_xml(paid()), at=AT)
        take(Line("ESEGUITO", 7, 12_000, f"{URI}{IUF}"), Line("STORNATO", 7, 1, number=2))
        assert (only().net_cents, only().label) == (11_999, "IUF_TES_DIV_IMP")
        assert list(ledger_problems()) == []

    def test_expense_and_reversali_are_not_read(self, borgo):
        out = Line("ESEGUITO", 9, 100, kind=("USCITA", "MANDATO"))
        covered = Line("ESEGUITO", 10, 100, kind=("ENTRATA", "REVERSALE"))
        assert read_treasury(giornale(out, covered), "g.xml") == []

    def test_a_credit_without_words_is_known_by_its_cro(self, borgo):
        take_flow(raw=flow_xml(paid()), at=AT)
        Flow.objects.update(regulation="A1005034000000010480640032000IT")
        take(Line("ESEGUITO", 7, 12_000, "BONIFICO", cro="99999999999"))
        assert only().label == "TES_NO_IUF_OR_IUV"
        take(Line("ESEGUITO", 8, 12_000, "BONIFICO", cro="05034000000"))
        assert TreasuryCredit.objects.get(reference="2026/8").label == "RT_IUF_TES"
        assert list(ledger_problems()) == []


class TestStatement:
    @pytest.mark.parametrize("version", ["02", "08"])
    def test_credits_and_reversals(self, borgo, version):
        take_flow(raw=flow_xml(paid()), at=AT)
        entries = (
            Entry("R1", 12_000, ((12_000, f"{URI}{IUF}"),)),
            Entry("R2", 300, ((100, "FITTI"), (200, "MENSA"))),
            Entry("R3", 900, ((900, "X"),), direction="DBIT"),
            Entry("R4", 900, ((900, "X"),), status="PDNG"),
        )
        taken = take_treasury(raw=statement(entries, version=version), filename="cc.xml", at=AT)
        assert (taken.new, taken.amount_cents) == (3, 12_300)
        names = dict(TreasuryCredit.objects.values_list("reference", "amount_cents"))
        assert names == {"2026/R1": 12_000, "2026/R2-1": 100, "2026/R2-2": 200}
        first = TreasuryCredit.objects.get(reference="2026/R1")
        assert (first.label, first.payer, first.value_on) == (
            "RT_IUF_TES", "PSP di prova", date(2026, 3, 5),
        )  # fmt: skip
        back = (Entry("R1", 12_000, ((12_000, "STORNO"),), direction="DBIT", reversal=True),)
        take_treasury(raw=statement(back, version=version), filename="cc.xml", at=AT)
        first.refresh_from_db()
        assert (first.label, first.flow) == ("TES_STORNATO", None)
        assert list(ledger_problems()) == []

    @pytest.mark.parametrize(
        ("raw", "words"),
        [
            (b"<BkToCstmrStmt><Stmt><Ntry>", "non \xe8 leggibile"),
            (b"<!DOCTYPE a [<!ENTITY b 'c'>]><BkToCstmrStmt/>", "DOCTYPE"),
            (statement([Entry("", 1, ())]), "manca il valore"),
            (statement([Entry("R1", 0, ())]), "maggiore di zero"),
        ],
    )
    def test_a_bad_one_is_refused_whole(self, raw, words):
        with pytest.raises(TreasuryFileRefused, match=words):
            read_treasury(raw, "cc.xml")


class TestSingleCredits:
    def test_a_credit_finds_the_receipt_of_its_iuv_once(self, borgo):
        iuv, *_ = paid("r1", 5_000)
        take(Line("ESEGUITO", 1, 5_000, f"/RFB/{iuv}/50.00/TXT/TARI"))
        assert (only().label, only().receipt) == ("RT_TES", Receipt.objects.get())
        take(
            Line("ESEGUITO", 2, 5_000, f"/RFB/{iuv}"), Line("ESEGUITO", 3, 9, "/RFB/0100000000000")
        )
        names = dict(TreasuryCredit.objects.values_list("reference", "label"))
        assert names == {"2026/1": "RT_TES", "2026/2": "RT_TES_DOPPIO", "2026/3": "IUV_TES"}
        assert list(ledger_problems()) == []

    def test_another_amount_waits(self, borgo):
        iuv, *_ = paid("r1", 5_000)
        take(Line("ESEGUITO", 1, 4_999, f"/RFB/{iuv}"))
        assert only().label == "RT_TES_DIV_IMP"
        assert list(ledger_problems()) == []

    def test_a_receipt_that_its_flow_pays_is_not_paid_twice(self, borgo):
        line = paid("r1", 5_000)
        take_flow(raw=flow_xml(line), at=AT)
        take(Line("ESEGUITO", 1, 5_000, f"/RFB/{line[0]}"))
        assert only().label == "RT_TES_DOPPIO"


@pytest.mark.parametrize(
    "header",
    [
        "Anno;Numero provvisorio;x;Ordinante;Causale;Importo;Data valuta",
        "ESERCIZIO;N. PROVVISORIO;DATA;CLIENTE;DESCRIZIONE;IMPORTO EURO;VALUTA",
    ],
)
def test_columns_are_known_by_the_names_of_other_treasurers(header):
    (found,) = read_treasury(csv_of(("5", "FITTI", "1.000,50"), header=header), "p.csv")
    assert (found.reference, found.amount_cents, found.payer) == (
        "2026/5", 100_050, "BANCA DI ESEMPIO",
    )  # fmt: skip
    assert read_treasury(csv_of(("5", "FITTI", "1.000,50"), header=HEADER), "p.csv") == [found]


def test_a_credit_that_came_before_its_receipt_is_labelled_by_a_work_of_its_own(borgo):
    rata = make_position(cents=5_000, rates=()).instalments.get(number=0)
    blank = f"{rata.iuv[:6]} {rata.iuv[6:]}"
    take(Line("ESEGUITO", 1, 5_000, f"/RFB/{blank}/50.00"), Line("ESEGUITO", 2, 9, "FITTI"))
    first = TreasuryCredit.objects.get(reference="2026/1")
    assert first.label == "IUV_TES"
    take_receipt(receipt=receipt_of(rata), id_pa=BORGO, raw=b"<RT/>", at=AT)
    (work,) = OutboxEntry.objects.filter(task="pagopa.label_single_credits")
    first.refresh_from_db()
    assert first.label == "IUV_TES"
    label_single_credits(**work.arguments)
    first.refresh_from_db()
    assert (first.label, first.receipt) == ("RT_TES", Receipt.objects.get())
    assert list(ledger_problems()) == []


def test_a_receipt_that_no_credit_awaits_makes_no_work(borgo):
    take(Line("ESEGUITO", 1, 9, "/RFB/01000000000009999"))
    paid("r1", 5_000)
    assert not OutboxEntry.objects.filter(task="pagopa.label_single_credits").exists()
