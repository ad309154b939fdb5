"""The formal demand by registered letter, from the procedure to the clock: its words authorised, its day proved, the next step open."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from billing.selectors.ledger import ledger_problems
from dunning.models import CreditRules, StepTaken, TextVersion
from dunning.rules.step_drafts import StepDraft
from dunning.rules.template_checks import Act, Form
from dunning.selectors.handover import candidates
from dunning.selectors.limitation import clocks_of
from dunning.selectors.samples import wave_samples
from dunning.services.planning import plan_step
from dunning.services.refusals import ApprovalRefused, WaveRefused
from dunning.services.waves import approve_wave
from paybox.kernel.clock import move_clock_to, now, today
from registry.models import Subject
from tests.dunning.acting import (
    ADA,
    DUE,
    TURN,
    at_turn,
    authorise,
    delivered,
    posted,
    procedure,
    started,
    tari,
)

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("borgo"),
    pytest.mark.usefixtures("own_files"),
]
DEMAND = StepDraft("FORMALE", "SCADENZA", 60, ("LETTERA",), needs_approval=True)
AGAIN = StepDraft("FORMALE", "RECAPITO_PRECEDENTE", 20, ("LETTERA",), needs_approval=True)
ARRIVED = TURN + timedelta(days=6)


def test_from_the_procedure_to_the_clock(borgo, person: Callable[..., Subject]) -> None:
    rules = CreditRules.objects.create(service=tari(), kind="PERIODICO")
    procedure(DEMAND, AGAIN)
    move_clock_to(TURN)
    debt = at_turn(person(name="Bianchi Lia"))
    with pytest.raises(WaveRefused, match="manca il testo autorizzato dall'Ente: Lettera"):
        plan_step(service_id=tari().pk, number=1, actor=ADA, at=now(), today=today())
    authorise(Act.DEMAND, Form.LETTER)
    wave = plan_step(service_id=tari().pk, number=1, actor=ADA, at=now(), today=today())
    text = TextVersion.objects.get()
    assert wave.texts == {"LETTERA": text.pk}
    (sample,) = wave_samples(wave, borgo, "https://borgo.example/")
    with pytest.raises(ApprovalRefused, match="persona diversa"):
        approve_wave(wave_id=wave.pk, actor=ADA, at=now())
    batch = posted(started(wave), borgo)
    letter = batch.letters.get()
    assert "\n\n".join(letter.words["paragraphs"]) == sample.text
    assert letter.words["subject"] == sample.subject
    ((_, before, acts),) = clocks_of([debt], rules)
    assert (before.last_day, acts) == (date(2031, 6, 16), 0)
    assert [c.reason for c in candidates(service=tari(), on=today())] == ["NON_NOTIFICATA"]
    delivered(batch, ARRIVED, ["628000000033"])
    letter.refresh_from_db()
    assert (letter.perfected_on, StepTaken.objects.get().delivered_on) == (ARRIVED, ARRIVED)
    ((_, after, acts),) = clocks_of([debt], rules)
    assert (after.last_day, acts) == (ARRIVED.replace(year=ARRIVED.year + 5), 1)
    assert [c.reason for c in candidates(service=tari(), on=today())] == [""]
    for days, reason in ((19, "NON_ANCORA"), (20, "")):
        move_clock_to(ARRIVED + timedelta(days=days))
        nxt = plan_step(service_id=tari().pk, number=2, actor=ADA, at=now(), today=today())
        assert nxt.items.get().reason == reason
    assert list(ledger_problems()) == []


def test_without_the_proof_the_procedure_stands_still(
    borgo, person: Callable[..., Subject]
) -> None:
    procedure(DEMAND, AGAIN)
    authorise(Act.DEMAND, Form.LETTER)
    move_clock_to(TURN)
    at_turn(person())
    wave = plan_step(service_id=tari().pk, number=1, actor=ADA, at=now(), today=today())
    posted(started(wave), borgo)
    move_clock_to(DUE + timedelta(days=300))
    nxt = plan_step(service_id=tari().pk, number=2, actor=ADA, at=now(), today=today())
    assert nxt.items.get().reason == "NON_RECAPITATO"
