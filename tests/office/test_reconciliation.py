"""Reconciliation on the office's pages: what waits and why, who is inside a credit, two persons for a repair."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from billing.selectors.ledger import ledger_problems
from pagopa.models import Flow, FlowRow, Receipt, Repair, RowRepair, TreasuryCredit
from pagopa.services.flow_collections import book_without_receipt
from pagopa.services.reconciliation import take_flow, take_treasury
from tests.build import AT, make_position
from tests.pages import text_of
from tests.pagopa.test_reconciliation import IUF, flow_xml, paid
from tests.pagopa.treasury_files import Line, giornale

Enter = Callable[[str], Client]
HOME = "/ufficio/riconciliazione/"
WHY = {"reason": "Confrontato con l'estratto conto"}


def credit(document: int, cents: int, causale: str = "BONIFICO") -> TreasuryCredit:
    raw = giornale(Line("ESEGUITO", document, cents, causale))
    take_treasury(raw=raw, filename="g.xml", at=AT)
    return TreasuryCredit.objects.get(reference=f"2026/{document}")


def page(of: TreasuryCredit) -> str:
    return f"{HOME}accrediti/{of.pk}/"


@pytest.fixture
def franco(enter: Enter) -> Client:
    return enter("franco@example.org")


def test_each_queue_says_why_since_when_and_whose(franco: Client) -> None:
    take_flow(raw=flow_xml(("01000000000009999", "x", 300, "8")), at=AT)
    waiting = credit(1, 900, "INCASSO FITTI")
    shown = text_of(franco.get(HOME))
    for words in (
        "Causale senza riferimento",
        "Riga di flusso senza ricevuta",
        "Flusso senza accredito",
    ):
        assert words in shown
    assert "Ragioneria" in shown
    assert "giorni" in shown
    for code in ("TES_NO_IUF_OR_IUV", "IUV_NO_RT", "IUF_NO_TES", "RT_NO_IUF", "RT_IUF_TES"):
        assert franco.get(f"{HOME}code/{code}/").status_code == 200
    listed = text_of(franco.get(f"{HOME}code/TES_NO_IUF_OR_IUV/"))
    assert page(waiting) in listed
    assert "9,00 €" in listed
    assert franco.get(f"{HOME}code/INESISTENTE/").status_code == 404


def test_a_credit_is_explained_down_to_its_payers(franco: Client) -> None:
    lines = (paid("r1", 5_000), paid("r2", 7_000))
    take_flow(raw=flow_xml(*lines), at=AT)
    found = credit(1, 12_000, f"/PUR/LGPE-RIVERSAMENTO/URI/{IUF}")
    shown = text_of(franco.get(page(found)))
    for receipt in Receipt.objects.all():
        assert receipt.iuv in shown
        assert str(receipt.collection.position.uuid) in shown  # type: ignore[union-attr]  # paid above
    assert "2 pagamenti per 120,00 €" in shown
    assert f"il flusso {IUF} è di 120,00 €" in shown
    assert "messaggio ricevuto n." in shown


def test_two_persons_match_on_the_page(franco: Client, ada_browses: Client) -> None:
    take_flow(raw=flow_xml(paid()), at=AT)
    mute = credit(1, 12_000)
    shown = text_of(franco.get(page(mute)))
    assert IUF in shown
    key = shown.split('name="part" value="')[1].split('"')[0]
    asked = {"kind": "ABBINA", "part": key} | WHY
    assert "persona diversa" in text_of(franco.post(f"{page(mute)}correggi/", asked, follow=True))
    repair = Repair.objects.get()
    verdict = f"{HOME}correzioni/{repair.uuid}/"
    assert "Conferma</button>" not in text_of(franco.get(page(mute)))
    assert "persona diversa" in text_of(franco.post(f"{verdict}conferma/", follow=True))
    assert "2026/1" in text_of(ada_browses.get(HOME)).split("Da confermare")[1]
    assert "Conferma</button>" in text_of(ada_browses.get(page(mute)))
    assert "è in vigore" in text_of(ada_browses.post(f"{verdict}conferma/", follow=True))
    mute.refresh_from_db()
    assert mute.label == "TES_A_MANO"
    assert "1 pagamento per 120,00 €" in text_of(franco.get(page(mute)))
    franco.post(f"{page(mute)}correggi/", {"kind": "SCIOGLI"} | WHY)
    again = Repair.objects.get(state="PROPOSTA")
    assert "respinta" in text_of(
        ada_browses.post(f"{HOME}correzioni/{again.uuid}/respingi/", follow=True)
    )
    assert list(ledger_problems()) == []


def test_one_person_marks_and_undoes(franco: Client) -> None:
    mute = credit(1, 900)
    order = f"{page(mute)}correggi/"
    assert "in vigore" in text_of(franco.post(order, {"kind": "NON_NOSTRO"} | WHY, follow=True))
    assert "Non spetta all'Ente" in text_of(franco.get(page(mute)))
    assert "in vigore" in text_of(franco.post(order, {"kind": "RIPRISTINA"} | WHY, follow=True))
    mute.refresh_from_db()
    assert mute.label == "TES_NO_IUF_OR_IUV"


def test_a_debtors_credit_is_opened_by_two_and_is_linked(franco: Client, enter: Enter) -> None:
    rent = credit(1, 45_000, "AFFITTO MARZO")
    order = {
        "kind": "CREDITO", "service": "DIRITTI", "codice_fiscale": "vrdbnc80a41h501x",
        "name": "Verdi Bianca", "causale": "Canone di marzo",
    }  # fmt: skip
    wrong = franco.post(
        f"{page(rent)}correggi/", order | WHY | {"codice_fiscale": "X"}, follow=True
    )
    assert "Debitore:" in text_of(wrong)
    assert "è proposta" in text_of(franco.post(f"{page(rent)}correggi/", order | WHY, follow=True))
    ada = enter("ada@example.org")
    assert "Debitore: Verdi Bianca" in text_of(ada.get(page(rent)))
    confirm = f"{HOME}correzioni/{Repair.objects.get().uuid}/conferma/"
    assert "in vigore" in text_of(ada.post(confirm, follow=True))
    shown = text_of(franco.get(page(rent)))
    assert "aperto e incassato" in shown
    assert "Provvisorio 2026/1 (" in shown
    assert list(ledger_problems()) == []


@pytest.mark.parametrize(
    "posted",
    [
        {}, {"kind": "NON_NOSTRO"}, {"kind": "x"} | WHY, {"kind": "ABBINA"} | WHY,
        {"kind": "ABBINA", "part": "F99"} | WHY, {"kind": "ABBINA", "part": "X\0"} | WHY,
        {"kind": "SCIOGLI"} | WHY,
    ],
)  # fmt: skip
def test_a_wrong_order_is_said_and_changes_nothing(franco: Client, posted: dict[str, str]) -> None:
    mute = credit(1, 900)
    answer = franco.post(f"{page(mute)}correggi/", posted, follow=True)
    assert answer.status_code == 200
    assert Repair.objects.count() == 0


def test_who_does_not_keep_the_accounts_does_not_enter(enter: Enter) -> None:
    mute = credit(1, 900)
    elena = enter("elena@example.org")
    for url in (page(mute), f"{HOME}code/TES_NO_IUF_OR_IUV/"):
        assert elena.get(url).status_code == 403
    assert elena.post(f"{page(mute)}correggi/", {"kind": "NON_NOSTRO"} | WHY).status_code == 403
    assert Repair.objects.count() == 0


def test_the_position_shows_the_three_steps(franco: Client) -> None:
    line = paid()
    position = Receipt.objects.get().collection.position
    assert position is not None
    url = f"/ufficio/posizioni/{position.uuid}/"
    assert "in attesa del flusso" in text_of(franco.get(url))
    take_flow(raw=flow_xml(line), at=AT)
    assert "in attesa dell'accredito" in text_of(franco.get(url))
    credit(17, 12_000, f"/PUR/LGPE-RIVERSAMENTO/URI/{IUF}")
    shown = text_of(franco.get(url))
    assert "provvisorio 2026/17" in shown
    assert shown.index("Pagato") < shown.index("Rendicontato") < shown.index("Incassato")


def test_a_payment_whose_receipt_never_came_is_reported_and_cashed_too(
    franco: Client, enter: Enter
) -> None:
    position = make_position()
    rata = position.instalments.get(number=0)
    take_flow(raw=flow_xml((rata.iuv, "mai-arrivata", 12_000, "9")), at=AT)
    assert book_without_receipt(before=AT + timedelta(days=1), at=AT + timedelta(days=1)) == 1
    url = f"/ufficio/posizioni/{position.uuid}/"
    shown = text_of(franco.get(url)).split("Dove sono i soldi")[1]
    for words in (
        "la ricevuta non è mai arrivata",
        "La riga 1 del flusso lo riporta, senza ricevuta",
    ):
        assert words in shown
    assert row_page() in shown
    assert "mai-arrivata" in text_of(franco.get(row_page()))
    assert position.reference in text_of(franco.get(row_page()))
    found = credit(17, 12_000, f"/PUR/LGPE-RIVERSAMENTO/URI/{IUF}")
    assert page(found) in text_of(franco.get(url))
    assert position.reference in text_of(franco.get(page(found)))
    unlinked = text_of(enter("elena@example.org").get(url))
    assert "paga l'intero flusso, al centesimo" in unlinked
    assert page(found) not in unlinked


def test_a_receipt_says_where_its_money_has_got_to(franco: Client, enter: Enter) -> None:
    line = paid("r1", 5_000)
    url = f"/ufficio/pagopa/ricevute/{Receipt.objects.get().pk}/"
    waiting = text_of(franco.get(url))
    for words in ("Ricevuta senza flusso · RT_NO_IUF", "in nessun flusso", "Ufficio entrate"):
        assert words in waiting
    take_flow(raw=flow_xml(line), at=AT)
    assert "RT_IUF" in text_of(franco.get(url))
    credit(1, 5_000, f"/PUR/LGPE-RIVERSAMENTO/URI/{IUF}")
    shown = text_of(franco.get(url))
    assert "Pagata, rendicontata e incassata · RT_IUF_TES" in shown
    assert row_page() in shown
    assert row_page() not in text_of(enter("elena@example.org").get(url))


def row_page(index: int = 1) -> str:
    return f"{HOME}flussi/{Flow.objects.get().pk}/righe/{index}/"


def test_a_flow_and_each_row_say_why(franco: Client) -> None:
    line = paid("r1", 5_000)
    take_flow(raw=flow_xml(line, ("01000000000009999", "x", 300, "8")), at=AT)
    flow = Flow.objects.get()
    shown = text_of(franco.get(f"{HOME}flussi/{flow.pk}/"))
    for words in (IUF, "Flusso senza accredito", "53,00 €", "revisione 1", "Riga 2", "Ragioneria"):
        assert words in shown
    credit(1, 5_300, f"/PUR/LGPE-RIVERSAMENTO/URI/{IUF}")
    assert "Flusso accreditato" in text_of(franco.get(f"{HOME}flussi/{flow.pk}/"))
    matched = text_of(franco.get(row_page()))
    for words in ("Ricevuta e flusso concordano", "la ricevuta r1 è di 50,00 €", "riga 1"):
        assert words in matched
    stray = text_of(franco.get(row_page(2)))
    for words in (
        "senza ricevuta",
        "esito 8 (eseguito in stand-in, senza ricevuta)",
        "Ufficio entrate",
    ):
        assert words in stray
    assert row_page(2) in text_of(franco.get(f"{HOME}code/IUV_NO_RT/"))
    assert franco.get(row_page(3)).status_code == 404
    assert franco.get(f"{HOME}flussi/99999/").status_code == 404


def test_two_persons_match_a_row_on_the_page(franco: Client, ada_browses: Client) -> None:
    paid("vera", 12_000)
    take_flow(raw=flow_xml(("01000000000009999", "x", 12_000, "9")), at=AT)
    receipt = Receipt.objects.get()
    assert f'value="{receipt.pk}"' in text_of(franco.get(row_page()))
    asked = {"kind": "ABBINA", "part": str(receipt.pk)} | WHY
    order = f"{row_page()}correggi/"
    assert "persona diversa" in text_of(franco.post(order, asked, follow=True))
    repair = RowRepair.objects.get()
    verdict = f"{HOME}correzioni-righe/{repair.uuid}/"
    assert "Conferma</button>" not in text_of(franco.get(row_page()))
    assert row_page() in text_of(ada_browses.get(HOME)).split("Da confermare")[1]
    assert "è in vigore" in text_of(ada_browses.post(f"{verdict}conferma/", follow=True))
    assert FlowRow.objects.get().label == "RT_IUF_A_MANO"
    franco.post(order, {"kind": "SCIOGLI"} | WHY)
    again = RowRepair.objects.get(state="PROPOSTA")
    refused = ada_browses.post(f"{HOME}correzioni-righe/{again.uuid}/respingi/", follow=True)
    assert "respinta" in text_of(refused)
    assert list(ledger_problems()) == []


@pytest.mark.parametrize(
    "posted",
    [{}, {"kind": "x"} | WHY, {"kind": "NON_NOSTRO"}, {"kind": "ABBINA", "part": "9"} | WHY,
     {"kind": "ABBINA", "part": "F\0"} | WHY, {"kind": "ALTRA_ENTRATA", "service": "MAI"} | WHY],
)  # fmt: skip
def test_a_wrong_order_for_a_row_changes_nothing(franco: Client, posted: dict[str, str]) -> None:
    take_flow(raw=flow_xml(("01000000000009999", "x", 300, "9")), at=AT)
    assert franco.post(f"{row_page()}correggi/", posted, follow=True).status_code == 200
    assert RowRepair.objects.count() == 0


def test_a_credit_is_split_for_the_euros_that_are_typed(
    franco: Client, ada_browses: Client
) -> None:
    take_flow(raw=flow_xml(paid("r1", 5_000)), at=AT)
    paid("solo", 9_000)
    alone = Receipt.objects.get(receipt_id="solo")
    mute = credit(1, 12_000)
    flow_key, receipt_key = f"F{Flow.objects.get().pk}", f"R{alone.pk}"
    shown = text_of(franco.get(page(mute)))
    assert f'name="amount-{flow_key}"' in shown
    asked = {
        "kind": "ABBINA", "part": [flow_key, receipt_key], f"amount-{flow_key}": "50,00",
        f"amount-{receipt_key}": "69,99",
    } | WHY  # fmt: skip
    order = f"{page(mute)}correggi/"
    assert "Le parti fanno 119,99 €" in text_of(franco.post(order, asked, follow=True))
    wrong = asked | {f"amount-{receipt_key}": "settanta"}
    assert "non valido" in text_of(franco.post(order, wrong, follow=True))
    assert Repair.objects.count() == 0
    franco.post(order, asked | {f"amount-{receipt_key}": "70"})
    repair = Repair.objects.get()
    assert sorted(p.amount_cents for p in repair.parts.all()) == [5_000, 7_000]
    ada_browses.post(f"{HOME}correzioni/{repair.uuid}/conferma/")
    mute.refresh_from_db()
    assert mute.label == "TES_A_MANO"
    waiting = text_of(franco.get(f"{HOME}code/RT_TES_PARTE/"))
    assert "solo" in waiting
    assert list(ledger_problems()) == []


def test_two_persons_open_a_credit_as_other_income(franco: Client, ada_browses: Client) -> None:
    mute = credit(1, 900)
    order = f"{page(mute)}correggi/"
    assert "tipo di dovuto" in text_of(
        franco.post(order, {"kind": "ALTRA_ENTRATA"} | WHY, follow=True)
    )
    franco.post(order, {"kind": "ALTRA_ENTRATA", "service": "TARI"} | WHY)
    repair = Repair.objects.get()
    assert "Va a" in text_of(ada_browses.get(page(mute)))
    ada_browses.post(f"{HOME}correzioni/{repair.uuid}/conferma/")
    today = f"{timezone.localdate():%Y-%m-%d}"
    book = text_of(franco.get(f"{HOME}libro/?dal={today}&al={today}"))
    assert "TESORERIA" in book
    assert "9,00 €" in book
    assert list(ledger_problems()) == []


def test_the_payers_of_a_credit_are_saved_as_csv(franco: Client) -> None:
    lines = [paid(f"r{n}", 100 + n) for n in range(30)]
    take_flow(raw=flow_xml(*lines), at=AT)
    total = sum(line[2] for line in lines)
    found = credit(1, total, f"/PUR/LGPE-RIVERSAMENTO/URI/{IUF}")
    first, second = (text_of(franco.get(f"{page(found)}?pagina={n}")) for n in (1, 2))
    assert (first.count("righe/"), second.count("righe/")) == (25, 5)
    assert "30 pagamenti" in first
    answer = franco.get(f"{page(found)}pagamenti.csv")
    rows = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert len(rows) == 31
    cents = sum(int(row.rsplit(";", 1)[1].replace(",", "")) for row in rows[1:])
    assert cents == total
