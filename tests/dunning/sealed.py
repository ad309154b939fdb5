"""A wave with messages and what was heard of them, written straight down: seals read rows, whoever wrote them."""

import hashlib
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from billing.models import Service
from dunning.models import Attempt, DeliveryEvent, Wave, WaveItem
from paybox.kernel.inbox import store_raw

FIRST = datetime(2026, 7, 1, 9, tzinfo=UTC)  # when its messages leave
NIGHT = datetime(2026, 7, 2, 1, 40, tzinfo=UTC)
DAY = timedelta(days=1)


def sent_wave(*, messages: int = 3, at: datetime = FIRST) -> Wave:
    """As many SMS a second apart, each taken in charge a minute later."""
    wave = Wave.objects.create(
        kind="SOLLECITO", service=Service.objects.get(code="TARI"), channel="SMS", channels=["SMS"], template="generico",
        state="INVIATA", planned_on=at.date(), created_at=at, author_id=1, author_name="Ada Bianchi", started_at=at,
        recipients=messages,
    )  # fmt: skip
    for number in range(messages):
        left_at = at + timedelta(seconds=number)
        attempt = message(wave, f"+39333000{number:04d}", at=left_at)
        hear(attempt, "ACCETTATO", at=left_at + timedelta(minutes=1))
    return wave


def message(wave: Wave, address: str, *, at: datetime) -> Attempt:
    """To somebody new."""
    item = WaveItem.objects.create(
        wave=wave, key=str(uuid4()), position_ids=[], amount_cents=1_000, channel="SMS", address=address, updated_at=at
    )  # fmt: skip
    words = f"Promemoria a {address}"
    return Attempt.objects.create(
        item=item, channel="SMS", address=address, state="INVIATO", created_at=at, sent_at=at, body=words,
        subject_line="Promemoria", body_sha256=hashlib.sha256(words.encode()).hexdigest(),
    )  # fmt: skip


def hear(attempt: Attempt, status: str, *, at: datetime) -> DeliveryEvent:
    """What the provider says of it."""
    raw = store_raw(kind="dunning.sms", body=f"{attempt.uuid} {status}".encode(), at=at)
    return DeliveryEvent.objects.create(
        attempt=attempt, at=at, status=status, raw_message_id=raw.pk
    )
