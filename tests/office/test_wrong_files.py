"""Wrong files and wrong addresses at the doors of reconciliation: a sentence in Italian, nothing half-stored, never our fault."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from pagopa.models import Flow, FlowRow, TreasuryCredit, TreasuryMovement
from paybox.kernel.models import RawMessage
from tests.pages import text_of
from tests.pagopa.test_reconciliation import HEADER, csv_of, flow_xml
from tests.pagopa.treasury_files import Entry, Line, giornale, statement
from tests.template import BORGO, VALLE

pytestmark = pytest.mark.django_db
HOME = "/ufficio/riconciliazione/"
FLOW = flow_xml(("01000000000004285", "r", 100, "0"))
GIORNALE = giornale(Line("ESEGUITO", 1, 100))
STATEMENT = statement([Entry("R1", 100, ())])
CSV = csv_of(("1", "FITTI", "10,00"))


def flow_with(old: bytes, new: bytes) -> bytes:
    assert old in FLOW
    return FLOW.replace(old, new)


FLOWS = [
    (b"", "Il file è vuoto"),
    (b'<!DOCTYPE a [<!ENTITY e "1">]>' + FLOW, "contiene un DOCTYPE"),
    (FLOW[:-300], "troncato"),
    (FLOW[:500], "troncato"),
    (CSV, "non è XML"),
    (b"PK\x03\x04", "non è XML"),
    (GIORNALE, "non è un flusso di rendicontazione"),
    (flow_xml(("1", "2", 100, "0"), receiver=VALLE), "destinato a un altro Ente"),
    (flow_with(b"<numeroTotalePagamenti>1", b"<numeroTotalePagamenti>" + b"9" * 30), "non è un numero ammesso"),
    (flow_with(b"<numeroTotalePagamenti>1", b"<numeroTotalePagamenti>uno"), "«uno» non è un numero ammesso"),
    (flow_with(b"2026-03-03T20:00:00", b"ieri"), "«ieri» non è una data con l'ora"),
    (flow_with(b"2026-03-03T20:00:00", b"0001-01-01T00:00:00+14:00"), "fuori dal calendario"),
    (flow_with(b"2026-03-03T20:00:00", b"9999-12-31T23:59:59-11:00"), "fuori dal calendario"),
    (flow_with(b"<dataRegolamento>2026-03", b"<dataRegolamento>2026-13"), "«2026-13-03» non è una data"),
    (flow_with(b"<singoloImportoPagato>1.00", b"<singoloImportoPagato>1.234,5"), "«1.234,5» non è un importo"),
    (flow_with(b"<importoTotalePagamenti>1.00", b"<importoTotalePagamenti>abc"), "«abc» non è un importo"),
]  # fmt: skip
TREASURY = [
    ("p.csv", b"", "Il file è vuoto"),
    ("p.csv", b"1;2;3\n4;5;6", "Mancano le colonne"),
    ("p.csv", csv_of(("1", "X", "10,00"), ("2", "X", "abc")), "Riga 3, IMPORTO PROVVISORIO: «abc» non è un importo"),
    ("p.csv", csv_of(("1", "X", "1.23,5")), "Riga 2, IMPORTO PROVVISORIO"),
    ("p.csv", CSV.replace(b"\n2026", b"\n\nduemila"), "Riga 3, ESERCIZIO: «duemila» non è un anno"),
    ("p.csv", csv_of(("1" * 61, "X", "10,00")), "più lungo di 60 caratteri"),
    ("p.csv", f"{HEADER};{'X' * 200_000}\n".encode(), "alla riga 1"),
    ("p.csv", csv_of(("1", "X" * 200_000, "10,00")), "alla riga 2"),
    ("p.csv", CSV.decode().encode("utf-16"), "UTF-16"),
    ("p.xlsx", b"PK\x03\x04\x00", "non è un testo"),
    ("g.xml", GIORNALE[:-200], "troncato"),
    ("g.xml", GIORNALE[:900], "troncato"),
    ("g.xml", FLOW, "non è un giornale di cassa"),
    ("g.xml", GIORNALE.replace(BORGO.encode(), VALLE.encode()), f"di un altro Ente (codice fiscale {VALLE})"),
    ("g.xml", giornale(Line("INVENTATO", 1, 100)), "l'operazione «INVENTATO» non è prevista"),
    ("g.xml", GIORNALE.replace(b"<importo>1.00", b"<importo>1.234,5"), "Movimento 1: «1.234,5» non è un importo"),
    ("g.xml", GIORNALE.replace(b"<importo>1.00", b"<importo>1.005"), "Movimento 1: «1.005» non è un importo"),
    ("g.xml", giornale(Line("ESEGUITO", 1, 100), day="2026-02-31"), "«2026-02-31» non è una data"),
    ("g.xml", GIORNALE.replace(b"<esercizio>2026", b"<esercizio>26"), "«26» non è un anno"),
    ("c.xml", STATEMENT.replace(b'"EUR"', b'"USD"'), "Movimento R1: l'importo è in USD"),
    ("c.xml", STATEMENT.replace(b"1.00", b"abc"), "«abc» non è un importo"),
    ("c.xml", STATEMENT.replace(b"2026-03-04", b"04/03/2026"), "«04/03/2026» non è una data"),
    ("c.xml", STATEMENT[:-90], "troncato"),
    ("c.xml", statement([Entry("R" * 61, 100, ())]), "più lungo di 60 caratteri"),
]  # fmt: skip


@pytest.fixture
def franco(enter: Callable[[str], Client]) -> Client:
    return enter("franco@example.org")


def handed_over(office: Client, kind: str, name: str, raw: bytes) -> Any:
    """What the page says; and whatever it says, refused means that nothing was stored but the bytes."""
    file = SimpleUploadedFile(name, raw)
    answer = office.post(HOME, {"kind": kind, "file": file})
    assert answer.status_code == 422
    for model in (Flow, FlowRow, TreasuryCredit, TreasuryMovement):
        assert not model.objects.exists()
    assert bytes(RawMessage.objects.get().body) == raw
    assert office.get(HOME).status_code == 200
    return text_of(answer)


@pytest.mark.parametrize(("raw", "words"), FLOWS)
def test_a_wrong_flow_is_refused_in_words(franco: Client, raw: bytes, words: str) -> None:
    assert words in handed_over(franco, "flow", "f.xml", raw)


@pytest.mark.parametrize(("name", "raw", "words"), TREASURY)
def test_a_wrong_file_of_the_treasurer_too(
    franco: Client, name: str, raw: bytes, words: str
) -> None:
    assert words in handed_over(franco, "treasury", name, raw)


def test_the_same_files_when_they_are_right(franco: Client) -> None:
    """What is refused above is refused for its fault alone; and what a sheet leaves at the end is no row."""
    for kind, name, raw in (
        ("flow", "f.xml", FLOW), ("treasury", "g.xml", GIORNALE), ("treasury", "c.xml", STATEMENT),
        ("treasury", "p.csv", csv_of(("9", "FITTI", "1.234,5")) + b"\n;;;;;;\n"),
    ):  # fmt: skip
        answer = franco.post(HOME, {"kind": kind, "file": SimpleUploadedFile(name, raw)})
        assert answer.status_code == 302
    credits = TreasuryCredit.objects.order_by("amount_cents")
    assert list(credits.values_list("amount_cents", flat=True)) == [100, 100, 123_450]
    assert Flow.objects.count() == FlowRow.objects.count() == 1


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/ufficio/pagopa/ricevute/?dal=0001-01-01&al=9999-12-31", 200),
        ("/ufficio/pagopa/ricevute/?q=%00&dal=%00", 200),
        ("/ufficio/pagopa/ricevute/99999999999999999999/", 404),
        ("/ufficio/pagopa/?stato=%00&servizio=%00&q=%00", 200),
        ("/ufficio/pagopa/?pagina=99999999999999999999", 404),
        ("/ufficio/pagopa/anomalie/?tipo=%00&pagina=-1", 404),
        (f"{HOME}libro/?dal=0001-01-01&al=9999-12-31", 200),
        (f"{HOME}libro/?dal=ieri", 422),
        (f"{HOME}accrediti/99999999999999999999/", 404),
        (f"{HOME}flussi/99999999999999999999/", 404),
        (f"{HOME}flussi/1/righe/99999999999999999999/", 404),
        (f"{HOME}code/%00/", 404),
    ],
)
def test_a_wrong_address_is_no_fault_of_ours(franco: Client, address: str, status: int) -> None:
    assert franco.get(address).status_code == status
