"""Everything the clock asks for, asked by a message and done by a worker: each task of the timetable leaves its trace.

A new entry of the timetable without its trace here is a failure.
"""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings
from django.utils import timezone
from django_tenants.utils import schema_context

from billing.models import Position, Service, TermMemo
from dunning.models import Attempt, PecMailbox, PhoneCampaign, Wave, WaveItem
from dunning.rules.step_drafts import StepDraft
from dunning.services.channel_access import AccessDraft, write_access
from dunning.services.planning import plan_reminders
from dunning.services.policies import write_policy
from dunning.services.standing import approve_standing
from paybox.celery import QUEUES, app
from paybox.embedded.processes import wait_until
from paybox.kernel.actor import Actor
from paybox.kernel.models import OutboxEntry
from tests.build import AT, make_position, make_subject
from tests.dunning import phones
from tests.plugin import app_url
from tests.standins import until

ROOT = Path(__file__).resolve().parents[2]
NOBODY = "127.0.0.1:9"
LONG_AGO = timedelta(hours=2)


@pytest.fixture
def doors() -> Iterator[dict[str, socket.socket]]:
    """Where somebody may knock: the mailbox of the returns, App IO."""
    with (
        socket.create_server(("127.0.0.1", 0)) as mailbox,
        socket.create_server(("127.0.0.1", 0)) as app_io,
    ):
        found = {"mailbox": mailbox, "app_io": app_io}
        for door in found.values():
            door.settimeout(120)
        yield found


@pytest.fixture
def worker(doors: dict[str, socket.socket], tmp_path: Path, own_database: str) -> Iterator[None]:
    """One Celery worker over a database of its own; every far end is away but those doors."""
    redis.Redis.from_url(os.environ["REDIS_URL"]).flushdb()
    given = {
        "PAYBOX_ENV": "development",
        "DATABASE_URL": app_url(own_database),
        "PAYBOX_VAR_DIR": str(tmp_path),
        "PAYBOX_FDR_URL": f"http://{NOBODY}",
        "PAYBOX_PEC_IMAP_URL": f"imap://{NOBODY}",
        "PAYBOX_TWILIO_URL": f"http://{NOBODY}",
        "PAYBOX_EMAIL_PORT": "9",
        "PAYBOX_EMAIL_RETURN_PATH": "ritorni@borgo.example",
        "PAYBOX_EMAIL_RETURNS_URL": f"imap://{_place(doors['mailbox'])}",
        "PAYBOX_IO_URL": f"http://{_place(doors['app_io'])}/api/v1",
        "PAYBOX_SECRET_KEY": settings.SECRET_KEY,
    }
    command = [sys.executable, "-m", "celery", "-A", "paybox", "worker", "-P", "solo", "-l", "WARNING"]  # fmt: skip
    log = (tmp_path / "worker.log").open("wb")
    process = subprocess.Popen(
        [*command, "-Q", ",".join(QUEUES)], cwd=ROOT, env={**os.environ, **given}, stdout=log, stderr=log,
    )  # fmt: skip
    try:
        yield
    finally:
        process.kill()
        process.wait(20)
        log.close()


@pytest.mark.usefixtures("worker")
def test_each_scheduled_task_is_done_by_a_worker(doors, ada, monkeypatch) -> None:
    monkeypatch.setattr(settings.ENVIRONMENT, "io_url", f"http://{_place(doors['app_io'])}/api/v1")
    with schema_context("borgo"):
        item, forgotten = _ground(ada, Actor(2, "Elena Fabbri"))
        traces: dict[str, Callable[[], bool]] = {
            "sweep": lambda: OutboxEntry.objects.get(pk=forgotten.pk).done_at is not None,
            "sweep-publications": lambda: _asked("pagopa.ask_publication"),
            "read-pec": lambda: PecMailbox.objects.exclude(trouble="").exists(),
            "read-returned-mail": lambda: _knocked(doors["mailbox"]),
            "ask-platforms": lambda: _knocked(doors["app_io"]),
            "follow-phone": lambda: PhoneCampaign.objects.filter(state="CHIUSA").exists(),
            "retry-messages": lambda: WaveItem.objects.get(pk=item.pk).state != "NON_RAGGIUNTO",
            "run-standing": lambda: Wave.objects.exclude(standing=None).exists(),
            "write-memos": lambda: TermMemo.objects.exists(),
            "tidy-by-night": lambda: Attempt.objects.filter(state="SCADUTO").exists(),
            "ask-flows": lambda: _asked("pagopa.pull_flows"),
        }
        assert set(traces) == set(app.conf.beat_schedule)
        until(app.control.ping, seconds=120)  # a message asked of nobody would expire
        for name, trace in traces.items():
            entry = app.conf.beat_schedule[name]
            if name not in ("read-returned-mail", "ask-platforms"):
                assert not trace(), f"{name}: done already"
            app.send_task(entry["task"], **entry["options"])
            assert wait_until(trace, seconds=120), f"{name}: never done"


@pytest.mark.usefixtures("worker")
def test_the_sweeper_comes_before_the_work_that_waits(ada) -> None:
    """Behind a thousand bells it would expire, and whatever lost its own would never be taken up."""
    broker = redis.Redis.from_url(os.environ["REDIS_URL"])
    with schema_context("borgo"):
        _, forgotten = _ground(ada, Actor(2, "Elena Fabbri"))
        until(app.control.ping, seconds=120)
        for _ in range(1_000):
            app.send_task("paybox.ring", kwargs={"schema": "borgo", "entry_id": 0}, queue="default")
        entry = app.conf.beat_schedule["sweep"]
        app.send_task(entry["task"], **entry["options"])
        until(lambda: OutboxEntry.objects.get(pk=forgotten.pk).done_at is not None, seconds=120)
        assert broker.llen("default")


def _ground(ada: Actor, elena: Actor) -> tuple[WaveItem, OutboxEntry]:
    """One debtor whose term has passed, an e-mail to be tried again, work whose bell was lost."""
    late = timezone.localdate() - timedelta(days=5)
    make_position(subject=make_subject(), rates=(), due_on=late)
    Position.objects.update(noticed_at=AT)
    service = Service.objects.get(code="TARI")
    at = timezone.now() - LONG_AGO
    steps = [StepDraft("CORTESIA", "SCADENZA", 1, ("SMS",), needs_approval=False)]
    policy = write_policy(service_id=service.pk, steps=steps, actor=ada, at=at)
    approve_standing(step_id=policy.steps.get().pk, daily_cap=10, actor=elena, at=at)
    phones.overdue(make_subject(codice_fiscale="VRDBNC80A41H501X", mobile="+393330000009"))
    phones.running(at=AT)
    OutboxEntry.objects.all().delete()
    item = _refused_for_now(service, ada, at)
    forgotten = OutboxEntry.objects.create(
        task="dunning.send_wave", queue="waves", arguments={"wave_id": item.wave_id}, created_at=at, next_at=at
    )  # fmt: skip
    return item, forgotten


def _refused_for_now(service: Service, ada: Actor, at: Any) -> WaveItem:
    """Two hours ago its server said: later. Of the SMS before it nothing was ever heard."""
    wave = plan_reminders(
        service_id=service.pk, channel="EMAIL", actor=ada, at=at, today=timezone.localdate()
    )
    item = wave.items.get(subject__codice_fiscale="RSSMRA80A01H501U")
    days_ago = at - timedelta(days=10)
    Attempt.objects.create(
        item=item, channel="SMS", address="+393330000000", state="INVIATO", created_at=days_ago, sent_at=days_ago,
    )  # fmt: skip
    _taken_by_app_io(item, ada, at)
    Attempt.objects.create(
        item=item, try_number=3, channel="EMAIL", address=item.address, state="FALLITO_TEMP", created_at=at, ended_at=at,
        error_code="421",
    )  # fmt: skip
    WaveItem.objects.filter(pk=item.pk).update(state="NON_RAGGIUNTO")
    Wave.objects.filter(pk=wave.pk).update(state="INVIATA")
    return item


def _taken_by_app_io(item: WaveItem, ada: Actor, at: Any) -> None:
    write_access(draft=AccessDraft("IO", None, "c" * 32, True), actor=ada, at=at)
    Attempt.objects.create(
        item=item, try_number=2, channel="IO", address="RSSMRA80A01H501U", state="ACCETTATO", created_at=at, sent_at=at,
        provider_ref="01",
    )  # fmt: skip


def _place(door: socket.socket) -> str:
    host, port = door.getsockname()
    return f"{host}:{port}"


def _asked(task: str) -> bool:
    return OutboxEntry.objects.filter(task=task).exists()


def _knocked(door: socket.socket) -> bool:
    line, _ = door.accept()
    line.close()
    return True
