"""Bad files at every door of sending and dunning: an Italian refusal or rows named one by one, nothing half taken, no 500."""

from collections.abc import Callable
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from billing.models import Service
from dunning.models import (
    DunningPolicy,
    HandOver,
    HandOverOutcome,
    LetterEvent,
    ReceiptCard,
    WaveItem,
)
from dunning.services.served_acts import Notification, record_service
from paybox.kernel.actor import SYSTEM
from paybox.kernel.clock import now
from registry.models import AddressProposal, Consent
from tests.build import make_position, make_subject
from tests.pages import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("borgo", "own_files")]

Enter = Callable[[str], Client]
HEADS = {
    "/ufficio/invii/elenco/": "cellulare;importo;nome;scadenza;conto",
    "/ufficio/lettere/esiti/": "id_invio;numero_raccomandata;esito;data_esito;data_avviso_giacenza",
    "/ufficio/lettere/costi/": "id_invio;numero_raccomandata;costo",
    "/ufficio/contribuenti/indirizzi/carica/": "codice_fiscale;via;civico;cap;comune;provincia",
    "/ufficio/senza-carta/moduli/": "codice_fiscale;email;cellulare;data_firma;testo",
    "/ufficio/recapiti-esclusi/carica/": "recapito;tipo;motivo;data",
    "coattiva": "riferimento;esito;data;importo;nota",
}
ROWS = {
    "too many cells": "a;b;c;d;e;f;g;h;i;l",
    "one cell": "a",
    "far day": "3331234567;10,00;Rossi;01/01/0001;x",
    "huge amount": "3331234567;99999999999999999999999999,00;Rossi;01/01/2026;x",
    "negative": "3331234567;-5,00;Rossi;01/01/2026;x",
    "strange digits": "٣٣٣١٢٣٤٥٦٧;١٠;x;٠١/٠١/٢٠٢٦;x",
    "formula": "=1+1;@x;+1;-1;=cmd",
}
NUL, LONG = b"a\x00b;c;d;e;f\n", b"x" * 200_000 + b";1;2;3;4\n"
WHOLE = {
    "empty": b"", "blanks": b"  \r\n \r\n", "utf16": "a;b\n1;2\n".encode("utf-16"), "png": b"\x89PNG\r\n\x1a\n\x00\x00",
    "no columns": b"x;y;z\n1;2;3\n", "open quotes": b'"aperta;1\n', "zip": b"PK\x03\x04 rotto", "nul": b"\x00" * 5_000,
}  # fmt: skip
NAMED = {
    "/ufficio/invii/elenco/": "riga", "/ufficio/lettere/esiti/": "Righe", "/ufficio/lettere/costi/": "Righe",
    "/ufficio/contribuenti/indirizzi/carica/": "Righe", "/ufficio/senza-carta/moduli/": "Riga", "coattiva": "Riga 2",
    "/ufficio/recapiti-esclusi/carica/": "Riga",
}  # fmt: skip
REFUSALS = (
    "Il file ",
    "Nella prima riga ",
    "La prima riga ",
    "Alla riga ",
    "Manca la colonna ",
    "Le virgolette ",
)


def counts() -> list[int]:
    kept = (WaveItem, LetterEvent, ReceiptCard, HandOverOutcome, AddressProposal, Consent)
    return [model.objects.count() for model in kept]


@pytest.fixture
def doors(enter: Enter) -> Callable[[str], tuple[Client, str, dict[str, str]]]:
    def opened(name: str) -> tuple[Client, str, dict[str, str]]:
        given = {"service": str(Service.objects.get(code="TARI").pk), "provider": "PAROLE"}
        if name != "coattiva":
            return enter("ada@example.org"), name, given
        position = make_position(rates=(), due_on=date(2021, 6, 16), reference="A1")
        act = Notification("SOLLECITO_FORMALE", date(2026, 1, 15), "AR", "R 1")
        record_service(position_id=position.pk, served=act, actor=SYSTEM, at=now())
        ada = enter("ada@example.org")
        ada.post(f"/ufficio/coattiva/prepara/{position.service_id}/")
        return ada, f"/ufficio/coattiva/{HandOver.objects.get().uuid}/esiti/", given

    return opened


@pytest.mark.parametrize("name", HEADS)
def test_a_file_that_cannot_be_read_is_refused_in_words(doors, name: str) -> None:
    client, page, given = doors(name)
    before = counts()
    head = HEADS[name].encode() + b"\n"
    for what, raw in WHOLE.items() | {
        ("nul in a row", head + NUL),
        ("a cell without end", head + LONG),
    }:
        answer = client.post(page, {"file": SimpleUploadedFile("f.csv", raw), **given})
        assert answer.status_code == 422, what
        assert any(words in text_of(answer) for words in REFUSALS), what
    assert counts() == before


@pytest.mark.parametrize("name", HEADS)
def test_a_row_that_cannot_be_read_is_named(doors, name: str) -> None:
    client, page, given = doors(name)
    before = counts()
    raw = "\n".join((HEADS[name], *ROWS.values())).encode()
    answer = client.post(page, {"file": SimpleUploadedFile("f.csv", raw), **given}, follow=True)
    assert answer.status_code in (200, 422)
    assert NAMED[name] in text_of(answer)
    items = WaveItem.objects.exclude(state="ESCLUSO", reason="RIGA")
    assert items.count() == 0
    assert counts()[1:] == before[1:]


POLICY = {
    "kind": "CORTESIA", "offset_days": "10", "anchor": "SCADENZA", "first": "SMS", "second": "", "third": "",
    "needs_approval": "on", "minimum_cents": "12,00", "costs_cents": "0,00", "holdout_percent": "10",
}  # fmt: skip
IMPOSSIBLE = [
    (name, value) for name in ("offset_days", "holdout_percent", "minimum_cents", "costs_cents")
    for value in ("99999999999", "-1", "9" * 30, "1e9", "NaN", "2147483648")
] + [("anchor", "X"), ("kind", "Z"), ("kind", "LEGALE"), ("first", ""), ("second", "SMS")]  # fmt: skip


def test_impossible_steps_are_refused_one_by_one(enter: Enter) -> None:
    ada, service = enter("ada@example.org"), Service.objects.get(code="TARI")
    for name, value in IMPOSSIBLE:
        row = {f"form-0-{field}": typed for field, typed in (POLICY | {name: value}).items()}
        given = {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "0"} | row
        answer = ada.post(f"/ufficio/procedure/{service.pk}/cambia/", given)
        assert answer.status_code == 422, (name, value)
    assert DunningPolicy.objects.count() == 0


def test_no_letter_that_cannot_be_kept_breaks_a_page(enter: Enter) -> None:
    """Typed where no form looks: a search, a reason, a month beyond the calendar."""
    ada, subject = enter("ada@example.org"), make_subject()
    proposal = AddressProposal.objects.create(
        subject=subject, street="Via Nuova", city="Borgo", source="ANAGRAFE", created_at=now(), actor_name="x"
    )  # fmt: skip
    assert ada.get("/ufficio/cerca/?q=ab%00c").status_code == 200
    assert ada.get("/ufficio/invii/consuntivo/?mese=9999-12").status_code == 404
    page = f"/ufficio/contribuenti/indirizzi/{proposal.pk}/"
    assert ada.post(page, {"reason": "non \0è suo"}).status_code == 302
    proposal.refresh_from_db()
    assert (proposal.decision, proposal.reason) == ("RESPINTA", "non è suo")
