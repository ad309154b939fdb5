"""SIGKILL around the DATA of a PEC: what was written down is looked up in the mailbox and never leaves twice."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from django_tenants.utils import schema_context

from billing.models import Service
from billing.selectors.ledger import ledger_problems
from dunning.inbound.channels import channel_for
from dunning.inbound.pec_rounds import pec_round
from dunning.inbound.ways import sending_way
from dunning.models import Attempt, PecConcern, PecMessage
from dunning.services.attempts import LEASE
from dunning.services.outcomes import SENDER
from dunning.services.pec_concerns import watch_pec
from dunning.services.planning import plan_reminders
from dunning.services.reconciling import reconcile_attempts
from dunning.services.sending import send_next_items
from dunning.services.waves import approve_wave, finish_wave, start_wave
from paybox.kernel.clock import now
from paybox.settings.environment import PecBox
from registry.models import Contact
from tenants.models import Ente
from tests.build import AT, make_position, make_subject
from tests.pec import BOX, PASSWORD, PecProvider
from tests.plugin import app_url
from tests.standins import until

ROOT = Path(__file__).resolve().parents[2]

# A worker that dies when the provider has said yes, when the bytes are written down, or before anything.
WORKER = """
import os, signal, sys, django
django.setup()
from django_tenants.utils import schema_context
from dunning.services.sending import send_next_items
from dunning.inbound.channels import channel_for
from dunning.inbound.ways import sending_way
from paybox.kernel.clock import now
from tenants.models import Ente

def die(): os.kill(os.getpid(), signal.SIGKILL)

class DyingRegister:
    def __init__(self, real): self.real = real
    def kept(self, attempt_id): return self.real.kept(attempt_id)
    def keep(self, message, raw):
        self.real.keep(message, raw)
        die()

class Dies:
    name = "PEC"
    def __init__(self, real): self.real = real
    def send(self, message):
        if sys.argv[2] == "written":
            self.real._register = DyingRegister(self.real._register)
        if sys.argv[2] != "lost":
            self.real.send(message)
        die()

ente = Ente.objects.get(schema_name="borgo")
with schema_context("borgo"):
    send_next_items(wave_id=int(sys.argv[1]), channel=Dies(channel_for("PEC")), at=now(), limit=9,
                    way=sending_way(ente, "PEC"))
"""

PLAIN_WORKER = """
import sys, django
django.setup()
from django_tenants.utils import schema_context
from dunning.services.sending import send_next_items
from dunning.inbound.channels import channel_for
from dunning.inbound.ways import sending_way
from paybox.kernel.clock import now
from tenants.models import Ente

ente = Ente.objects.get(schema_name="borgo")
with schema_context("borgo"):
    send_next_items(wave_id=int(sys.argv[1]), channel=channel_for("PEC"), at=now(), limit=500,
                    way=sending_way(ente, "PEC"))
"""


@pytest.mark.parametrize(
    ("moment", "left", "ends"),
    [
        ("accepted", 1, [("ACCETTATO", 1)]),
        ("written", 0, [("INCERTO", 1)]),
        ("lost", 0, [("FALLITO_TEMP", 1), ("ACCETTATO", 2)]),
    ],
)
def test_a_killed_worker_sends_no_pec_twice(
    own_database, pec, ada, elena, monkeypatch, moment, left, ends
) -> None:
    to = f"{moment}@pec.example"
    told = _wire(pec, f"{moment}.{BOX}", monkeypatch)
    wave_id = _started(to, ada, elena)
    environment = _environment(own_database, told)
    died = subprocess.run(
        [sys.executable, "-c", WORKER, str(wave_id), moment],
        env=environment,
        cwd=ROOT,
        timeout=60,
        check=False,
    )
    assert died.returncode == -signal.SIGKILL
    assert len(pec.taken(to)) == left
    with schema_context("borgo"):
        assert Attempt.objects.get().state == "IN_INVIO"
        way = sending_way(Ente.objects.get(schema_name="borgo"), "PEC")

        def resume(at) -> None:
            channel = channel_for("PEC")
            reconcile_attempts(wave_id=wave_id, channel=channel, way=way, at=at)
            send_next_items(wave_id=wave_id, channel=channel, way=way, at=at, limit=9)

        resume(now())  # while the lease lasts somebody may still be sending
        assert len(pec.taken(to)) == left
        after_lease = timezone.now() + LEASE + timedelta(minutes=1)
        for _ in range(3):
            resume(after_lease)
        assert list(Attempt.objects.order_by("pk").values_list("state", "try_number")) == ends
        assert len(pec.taken(to)) == (0 if moment == "written" else 1)
        assert finish_wave(wave_id=wave_id, actor=SENDER, at=after_lease)
        pec_round()
        last = Attempt.objects.order_by("pk").last()
        if moment == "written":
            within = {"acceptance_within": timedelta(hours=1), "delivery_within": timedelta(days=1)}
            assert watch_pec(at=now() + timedelta(hours=2), **within) == 1
            assert PecConcern.objects.get().kind == "SENZA_ACCETTAZIONE"
        else:
            assert last.state == "CONSEGNATO"
        assert PecMessage.objects.filter(kind="INVIATO").count() == 1
        assert list(ledger_problems()) == []


def test_workers_killed_at_random_leave_nobody_out_and_nobody_twice(
    own_database, pec, ada, elena, monkeypatch
) -> None:
    people, box = 60, f"tanti.{BOX}"
    addresses = [f"persona.{n}@pec.example" for n in range(people)]
    told = _wire(pec, box, monkeypatch)
    wave_id = _started(addresses[0], ada, elena, *addresses[1:])
    environment = _environment(own_database, told)

    def taken() -> list[str]:
        return [one["to"] for one in pec.taken("") if one["from"] == box]

    def reach(count: int) -> None:
        until(lambda: len(taken()) >= count, seconds=90)

    for threshold in (5, 17, 29, 41):
        worker = subprocess.Popen(
            [sys.executable, "-c", PLAIN_WORKER, str(wave_id)], env=environment, cwd=ROOT
        )
        reach(threshold)
        worker.kill()  # wherever it is: connecting, writing down, in DATA, committing
        assert worker.wait(timeout=20) == -signal.SIGKILL
    with schema_context("borgo"):
        way = sending_way(Ente.objects.get(schema_name="borgo"), "PEC")
        after_lease = timezone.now() + LEASE + timedelta(minutes=1)
        channel = channel_for("PEC")
        for _ in range(5):
            send_next_items(wave_id=wave_id, channel=channel, way=way, at=after_lease, limit=100)
            reconcile_attempts(wave_id=wave_id, channel=channel, way=way, at=after_lease)
        assert finish_wave(wave_id=wave_id, actor=SENDER, at=after_lease)
        pec_round()
        states = dict(Attempt.objects.order_by("try_number").values_list("address", "state"))
        got = Counter(taken())
        assert set(states) == set(addresses)
        assert max(got.values()) == 1
        assert {a for a, state in states.items() if state == "CONSEGNATO"} == set(got)
        assert {state for a, state in states.items() if a not in got} <= {"INCERTO"}
        assert people - len(got) <= 4  # at most one a kill, and it is listed
        assert list(ledger_problems()) == []


def _wire(pec: PecProvider, box: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """This process is wired to the provider; the answer tells another process how to be."""
    account = {"address": box, "password": PASSWORD}
    given: dict[str, Any] = {
        "pec_smtp_url": f"smtp://127.0.0.1:{pec.smtp}",
        "pec_imap_url": f"imap://127.0.0.1:{pec.imap}",
        "pec_ca_bundle": pec.authority,
    }
    for name, value in given.items():
        monkeypatch.setattr(settings.ENVIRONMENT, name, value)
    boxes = {"borgo": PecBox.model_validate(account)}
    monkeypatch.setattr(settings.ENVIRONMENT, "pec_accounts", boxes)
    told = {f"PAYBOX_{name.upper()}": str(value) for name, value in given.items()}
    return {**told, "PAYBOX_PEC_ACCOUNTS": json.dumps({"borgo": account})}


def _environment(database: str, told: dict[str, str]) -> dict[str, str]:
    known = {"DJANGO_SETTINGS_MODULE": "paybox.settings", "DATABASE_URL": app_url(database)}
    return {**os.environ, **told, **known}


def _started(address: str, ada: Any, elena: Any, *others: str) -> int:
    with schema_context("borgo"):
        for number, one in enumerate((address, *others)):
            subject = make_subject(codice_fiscale=f"PECPRV80A01H{number:03d}X")
            Contact.objects.create(
                subject=subject, kind="PEC", value=one, source="prova", created_at=AT
            )
            make_position(subject=subject)
        key = Service.objects.get(code="TARI").pk
        wave = plan_reminders(
            service_id=key, channel="PEC", actor=ada, at=now(), today=date(2026, 7, 1)
        )
        approve_wave(wave_id=wave.pk, actor=elena, at=now())
        start_wave(wave_id=wave.pk, actor=elena, at=now())
        return wave.pk
