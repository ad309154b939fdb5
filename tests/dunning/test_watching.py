"""A wave stops by itself: after a bad start, after too many failures, without fresh payments; and takes turns."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone
from django_tenants.utils import schema_context

from billing.models import Service, SourceFreshness
from dunning.models import Attempt, Wave
from dunning.rules.breaker import Verdict, broken, canary_verdict
from dunning.services.planning import plan_reminders
from dunning.services.waves import approve_wave, start_wave
from paybox.kernel.clock import now, today
from paybox.kernel.models import OutboxEntry
from paybox.kernel.queue import answer_bell
from tests.build import make_position, make_subject
from tests.dunning.conftest import drain

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("borgo", "wired")]


def planned(ada, approver, *, canary: int = 0, service: str = "TARI") -> Wave:
    key = Service.objects.get(code=service).pk
    wave = plan_reminders(service_id=key, channel="SMS", actor=ada, at=now(), today=today())
    Wave.objects.filter(pk=wave.pk).update(canary=canary)
    approve_wave(wave_id=wave.pk, actor=approver, at=now())
    start_wave(wave_id=wave.pk, actor=approver, at=now())
    return wave


def owing(person, count: int, **changes) -> None:
    late = today() - timedelta(days=10)
    for _ in range(count):
        make_position(subject=person(**changes), due_on=late, rates=())


def states(wave: Wave) -> dict[str, int]:
    found: dict[str, int] = {}
    for state in wave.items.values_list("state", flat=True):
        found[state] = found.get(state, 0) + 1
    return found


def test_ten_failures_in_a_row_pause_the_wave(ada, elena, person) -> None:
    for n in range(20):
        owing(person, 1, mobile=f"+39333{n:03d}1610")  # the provider says: opted out
    wave = planned(ada, elena)
    drain()
    wave.refresh_from_db()
    assert (wave.state, "Troppi messaggi" in wave.message) == ("IN_PAUSA", True)
    assert states(wave) == {"NON_RAGGIUNTO": 10, "PRONTO": 10}


def test_the_first_ones_go_ahead_of_the_others(ada, elena, person, provider) -> None:
    owing(person, 12)
    wave = planned(ada, elena, canary=5)
    drain()
    wave.refresh_from_db()
    assert (states(wave), wave.state) == ({"INVIATO": 5, "PRONTO": 7}, "IN_INVIO")
    Attempt.objects.filter(item__wave=wave).update(state=Attempt.State.DELIVERED)
    OutboxEntry.objects.filter(queue="waves", done_at=None).update(next_at=timezone.now())
    drain()
    wave.refresh_from_db()
    assert wave.canary_at is not None
    assert wave.items.filter(state="PRONTO").count() == 0


def test_people_without_the_app_are_not_the_first_ones(ada, elena, person, monkeypatch) -> None:
    """However many they are, the first who are truly written to are looked at before the others."""
    monkeypatch.setattr("dunning.selectors.wave_tries.LOOKED_AT", 10)
    owing(person, 16)
    wave = planned(ada, elena, canary=5)
    for item in wave.items.order_by("pk")[:11]:
        Attempt.objects.create(
            item=item, channel="IO", address="x", state="FALLITO_PERM", error_code="IO_ASSENTE",
            created_at=now(),
        )  # fmt: skip
    drain()
    assert states(wave) == {"INVIATO": 5, "PRONTO": 11}


def test_a_bad_start_stops_there(ada, elena, person) -> None:
    for n in range(2):
        owing(person, 1, mobile=f"+39333{n:03d}1610")
    owing(person, 10)
    wave = planned(ada, elena, canary=5)
    drain()
    wave.refresh_from_db()
    assert (wave.state, "primi messaggi" in wave.message) == ("IN_PAUSA", True)
    assert states(wave)["PRONTO"] == 7
    start_wave(wave_id=wave.pk, actor=elena, at=now())  # somebody looked
    drain()
    assert states(wave) == {"NON_RAGGIUNTO": 2, "INVIATO": 10}


def test_payments_unknown_for_days_pause_it(ada, elena, person) -> None:
    owing(person, 2)
    wave = planned(ada, elena)
    SourceFreshness.objects.create(source="PAGOPA", complete_until=now() - timedelta(days=4))
    drain()
    wave.refresh_from_db()
    assert (wave.state, states(wave)) == ("IN_PAUSA", {"PRONTO": 2})
    start_wave(wave_id=wave.pk, actor=elena, at=now(), despite="il tesoriere conferma")
    drain()
    assert states(wave) == {"INVIATO": 2}


def test_a_small_ente_does_not_wait_for_a_large_one(ada, elena, person, valle, monkeypatch) -> None:
    """One worker, bells in the order they rang: each chunk goes to the end of the queue."""
    monkeypatch.setattr("dunning.inbound.wave_work.CHUNK", 2)
    owing(person, 8)
    large = planned(ada, elena)
    with schema_context("valle"):
        subject = make_subject(mobile="+393337999999")
        make_position(
            subject=subject, service="QUOTA", due_on=today() - timedelta(days=9), rates=()
        )
        small = planned(ada, elena, service="QUOTA")
    order = []
    while due := _oldest_bell():
        schema, entry = due
        answer_bell(schema=schema, entry_id=entry)
        order.append(schema)
    with schema_context("valle"):
        assert states(small) == {"INVIATO": 1}
    assert states(large) == {"INVIATO": 8}
    assert order.index("valle") == 1
    assert order.count("borgo") > 3


def _oldest_bell() -> tuple[str, int] | None:
    waiting = []
    for schema in ("borgo", "valle"):
        with schema_context(schema):
            due = OutboxEntry.objects.waiting(at=timezone.now()).filter(queue="waves")
            waiting += [(entry.next_at, schema, entry.pk) for entry in due]
    return min(waiting)[1:] if waiting else None


class TestTurns:
    def test_tokens_of_one_ente_are_not_those_of_another(self) -> None:
        from uuid import uuid4

        from dunning.channels.throttle import TokenBucket
        from dunning.inbound.ways import _redis

        run = uuid4().hex
        mine = TokenBucket(_redis(), f"{run}:borgo:SMS", rate=0.5, capacity=3)
        yours = TokenBucket(_redis(), f"{run}:valle:SMS", rate=0.5, capacity=3)
        assert [mine.take(2).granted, mine.take(2).granted] == [2, 1]
        empty = mine.take(1)
        assert (empty.granted, 0 < empty.wait_seconds <= 2) == (0, True)
        assert yours.take(1).granted == 1

    def test_a_far_turn_gives_the_worker_back(self, ada, elena, person, monkeypatch) -> None:
        monkeypatch.setattr(settings.ENVIRONMENT, "messages_per_second", {"SMS": 0.01})
        from dunning.inbound.ways import _redis

        _redis().delete("paybox:turn:borgo:SMS:SMS")
        owing(person, 3)
        wave = planned(ada, elena)
        drain()
        assert states(wave) == {"INVIATO": 1, "PRONTO": 2}
        waiting = OutboxEntry.objects.get(queue="waves", done_at=None)
        assert waiting.next_at > timezone.now() + timedelta(seconds=60)


@pytest.mark.parametrize(
    ("failed", "stops"),
    [
        ([], False),
        ([True] * 9, False),
        ([True] * 10, True),
        ([False] + [True] * 30, False),
        ([False, True] * 20, False),
        ([False, True] * 25, True),
        ([True] + [False] * 4, False),
        (([False] * 4 + [True]) * 40, False),
        ([False] * 200 + [True] * 500, False),
    ],
)
def test_when_a_wave_is_broken(failed: list[bool], stops: bool) -> None:
    assert broken(failed) is stops


def test_the_verdict_on_the_first_ones() -> None:
    said = {"total": 25, "waited": timedelta(minutes=1)}
    assert canary_verdict(failed=6, undecided=0, **said) is Verdict.STOP
    assert canary_verdict(failed=5, undecided=3, **said) is Verdict.WAIT
    assert canary_verdict(failed=0, undecided=0, **said) is Verdict.GO
    patient = {"total": 25, "waited": timedelta(minutes=10)}
    assert canary_verdict(failed=0, undecided=25, **patient) is Verdict.GO
