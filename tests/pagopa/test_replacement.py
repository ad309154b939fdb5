"""Litigation on pagoPA: the new position is published, the old one comes off after; whatever is paid between is kept."""

import os
import subprocess
import sys
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django_tenants.utils import schema_context

from billing.models import Position, Transfer
from billing.selectors.ledger import ledger_problems, ledger_totals
from billing.services.positions import withdraw_position
from dunning.services.acts import Costs, replace_position
from pagopa.models import Publication
from pagopa.services.publication import ask_publication
from pagopa.services.publication_sweep import sweep_publications
from paybox.kernel.actor import SYSTEM
from paybox.kernel.models import OutboxEntry
from tenants.models import Ente
from tests.build import AT, make_position, pay
from tests.pagopa.conftest import ROOT, NodeProcess
from tests.pagopa.test_publication_roads import archive, arm, installed, ring_all
from tests.plugin import app_url

COSTS = Costs(expenses_cents=1_000, sanctions_cents=2_000, interest_cents=0)
_WORKER = """
import sys, django; django.setup()
from paybox.kernel.queue import answer_bell
print("pronto", flush=True)
answer_bell(schema="borgo", entry_id=int(sys.argv[1]))
"""


def replaced(old: Position, actor: Any = SYSTEM) -> Position:
    return replace_position(
        position_id=old.pk, costs=COSTS, reason="Ingiunzione 3/2026", due_on=date(2026, 7, 31),
        segregation="01", actor=actor, at=AT,
    )  # fmt: skip


def notice_of(position: Position) -> str:
    return position.instalments.get(number=0).notice_number


def of(position: Position) -> list[tuple[str, str]]:
    found = Publication.objects.filter(position=position).order_by("pk")
    return list(found.values_list("action", "state"))


@pytest.mark.django_db
class TestOrder:
    def test_the_old_stays_until_the_new_is_acknowledged(self, borgo, valle, simulator):
        node = simulator()
        Ente.objects.filter(pk=borgo.pk).update(gateway="GPD")
        old = make_position(rates=())
        with installed(node):
            ring_all()
            new = replaced(old)
            arm(node, "gpd", status=400, times=1)  # the new one is refused at first
            ring_all()
            assert of(new) == [("PUBBLICA", "RIFIUTATA")]
            assert of(old) == [("PUBBLICA", "ACCETTATA"), ("RITIRA", "RICHIESTA")]
            assert archive(node, "gpd")["positions"] == {"VALID": 1}
            Publication.objects.filter(position=new).update(state="RICHIESTA")
            OutboxEntry.objects.all().delete()
            later = timezone.now() + timedelta(hours=1)
            assert sweep_publications(at=later) == 1  # the new one alone is rung
            ring_all()
        assert of(new) == [("PUBBLICA", "ACCETTATA")]
        assert of(old) == [("PUBBLICA", "RITIRATA"), ("RITIRA", "RITIRATA")]
        assert archive(node, "gpd")["positions"] == {"VALID": 1}
        with schema_context("valle"):
            assert Publication.objects.count() == 0
        assert list(ledger_problems()) == []

    @pytest.mark.parametrize("road", ["SOAP", "ACA", "GPD", "DIRETTA"])
    def test_by_every_road_one_is_left(self, road, borgo, simulator):
        node = simulator()
        Ente.objects.filter(pk=borgo.pk).update(gateway=road)
        old = make_position(rates=())
        with installed(node):
            ring_all()
            new = replaced(old)
            ring_all()
        assert of(new) == [("PUBBLICA", "ACCETTATA")]
        assert of(old)[-1] == ("RITIRA", "RITIRATA")

    def test_replaced_twice_before_anything_is_sent(self, borgo, simulator):
        node = simulator()
        old = make_position(rates=())
        with installed(node):
            ring_all()
            second = replaced(old)
            third = replaced(second)
            ring_all()
        assert of(second) == []
        assert of(old)[-1] == ("RITIRA", "RITIRATA")
        assert of(third) == [("PUBBLICA", "ACCETTATA")]
        assert node.notices()["INSERITO"] == 1

    def test_a_replacement_withdrawn_before_it_is_there_lets_the_old_go(self, borgo, simulator):
        node = simulator()
        old = make_position(rates=())
        with installed(node):
            ring_all()
            new = replaced(old)
            withdraw_position(position_id=new.pk, reason="sgravio", actor=SYSTEM, at=AT)
            ring_all()
        assert of(old)[-1] == ("RITIRA", "RITIRATA")
        assert "INSERITO" not in node.notices()


@pytest.mark.django_db
class TestPaidMeanwhile:
    def test_the_money_goes_to_the_new_one_and_the_rest_of_it_is_asked_for(self, borgo, simulator):
        node = simulator()
        Ente.objects.filter(pk=borgo.pk).update(gateway="GPD")
        old = make_position(rates=())
        with installed(node):
            ring_all()
            new = replaced(old)
            booked = pay(notice_of(old), 12_000, reference="RT-VECCHIO")
            assert (booked.allotted_cents, booked.excess_cents) == (0, 12_000)
            new.refresh_from_db()
            assert (new.total_cents, new.residual_cents, new.state) == (15_000, 3_000, "PARZIALE")
            assert new.instalments.get().amount_cents == 3_000
            ring_all()
        assert of(old)[-1] == ("RITIRA", "RITIRATA")
        assert archive(node, "gpd")["positions"] == {"VALID": 2}  # what is paid there stays there
        moved = Transfer.objects.get(kind="ATTRIBUZIONE")
        assert (moved.debit, moved.credit, moved.amount_cents) == ("ECCEDENZE", "CREDITI", 12_000)
        totals = ledger_totals()
        assert (totals.allotted, totals.excess, totals.owed) == (12_000, 0, 3_000)
        pay(notice_of(new), 3_000)
        new.refresh_from_db()
        assert new.state == "PAGATA"
        assert list(ledger_problems()) == []

    def test_what_is_more_than_owed_stays_an_excess_and_the_new_one_comes_off(
        self, borgo, simulator
    ):
        node = simulator()
        old = make_position(rates=())
        with installed(node):
            ring_all()
            new = replaced(old)
            ring_all()
            pay(notice_of(old), 16_500)
            ring_all()
        new.refresh_from_db()
        assert (new.residual_cents, new.state) == (0, "PAGATA")
        assert ledger_totals().excess == 1_500
        assert of(new)[-1] == ("RITIRA", "RITIRATA")
        assert "INSERITO" not in node.notices()
        assert list(ledger_problems()) == []

    def test_the_last_of_the_line_gets_it_and_one_already_paid_gets_nothing(self, borgo):
        old = make_position(rates=())
        second = replaced(old)
        third = replaced(second)
        pay(notice_of(old), 5_000)
        third.refresh_from_db()
        assert third.residual_cents == third.total_cents - 5_000
        pay(notice_of(third), third.residual_cents)
        pay(notice_of(second), 700)
        assert ledger_totals().excess == 700
        assert list(ledger_problems()) == []

    def test_one_withdrawn_for_good_keeps_the_excess(self, borgo, ada):
        old = make_position(rates=())
        withdraw_position(position_id=old.pk, reason="sgravio", actor=ada, at=AT)
        pay(notice_of(old), 12_000)
        assert ledger_totals().excess == 12_000
        assert not Transfer.objects.filter(kind="ATTRIBUZIONE").exists()

    def test_both_pages_say_why(self, borgo, visit):
        old = make_position(rates=())
        new = replaced(old)
        pay(notice_of(old), 12_100)
        browser: Client = visit("ada@example.org")
        pages = [f"/ufficio/posizioni/{p.uuid}/" for p in (old, new)]
        first, second = (browser.get(page).content.decode().replace("\xa0", " ") for page in pages)
        assert "121,00 € sono arrivati su questo avviso dopo la sostituzione" in first
        assert (
            "121,00 € erano stati pagati sull&#x27;avviso che questa posizione sostituisce"
            in second
        )
        assert "sono stati incassati 121,00 € su 150,00 €: restano 29,00 €" in second


class TestKilled:
    def test_killed_between_the_two_it_goes_on(self, own_database, simulator):
        node: NodeProcess = simulator()
        with schema_context("borgo"):
            Ente.objects.filter(schema_name="borgo").update(gateway="GPD")
            olds = [make_position(rates=()) for _ in range(30)]
        with installed(node):
            ring_all()
            assert archive(node, "gpd")["positions"] == {"VALID": 30}
            with schema_context("borgo"):
                news = [replaced(old) for old in olds]
                OutboxEntry.objects.all().delete()
                ask_publication(position_ids=[p.pk for p in news], at=AT)
                (job,) = OutboxEntry.objects.values_list("pk", flat=True)
        worker = subprocess.Popen(
            [sys.executable, "-c", _WORKER, str(job)],
            env={
                **os.environ,
                "DATABASE_URL": app_url(own_database),
                "DJANGO_SETTINGS_MODULE": "paybox.settings",
                "PAYBOX_GPD_URL": f"{node.url}/gpd/debt-positions-service/v3",
                "PAYBOX_GPD_KEY": "chiave",
            },
            cwd=ROOT,
        )
        while archive(node, "gpd")["notices"] < 40:
            assert worker.poll() is None
        worker.kill()
        worker.wait()
        with schema_context("borgo"):
            pay(notice_of(olds[0]), 12_000)
        with installed(node):
            ring_all()
            with schema_context("borgo"):
                sweep_publications(at=timezone.now() + timedelta(hours=1))
            ring_all()
        assert archive(node, "gpd")["positions"] == {
            "VALID": 31
        }  # one of the old ones is paid there
        with schema_context("borgo"):
            for old, new in zip(olds, news, strict=True):
                assert of(old)[-1] == ("RITIRA", "RITIRATA")
                assert of(new)[-1] == ("PUBBLICA", "ACCETTATA")
            assert ledger_totals().owed == 30 * 15_000 - 12_000
            assert list(ledger_problems()) == []
