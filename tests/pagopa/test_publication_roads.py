"""Chapter 4 – roads to pagoPA: chosen per Ente and per service, changed with positions on the way, killed in between."""

import os
import subprocess
import sys
from typing import Any

import httpx
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import override_settings
from django.utils import timezone
from django_tenants.utils import schema_context
from pydantic import SecretStr

from billing.models import Instalment, Position, Service, TimelineEntry
from billing.selectors.ledger import ledger_problems
from billing.services.positions import withdraw_position
from pagopa.gateways.configured import publication_gateway
from pagopa.models import Publication
from pagopa.services.publication import ask_publication
from pagopa.services.publication_roads import NoRoad, choose_road
from pagopa.services.publication_sending import publish_batch
from pagopa.simulator.app import INTERMEDIARY_PATH
from paybox.kernel.actor import SYSTEM
from paybox.kernel.models import OutboxEntry
from paybox.kernel.queue import RetryLater, answer_bell
from tenants.models import Ente
from tests.build import AT, make_position, pay
from tests.pagopa.conftest import ROOT, NodeProcess
from tests.plugin import app_url

ROADS = ("SOAP", "ACA", "GPD", "DIRETTA")


def installed(node: NodeProcess, **given: Any) -> Any:
    """The settings of an installation whose far ends are all that simulator."""
    known = {
        "intermediary_url": node.url + INTERMEDIARY_PATH,
        "aca_url": f"{node.url}/aca/debt-positions-service/v1",
        "aca_key": SecretStr("chiave"),
        "gpd_url": f"{node.url}/gpd/debt-positions-service/v3",
        "gpd_key": SecretStr("chiave"),
    }
    return override_settings(ENVIRONMENT=settings.ENVIRONMENT.model_copy(update=known | given))


def archive(node: NodeProcess, name: str) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{node.url}/rest/state", trust_env=False).json()[name]
    return found


def arm(node: NodeProcess, name: str, **order: Any) -> None:
    httpx.post(f"{node.url}/rest/trouble", json={"archive": name, **order}, trust_env=False)


def ring_all() -> None:
    """What workers do, until the outbox of Borgo is empty."""
    with schema_context("borgo"):
        while ids := list(_waiting().order_by("pk").values_list("pk", flat=True)):
            _waiting().update(leased_until=None, next_at=timezone.now())
            for pk in ids:
                answer_bell(schema="borgo", entry_id=pk)


def _waiting() -> Any:
    return OutboxEntry.objects.filter(done_at__isnull=True, failed_at__isnull=True)


def rows() -> list[tuple[str, str]]:
    found = Publication.objects.filter(action="PUBBLICA").order_by("pk")
    return list(found.values_list("gateway", "state"))


@pytest.mark.django_db
class TestChoosing:
    @pytest.mark.parametrize("road", ROADS)
    def test_by_every_road_a_position_is_on_pagopa_and_comes_off(self, road, borgo, simulator, ada):
        node = simulator()
        Ente.objects.filter(pk=borgo.pk).update(gateway=road)
        position = make_position()
        with installed(node):
            ring_all()
            assert rows() == [(road, "ACCETTATA")]
            position.refresh_from_db()
            assert position.published_at is not None
            assert (Publication.objects.get().words == "diretta") is (road == "DIRETTA")
            reached = {
                "SOAP": sum(node.notices().values()),
                "ACA": archive(node, "aca")["notices"],
                "GPD": archive(node, "gpd")["notices"],
            }
            assert reached == dict.fromkeys(reached, 0) | ({} if road == "DIRETTA" else {road: 3})
            withdraw_position(position_id=position.pk, reason="sgravio", actor=ada, at=AT)
            ring_all()
        assert set(Publication.objects.values_list("state", flat=True)) == {"RITIRATA"}
        assert node.notices() == ({"ANNULLATO": 3} if road == "SOAP" else {})
        assert archive(node, "aca")["positions"] == ({"INVALID": 1} if road == "ACA" else {})
        assert archive(node, "gpd")["positions"] == {}
        assert list(ledger_problems()) == []

    def test_a_service_may_have_a_road_of_its_own_in_the_same_job(self, borgo, valle, simulator):
        node = simulator()
        Ente.objects.filter(pk=borgo.pk).update(gateway="GPD")
        other = Service.objects.exclude(code="TARI").first()
        assert other is not None
        Service.objects.filter(pk=other.pk).update(gateway="ACA")
        make_position()
        make_position(service=other.code)
        OutboxEntry.objects.all().delete()
        ask_publication(position_ids=list(Position.objects.values_list("pk", flat=True)), at=AT)
        with installed(node):
            ring_all()
        assert rows() == [("GPD", "ACCETTATA"), ("ACA", "ACCETTATA")]
        assert (
            archive(node, "gpd")["positions"] == archive(node, "aca")["positions"] == {"VALID": 1}
        )
        with schema_context("valle"):
            assert Publication.objects.count() == OutboxEntry.objects.count() == 0

    def test_a_road_in_trouble_does_not_hold_back_another(self, borgo, simulator):
        node = simulator()
        Service.objects.filter(code="TARI").update(gateway="ACA")
        other = Service.objects.exclude(code="TARI").first()
        assert other is not None
        make_position()
        make_position(service=other.code)
        ask_publication(position_ids=list(Position.objects.values_list("pk", flat=True)), at=AT)
        ids = list(Publication.objects.values_list("pk", flat=True))
        with installed(node, aca_url=""), pytest.raises(RetryLater, match="ACA"):
            publish_batch(publication_ids=ids, roads=publication_gateway, ente=borgo, at=AT)
        assert sorted(rows()) == [("ACA", "RICHIESTA"), ("SOAP", "ACCETTATA")]

    def test_a_road_that_does_not_exist_is_refused(self, borgo):
        with pytest.raises(NoRoad):
            choose_road(road="FTP", actor=SYSTEM, at=AT)
        with pytest.raises(NoRoad):
            choose_road(road="", actor=SYSTEM, at=AT)
        with pytest.raises(NoRoad):
            choose_road(road="ACA", service_code="INESISTENTE", actor=SYSTEM, at=AT)
        with pytest.raises(CommandError):
            call_command("choose_road", ente="nessuno", road="ACA")


@pytest.mark.django_db
class TestChanging:
    def test_from_soap_to_gpd_to_direct_no_position_is_lost(self, borgo, valle, simulator, ada):
        node = simulator()
        positions = [make_position() for _ in range(3)]
        paid, gone, kept = positions
        with installed(node):
            ring_all()
            pay(paid.instalments.get(number=0).notice_number, 12_000)
            call_command("choose_road", ente="borgo", road="GPD")
            ring_all()
            assert rows() == [("SOAP", "ACCETTATA"), ("GPD", "ACCETTATA"), ("GPD", "ACCETTATA")]
            assert archive(node, "gpd")["positions"] == {"VALID": 2}
            call_command("choose_road", ente="borgo", road="DIRETTA")
            ring_all()
            late = make_position()
            ring_all()
            assert [road for road, _ in rows()] == ["SOAP", "DIRETTA", "DIRETTA", "DIRETTA"]
            assert {state for _, state in rows()} == {"ACCETTATA"}
            withdraw_position(position_id=gone.pk, reason="sgravio", actor=ada, at=AT)
            ring_all()
        assert node.notices() == {"INSERITO": 6, "ANNULLATO": 3}  # off the first road
        assert archive(node, "gpd")["positions"] == {"VALID": 1}  # and off the second
        for position in (kept, late):
            position.refresh_from_db()
            assert position.published_at is not None
        with schema_context("valle"):
            assert Publication.objects.count() == OutboxEntry.objects.count() == 0
        assert Ente.objects.get(pk=valle.pk).gateway == "SOAP"
        assert list(ledger_problems()) == []

    def test_what_was_on_its_way_goes_by_the_new_road_and_comes_off_both(
        self, borgo, simulator, ada
    ):
        node = simulator()
        position = make_position()
        with installed(node):
            ring_all()
            # whoever sent it by SOAP died before writing the answer
            Publication.objects.update(state="RICHIESTA")
            Ente.objects.filter(pk=borgo.pk).update(gateway="ACA")
            ask_publication(position_ids=[position.pk], at=AT)
            borgo.refresh_from_db()
            ids = list(Publication.objects.values_list("pk", flat=True))
            publish_batch(publication_ids=ids, roads=publication_gateway, ente=borgo, at=AT)
            assert rows() == [("ACA", "ACCETTATA")]
            withdraw_position(position_id=position.pk, reason="sgravio", actor=ada, at=AT)
            ring_all()
        assert node.notices() == {"ANNULLATO": 3}
        assert archive(node, "aca")["positions"] == {"INVALID": 1}

    def test_what_one_road_refused_is_tried_on_the_next(self, borgo, simulator):
        node = simulator()
        Instalment.objects.filter(position=make_position(), number=0).update(
            iuv="01000000000000000"
        )
        with installed(node):
            ring_all()
            assert rows() == [("SOAP", "RIFIUTATA")]
            call_command("choose_road", ente="borgo", road="DIRETTA")
            ring_all()
        assert rows() == [("DIRETTA", "ACCETTATA")]

    def test_a_withdrawal_waits_for_the_road_that_is_silent(self, borgo, simulator, ada):
        node = simulator()
        Ente.objects.filter(pk=borgo.pk).update(gateway="GPD")
        position = make_position()
        with installed(node):
            ring_all()
            withdraw_position(position_id=position.pk, reason="sgravio", actor=ada, at=AT)
            row = Publication.objects.get(action="RITIRA")
            with installed(node, gpd_url=""), pytest.raises(RetryLater):
                publish_batch(
                    publication_ids=[row.pk], roads=publication_gateway, ente=borgo, at=AT
                )
            row.refresh_from_db()
            assert row.state == "RICHIESTA"
            ring_all()
        row.refresh_from_db()
        assert row.state == "RITIRATA"


@pytest.mark.django_db
class TestVersions:
    @pytest.mark.parametrize("road", ["SOAP", "ACA", "GPD"])
    def test_a_version_that_grows_replaces_what_is_there(self, road, borgo, simulator):
        node = simulator()
        Ente.objects.filter(pk=borgo.pk).update(gateway=road)
        position = make_position(rates=())
        with installed(node):
            ring_all()
            self.grow(position, 11_000)
            assert ask_publication(position_ids=[position.pk], at=AT) == 1
            assert ask_publication(position_ids=[position.pk], at=AT) == 0
            ring_all()
        assert rows() == [(road, "RITIRATA"), (road, "ACCETTATA")]
        if road == "SOAP":
            assert node.notices() == {"INSERITO": 1}
        else:
            assert archive(node, road.lower())["changes"] == 1
        assert Publication.objects.get(version=1).words.startswith("Sostituita")

    def grow(self, position: Position, cents: int) -> None:
        Instalment.objects.filter(position=position).update(amount_cents=cents)
        Position.objects.filter(pk=position.pk).update(
            version=position.version + 1, total_cents=cents, residual_cents=cents
        )

    def test_an_older_version_that_still_waits_is_not_sent(self, borgo, simulator):
        node = simulator()
        position = make_position(rates=())
        ask_publication(position_ids=[position.pk], at=AT)
        self.grow(position, 11_000)
        ask_publication(position_ids=[position.pk], at=AT)
        with installed(node):
            ring_all()
        assert rows() == [("SOAP", "RITIRATA"), ("SOAP", "ACCETTATA")]
        assert node.notices() == {"INSERITO": 1}

    def test_one_that_is_not_there_to_be_replaced_is_put_there(self, borgo, simulator):
        node = simulator()
        position = make_position(rates=())
        ask_publication(position_ids=[position.pk], at=AT)
        Publication.objects.update(attempts=1)  # tried, but it never arrived
        self.grow(position, 11_000)
        ask_publication(position_ids=[position.pk], at=AT)
        with installed(node):
            ring_all()
        assert rows() == [("SOAP", "RITIRATA"), ("SOAP", "ACCETTATA")]
        assert node.notices() == {"INSERITO": 1}


_WORKER = """
import sys, django; django.setup()
from paybox.kernel.queue import answer_bell
answer_bell(schema="borgo", entry_id=int(sys.argv[1]))
"""


class TestKilledWorker:
    @pytest.mark.parametrize("road", ["ACA", "GPD"])
    def test_killed_while_sending_nothing_is_lost_or_told_twice(
        self, road, own_database, simulator
    ):
        node = simulator()
        name, version = road.lower(), {"ACA": "v1", "GPD": "v3"}[road]
        with schema_context("borgo"):
            Ente.objects.filter(schema_name="borgo").update(gateway=road)
            positions = [make_position(rates=()) for _ in range(60)]
            OutboxEntry.objects.all().delete()
            ask_publication(position_ids=[p.pk for p in positions], at=AT)
            (job,) = OutboxEntry.objects.values_list("pk", flat=True)
        worker = subprocess.Popen(
            [sys.executable, "-c", _WORKER, str(job)],
            env={
                **os.environ,
                "DATABASE_URL": app_url(own_database),
                "DJANGO_SETTINGS_MODULE": "paybox.settings",
                f"PAYBOX_{road}_URL": f"{node.url}/{name}/debt-positions-service/{version}",
                f"PAYBOX_{road}_KEY": "chiave",
            },
            cwd=ROOT,
        )
        while archive(node, name)["notices"] < 25:
            assert worker.poll() is None
        worker.kill()
        worker.wait()
        with schema_context("borgo"):
            assert 0 < Publication.objects.filter(state="RICHIESTA").count() < 60
        arm(node, name, status=429, times=2)
        with installed(node):
            ring_all()
        assert archive(node, name)["positions"] == {"VALID": 60}
        assert archive(node, name)["changes"] == 0
        with schema_context("borgo"):
            assert {state for _, state in rows()} == {"ACCETTATA"}
            assert TimelineEntry.objects.filter(kind="PUBBLICATA").count() == 60
            assert list(ledger_problems()) == []
