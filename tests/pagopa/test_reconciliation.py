"""Chapter 8 – receipt, flow and credit find each other in any order; what does not match has a name."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django_tenants.utils import schema_context
from lxml import etree

from billing.models import SourceFreshness, TimelineEntry
from billing.selectors.ledger import ledger_problems
from pagopa.models import Flow, FlowRow, Receipt, TreasuryCredit
from pagopa.selectors.steps import steps_of
from pagopa.services.receipts import take_receipt
from pagopa.services.reconciliation import take_flow, take_treasury
from pagopa.wire.flow_file import FlowFileRefused
from pagopa.wire.treasury_file import TreasuryFileRefused
from paybox.kernel.models import AuditEntry, RawMessage
from paybox.kernel.money import to_decimal_string
from tests.build import AT, make_position
from tests.pagopa.conftest import receipt_of
from tests.template import BORGO, VALLE

pytestmark = pytest.mark.django_db
IUF = "2026-03-03FINTOPSP01-0000000001"
HEADER = "ESERCIZIO;N.PROVV.;DATA ESEC.;ANAGRAFICA CLIENTE;DESCRIZIONE CAUSALE;IMPORTO PROVVISORIO;VALUTA ENTE"


def flow_xml(
    *lines: tuple[str, str, int, str], identifier: str = IUF, at: str = "2026-03-03T20:00:00",
    receiver: str = BORGO, total: str = "", count: int | None = None,
) -> bytes:  # fmt: skip
    """Lines are (iuv, iur, cents, outcome)."""
    rows = "".join(
        "<datiSingoliPagamenti>"
        f"<identificativoUnivocoVersamento>{iuv}</identificativoUnivocoVersamento>"
        f"<identificativoUnivocoRiscossione>{iur}</identificativoUnivocoRiscossione>"
        f"<singoloImportoPagato>{'-' if cents < 0 else ''}{to_decimal_string(abs(cents))}</singoloImportoPagato>"
        f"<codiceEsitoSingoloPagamento>{outcome}</codiceEsitoSingoloPagamento>"
        "<dataEsitoSingoloPagamento>2026-03-02</dataEsitoSingoloPagamento></datiSingoliPagamenti>"
        for iuv, iur, cents, outcome in lines
    )
    whole = total or to_decimal_string(sum(line[2] for line in lines))
    return (
        '<FlussoRiversamento xmlns="http://www.digitpa.gov.it/schemas/2011/Pagamenti/">'
        f"<versioneOggetto>1.0</versioneOggetto><identificativoFlusso>{identifier}</identificativoFlusso>"
        f"<dataOraFlusso>{at}</dataOraFlusso>"
        "<identificativoUnivocoRegolamento>0503400000000001</identificativoUnivocoRegolamento>"
        "<dataRegolamento>2026-03-03</dataRegolamento><istitutoMittente><identificativoUnivocoMittente>"
        "<tipoIdentificativoUnivoco>B</tipoIdentificativoUnivoco>"
        "<codiceIdentificativoUnivoco>ESEMITMMXXX</codiceIdentificativoUnivoco></identificativoUnivocoMittente>"
        "</istitutoMittente><istitutoRicevente><identificativoUnivocoRicevente>"
        "<tipoIdentificativoUnivoco>G</tipoIdentificativoUnivoco>"
        f"<codiceIdentificativoUnivoco>{receiver}</codiceIdentificativoUnivoco></identificativoUnivocoRicevente>"
        f"</istitutoRicevente><numeroTotalePagamenti>{len(lines) if count is None else count}</numeroTotalePagamenti>"
        f"<importoTotalePagamenti>{whole}</importoTotalePagamenti>{rows}</FlussoRiversamento>"
    ).encode()


def csv_of(*rows: tuple[str, str, str], header: str = HEADER) -> bytes:
    """Rows are (number, causale, amount)."""
    lines = [f'2026;{n};03/03/2026;BANCA DI ESEMPIO;"{c}";{a};04/03/2026' for n, c, a in rows]
    return "\n".join([header, *lines]).encode()


def paid(receipt_id: str = "ricevuta-1", cents: int = 12_000) -> tuple[str, str, int, str]:
    """A paid notice of Borgo, as the line of a flow that carries it."""
    position = make_position(cents=cents, rates=())
    receipt = receipt_of(position.instalments.get(number=0), receipt_id=receipt_id)
    take_receipt(receipt=receipt, id_pa=BORGO, raw=b"<rt/>", at=AT)
    return receipt.iuv, receipt_id, cents, "0"


def labels(model: Any) -> list[str]:
    return list(model.objects.order_by("pk").values_list("label", flat=True))


class TestFlow:
    def test_rows_find_their_receipts(self, borgo):
        first, second = paid("r1"), paid("r2", 5_000)
        taken = take_flow(raw=flow_xml(first, second), at=AT)
        assert (taken.new, taken.rows, taken.amount_cents) == (True, 2, 17_000)
        assert taken.labels == {"RT_IUF": 2}
        flow = Flow.objects.get()
        assert (flow.psp_id, flow.identifier) == ("FINTOPSP01", IUF)
        told = TimelineEntry.objects.filter(kind="RICONCILIATA")
        assert [entry.reference for entry in told] == [IUF, IUF]
        assert SourceFreshness.objects.get().complete_until == AT
        assert list(ledger_problems()) == []

    def test_every_outcome_has_its_place(self, borgo):
        iuv, iur, cents, _ = paid("r1")
        fallback = paid("r2", 700)
        other = paid("r3", 900)
        lines = (
            (iuv, iur, cents, "4"),
            (fallback[0], "mai-visto", 700, "9"),
            ("01000000000009999", "x", 300, "8"),
            (other[0], "r3", 800, "0"),
            ("01000000000009998", "y", -100, "3"),
            ("01000000000009997", "z", 100, "7"),
            ("01000000000009996", "w", 100, "A"),
        )
        take_flow(raw=flow_xml(*lines), at=AT)
        assert labels(FlowRow) == [
            "RT_IUF", "RT_IUF", "IUV_NO_RT", "RT_IUF_DIV_IMP", "STORNO", "ESITO_NON_PREVISTO",
            "ESITO_NON_PREVISTO",
        ]  # fmt: skip
        assert list(ledger_problems()) == []

    def test_a_receipt_paid_in_two_rows_is_compared_with_their_sum(self, borgo):
        iuv, iur, _, _ = paid("r1")
        take_flow(raw=flow_xml((iuv, iur, 10_000, "0"), (iuv, iur, 2_000, "0")), at=AT)
        assert labels(FlowRow) == ["RT_IUF", "RT_IUF"]

    def test_the_same_or_an_older_flow_changes_nothing_a_newer_one_replaces_it(self, borgo):
        first, second = paid("r1"), paid("r2")
        take_flow(raw=flow_xml(first, second), at=AT)
        again = take_flow(raw=flow_xml(first), at=AT)
        assert (again.new, again.rows) == (False, 2)
        older = take_flow(raw=flow_xml(first, at="2026-03-02T20:00:00"), at=AT)
        assert older.new is False
        newer = take_flow(raw=flow_xml(first, at="2026-03-04T20:00:00"), at=AT)
        assert (newer.new, newer.rows, newer.amount_cents) == (True, 1, 12_000)
        assert Flow.objects.count() == FlowRow.objects.count() == 1
        assert TimelineEntry.objects.filter(kind="RICONCILIATA").count() == 2
        assert RawMessage.objects.filter(kind="pagopa.flow").count() == 4
        assert list(ledger_problems()) == []

    @pytest.mark.parametrize(
        "raw",
        [
            b"", b"<a/>", b"<!DOCTYPE a []><a/>", flow_xml(("1", "2", 100, "0"), receiver=VALLE),
            flow_xml(("1", "2", 100, "0"), total="2.00"), flow_xml(("1", "2", 100, "0"), count=2),
            flow_xml(("1", "2", 100, "0"), identifier="spazio nel nome"),
            flow_xml(("1", "2", 100, "0"), at="ieri"),
        ],
    )  # fmt: skip
    def test_what_is_no_flow_of_ours_is_refused_and_kept_raw(self, borgo, raw):
        with pytest.raises(FlowFileRefused):
            take_flow(raw=raw, at=AT)
        assert Flow.objects.count() == 0
        assert RawMessage.objects.get().kind == "pagopa.flow"


class TestTreasury:
    def test_a_credit_is_explained_by_its_flow(self, borgo):
        take_flow(raw=flow_xml(paid()), at=AT)
        raw = csv_of(("17", f"/PUR/LGPE-RIVERSAMENTO/URI/{IUF}", "120,00"))
        taken = take_treasury(raw=raw, filename="provvisori.csv", at=AT)
        assert (taken.new, taken.amount_cents, taken.labels) == (1, 12_000, {"RT_IUF_TES": 1})
        credit = TreasuryCredit.objects.get()
        assert (credit.reference, credit.value_on) == ("2026/17", date(2026, 3, 4))
        assert list(ledger_problems()) == []

    def test_each_trouble_has_its_queue(self, borgo):
        take_flow(raw=flow_xml(paid()), at=AT)
        uri = "/PUR/LGPE-RIVERSAMENTO/URI/"
        rows = (
            ("1", f"{uri}{IUF}", "119,99"),
            ("2", f"{uri}{IUF}", "120,00"),
            ("3", f"{uri}2026-03-09FINTOPSP01-0000000009", "1,00"),
            ("4", "/RFB/01000000000004285/12.00/TXT/TARI", "12,00"),
            ("5", "INCASSO FITTI", "1.234,56"),
        )
        take_treasury(raw=csv_of(*rows), filename="p.csv", at=AT)
        assert labels(TreasuryCredit) == [
            "IUF_TES_DIV_IMP", "IUF_TES_DOPPIO", "TES_NO_MATCH", "IUV_TES", "TES_NO_IUF_OR_IUV",
        ]  # fmt: skip
        assert list(ledger_problems()) == []

    def test_a_credit_that_came_first_is_labelled_when_its_flow_arrives(self, borgo):
        take_treasury(raw=csv_of(("1", f"URI {IUF.lower()}", "120,00")), filename="p.csv", at=AT)
        assert labels(TreasuryCredit) == ["TES_NO_MATCH"]
        take_flow(raw=flow_xml(paid()), at=AT)
        assert labels(TreasuryCredit) == ["RT_IUF_TES"]
        newer = flow_xml(("1", "x", 100, "8"), at="2026-03-05T20:00:00")
        take_flow(raw=newer, at=AT)
        assert labels(TreasuryCredit) == ["IUF_TES_DIV_IMP"]
        assert list(ledger_problems()) == []

    def test_the_same_file_again_changes_nothing_another_amount_alarms(self, borgo):
        raw = csv_of(("1", "FITTI", "10,00"))
        take_treasury(raw=raw, filename="p.csv", at=AT)
        again = take_treasury(raw=raw, filename="p.csv", at=AT)
        assert (again.new, again.already) == (0, 1)
        take_treasury(raw=csv_of(("1", "FITTI", "11,00")), filename="p.csv", at=AT)
        assert TreasuryCredit.objects.get().amount_cents == 1_000
        assert AuditEntry.objects.filter(action="pagopa.treasury.differed").count() == 1

    def test_an_opi_giornale_gives_only_new_money(self, borgo):
        def movement(kind: tuple[str, str, str], number: int, cents: int) -> str:
            return (
                "<movimento_conto_evidenza>"
                f"<tipo_movimento>{kind[0]}</tipo_movimento><tipo_documento>{kind[1]}</tipo_documento>"
                f"<tipo_operazione>{kind[2]}</tipo_operazione><numero_documento>{number}</numero_documento>"
                f"<importo>{to_decimal_string(cents)}</importo><data_movimento>2026-03-03</data_movimento>"
                "<data_valuta_ente>2026-03-04</data_valuta_ente>"
                f"<causale>LGPE- RIVERSAMENTO/URI/{IUF}</causale></movimento_conto_evidenza>"
            )

        new = ("ENTRATA", "SOSPESO ENTRATA", "ESEGUITO")
        raw = (
            "<flusso_giornale_di_cassa><esercizio>2026</esercizio><informazioni_conto_evidenza>"
            + movement(new, 7, 12_000)
            + movement(("ENTRATA", "SOSPESO ENTRATA", "REGOLARIZZATO"), 7, 12_000)
            + movement(("USCITA", "MANDATO", "ESEGUITO"), 8, 100)
            + "</informazioni_conto_evidenza></flusso_giornale_di_cassa>"
        ).encode()
        take_flow(raw=flow_xml(paid()), at=AT)
        taken = take_treasury(raw=raw, filename="gdc.xml", at=AT)
        assert (taken.new, taken.labels) == (1, {"RT_IUF_TES": 1})
        credit = TreasuryCredit.objects.get()
        assert (credit.reference, credit.value_on) == ("2026/7", date(2026, 3, 4))

    @pytest.mark.parametrize(
        ("raw", "words"),
        [
            (b"", "Il file è vuoto"),
            (b"A;B\n1;2", "Mancano le colonne: ESERCIZIO"),
            (csv_of(("1", "X", "abc")), "Riga 2, IMPORTO PROVVISORIO"),
            (csv_of(("1", "X", "10,00"), ("2", "X", "-1,00")), "Riga 3, IMPORTO PROVVISORIO"),
            (csv_of(("", "X", "10,00")), "Riga 2, N.PROVV."),
            (csv_of(("1", "X", "10,00")).replace(b"04/03/2026", b"31/02/2026"), "VALUTA ENTE"),
            (b"\x00\x01", "non è un testo"),
            (b"<a/>", "giornale di cassa"),
            (b"<!DOCTYPE a []><a/>", "DOCTYPE"),
        ],
    )
    def test_a_file_that_is_not_one_is_refused_whole(self, borgo, raw, words):
        with pytest.raises(TreasuryFileRefused, match=words):
            take_treasury(raw=raw, filename="p.csv", at=AT)
        assert TreasuryCredit.objects.count() == 0


class TestSteps:
    def test_paid_reported_cashed(self, borgo):
        line = paid()
        position_id = Receipt.objects.get().collection.position_id
        assert position_id is not None
        (only,) = steps_of(position_id=position_id)
        assert (only.paid_cents, only.reported_on, only.cashed_on) == (12_000, None, None)
        take_flow(raw=flow_xml(line), at=AT)
        (only,) = steps_of(position_id=position_id)
        assert (only.flow, only.reported_on, only.cashed_on) == (IUF, date(2026, 3, 3), None)
        raw = csv_of(("17", f"/PUR/LGPE-RIVERSAMENTO/URI/{IUF}", "120,00"))
        take_treasury(raw=raw, filename="p.csv", at=AT)
        (only,) = steps_of(position_id=position_id)
        assert (only.cashed_on, only.treasury_reference) == (date(2026, 3, 4), "2026/17")


class TestCommands:
    def test_both_say_what_they_took(self, borgo, capsys, tmp_path):
        flow, credits = tmp_path / "flusso.xml", tmp_path / "provvisori.csv"
        flow.write_bytes(flow_xml(paid()))
        credits.write_bytes(csv_of(("17", f"/PUR/LGPE-RIVERSAMENTO/URI/{IUF}", "120,00")))
        call_command("take_flow", str(flow), ente="borgo")
        call_command("take_treasury", str(credits), ente="borgo")
        said = capsys.readouterr().out
        assert "Flusso preso: 1 pagamenti, 120,00 €" in said
        assert "Accrediti nuovi: 1 per 120,00 €; già presenti: 0" in said
        assert "Riconciliato: 1" in said
        with schema_context("borgo"):
            assert list(ledger_problems()) == []

    def test_a_wrong_ente_or_file_is_one_clear_line(self, borgo, tmp_path):
        flow = tmp_path / "flusso.xml"
        flow.write_bytes(flow_xml(("1", "2", 100, "0")))
        for name, path in (("nessuno", flow), ("borgo", tmp_path / "manca"), ("valle", flow)):
            with pytest.raises(CommandError) as refused:
                call_command("take_flow", str(path), ente=name)
            assert refused.value.returncode == 2
            assert "\n" not in str(refused.value)


def test_the_proof_sees_what_is_wrong(borgo):
    """A check that cannot fail proves nothing."""
    take_flow(raw=flow_xml(paid()), at=AT)
    raw = csv_of(("17", f"/PUR/LGPE-RIVERSAMENTO/URI/{IUF}", "120,00"))
    take_treasury(raw=raw, filename="p.csv", at=AT)
    Flow.objects.update(total_cents=1)
    assert {problem.check for problem in ledger_problems()} == {"flow", "treasury"}
    FlowRow.objects.update(receipt_id=None)
    assert "flowrow" in {problem.check for problem in ledger_problems()}


def test_the_flow_of_these_tests_is_one_of_the_official_schema():
    """So that what is proved here is proved on real input."""
    import os
    from pathlib import Path

    root = Path(__file__).resolve().parents[2]
    folder = Path(os.environ.get("PAYBOX_REFERENCE", root.parent / "shared" / "reference"))
    schema = folder / "pagopa/xsd-common/FlussoRiversamento_1_0_5.xsd"
    if not schema.is_file():
        pytest.skip(f"SCHEMI UFFICIALI ASSENTI in {folder}: impostare PAYBOX_REFERENCE")
    official = etree.XMLSchema(etree.parse(str(schema)))
    official.assertValid(etree.fromstring(flow_xml(("01000000000004285", "r", 100, "0"))))
    assert datetime(2026, 3, 3, tzinfo=UTC).date() == date(2026, 3, 3)
