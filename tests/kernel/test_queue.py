"""The outbox: asked once, done once, never outside an Ente, never lost with a bell."""

import base64
import json
import os
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
import redis
from django.db import connections, transaction
from django.utils import timezone
from django_tenants.utils import schema_context

from paybox.kernel.models import OutboxEntry
from paybox.kernel.problems import Refused
from paybox.kernel.queue import (
    LEASE,
    MAX_ATTEMPTS,
    NoEnte,
    RetryLater,
    answer_bell,
    enqueue,
    queued,
    ring_what_waits,
)
from paybox.kernel.schema import schema_in_force

done: list[tuple[str, Any]] = []
trouble: list[Exception] = []
meanwhile: list[Callable[[], object]] = []


@queued("tests.note")
def note(*, what: str) -> None:
    """Writes down where it ran and with what; does what the test asks in the meantime."""
    done.append((schema_in_force(), what))
    for action in meanwhile:
        action()
    if trouble:
        raise trouble[0]


@queued("tests.other")
def other() -> None:
    """Work of another kind."""


@pytest.fixture(autouse=True)
def nothing_done_yet() -> None:
    done.clear()
    trouble.clear()
    meanwhile.clear()


class Bells:
    """A queue of our own on the real broker: what was rung and nobody has answered."""

    def __init__(self) -> None:
        self.queue = f"tests-{uuid4().hex}"
        self.broker = redis.Redis.from_url(os.environ["REDIS_URL"])

    @property
    def rung(self) -> list[int]:
        """The numbers of the entries, oldest first."""
        messages = [json.loads(raw) for raw in self.broker.lrange(self.queue, 0, -1)]
        bodies = [json.loads(base64.b64decode(message["body"])) for message in messages]
        return [kwargs["entry_id"] for _args, kwargs, _embed in reversed(bodies)]

    def break_it(self) -> None:
        """The broker refuses whatever is sent to this queue."""
        self.broker.set(self.queue, "occupato")


@pytest.fixture
def bells() -> Iterator[Bells]:
    ours = Bells()
    yield ours
    ours.broker.delete(ours.queue)


def entry(what: str = "uno", bells: Bells | None = None) -> OutboxEntry:
    return enqueue("tests.note", queue=bells.queue if bells else "default", what=what)


def fresh(written: OutboxEntry) -> OutboxEntry:
    return OutboxEntry.objects.get(pk=written.pk)


class TestEnqueue:
    def test_outside_an_ente_it_is_refused(self, db: None) -> None:
        with schema_context("public"), pytest.raises(NoEnte):
            entry()
        with schema_context("public"):
            assert OutboxEntry.objects.count() == 0

    def test_work_that_nobody_does_is_refused(self, borgo: Any) -> None:
        with pytest.raises(KeyError):
            enqueue("tests.nobody")
        assert OutboxEntry.objects.count() == 0

    def test_the_bell_is_rung_after_commit_and_not_before(
        self, borgo: Any, bells: Bells, django_capture_on_commit_callbacks: Any
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            written = entry(bells=bells)
            assert bells.rung == []
        assert bells.rung == [written.pk]

    def test_what_is_rolled_back_was_never_asked(
        self, borgo: Any, bells: Bells, django_capture_on_commit_callbacks: Any
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True), pytest.raises(ZeroDivisionError):
            _ask_and_think_better_of_it(bells)
        assert OutboxEntry.objects.count() == 0
        assert bells.rung == []

    def test_valle_has_no_trace_of_the_work_of_borgo(self, borgo: Any, valle: Any) -> None:
        entry()
        with schema_context("valle"):
            assert OutboxEntry.objects.count() == 0

    def test_one_name_is_one_work(self) -> None:
        with pytest.raises(RuntimeError, match=r"tests\.note"):
            queued("tests.note")(lambda **_: None)

    def test_a_broker_in_trouble_loses_nothing(
        self, borgo: Any, bells: Bells, django_capture_on_commit_callbacks: Any
    ) -> None:
        bells.break_it()
        with django_capture_on_commit_callbacks(execute=True):
            written = entry(bells=bells)
        assert fresh(written).done_at is None
        answer_bell(schema="borgo", entry_id=written.pk)
        assert done == [("borgo", "uno")]


@transaction.atomic
def _ask_and_think_better_of_it(bells: Bells) -> None:
    entry(bells=bells)
    raise ZeroDivisionError


class TestAnswerBell:
    def test_it_runs_in_the_ente_that_asked(self, borgo: Any) -> None:
        written = entry()
        with schema_context("public"):
            answer_bell(schema="borgo", entry_id=written.pk)
        assert done == [("borgo", "uno")]
        assert fresh(written).done_at is not None
        assert fresh(written).leased_until is None

    @pytest.mark.parametrize("schema", ["public", "montagna", "", "information_schema"])
    def test_without_a_known_ente_nothing_runs(self, borgo: Any, schema: str) -> None:
        written = entry()
        with pytest.raises(NoEnte):
            answer_bell(schema=schema, entry_id=written.pk)
        assert done == []
        assert fresh(written).attempts == 0

    def test_the_same_number_in_another_ente_is_other_work(self, borgo: Any, valle: Any) -> None:
        written = entry()
        answer_bell(schema="valle", entry_id=written.pk)
        assert done == []

    def test_rung_twice_it_is_done_once(self, borgo: Any) -> None:
        written = entry()
        answer_bell(schema="borgo", entry_id=written.pk)
        answer_bell(schema="borgo", entry_id=written.pk)
        assert done == [("borgo", "uno")]
        assert fresh(written).attempts == 1

    def test_work_in_hand_is_left_alone_until_its_lease_ends(self, borgo: Any) -> None:
        written = entry()
        dead_worker = OutboxEntry.objects.filter(pk=written.pk)
        dead_worker.update(leased_until=timezone.now() + timedelta(seconds=60))
        answer_bell(schema="borgo", entry_id=written.pk)
        assert done == []
        dead_worker.update(leased_until=timezone.now() - timedelta(seconds=1))
        answer_bell(schema="borgo", entry_id=written.pk)
        assert done == [("borgo", "uno")]

    def test_work_put_off_is_not_done_early(self, borgo: Any) -> None:
        later = enqueue("tests.note", after=timezone.now() + timedelta(hours=1), what="poi")
        answer_bell(schema="borgo", entry_id=later.pk)
        assert done == []


class TestTrouble:
    def test_work_that_fails_is_put_back_with_its_reason(self, borgo: Any) -> None:
        written, trouble[:] = entry(), [ValueError("riga 7 illeggibile")]
        before = timezone.now()
        with pytest.raises(ValueError, match="riga 7"):
            answer_bell(schema="borgo", entry_id=written.pk)
        row = fresh(written)
        assert row.last_error == "ValueError: riga 7 illeggibile"
        assert (row.attempts, row.done_at, row.failed_at, row.leased_until) == (1, None, None, None)
        assert row.next_at >= before + timedelta(seconds=15)

    def test_each_failure_waits_longer(self, borgo: Any) -> None:
        written, trouble[:] = entry(), [ValueError("no")]
        waits = []
        for _ in range(4):
            _let_time_pass(written)
            before = timezone.now()
            with pytest.raises(ValueError, match="no"):
                answer_bell(schema="borgo", entry_id=written.pk)
            waits.append(round((fresh(written).next_at - before).total_seconds()))
        assert waits == [15, 45, 105, 225]

    def test_after_the_last_attempt_it_is_left_to_a_person(self, borgo: Any) -> None:
        written, trouble[:] = entry(), [ValueError("no")]
        for _ in range(MAX_ATTEMPTS):
            assert fresh(written).failed_at is None
            _let_time_pass(written)
            with pytest.raises(ValueError, match="no"):
                answer_bell(schema="borgo", entry_id=written.pk)
        assert fresh(written).failed_at is not None
        _let_time_pass(written)
        answer_bell(schema="borgo", entry_id=written.pk)
        assert len(done) == MAX_ATTEMPTS

    def test_who_waits_for_others_is_never_given_up(self, borgo: Any) -> None:
        """The other side may be away for a week-end."""
        written, trouble[:] = entry(), [RetryLater("il Nodo non risponde")]
        for _ in range(MAX_ATTEMPTS + 2):
            _let_time_pass(written)
            answer_bell(schema="borgo", entry_id=written.pk)
        row = fresh(written)
        assert row.failed_at is None
        assert row.last_error == "RetryLater: il Nodo non risponde"
        assert row.next_at <= timezone.now() + timedelta(minutes=30)
        trouble.clear()
        _let_time_pass(written)
        answer_bell(schema="borgo", entry_id=written.pk)
        assert fresh(written).done_at is not None
        assert fresh(written).last_error == ""

    def test_a_refusal_says_itself_to_whoever_reads(self) -> None:
        assert issubclass(RetryLater, Refused)


def _let_time_pass(written: OutboxEntry) -> None:
    OutboxEntry.objects.filter(pk=written.pk).update(next_at=timezone.now())


class TestSweeper:
    def test_a_lost_bell_is_rung_again(self, borgo: Any, bells: Bells) -> None:
        lost = entry(bells=bells)
        in_a_while = timezone.now() + timedelta(minutes=1)
        assert ring_what_waits(at=in_a_while) == 1
        assert bells.rung == [lost.pk]

    def test_many_of_one_kind_do_not_keep_another_waiting(self, borgo: Any, bells: Bells) -> None:
        memos = [entry(str(n), bells=bells).pk for n in range(5)]
        alone = enqueue("tests.other", queue=bells.queue).pk
        in_a_while = timezone.now() + timedelta(minutes=1)
        assert ring_what_waits(at=in_a_while, limit=2) == 3
        assert sorted(bells.rung[:2]) == [memos[0], alone]
        assert bells.rung[2:] == [memos[1]]

    def test_who_waits_behind_a_long_queue_is_not_rung_at_each_round(
        self, borgo: Any, bells: Bells
    ) -> None:
        unheard = entry(bells=bells)
        in_a_while = timezone.now() + timedelta(minutes=1)
        assert [ring_what_waits(at=in_a_while) for _ in range(3)] == [1, 0, 0]
        OutboxEntry.objects.filter(pk=unheard.pk).update(attempts=1)  # somebody took it, and died
        assert ring_what_waits(at=in_a_while) == 1
        assert bells.rung == [unheard.pk] * 2

    def test_with_the_bells_is_lost_who_was_rung(self, borgo: Any, bells: Bells) -> None:
        lost = entry(bells=bells)
        in_a_while = timezone.now() + timedelta(minutes=1)
        assert ring_what_waits(at=in_a_while) == 1
        bells.broker.flushdb()
        assert ring_what_waits(at=in_a_while) == 1
        assert bells.rung == [lost.pk]

    def test_what_was_just_asked_is_not_rung_twice(self, borgo: Any, bells: Bells) -> None:
        entry(bells=bells)
        assert ring_what_waits(at=timezone.now()) == 0

    def test_done_failed_and_held_work_is_left_alone(self, borgo: Any, bells: Bells) -> None:
        at = timezone.now()
        for state in (
            {"done_at": at},
            {"failed_at": at},
            {"leased_until": at + timedelta(hours=1)},
        ):
            OutboxEntry.objects.filter(pk=entry(bells=bells).pk).update(**state)
        assert ring_what_waits(at=at + timedelta(minutes=1)) == 0
        assert bells.rung == []

    def test_what_a_dead_worker_held_comes_back(self, borgo: Any, bells: Bells) -> None:
        held = entry(bells=bells)
        OutboxEntry.objects.filter(pk=held.pk).update(leased_until=timezone.now() + LEASE)
        assert ring_what_waits(at=timezone.now() + LEASE + timedelta(minutes=1)) == 1
        assert bells.rung == [held.pk]

    def test_in_no_ente_there_is_nothing_to_sweep(self, db: None) -> None:
        with schema_context("public"), pytest.raises(NoEnte):
            ring_what_waits(at=timezone.now())


class TestManyWorkers:
    """Threads with connections of their own, on a database of their own: what commits is seen by all."""

    def test_eight_workers_and_one_entry(self, own_database: str, bells: Bells) -> None:
        with schema_context("borgo"):
            numbers = [entry(str(n), bells).pk for n in range(10)]
        for number in numbers:
            _all_at_once(8, partial(answer_bell, schema="borgo", entry_id=number))
        assert sorted(done) == sorted(("borgo", str(n)) for n in range(10))
        with schema_context("borgo"):
            assert OutboxEntry.objects.filter(done_at__isnull=True).count() == 0
            assert set(OutboxEntry.objects.values_list("attempts", flat=True)) == {1}
        assert sorted(bells.rung) == sorted(numbers)


def _all_at_once(workers: int, action: Callable[[], object]) -> None:
    start, troubles = threading.Barrier(workers), []

    def work() -> None:
        start.wait(timeout=20)
        try:
            action()
        except Exception as error:
            troubles.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert troubles == []
