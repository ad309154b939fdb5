"""Chapter 4 – publication against the simulator as a process: acknowledged, refused, not there, withdrawn."""

import os
import subprocess
import sys
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.conf import settings
from django.db import transaction
from django.test import override_settings
from django.utils import timezone
from django_tenants.utils import schema_context

from billing.models import Instalment, Position, Service, TimelineEntry
from billing.selectors.ledger import ledger_problems
from billing.services.positions import withdraw_position
from pagopa.gateways.protocol import (
    GatewayUnavailable,
    NoticeOutcome,
    PublicationGateway,
    PublicationOutcome,
    PublicationRequest,
)
from pagopa.models import Publication
from pagopa.selectors.publications import counts_by_state, publications_in
from pagopa.services.publication import ask_publication
from pagopa.services.publication_sending import publish_batch
from pagopa.services.publication_sweep import sweep_publications
from pagopa.simulator.app import INTERMEDIARY_PATH
from paybox.kernel.models import OutboxEntry
from paybox.kernel.queue import RetryLater, answer_bell, enqueue
from tenants.models import Ente
from tests.build import AT, make_position, pay
from tests.pagopa.conftest import ROOT
from tests.plugin import app_url


def asked(*positions: Position) -> list[int]:
    ask_publication(position_ids=[p.pk for p in positions], at=AT)
    rows = Publication.objects.filter(position__in=positions, action="PUBBLICA")
    return list(rows.order_by("pk").values_list("pk", flat=True))


def publish(ids: list[int], gateway: PublicationGateway, ente: Any) -> int:
    return publish_batch(publication_ids=ids, roads=lambda _: gateway, ente=ente, at=AT)


def states() -> list[str]:
    return list(Publication.objects.order_by("pk").values_list("state", flat=True))


def waiting(task: str) -> list[dict[str, Any]]:
    jobs = OutboxEntry.objects.filter(task=task, done_at__isnull=True).order_by("pk")
    return list(jobs.values_list("arguments", flat=True))


class CutShort:
    """The real intermediary, behind a line that breaks after some notices; counts what it was asked."""

    def __init__(self, real: PublicationGateway, after: int) -> None:
        self.real, self.after, self.sent = real, after, 0

    def publish(self, request: PublicationRequest) -> PublicationOutcome:
        one_by_one: list[NoticeOutcome] = []
        for notice in request.notices:
            if self.sent >= self.after:
                raise GatewayUnavailable("linea caduta", done=tuple(one_by_one))
            self.sent += 1
            alone = PublicationRequest(request.ente_codice_fiscale, request.ente_code, (notice,))
            one_by_one += self.real.publish(alone).notices
        return PublicationOutcome(tuple(one_by_one))

    def replace(self, request: PublicationRequest) -> PublicationOutcome:
        return self.real.replace(request)

    def withdraw(self, request: PublicationRequest) -> PublicationOutcome:
        return self.real.withdraw(request)


@pytest.mark.django_db
class TestAsking:
    def test_opening_leaves_a_job_and_the_job_writes_the_rows_once(self, borgo, valle):
        positions = [make_position() for _ in range(3)]
        jobs = waiting("pagopa.ask_publication")
        assert [job["position_ids"] for job in jobs] == [[p.pk] for p in positions]
        ids = asked(*positions)
        assert asked(*positions) == ids
        assert states() == ["RICHIESTA"] * 3
        assert waiting("pagopa.publish_batch") == [{"publication_ids": ids}]
        with schema_context("valle"):
            assert Publication.objects.count() == OutboxEntry.objects.count() == 0

    def test_a_load_that_is_rolled_back_leaves_no_job(self, borgo):
        def fail_after_opening() -> None:
            with transaction.atomic():
                make_position()
                raise RuntimeError

        with pytest.raises(RuntimeError):
            fail_after_opening()
        assert OutboxEntry.objects.count() == 0

    def test_many_are_rung_a_hundred_at_a_time(self, borgo):
        positions = [make_position(rates=()) for _ in range(101)]
        asked(*positions)
        assert [len(job["publication_ids"]) for job in waiting("pagopa.publish_batch")] == [100, 1]

    @pytest.mark.parametrize(("road", "jobs"), [("SOAP", [70, 35]), ("GPD", [100, 5])])
    def test_only_the_road_of_files_takes_a_load_in_larger_parts(self, borgo, road, jobs):
        Ente.objects.filter(pk=borgo.pk).update(gateway=road)
        ids = [make_position(rates=()).pk for _ in range(105)]
        ask_publication(position_ids=ids, at=AT, together=70)
        found = [len(job["publication_ids"]) for job in waiting("pagopa.publish_batch")]
        assert found == jobs

    def test_a_load_goes_in_files_of_the_size_that_is_set(self, borgo, simulator):
        node = simulator()
        positions = [make_position(rates=()).pk for _ in range(25)]
        OutboxEntry.objects.all().delete()
        enqueue("pagopa.ask_publication", queue="pagopa", position_ids=positions)
        with at_simulator(node.url, intermediary_bulk_from=5, intermediary_bulk_size=15):
            ring_all()
        files = httpx.get(f"{node.url}/rest/state", trust_env=False).json()["soap"]["files"]
        assert (files, node.notices()) == (2, {"INSERITO": 25})
        assert set(states()) == {"ACCETTATA"}


@pytest.mark.django_db
class TestSending:
    def test_each_position_is_on_pagopa_when_all_its_notices_are(self, borgo, valle, simulator):
        node = simulator()
        positions = [make_position() for _ in range(2)]
        assert publish(asked(*positions), node.gateway, borgo) == 2
        assert states() == ["ACCETTATA", "ACCETTATA"]
        assert node.notices() == {"INSERITO": 6}
        for position in positions:
            position.refresh_from_db()
            assert position.published_at == AT
        assert TimelineEntry.objects.filter(kind="PUBBLICATA").count() == 2
        assert counts_by_state()["ACCETTATA"] == 2
        with schema_context("valle"):
            assert Publication.objects.count() == 0
        assert list(ledger_problems()) == []

    def test_done_twice_it_is_told_once(self, borgo, simulator):
        node = simulator()
        ids = asked(make_position())
        publish(ids, node.gateway, borgo)
        assert publish(ids, node.gateway, borgo) == 0
        Publication.objects.update(state="RICHIESTA")  # whoever sent it died before writing
        publish(ids, node.gateway, borgo)
        assert states() == ["ACCETTATA"]
        assert node.notices() == {"INSERITO": 3}

    def test_a_refusal_keeps_the_counterparts_words_and_lets_the_others_pass(
        self, borgo, simulator
    ):
        node = simulator()
        bad, good = make_position(), make_position()
        wrong = bad.instalments.get(number=1)
        Instalment.objects.filter(pk=wrong.pk).update(iuv="01000000000000000")
        publish(asked(bad, good), node.gateway, borgo)
        refused = Publication.objects.get(position=bad)
        assert (refused.state, refused.code) == ("RIFIUTATA", "PAA_IUV_NON_VALIDO")
        assert refused.words
        told = TimelineEntry.objects.get(kind="PUBBLICAZIONE_RIFIUTATA")
        assert (told.position_id, told.details["words"]) == (bad.pk, refused.words)
        assert Publication.objects.get(position=good).state == "ACCETTATA"
        bad.refresh_from_db()
        assert bad.published_at is None
        assert [row.position_id for row in publications_in("RIFIUTATA")] == [bad.pk]

    def test_when_nobody_answers_it_is_tried_again_and_nothing_is_lost(self, borgo, simulator):
        node = simulator()
        ids = asked(make_position())
        node.stop()
        with pytest.raises(RetryLater):
            publish(ids, node.gateway, borgo)
        assert states() == ["RICHIESTA"]
        assert Publication.objects.get().attempts == 1
        publish(ids, simulator().gateway, borgo)
        assert states() == ["ACCETTATA"]

    def test_what_was_answered_before_the_line_fell_is_kept(self, borgo, simulator):
        node = simulator()
        ids = asked(make_position(), make_position(), make_position())
        with pytest.raises(RetryLater):
            publish(ids, CutShort(node.gateway, after=4), borgo)
        assert states() == ["ACCETTATA", "RICHIESTA", "RICHIESTA"]
        again = CutShort(node.gateway, after=99)
        publish(ids, again, borgo)
        assert again.sent == 6
        assert states() == ["ACCETTATA"] * 3
        assert TimelineEntry.objects.filter(kind="PUBBLICATA").count() == 3

    def test_what_is_paid_or_withdrawn_meanwhile_is_not_sent(self, borgo, simulator, ada):
        node = simulator()
        paid, gone = make_position(), make_position()
        ids = asked(paid, gone)
        pay(paid.instalments.get(number=0).notice_number, 12_000)
        withdraw_position(position_id=gone.pk, reason="sgravio", actor=ada, at=AT)
        publish(ids, node.gateway, borgo)
        assert node.notices() == {}
        assert set(Publication.objects.filter(pk__in=ids).values_list("state", flat=True)) == {
            "RITIRATA"
        }
        assert list(ledger_problems()) == []

    def test_a_service_that_is_odd_is_still_sent(self, borgo, simulator):
        Service.objects.filter(code="TARI").update(taxonomy="0101101IM")
        publish(asked(make_position()), simulator().gateway, borgo)
        assert states() == ["ACCETTATA"]


@pytest.mark.django_db
class TestWithdrawing:
    def test_a_withdrawn_position_comes_off(self, borgo, simulator, ada):
        node = simulator()
        position = make_position()
        publish(asked(position), node.gateway, borgo)
        withdraw_position(position_id=position.pk, reason="sgravio", actor=ada, at=AT)
        row = Publication.objects.get(action="RITIRA")
        assert {"publication_ids": [row.pk]} in waiting("pagopa.publish_batch")
        publish([row.pk], node.gateway, borgo)
        assert states() == ["RITIRATA", "RITIRATA"]
        assert node.notices() == {"ANNULLATO": 3}
        assert list(ledger_problems()) == []

    def test_one_that_was_never_there_is_off_as_well(self, borgo, simulator, ada):
        position = make_position()
        asked(position)
        withdraw_position(position_id=position.pk, reason="sgravio", actor=ada, at=AT)
        row = Publication.objects.get(action="RITIRA")
        publish([row.pk], simulator().gateway, borgo)
        assert states() == ["RITIRATA", "RITIRATA"]

    def test_one_withdrawn_while_it_was_sent_comes_off_again(self, borgo, simulator, ada):
        node = simulator()
        position = make_position()
        ids = asked(position)

        class Slow(CutShort):
            def publish(self, request: PublicationRequest) -> PublicationOutcome:
                outcome = super().publish(request)
                withdraw_position(position_id=position.pk, reason="sgravio", actor=ada, at=AT)
                row = Publication.objects.get(action="RITIRA")
                # its job ran too early: the notice was not there yet
                Publication.objects.filter(pk=row.pk).update(state="RITIRATA")
                return outcome

        publish(ids, Slow(node.gateway, after=99), borgo)
        row = Publication.objects.get(action="RITIRA")
        assert row.state == "RICHIESTA"
        publish([row.pk], node.gateway, borgo)
        assert node.notices() == {"ANNULLATO": 3}


@pytest.mark.django_db
class TestSweeper:
    def test_finds_rows_and_positions_that_no_job_knows(self, borgo):
        row, position = make_position(at=timezone.now()), make_position(at=timezone.now())
        (pk,) = asked(row)
        later = timezone.now() + timedelta(hours=1)
        assert sweep_publications(at=later) == 0  # their jobs are still there
        OutboxEntry.objects.all().delete()
        assert sweep_publications(at=timezone.now()) == 1  # the row was asked long ago (AT)
        OutboxEntry.objects.all().delete()
        assert sweep_publications(at=later) == 2
        assert waiting("pagopa.publish_batch") == [{"publication_ids": [pk]}]
        assert waiting("pagopa.ask_publication") == [{"position_ids": [position.pk]}]
        assert sweep_publications(at=later) == 0


def at_simulator(url: str, **given: Any) -> Any:
    """The settings of an installation whose intermediary is that simulator."""
    environment = settings.ENVIRONMENT.model_copy(
        update={"intermediary_url": url + INTERMEDIARY_PATH, **given}
    )
    return override_settings(ENVIRONMENT=environment)


def ring_all() -> None:
    """What workers do, until the outbox of Borgo is empty."""
    with schema_context("borgo"):
        while ids := list(
            OutboxEntry.objects.filter(done_at__isnull=True, failed_at__isnull=True)
            .order_by("pk")
            .values_list("pk", flat=True)
        ):
            OutboxEntry.objects.filter(pk__in=ids).update(leased_until=None, next_at=timezone.now())
            for pk in ids:
                answer_bell(schema="borgo", entry_id=pk)


@pytest.mark.django_db
class TestByTheOutbox:
    def test_from_opening_to_pagopa_without_anybody_asking(self, borgo, simulator):
        node = simulator()
        position = make_position()
        with at_simulator(node.url):
            ring_all()
        position.refresh_from_db()
        assert position.published_at is not None
        assert node.notices() == {"INSERITO": 3}


_WORKER = """
import sys, django; django.setup()
from paybox.kernel.queue import answer_bell
print("pronto", flush=True)
answer_bell(schema="borgo", entry_id=int(sys.argv[1]))
"""


class TestKilledWorker:
    def test_killed_while_sending_nothing_is_lost_or_told_twice(self, own_database, simulator):
        node = simulator()
        with schema_context("borgo"):
            positions = [make_position(rates=()) for _ in range(60)]
            OutboxEntry.objects.all().delete()
            asked(*positions)
            (job,) = OutboxEntry.objects.values_list("pk", flat=True)
        worker = subprocess.Popen(
            [sys.executable, "-c", _WORKER, str(job)],
            env={
                **os.environ,
                "DATABASE_URL": app_url(own_database),
                "DJANGO_SETTINGS_MODULE": "paybox.settings",
                "PAYBOX_INTERMEDIARY_URL": node.url + INTERMEDIARY_PATH,
            },
            cwd=ROOT,
        )
        while sum(node.notices().values()) < 25:
            assert worker.poll() is None
        worker.kill()
        worker.wait()
        with schema_context("borgo"):
            left = Publication.objects.filter(state="RICHIESTA").count()
            assert 0 < left < 60
        with at_simulator(node.url):
            ring_all()
        assert node.notices() == {"INSERITO": 60}
        with schema_context("borgo"):
            assert set(states()) == {"ACCETTATA"}
            assert TimelineEntry.objects.filter(kind="PUBBLICATA").count() == 60
            assert Position.objects.filter(published_at__isnull=True).count() == 0
            assert list(ledger_problems()) == []


class TestKilledWholesale:
    def test_killed_while_the_file_is_loaded_nothing_is_lost_or_told_twice(
        self, own_database, simulator
    ):
        node = simulator()
        with schema_context("borgo"):
            positions = [make_position(rates=()) for _ in range(60)]
            OutboxEntry.objects.all().delete()
            asked(*positions)
            (job,) = OutboxEntry.objects.values_list("pk", flat=True)
        worker = subprocess.Popen(
            [sys.executable, "-c", _WORKER, str(job)],
            env={
                **os.environ,
                "DATABASE_URL": app_url(own_database),
                "DJANGO_SETTINGS_MODULE": "paybox.settings",
                "PAYBOX_INTERMEDIARY_URL": node.url + INTERMEDIARY_PATH,
                "PAYBOX_INTERMEDIARY_BULK_FROM": "50",
            },
            cwd=ROOT,
        )
        # two seconds pass between the two questions about the file
        while httpx.get(f"{node.url}/rest/state", trust_env=False).json()["soap"]["files"] == 0:
            assert worker.poll() is None
        worker.kill()
        worker.wait()
        with schema_context("borgo"):
            assert set(states()) == {"RICHIESTA"}
        with at_simulator(node.url, intermediary_bulk_from=50):
            ring_all()
        assert node.notices() == {"INSERITO": 60}
        # Asked about again by its token; handed over again if the process died before noting it.
        files = httpx.get(f"{node.url}/rest/state", trust_env=False).json()["soap"]["files"]
        assert files in (1, 2)
        with schema_context("borgo"):
            assert set(states()) == {"ACCETTATA"}
            assert TimelineEntry.objects.filter(kind="PUBBLICATA").count() == 60
            assert list(ledger_problems()) == []
