"""SIGKILL between the provider's yes and our commit, two workers on one wave: nothing leaves twice."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone
from django_tenants.utils import schema_context

from billing.models import Service
from billing.selectors.ledger import ledger_problems
from dunning.inbound.channels import channel_for
from dunning.inbound.ways import sending_way
from dunning.models import Attempt, WaveItem
from dunning.services.attempts import LEASE
from dunning.services.outcomes import SENDER
from dunning.services.planning import plan_reminders
from dunning.services.reconciling import reconcile_attempts
from dunning.services.sending import send_next_items
from dunning.services.waves import approve_wave, finish_wave, start_wave
from paybox.kernel.clock import now
from tenants.models import Ente
from tests.build import make_position, make_subject
from tests.plugin import app_url
from tests.standins import SID, TOKEN

ROOT = Path(__file__).resolve().parents[2]

# A worker that dies as soon as the provider has said yes (or, with "lost", before it asks).
WORKER = """
import os, signal, sys, django
django.setup()
from django_tenants.utils import schema_context
from dunning.services.sending import send_next_items
from dunning.inbound.channels import channel_for
from dunning.inbound.ways import sending_way
from paybox.kernel.clock import now
from tenants.models import Ente

class Dies:
    name = "SMS"
    def __init__(self, real): self.real = real
    def send(self, message):
        if sys.argv[2] == "accepted":
            self.real.send(message)
        os.kill(os.getpid(), signal.SIGKILL)

ente = Ente.objects.get(schema_name="borgo")
with schema_context("borgo"):
    send_next_items(wave_id=int(sys.argv[1]), channel=Dies(channel_for("SMS")), at=now(), limit=9,
                    way=sending_way(ente, "SMS"))
"""


@pytest.mark.usefixtures("wired")
@pytest.mark.parametrize(("moment", "tries"), [("accepted", 1), ("lost", 2)])
def test_a_killed_worker_sends_nothing_twice(
    own_database, provider, ada, elena, moment, tries
) -> None:
    number = f"+39333555{1 if moment == 'accepted' else 2}900"
    with schema_context("borgo"):
        make_position(subject=make_subject(mobile=number))
        key = Service.objects.get(code="TARI").pk
        wave = plan_reminders(
            service_id=key, channel="SMS", actor=ada, at=now(), today=date(2026, 7, 1)
        )
        approve_wave(wave_id=wave.pk, actor=elena, at=now())
        start_wave(wave_id=wave.pk, actor=elena, at=now())
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "paybox.settings",
        "DATABASE_URL": app_url(own_database),
        "PAYBOX_TWILIO_URL": provider.url,
        "PAYBOX_TWILIO_ACCOUNT_SID": SID,
        "PAYBOX_TWILIO_AUTH_TOKEN": TOKEN,
    }
    died = subprocess.run(
        [sys.executable, "-c", WORKER, str(wave.pk), moment],
        env=environment, cwd=ROOT, timeout=60, check=False,
    )  # fmt: skip
    assert died.returncode == -signal.SIGKILL
    assert len(provider.to(number)) == (1 if moment == "accepted" else 0)
    with schema_context("borgo"):
        assert Attempt.objects.get().state == "IN_INVIO"
        channel = channel_for("SMS")
        way = sending_way(Ente.objects.get(schema_name="borgo"), "SMS")

        def resume(at) -> int:
            reconcile_attempts(wave_id=wave.pk, channel=channel, way=way, at=at)
            return send_next_items(wave_id=wave.pk, channel=channel, way=way, at=at, limit=9)

        assert resume(now()) == 0  # while the lease lasts somebody may still be sending
        assert not finish_wave(wave_id=wave.pk, actor=SENDER, at=now())
        after_lease = timezone.now() + LEASE + timedelta(minutes=1)
        resume(after_lease)
        resume(after_lease)
        (sms,) = provider.to(number)
        last = Attempt.objects.order_by("try_number").last()
        assert (last.try_number, last.state, last.provider_ref) == (tries, "ACCETTATO", sms["sid"])
        assert WaveItem.objects.get().state == "INVIATO"
        assert finish_wave(wave_id=wave.pk, actor=SENDER, at=after_lease)
        assert list(ledger_problems()) == []


@pytest.mark.usefixtures("wired")
def test_two_workers_share_a_wave_and_nobody_gets_it_twice(
    own_database, provider, ada, elena
) -> None:
    numbers = [f"+3933366{n:05d}" for n in range(1, 21)]
    with schema_context("borgo"):
        for n, number in enumerate(numbers):
            make_position(
                subject=make_subject(codice_fiscale=f"DUEPRV80A01H{n:03d}X", mobile=number)
            )
        key = Service.objects.get(code="TARI").pk
        wave = plan_reminders(
            service_id=key, channel="SMS", actor=ada, at=now(), today=date(2026, 7, 1)
        )
        approve_wave(wave_id=wave.pk, actor=elena, at=now())
        start_wave(wave_id=wave.pk, actor=elena, at=now())
        way = sending_way(Ente.objects.get(schema_name="borgo"), "SMS")

    def work() -> int:
        try:
            with schema_context("borgo"):
                return send_next_items(
                    wave_id=wave.pk, channel=channel_for("SMS"), way=way, at=now(), limit=50
                )
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as workers:
        done = [future.result() for future in [workers.submit(work) for _ in range(2)]]
    assert sum(done) == 20
    assert [len(provider.to(number)) for number in numbers] == [1] * 20
    with schema_context("borgo"):
        assert Attempt.objects.filter(state="ACCETTATO", try_number=1).count() == 20
        assert list(ledger_problems()) == []
