"""The Celery application: one bell, one sweeper with a queue of its own, queues by family. The work itself is in each app's tasks."""

import os

from celery import Celery
from celery.schedules import crontab
from celery.signals import heartbeat_sent, worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "paybox.settings")

QUEUES = ("default", "pagopa", "documents", "waves", "sweep")

app = Celery("paybox")
# Asked for at first use: commands and tests start their own broker after this module is imported.
app.add_defaults(lambda: {"broker_url": os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0")})
app.conf.update(
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        "visibility_timeout": 1200,
        "socket_timeout": 5,
        "socket_connect_timeout": 3,
    },
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_time_limit=600,
    task_soft_time_limit=570,
    worker_prefetch_multiplier=1,
    worker_max_tasks_per_child=500,
    worker_hijack_root_logger=False,
    task_default_queue="default",
    timezone="Europe/Rome",
    beat_schedule={
        "sweep": {  # never behind the work that it rings for
            "task": "paybox.sweep",
            "schedule": 30.0,
            "options": {"expires": 25, "queue": "sweep"},
        },
        "sweep-publications": {
            "task": "pagopa.sweep_publications",
            "schedule": 300.0,
            "options": {"expires": 290, "queue": "pagopa"},
        },
        "read-pec": {
            "task": "dunning.read_pec",
            "schedule": 60.0,
            "options": {"expires": 55, "queue": "default"},
        },
        "read-returned-mail": {
            "task": "dunning.read_returned_mail",
            "schedule": 60.0,
            "options": {"expires": 55, "queue": "default"},
        },
        "retry-messages": {
            "task": "dunning.retry_messages",
            "schedule": 300.0,
            "options": {"expires": 290, "queue": "waves"},
        },
        "ask-platforms": {
            "task": "dunning.ask_platforms",
            "schedule": 300.0,
            "options": {"expires": 290, "queue": "default"},
        },
        "run-standing": {
            "task": "dunning.run_standing",
            "schedule": crontab(minute="20", hour="9-17"),
            "options": {"expires": 3000, "queue": "waves"},
        },
        "write-memos": {
            "task": "dunning.write_memos",
            "schedule": crontab(minute="10", hour="7"),
            "options": {"expires": 36000, "queue": "default"},
        },
        "tidy-by-night": {
            "task": "dunning.tidy_by_night",
            "schedule": crontab(minute="40", hour="3"),
            "options": {"expires": 36000, "queue": "waves"},
        },
        "follow-phone": {
            "task": "dunning.follow_phone",
            "schedule": crontab(minute="40", hour="6"),
            "options": {"expires": 36000, "queue": "default"},
        },
        "ask-flows": {
            "task": "pagopa.ask_flows",
            "schedule": 3600.0,
            "options": {"expires": 3500, "queue": "pagopa"},
        },
    },
)


@app.task(name="paybox.ring")
def ring(*, schema: str, entry_id: int) -> None:
    """Somebody rang: do the entry of that Ente."""
    from paybox.kernel.queue import answer_bell

    answer_bell(schema=schema, entry_id=entry_id)


@app.task(name="paybox.sweep")
def sweep() -> None:
    """Every half minute, for each Ente: ring again whatever was lost."""
    from django.utils import timezone

    from paybox.kernel.queue import ring_what_waits
    from tenants.services.fan_out import for_each_ente

    for_each_ente(lambda: ring_what_waits(at=timezone.now()))


@worker_ready.connect
@heartbeat_sent.connect
def tell_alive(**_: object) -> None:
    """What /readyz reads: a worker was here less than a minute ago."""
    from paybox.probes import note_worker

    note_worker()
