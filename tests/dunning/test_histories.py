"""Over any history, with the clock moved and every wave truly sent: no step skipped, none repeated, none after the payment."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.models import Position, Service
from billing.selectors.ledger import ledger_problems
from dunning.models import Attempt, Hold, StepTaken, Wave
from dunning.rules.delivery import DeliveryStatus
from dunning.rules.step_drafts import StepDraft
from dunning.rules.steps import SPACING_DAYS
from dunning.services.outcomes import News, take_news
from dunning.services.planning import plan_step
from dunning.services.policies import write_policy
from dunning.services.refusals import ApprovalRefused, WaveRefused
from dunning.services.waves import approve_wave, cancel_wave, pause_wave, start_wave
from paybox.kernel.clock import move_clock_to, now, today
from registry.models import Subject
from tests.build import AT, make_position, pay
from tests.dunning.acting import ADA, ELENA
from tests.dunning.conftest import drain
from tests.standins import Provider, Sink

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("borgo", "wired")]
DUE = date(2026, 6, 16)
STEPS = (
    StepDraft("CORTESIA", "SCADENZA", 10, ("SMS",), needs_approval=True),
    StepDraft("CORTESIA", "INVIO_PRECEDENTE", 14, ("EMAIL", "SMS"), needs_approval=True),
    StepDraft("CORTESIA", "RECAPITO_PRECEDENTE", 7, ("SMS",), needs_approval=True),
)
WHAT = (
    *["run"] * 6, *["deliver"] * 3, "simulate", *["start what waits"] * 2, "give up half way", "part", "pay", "hold",
    *["lift"] * 2, "new version",
)  # fmt: skip
HAPPENS = st.lists(st.tuples(st.integers(2, 20), st.sampled_from(WHAT)), min_size=9, max_size=14)


@dataclass
class Story:
    """One debtor. ``waiting``: approved and not started; ``at_payment``: the messages she had got when she paid."""

    position: Position
    provider: Provider
    sink: Sink
    waiting: list[Wave] = field(default_factory=list)
    at_payment: int | None = None

    def messages(self) -> int:
        contacts = self.position.subject.contacts
        number, mailbox = (contacts.get(kind=kind).value for kind in ("MOBILE", "EMAIL"))
        return len(self.provider.to(number)) + len(self.sink.to(mailbox))

    def happen(self, what: str) -> None:
        match what:
            case "run":
                for wave in self._approved():
                    self._start(wave)
            case "simulate":
                self.waiting += self._approved()
            case "start what waits" if self.waiting:
                self._start(self.waiting.pop(0))
            case "give up half way":
                for wave in self._approved():
                    start_wave(wave_id=wave.pk, actor=ELENA, at=now())
                    pause_wave(wave_id=wave.pk, actor=ELENA, at=now())
                    cancel_wave(wave_id=wave.pk, actor=ELENA, at=now())
                    drain()
            case "deliver":
                for attempt in Attempt.objects.filter(state="ACCETTATO"):
                    take_news(attempt_id=attempt.pk, news=News(DeliveryStatus.CONSEGNATO), at=now())
            case "part" if self.at_payment is None:
                self._pay(1)
            case "pay" if self.at_payment is None:
                self._pay(1)
                self._pay(2)
                self.at_payment = self.messages()
            case "hold":
                subject = self.position.subject
                Hold.objects.create(subject=subject, reason="CONTESTAZIONE", since=today(), actor_name="p", created_at=now())  # fmt: skip
            case "lift":
                Hold.objects.filter(lifted_at=None).update(lifted_at=now())
            case "new version":
                days = 10 + Wave.objects.count() % 3
                first = StepDraft("CORTESIA", "SCADENZA", days, ("SMS",), needs_approval=True)
                write(first, *STEPS[1:])

    def _approved(self) -> list[Wave]:
        """The waves of today that have somebody, whichever steps they are of."""
        service_id, approved = self.position.service_id, []
        for number in range(1, len(STEPS) + 1):
            wave = plan_step(service_id=service_id, number=number, actor=ADA, at=now(), today=today())  # fmt: skip
            if wave.recipients:
                approved.append(approve_wave(wave_id=wave.pk, actor=ELENA, at=now()))
        return approved

    def _start(self, wave: Wave) -> None:
        try:
            start_wave(wave_id=wave.pk, actor=ELENA, at=now())
        except (ApprovalRefused, WaveRefused):  # too old, or of another procedure
            return
        drain()

    def _pay(self, number: int) -> None:
        rate = self.position.instalments.get(number=number)
        if rate.state == "PAGABILE":
            pay(rate.notice_number, rate.amount_cents, at=now())


def write(*steps: StepDraft) -> None:
    tari = Service.objects.get(code="TARI")
    write_policy(service_id=tari.pk, steps=steps, actor=ADA, at=now())


@contextmanager
def nothing_kept() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(happens=HAPPENS)
def test_over_any_history_truly_sent(
    person: Callable[[], Subject], provider: Provider, sink: Sink, happens: Sequence[tuple[int, str]]
) -> None:  # fmt: skip
    with nothing_kept():
        move_clock_to(DUE + timedelta(days=10))
        story = Story(make_position(subject=person(), due_on=DUE), provider, sink)
        Position.objects.update(noticed_at=AT)
        write(*STEPS)
        for days, what in happens:
            move_clock_to(today() + timedelta(days=days))
            story.happen(what)
        taken = list(StepTaken.objects.order_by("step").values_list("step", "taken_on"))
        assert [step for step, _ in taken] == list(range(1, len(taken) + 1))
        assert all((after - before).days >= SPACING_DAYS for (_, before), (_, after) in pairwise(taken))  # fmt: skip
        assert story.messages() == len(taken)
        assert story.at_payment in (None, story.messages())
        assert list(ledger_problems()) == []
