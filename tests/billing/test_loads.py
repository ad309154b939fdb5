"""A load confirmed whole, half, twice, by two at once, undone: each credit is opened exactly once."""

import os
import signal
import subprocess
import sys
from datetime import date
from itertools import count
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.db.models import Sum
from django_tenants.utils import schema_context

from billing.demo_data import bulk_rows
from billing.models import Instalment, Load, Position, Service, TimelineEntry, Transfer
from billing.selectors.ledger import ledger_problems, ledger_totals
from billing.services import loads
from billing.services.load_jobs import ask_undo, undo_in_sight
from billing.services.loads import LoadRefused, confirm_load, confirm_next_chunk, undo_load
from billing.services.staging import stage_load
from paybox.kernel.actor import SYSTEM
from registry.models import Contact, Subject
from tests.build import pay
from tests.conftest import NOW
from tests.plugin import ROOT, app_url

TODAY = date(2026, 3, 2)
POSITIONS = 60
HEADER = "riferimento;codice_fiscale;denominazione;email;cellulare;causale;importo;scadenza"
_names = count(1)


def stage(raw: bytes) -> Load:
    return stage_load(
        service=Service.objects.get(code="TARI"), filename="ruolo.csv", raw=raw, actor=SYSTEM, at=NOW,
        today=TODAY,
    )  # fmt: skip


def bulk(positions: int = POSITIONS) -> bytes:
    return b"".join(bulk_rows(positions, TODAY))


def confirm(load: Load) -> Load:
    return confirm_load(load_id=load.pk, segregation="01", actor=SYSTEM, at=NOW)


def assert_opened_once(*, positions: int, cents: int) -> None:
    """Everything of each credit is there once, and the ledger agrees."""
    assert Position.objects.count() == positions
    assert Instalment.objects.count() == 3 * positions
    assert Transfer.objects.filter(kind="APERTURA").count() == positions
    assert TimelineEntry.objects.filter(kind="APERTA").count() == positions
    assert Position.objects.aggregate(cents=Sum("total_cents"))["cents"] == cents
    assert ledger_totals().opened == cents
    assert Subject.objects.exclude(positions__isnull=False).count() == 0
    assert list(ledger_problems()) == []


@pytest.mark.parametrize("when", ["inside-1", "inside-3", "after-3", "after-6"])
def test_killed_on_its_way_it_goes_on_from_its_last_chunk(own_borgo, when):
    load = stage(bulk())
    killed = subprocess.run(
        [sys.executable, "-m", "tests.billing.confirming", str(load.pk), "10", when],
        env={**os.environ, "DATABASE_URL": app_url(own_borgo)}, cwd=ROOT, check=False,
        capture_output=True,
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    chunks = int(when[-1]) - when.startswith("inside")
    load.refresh_from_db()
    assert (load.loaded_positions, Position.objects.count()) == (10 * chunks, 10 * chunks)
    assert load.state == (Load.State.CONFIRMING if chunks else Load.State.STAGED)
    done = confirm(load)
    assert (done.state, done.loaded_positions) == (Load.State.CONFIRMED, POSITIONS)
    assert_opened_once(positions=POSITIONS, cents=load.amount_cents)


def test_two_confirmations_at_once_open_each_credit_once(own_borgo, monkeypatch):
    monkeypatch.setattr(loads, "CHUNK", 7)
    load = stage(bulk())
    failures = _at_once([load.pk, load.pk])
    assert failures == []
    load.refresh_from_db()
    assert (load.state, load.loaded_positions) == (Load.State.CONFIRMED, POSITIONS)
    assert_opened_once(positions=POSITIONS, cents=load.amount_cents)


def test_the_same_file_staged_twice_and_confirmed_at_once_is_opened_once(own_borgo, monkeypatch):
    monkeypatch.setattr(loads, "CHUNK", 7)
    twins = [stage(bulk()), stage(bulk())]
    failures = _at_once([twin.pk for twin in twins])
    assert failures == []
    opened = Load.objects.aggregate(opened=Sum("loaded_positions"))["opened"]
    assert opened == POSITIONS
    assert_opened_once(positions=POSITIONS, cents=twins[0].amount_cents)


def _at_once(load_ids: list[int]) -> list[Exception]:
    """Confirm each in a thread of its own, starting together; what went wrong."""
    failures: list[Exception] = []
    together = Barrier(len(load_ids))

    def run(load_id: int) -> None:
        try:
            with schema_context("borgo"):
                together.wait(timeout=30)
                confirm_load(load_id=load_id, segregation="01", actor=SYSTEM, at=NOW)
        except Exception as error:  # told to the test
            failures.append(error)
        finally:
            connection.close()

    threads = [Thread(target=run, args=[load_id]) for load_id in load_ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert not any(thread.is_alive() for thread in threads)
    return failures


def test_the_same_file_loaded_twice_opens_nothing_more(borgo):
    first = confirm(stage(bulk()))
    again = stage(bulk())
    assert (again.accepted, again.already_loaded, again.amount_cents) == (0, first.accepted, 0)
    assert confirm(again).loaded_positions == 0
    assert confirm(first).loaded_positions == POSITIONS
    assert_opened_once(positions=POSITIONS, cents=first.amount_cents)


def test_numbers_are_given_in_the_order_of_the_file_and_never_twice(borgo, monkeypatch):
    monkeypatch.setattr(loads, "CHUNK", 7)
    confirm(stage(bulk()))
    instalments = Instalment.objects.order_by("position_id", "number")
    numbers = list(instalments.values_list("notice_number", flat=True))
    assert numbers == sorted(set(numbers))
    references = list(Position.objects.order_by("pk").values_list("reference", flat=True))
    assert references == sorted(references)


def test_a_load_can_be_undone_and_loaded_again(borgo, ada):
    load = confirm(stage(bulk(5)))
    undone = undo_load(load_id=load.pk, actor=ada, at=NOW)
    assert undone.state == Load.State.UNDONE
    assert ledger_totals().owed == 0
    with pytest.raises(LoadRefused, match="annullato"):
        confirm_next_chunk(load_id=load.pk, segregation="01", actor=ada, at=NOW)
    again = confirm(stage(bulk(5)))
    assert again.loaded_positions == 5
    assert ledger_totals().owed == load.amount_cents
    assert list(ledger_problems()) == []


def test_undoing_rung_twice_ends_once_and_well(own_borgo, ada):
    """Two workers answer the same bell: the slower one finds it undone and must not say that it failed."""
    load = confirm(stage(bulk(5)))
    job = ask_undo(load_id=load.pk, actor=ada, at=NOW)

    def undo() -> None:
        with schema_context("borgo"):
            undo_in_sight(job_id=job.pk, load_id=load.pk, actor=ada, at=NOW)
        connection.close()

    workers = [Thread(target=undo) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    undo_in_sight(job_id=job.pk, load_id=load.pk, actor=ada, at=NOW)
    job.refresh_from_db()
    assert (job.state, job.message) == (job.State.DONE, "")
    assert list(ledger_problems()) == []


def test_a_load_with_a_payment_is_not_undone(borgo, ada):
    load = confirm(stage(bulk(5)))
    paid = Instalment.objects.filter(number=1).order_by("pk")[0]
    pay(paid.notice_number, paid.amount_cents)
    with pytest.raises(LoadRefused, match="già pagate o avvisate"):
        undo_load(load_id=load.pk, actor=ada, at=NOW)
    assert Position.objects.filter(state="ANNULLATA").count() == 0


def test_one_codice_fiscale_twice_in_a_file_is_one_subject(borgo, monkeypatch):
    monkeypatch.setattr(loads, "CHUNK", 2)
    rows = [
        "A1;RSSMRA80A01H501U;Rossi Mario;mario@example.org;;TARI;10,00;16/06/2026",
        "A2;RSSMRA80A01H501U;ROSSI MARIO;;3331234567;TARI;20,00;16/06/2026",
        "A3;RSSMRA80A01H501U;Rossi Mario;altra@example.org;;TARI;30,00;16/06/2026",
        "A4;RSSMRA80A01H501U;Rossi Mario;mario@example.org;;TARI;40,00;16/06/2026",
    ]
    load = confirm(stage("\n".join((HEADER, *rows)).encode()))
    subject = Subject.objects.get()
    assert load.loaded_positions == subject.positions.count() == 4
    assert subject.name == "Rossi Mario"
    values = set(Contact.objects.values_list("value", flat=True))
    assert values == {"mario@example.org", "+393331234567", "altra@example.org"}
    for value in values:
        assert Subject.objects.matching([value]).get() == subject
    assert list(ledger_problems()) == []
