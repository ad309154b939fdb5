"""Enforced collection from the desk: looked at, prepared, downloaded, answered; and the terms that run before it."""

from datetime import date
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from python_calamine import CalamineWorkbook

from billing.models import Position, Service
from billing.selectors.ledger import ledger_problems
from dunning.models import CreditRules, HandOver, HandOverOutcome
from dunning.rules.ruolo_290 import INFERRED
from dunning.services.served_acts import Notification, record_service
from paybox.kernel.actor import SYSTEM
from paybox.kernel.clock import now, today
from tests.build import make_position, make_subject
from tests.pages import text_of

pytestmark = pytest.mark.usefixtures("own_files")

HERE = "/ufficio/coattiva/"
DUE = date(2021, 6, 16)


def served(position: Position, on: date = date(2026, 1, 15)) -> Position:
    act = Notification("SOLLECITO_FORMALE", on, "AR", "R 1")
    record_service(position_id=position.pk, served=act, actor=SYSTEM, at=now())
    return position


def tari() -> Service:
    return Service.objects.get(code="TARI")


def made(browser: Client) -> HandOver:
    browser.post(f"{HERE}prepara/{tari().pk}/")
    return HandOver.objects.get()


class TestHandOver:
    def test_looked_at_prepared_downloaded(self, ada_browses: Client) -> None:
        assert "Nessuna consegna" in text_of(ada_browses.get(HERE))
        served(make_position(rates=(), due_on=DUE, reference="A1"))
        make_position(rates=(), due_on=DUE, reference="A2")
        shown = text_of(ada_browses.get(f"{HERE}prepara/{tari().pk}/"))
        assert "Non risulta inviato alcun avviso." in shown
        assert "Prepara la consegna di 1 credito" in shown
        assert HandOver.objects.count() == 0
        handover = made(ada_browses)
        page = f"{HERE}{handover.uuid}/"
        assert handover.sha256 in text_of(ada_browses.get(page))
        assert "va provata con" not in text_of(ada_browses.get(page))  # without codes no minuta
        for kind in ("csv", "xlsx", "json"):
            answer = ada_browses.get(f"{page}file/{kind}/")
            assert len(b"".join(answer.streaming_content)) > 100
        assert ada_browses.get(f"{page}file/exe/").status_code == 404
        proof = b"".join(ada_browses.get(f"{page}prova.csv").streaming_content).decode("utf-8-sig")
        lines = sorted(proof.splitlines()[1:])
        assert lines[0].startswith("A1;")
        assert lines[0].endswith(";120,00;sì;")
        assert lines[1].endswith(";120,00;no;Non risulta inviato alcun avviso.")
        book = b"".join(ada_browses.get(f"{page}prova.xlsx").streaming_content)
        rows = CalamineWorkbook.from_filelike(BytesIO(book)).get_sheet_by_index(0).to_python()
        assert sorted(rows[1:])[1][2:] == [120.0, "no", "Non risulta inviato alcun avviso."]
        assert ada_browses.get(f"{page}prova.exe").status_code == 404
        assert list(ledger_problems()) == []

    def test_outcomes_come_back(self, ada_browses: Client) -> None:
        served(make_position(rates=(), due_on=DUE, reference="A1"))
        page = f"{HERE}{made(ada_browses).uuid}/"

        def send(row: str) -> Any:
            raw = f"riferimento;esito;data\n{row}".encode()
            return ada_browses.post(f"{page}esiti/", {"file": SimpleUploadedFile("e.csv", raw)})

        wrong = send("A1;PERSA;20/01/2026")
        assert wrong.status_code == 422
        assert "Riga 2, colonna «esito»" in text_of(wrong)
        for told in ("Esiti nuovi: 1. Già noti: 0.", "Esiti nuovi: 0. Già noti: 1."):
            assert send("A1;INESIGIBILE;20/01/2026").status_code == 302
            assert told in text_of(ada_browses.get(page))
        assert HandOverOutcome.objects.get().code == "INESIGIBILE"
        assert "Dichiarata inesigibile" in text_of(ada_browses.get(page))

    def test_nothing_unpaid_is_said(self, ada_browses: Client) -> None:
        ada_browses.post(f"{HERE}prepara/{tari().pk}/")
        assert "Non ci sono posizioni da pagare" in text_of(ada_browses.get(HERE))

    def test_what_of_the_minuta_is_inferred_is_said_where_it_is_taken(
        self, ada_browses: Client
    ) -> None:
        codes = {"ruolo_ente": "01234", "ruolo_comune": "058091", "ruolo_tributo": "0434"}
        CreditRules.objects.create(service=tari(), **codes)
        served(make_position(rates=(), due_on=DUE, reference="A1"))
        shown = text_of(ada_browses.get(f"{HERE}{made(ada_browses).uuid}/"))
        assert "va provata con l'agente della riscossione" in shown
        assert all(one in shown for one in INFERRED)

    def test_a_reader_prepares_nothing(self, enter: Any) -> None:
        bruno = enter("bruno@example.org")
        assert bruno.get(HERE).status_code == 200
        assert bruno.post(f"{HERE}prepara/{tari().pk}/").status_code == 403


class TestTerms:
    def rules(self, **given: Any) -> None:
        CreditRules.objects.create(service=tari(), kind="PERIODICO", **given)

    def test_what_is_near_is_on_the_board_and_in_the_list(self, ada_browses: Client) -> None:
        near = today().replace(year=today().year - 5, day=28)
        make_position(rates=(), due_on=near, reference="VICINA")
        make_position(rates=(), due_on=date(2019, 6, 16), reference="PASSATA")
        served(make_position(rates=(), due_on=near, reference="NOTIFICATA"))
        make_position(rates=(), due_on=date(2026, 1, 16), reference="GIOVANE")
        assert "prescrizione" not in text_of(ada_browses.get("/ufficio/"))
        self.rules()
        assert "crediti vicini alla prescrizione" in text_of(ada_browses.get("/ufficio/"))
        shown = text_of(ada_browses.get(f"{HERE}termini/"))
        assert shown.index("PASSATA") < shown.index("VICINA")
        assert "art. 2948 n. 4 c.c." in shown
        assert "NOTIFICATA" not in shown
        assert "GIOVANE" not in shown

    def test_an_act_that_is_served_takes_it_off(self, ada_browses: Client) -> None:
        near = today().replace(year=today().year - 5, day=28)
        position = make_position(rates=(), due_on=near, reference="VICINA")
        self.rules(alert_days=60)
        assert "VICINA" in text_of(ada_browses.get(f"{HERE}termini/"))
        served(position, today().replace(year=today().year - 1))
        assert "Nessun termine vicino" in text_of(ada_browses.get(f"{HERE}termini/"))

    def test_the_body_says_of_what_kind_its_credits_are(self, ada_browses: Client) -> None:
        page = f"/ufficio/tipi-di-dovuto/{tari().pk}/riscossione/"
        assert "Natura del credito" in text_of(ada_browses.get(page))
        given = {
            "kind": "TRIBUTO_LOCALE", "alert_days": "90", "reminder_days": "30", "small_days": "60",
            "handover_minimum_cents": "30,00", "ruolo_ente": "12", "mora_spread": "0", "plan_spread": "0",
            "plan_tolerance_days": "0",
        }  # fmt: skip
        assert "Scrivere 5 cifre" in text_of(ada_browses.post(page, given))
        assert CreditRules.objects.count() == 0
        assert ada_browses.post(page, given | {"ruolo_ente": "01234"}).status_code == 302
        rules = CreditRules.objects.get()
        assert (rules.kind, rules.alert_days, rules.handover_minimum_cents) == (
            "TRIBUTO_LOCALE", 90, 3_000,
        )  # fmt: skip
        assert rules.handover_needs_service is False


class TestMorosity:
    """The list for an Order's Council: prepared, and nothing else."""

    def test_who_owes_several_years(self, ada_browses: Client) -> None:
        CreditRules.objects.create(service=tari(), kind="QUOTA_ORDINE")
        two, one = (
            make_subject(
                codice_fiscale=f"PRSPRV80A01H50{n}X", name=name, email=f"{n}@posta.example"
            )
            for n, name in enumerate(("Due Anni", "Un Anno"))
        )
        for year in (2024, 2025):
            debt = make_position(rates=(), subject=two, due_on=date(year, 6, 16))
            Position.objects.filter(pk=debt.pk).update(year=year)
        served(debt)
        make_position(rates=(), subject=one, due_on=date(2025, 6, 16))
        here = f"{HERE}morosi/{tari().pk}/"
        assert here in text_of(ada_browses.get(HERE))
        shown = text_of(ada_browses.get(here))
        for needed in ("Due Anni", "2024, 2025", "15/01/2026", "240,00", "nessuno viene sospeso"):
            assert needed in shown, needed
        assert "Un Anno" not in shown
        assert "Un Anno" in text_of(ada_browses.get(f"{here}?anni=1"))
        rows = b"".join(ada_browses.get(f"{here}elenco.csv").streaming_content).decode("utf-8-sig")
        assert rows.splitlines()[1:] == [
            "PRSPRV80A01H500X;Due Anni;2024 2025;2;240,00;16/06/2024;15/01/2026;"
        ]
        book = b"".join(ada_browses.get(f"{here}elenco.xlsx").streaming_content)
        lines = CalamineWorkbook.from_filelike(BytesIO(book)).get_sheet_by_index(0).to_python()
        assert lines[1][1:7] == [
            "Due Anni",
            "2024 2025",
            2.0,
            240.0,
            date(2024, 6, 16),
            date(2026, 1, 15),
        ]

    def test_only_for_dues(self, ada_browses: Client) -> None:
        assert ada_browses.get(f"{HERE}morosi/{tari().pk}/").status_code == 404
        assert "Iscritti morosi" not in text_of(ada_browses.get(HERE))
