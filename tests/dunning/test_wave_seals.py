"""The register of a wave: sealed by night upon the night before; whatever is dropped, added or changed later is named."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django_tenants.utils import schema_context

from dunning.inbound.night import tidy
from dunning.models import (
    Attempt,
    DeliveryEvent,
    Letter,
    LetterEvent,
    PrintBatch,
    ReceiptCard,
    SealCheck,
    SealRound,
    Wave,
    WaveSeal,
)
from dunning.selectors.sealed_facts import sealed_facts
from dunning.selectors.wave_proof import verify_wave
from dunning.services.sealing import seal_waves
from paybox.kernel.models import Job
from tests.dunning.sealed import DAY, FIRST, NIGHT, hear, message, sent_wave
from tests.plugin import app_url, owner_url

ROOT = Path(__file__).resolve().parents[2]
HOUR = timedelta(hours=1)

# A night that is killed with the first wave sealed and the second one half read.
KILLED = """
import os, signal, sys, django
django.setup()
from datetime import datetime
from django_tenants.utils import schema_context
from dunning.services import sealing

read = sealing.sealed_facts

def dies(wave_id, **span):
    for number, fact in enumerate(read(wave_id, **span)):
        if wave_id == int(sys.argv[1]) and number == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        yield fact

sealing.sealed_facts = dies
with schema_context("borgo"):
    sealing.seal_waves(at=datetime.fromisoformat(sys.argv[2]))
"""


def seals(wave: Wave) -> list[tuple[int, int, int]]:
    found = WaveSeal.objects.filter(wave=wave).order_by("number")
    return list(found.values_list("number", "messages", "events"))


def some(wave: Wave) -> Attempt:
    return Attempt.objects.filter(item__wave=wave).earliest("pk")


@pytest.mark.django_db
@pytest.mark.usefixtures("borgo")
class TestSealing:
    def test_a_night_closes_what_the_day_brought_upon_the_night_before(self) -> None:
        wave = sent_wave()
        assert seal_waves(at=NIGHT) == 1
        hear(some(wave), "CONSEGNATO", at=NIGHT + HOUR)
        assert seal_waves(at=NIGHT + DAY) == 1
        assert seals(wave) == [(1, 3, 3), (2, 0, 1)]
        first, second = WaveSeal.objects.order_by("number")
        assert (first.since_at, first.previous, first.until_at) == (None, "", NIGHT - HOUR)
        assert (second.since_at, second.previous) == (first.until_at, first.sha256)
        proof = verify_wave(wave=wave)
        assert (proof.seals, proof.messages, proof.events, proof.broken) == (2, 3, 4, None)

    def test_twice_a_night_is_once_and_without_news_there_is_no_seal(self) -> None:
        wave = sent_wave()
        assert [seal_waves(at=NIGHT), seal_waves(at=NIGHT), seal_waves(at=NIGHT + HOUR)] == [1, 0, 0]  # fmt: skip
        assert seal_waves(at=NIGHT + DAY) == 0
        assert seals(wave) == [(1, 3, 3)]
        assert verify_wave(wave=wave).broken is None

    def test_what_is_heard_in_the_last_hour_is_of_the_next_seal(self) -> None:
        wave = sent_wave()
        hear(some(wave), "INVIATO", at=NIGHT - HOUR - timedelta(microseconds=1))
        hear(some(wave), "CONSEGNATO", at=NIGHT - HOUR)
        seal_waves(at=NIGHT)
        assert seals(wave) == [(1, 3, 4)]
        assert verify_wave(wave=wave).waiting == 1
        seal_waves(at=NIGHT + DAY)
        assert seals(wave) == [(1, 3, 4), (2, 0, 1)]

    def test_a_late_event_lands_in_the_next_seal_of_its_own_wave(self) -> None:
        early, later = sent_wave(), sent_wave(at=FIRST + DAY)
        seal_waves(at=NIGHT + DAY)
        hear(some(early), "CONSEGNATO", at=NIGHT + 30 * DAY)
        seal_waves(at=NIGHT + 31 * DAY)
        assert (seals(early), seals(later)) == ([(1, 3, 3), (2, 0, 1)], [(1, 3, 3)])

    def test_the_format_can_be_worked_out_by_hand(self) -> None:
        wave = sent_wave(messages=1)
        attempt = some(wave)
        event = DeliveryEvent.objects.get(attempt=attempt)
        address = hashlib.sha256(attempt.address.encode()).hexdigest()
        told = hashlib.sha256(f"{attempt.uuid} ACCETTATO".encode()).hexdigest()
        lines: list[list[object]] = [
            ["paybox-sigillo/1", str(wave.uuid), 1, None, "2026-07-02T00:40:00.000000Z", ""],
            [
                "messaggio", "2026-07-01T09:00:00.000000Z", attempt.pk, attempt.item_id, str(attempt.uuid), "1", "SMS",
                address, attempt.body_sha256, "",
            ],
            ["esito", "2026-07-01T09:01:00.000000Z", event.pk, attempt.pk, "ACCETTATO", "", told],
            ["totale", 1, 1],
        ]  # fmt: skip
        text = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
        seal_waves(at=NIGHT)
        assert WaveSeal.objects.get().sha256 == hashlib.sha256(text.encode()).hexdigest()

    def test_what_the_post_said_and_the_card_are_sealed_too(self) -> None:
        wave = sent_wave(messages=1)
        letter = _letter(some(wave))
        LetterEvent.objects.create(
            letter=letter, outcome="CONSEGNATA", code="RECRN001C", happened_on=FIRST.date(), at=FIRST + HOUR,
            actor_name="p",
        )  # fmt: skip
        ReceiptCard.objects.create(
            letter=letter, file="x", mime="image/png", sha256="ab" * 32, place="scatola 3", at=FIRST + 2 * HOUR,
            actor_name="p",
        )  # fmt: skip
        told = [(fact.kind.word, list(fact.words)) for fact in sealed_facts(wave.pk)][2:]
        assert told == [
            ("posta", ["CONSEGNATA", "RECRN001C", "2026-07-01", ""]),
            ("cartolina", ["ab" * 32, "scatola 3"]),
        ]
        seal_waves(at=NIGHT)
        assert seals(wave) == [(1, 1, 3)]

    def test_valle_notices_nothing(self, valle: Any) -> None:
        sent_wave()
        with schema_context("valle"):
            assert seal_waves(at=NIGHT) == 0
            assert (WaveSeal.objects.count(), SealRound.objects.count()) == (0, 1)
        assert not WaveSeal.objects.exists()

    def test_words_are_forgotten_and_the_chain_still_holds(self) -> None:
        wave = sent_wave()
        tidy(at=NIGHT)
        years_later = NIGHT + timedelta(days=800)
        tidy(at=years_later)
        assert set(Attempt.objects.values_list("body", "subject_line")) == {("", "")}
        assert verify_wave(wave=wave).broken is None
        assert SealCheck.objects.filter(wave=wave, broken=None).count() == 2


# What the owner of the tables can do and the product cannot; how it is undone; the seal that does not hold, and why.
TAMPERED = (
    (
        "DELETE FROM dunning_deliveryevent WHERE id = (SELECT max(id) FROM dunning_deliveryevent WHERE at < '2026-07-03')",
        "INSERT INTO dunning_deliveryevent OVERRIDING SYSTEM VALUE SELECT * FROM kept_event ON CONFLICT DO NOTHING",
        2, "3 messaggi e 3 esiti: ora risultano 3 messaggi e 2 esiti",
    ),
    (
        "UPDATE dunning_deliveryevent SET at = at - interval '1 minute' WHERE id = (SELECT min(id) FROM dunning_deliveryevent)",
        "UPDATE dunning_deliveryevent SET at = at + interval '1 minute' WHERE id = (SELECT min(id) FROM dunning_deliveryevent)",
        1, "la sua impronta non torna",
    ),
    (
        "INSERT INTO dunning_deliveryevent (attempt_id, at, status, error_code) SELECT min(id), "
        "min(created_at) + interval '1 hour', 'CONSEGNATO', 'inventato' FROM dunning_attempt",
        "DELETE FROM dunning_deliveryevent WHERE error_code = 'inventato'",
        1, "3 messaggi e 3 esiti: ora risultano 3 messaggi e 4 esiti",
    ),
    (
        "UPDATE dunning_attempt SET address = address || '9' WHERE id = (SELECT min(id) FROM dunning_attempt)",
        "UPDATE dunning_attempt SET address = left(address, -1) WHERE id = (SELECT min(id) FROM dunning_attempt)",
        1, "la sua impronta non torna",
    ),
    (
        "UPDATE dunning_attempt SET created_at = created_at + interval '1 day' WHERE id = (SELECT min(id) FROM dunning_attempt)",
        "UPDATE dunning_attempt SET created_at = created_at - interval '1 day' WHERE id = (SELECT min(id) FROM dunning_attempt)",
        1, "ora risultano 2 messaggi e 3 esiti",
    ),
    (
        "UPDATE kernel_rawmessage SET sha256 = 'altro' WHERE id = (SELECT min(raw_message_id) FROM dunning_deliveryevent)",
        "UPDATE kernel_rawmessage SET sha256 = encode(sha256(body), 'hex')",
        1, "la sua impronta non torna",
    ),
    (
        "DELETE FROM dunning_waveseal WHERE number = 2",
        "INSERT INTO dunning_waveseal OVERRIDING SYSTEM VALUE SELECT * FROM kept_seal WHERE number = 2",
        2, "Manca il sigillo n. 2: dopo il n. 1 si trova il n. 3",
    ),
    (
        "DELETE FROM dunning_waveseal WHERE number = 3",
        "INSERT INTO dunning_waveseal OVERRIDING SYSTEM VALUE SELECT * FROM kept_seal WHERE number = 3",
        3, "Il sigillo n. 3 manca: 1 fra messaggi ed esiti",
    ),
    (
        "DELETE FROM dunning_waveseal",
        "INSERT INTO dunning_waveseal OVERRIDING SYSTEM VALUE SELECT * FROM kept_seal",
        1, "Il sigillo n. 1 manca: 13 fra messaggi ed esiti",
    ),
    (
        "UPDATE dunning_waveseal SET sha256 = repeat('0', 64) WHERE number = 2",
        "UPDATE dunning_waveseal s SET sha256 = k.sha256 FROM kept_seal k WHERE k.id = s.id",
        3, "Il sigillo n. 3 non riporta l'impronta del n. 2",
    ),
    (
        "UPDATE dunning_waveseal SET until_at = until_at - interval '1 hour' WHERE number = 1",
        "UPDATE dunning_waveseal SET until_at = until_at + interval '1 hour' WHERE number = 1",
        2, "Il sigillo n. 2 non comincia dove finisce il n. 1",
    ),
)  # fmt: skip


def test_what_the_owner_role_does_is_found_and_named(own_borgo: str) -> None:
    wave = sent_wave()
    seal_waves(at=NIGHT)
    for number in range(3):
        late = message(wave, f"+3933399900{number}", at=FIRST + DAY)
        hear(late, "ACCETTATO", at=FIRST + DAY)
    seal_waves(at=NIGHT + DAY)
    hear(some(wave), "CONSEGNATO", at=FIRST + 2 * DAY)
    seal_waves(at=NIGHT + 2 * DAY)
    assert seals(wave) == [(1, 3, 3), (2, 3, 3), (3, 0, 1)]
    with psycopg.connect(owner_url(own_borgo), autocommit=True) as owner:
        owner.execute("SET search_path TO borgo")
        owner.execute("CREATE TEMP TABLE kept_event AS SELECT * FROM dunning_deliveryevent")
        owner.execute("CREATE TEMP TABLE kept_seal AS SELECT * FROM dunning_waveseal")
        for done, undone, number, words in TAMPERED:
            owner.execute(done)
            broken = verify_wave(wave=wave).broken
            assert broken is not None, done
            assert (broken.number, words in broken.words) == (number, True), (done, broken)
            owner.execute(undone)
            assert verify_wave(wave=wave).broken is None, undone


def test_killed_in_the_middle_nothing_is_half_stored(own_borgo: str) -> None:
    first, second = sent_wave(), sent_wave()
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "paybox.settings",
        "DATABASE_URL": app_url(own_borgo),
    }
    died = subprocess.run(
        [sys.executable, "-c", KILLED, str(second.pk), NIGHT.isoformat()],
        env=environment, cwd=ROOT, timeout=60, check=False,
    )  # fmt: skip
    assert died.returncode == -signal.SIGKILL
    assert (seals(first), seals(second), SealRound.objects.count()) == ([(1, 3, 3)], [], 0)
    hear(some(second), "CONSEGNATO", at=NIGHT + HOUR)
    assert seal_waves(at=NIGHT + DAY) == 1
    assert (seals(first), seals(second)) == ([(1, 3, 3)], [(1, 3, 4)])
    assert [verify_wave(wave=one).broken for one in (first, second)] == [None, None]


def _letter(attempt: Attempt) -> Letter:
    job = Job.objects.create(kind="prova", title="Lettere", state=Job.State.DONE, created_at=FIRST, actor_name="p")  # fmt: skip
    batch = PrintBatch.objects.create(wave=attempt.item.wave, job=job, product="RACCOMANDATA_AR", created_at=FIRST)  # fmt: skip
    return Letter.objects.create(batch=batch, attempt=attempt, number=1, part=1, code="8001", lines=[], words={})  # fmt: skip
