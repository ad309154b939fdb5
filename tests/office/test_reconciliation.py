"""Reconciliation on the office's pages: what waits and why, who is inside a credit, two persons for a repair."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from billing.selectors.ledger import ledger_problems
from pagopa.models import Receipt, Repair, TreasuryCredit
from pagopa.services.reconciliation import take_flow, take_treasury
from tests.build import AT
from tests.pagopa.test_reconciliation import IUF, flow_xml, paid
from tests.pagopa.treasury_files import Line, giornale

Enter = Callable[[str], Client]
HOME = "/ufficio/riconciliazione/"
WHY = {"reason": "Confrontato con l'estratto conto"}


def text_of(answer: Any) -> str:
    return str(answer.content.decode()).replace("\xa0", " ").replace("&#x27;", "'")


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
