"""Borgo wired to real stand-ins: the doors of dunning send where a test can read."""

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from billing.models import Load, Position, Service
from dunning.models import Wave
from dunning.services.waves import approve_wave, start_wave
from paybox.kernel.actor import Actor
from paybox.kernel.models import OutboxEntry
from paybox.kernel.queue import answer_bell
from registry.models import Subject
from tests.build import AT, make_position, make_subject
from tests.platforms import Send
from tests.standins import SID, TOKEN, Provider, Sink

_people = count(1)


@pytest.fixture
def acts(send: Send, person: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    from tests.dunning.acting_send import acts_at

    return acts_at(send, person, monkeypatch)


@pytest.fixture
def wired(sink: Sink, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """This installation's environment names the stand-ins of this run."""
    from pydantic import SecretStr

    given: dict[str, Any] = {
        "email_port": sink.smtp_port,
        "twilio_url": provider.url,
        "twilio_account_sid": SID,
        "twilio_auth_token": SecretStr(TOKEN),
    }
    for name, value in given.items():
        monkeypatch.setattr(settings.ENVIRONMENT, name, value)


@pytest.fixture
def elena() -> Actor:
    return Actor(2, "Elena Fabbri")


@pytest.fixture
def person() -> Callable[..., Subject]:
    """A new debtor with her own mobile and e-mail; override what matters."""

    def build(**changes: Any) -> Subject:
        number = next(_people)
        mine = {
            "codice_fiscale": f"PRSPRV80A01H{number:03d}X",
            "name": f"Persona Prova {number}",
            "mobile": f"+3933377{number:05d}",
            "email": f"persona.{number}.{id(build)}@posta.example",
        }
        return make_subject(**{**mine, **changes})

    return build


def loaded(*positions: Position) -> Load:
    """The positions as if they had come from one confirmed file."""
    load = Load.objects.create(
        service=Service.objects.get(code="TARI"),
        filename="tari.csv",
        sha256="0" * 64,
        raw_message_id=0,
        state=Load.State.CONFIRMED,
        created_at=AT,
        actor_name="prova",
    )
    Position.objects.filter(pk__in=[p.pk for p in positions]).update(load=load)
    return load


def go(wave: Wave, approver: Actor, *, schema: str = "borgo") -> None:
    """Approve, start, and answer the bells until none is due."""
    approve_wave(wave_id=wave.pk, actor=approver, at=AT)
    start_wave(wave_id=wave.pk, actor=approver, at=AT)
    drain(schema)


def drain(schema: str = "borgo") -> None:
    while due := OutboxEntry.objects.waiting(at=timezone.now()).filter(queue="waves").first():
        answer_bell(schema=schema, entry_id=due.pk)


__all__ = ["AT", "drain", "go", "loaded", "make_position"]
