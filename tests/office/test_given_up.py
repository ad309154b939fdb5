"""Work that failed too often: its job says so, the responsabile sees it and has it tried again."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from billing.demo_data import bulk_rows
from billing.models import Load, Service
from billing.services import load_jobs
from billing.services.job_fate import GIVEN_UP
from billing.services.staging import stage_load
from paybox.kernel.actor import Actor
from paybox.kernel.clock import now, today
from paybox.kernel.models import AuditEntry, Job, OutboxEntry
from paybox.kernel.queue import MAX_ATTEMPTS, answer_bell
from tests.build import make_position
from tests.pages import text_of

Enter = Callable[[str], Client]
PAGE = "/ufficio/lavori-non-riusciti/"


def answer(entry: OutboxEntry) -> None:
    OutboxEntry.objects.filter(pk=entry.pk).update(next_at=timezone.now() - timedelta(seconds=1))
    answer_bell(schema="borgo", entry_id=entry.pk)


@pytest.fixture
def stopped(borgo: Any, monkeypatch: pytest.MonkeyPatch) -> tuple[Job, OutboxEntry]:
    """A confirmation that fails as often as it may."""
    load = stage_load(
        service=Service.objects.get(code="TARI"), filename="tari.csv", raw=b"".join(bulk_rows(1, today())),
        actor=Actor(1, "Ada"), at=now(), today=today(),
    )  # fmt: skip
    job = load_jobs.ask_confirmation(load_id=load.pk, actor=Actor(1, "Ada"), at=now())
    entry = OutboxEntry.objects.get(task=load_jobs.CONFIRM)
    with monkeypatch.context() as patch:
        patch.setattr(load_jobs, "confirm_next_chunk", _no_room)
        for n in range(MAX_ATTEMPTS):
            job.refresh_from_db()
            assert job.state != Job.State.FAILED, n
            with pytest.raises(OSError, match="spazio"):
                answer(entry)
    return job, entry


def _no_room(**_: Any) -> bool:
    raise OSError("disco senza spazio")


def test_the_job_says_that_it_stopped(stopped: tuple[Job, OutboxEntry]) -> None:
    job, _ = stopped
    job.refresh_from_db()
    assert (job.state, job.message) == (Job.State.FAILED, GIVEN_UP)
    assert job.ended_at is not None


def test_the_responsabile_sees_why_and_tries_again(
    enter: Enter, stopped: tuple[Job, OutboxEntry]
) -> None:
    job, entry = stopped
    make_position()  # an empty Ente is shown how to begin instead
    ada = enter("ada@example.org")
    assert "lavoro fermo da ritentare" in text_of(ada.get("/ufficio/"))
    page = text_of(ada.get(PAGE))
    assert "Caricamento di un file" in page
    assert "disco senza spazio" in page
    told = text_of(ada.post(f"{PAGE}{entry.pk}/ritenta/", follow=True))
    assert "di nuovo in coda" in told
    assert "Nessun lavoro fermo" in told
    job.refresh_from_db()
    assert (job.state, job.message, job.ended_at) == (Job.State.WAITING, "", None)
    answer(entry)
    job.refresh_from_db()
    assert job.state == Job.State.DONE
    assert Load.objects.get().loaded_positions == 1
    assert AuditEntry.objects.filter(action="kernel.outbox.retried").count() == 1
    again = text_of(ada.post(f"{PAGE}{entry.pk}/ritenta/", follow=True))
    assert "già stata ritentata o conclusa" in again


def test_only_who_administers(enter: Enter, stopped: tuple[Job, OutboxEntry]) -> None:
    _, entry = stopped
    for who in ("elena@example.org", "franco@example.org", "bruno@example.org"):
        reader = enter(who)
        assert reader.get(PAGE).status_code == 403
        assert reader.post(f"{PAGE}{entry.pk}/ritenta/").status_code == 403
        assert "lavoro fermo" not in text_of(reader.get("/ufficio/"))
    assert enter("ada@example.org").post(f"{PAGE}99999/ritenta/").status_code == 404
    entry.refresh_from_db()
    assert entry.failed_at is not None
