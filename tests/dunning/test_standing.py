"""What leaves by itself: once a day, up to the cap, and only while it looks as it always did."""

from datetime import date, timedelta
from typing import Any

import pytest

from billing.models import Position, Service, SourceFreshness
from dunning.channels.library import ready_text
from dunning.models import Attempt, DunningPolicy, PolicyStep, StandingApproval, Wave
from dunning.rules.standing import deviates
from dunning.rules.step_drafts import StepDraft
from dunning.rules.template_checks import Act, Block, Form
from dunning.services.policies import write_policy
from dunning.services.refusals import ApprovalRefused
from dunning.services.standing import approve_standing, resume_standing
from dunning.services.standing_runs import run_standing
from dunning.services.waves import pause_wave, start_wave
from paybox.kernel.clock import move_clock_to, now, today
from tests.build import AT, make_position
from tests.dunning.acting import authorise
from tests.dunning.conftest import drain

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("borgo", "wired")]
DUE = date(2026, 6, 16)
STEPS = (
    StepDraft("CORTESIA", "SCADENZA", 10, ("SMS",), needs_approval=False),
    StepDraft("CORTESIA", "INVIO_PRECEDENTE", 14, ("EMAIL",), needs_approval=True),
)


@pytest.fixture
def first(ada) -> PolicyStep:
    service = Service.objects.get(code="TARI")
    policy = write_policy(service_id=service.pk, steps=STEPS, actor=ada, at=AT)
    move_clock_to(DUE + timedelta(days=10))
    return policy.steps.get(number=1)


def owing(person, count: int = 1, due_on: date = DUE) -> list[Position]:
    positions = [make_position(subject=person(), due_on=due_on, rates=()) for _ in range(count)]
    Position.objects.update(noticed_at=AT)
    return positions


def _as_tari(**changes: object) -> dict[str, Any]:
    tari = Service.objects.filter(code="TARI").values().get()
    return {name: value for name, value in tari.items() if name != "id"} | changes


def run() -> list[Wave]:
    return run_standing(at=now(), today=today())


def number_of(position: Position) -> str:
    return position.subject.contacts.get(kind="MOBILE").value


def test_the_first_sms_leaves_by_itself_and_the_second_alert_does_not(
    first, ada, elena, person, provider, sink
) -> None:
    (position,) = owing(person)
    assert run() == []  # nobody has approved it
    approve_standing(step_id=first.pk, daily_cap=10, actor=elena, at=now())
    (wave,) = run()
    drain()
    assert len(provider.to(number_of(position))) == 1
    wave.refresh_from_db()
    assert (wave.state, wave.author_name) == ("INVIATA", "invio automatico")
    assert wave.approver_name == "Elena Fabbri (approvazione permanente)"
    assert run() == []  # once a day
    move_clock_to(DUE + timedelta(days=40))
    assert run() == []
    assert sink.to(position.subject.contacts.get(kind="EMAIL").value) == []
    second = first.policy.steps.get(number=2)
    with pytest.raises(ApprovalRefused, match="ogni volta"):
        approve_standing(step_id=second.pk, daily_cap=10, actor=elena, at=now())


def test_who_wrote_the_procedure_does_not_approve_it(first, ada) -> None:
    with pytest.raises(ApprovalRefused, match="persona diversa"):
        approve_standing(step_id=first.pk, daily_cap=10, actor=ada, at=now())
    assert StandingApproval.objects.count() == 0


def test_the_cap_leaves_the_others_for_tomorrow(first, elena, person, provider) -> None:
    positions = owing(person, 3)
    approve_standing(step_id=first.pk, daily_cap=2, actor=elena, at=now())
    (wave,) = run()
    drain()
    assert sorted(wave.items.values_list("reason", flat=True)) == ["", "", "TETTO"]
    move_clock_to(DUE + timedelta(days=11))
    run()
    drain()
    assert [len(provider.to(number_of(p))) for p in positions] == [1, 1, 1]


def test_approved_again_the_same_day_it_sends_no_second_lot(first, elena, person) -> None:
    owing(person, 5)
    for _ in range(2):  # the button pressed twice, a new cap
        approve_standing(step_id=first.pk, daily_cap=2, actor=elena, at=now())
        run()
        drain()
    assert Attempt.objects.count() == 2
    move_clock_to(DUE + timedelta(days=11))
    run()
    drain()
    assert Attempt.objects.count() == 4


def test_what_was_left_over_at_night_counts_in_the_cap_of_the_next_day(
    first, elena, person
) -> None:
    owing(person, 6)
    approve_standing(step_id=first.pk, daily_cap=2, actor=elena, at=now())
    run()  # and nothing leaves before midnight
    move_clock_to(DUE + timedelta(days=11))
    run()
    drain()
    assert Attempt.objects.count() == 2


def test_an_unusual_day_waits_for_a_person(first, ada, elena, person, provider) -> None:
    standing = approve_standing(step_id=first.pk, daily_cap=500, actor=elena, at=now())
    for day in range(3):
        move_clock_to(DUE + timedelta(days=10 + day))
        owing(person, 2)
        run()
    drain()
    move_clock_to(DUE + timedelta(days=13))
    many = owing(person, 21)
    (wave,) = run()
    drain()
    standing.refresh_from_db()
    assert (wave.state, standing.paused_at is not None) == ("SIMULATA", True)
    assert "21 persone" in standing.message
    assert provider.to(number_of(many[0])) == []
    move_clock_to(DUE + timedelta(days=14))
    assert run() == []
    resume_standing(standing_id=standing.pk, actor=elena, at=now())
    (wave,) = run()  # somebody looked at them: they are not unusual a second time
    assert (wave.state, wave.recipients) == ("IN_INVIO", 21)
    drain()
    move_clock_to(DUE + timedelta(days=15))
    owing(person, 90)
    (wave,) = run()
    standing.refresh_from_db()
    assert (wave.state, "90 persone" in standing.message) == ("SIMULATA", True)


def test_a_queue_that_the_cap_empties_day_after_day_is_nothing_unusual(
    first, elena, person
) -> None:
    owing(person, 26)
    standing = approve_standing(step_id=first.pk, daily_cap=4, actor=elena, at=now())
    for day in range(7):
        move_clock_to(DUE + timedelta(days=10 + day))
        run()
        drain()
    standing.refresh_from_db()
    assert (standing.paused_at, standing.message) == (None, "")
    assert Attempt.objects.count() == 26


def test_what_stopped_yesterday_does_not_begin_anew_by_itself(first, elena, person) -> None:
    owing(person, 3)
    standing = approve_standing(step_id=first.pk, daily_cap=9, actor=elena, at=now())
    (wave,) = run()
    pause_wave(wave_id=wave.pk, actor=elena, at=now(), reason="Troppi messaggi non arrivano")
    move_clock_to(DUE + timedelta(days=11))
    assert run() == []
    standing.refresh_from_db()
    assert "è in pausa" in standing.message
    start_wave(wave_id=wave.pk, actor=elena, at=now())
    drain()
    owing(person, 1)
    (wave,) = run()
    standing.refresh_from_db()
    assert (wave.recipients, standing.message) == (1, "")


def test_one_that_cannot_leave_says_why_and_the_others_leave(ada, elena, person) -> None:
    """Its text was authorised, and cites what the law has since changed."""
    ready = ready_text("TARI", Act.MEMO, Form.EMAIL)
    assert ready is not None
    authorise(Act.MEMO, Form.EMAIL, blocks=(*ready.blocks, Block("Si veda l'{legge.intimazione}.")))
    by_mail = StepDraft("CORTESIA", "SCADENZA", 10, ("EMAIL",), needs_approval=False)
    Service.objects.create(**_as_tari(code="MENSA", name="Mensa"))
    approvals = []
    for code in ("TARI", "MENSA"):
        service = Service.objects.get(code=code)
        policy = write_policy(service_id=service.pk, steps=[by_mail], actor=ada, at=AT)
        make_position(subject=person(), service=code, due_on=DUE, rates=())
        step = policy.steps.get()
        approvals.append(approve_standing(step_id=step.pk, daily_cap=9, actor=elena, at=now()))
    Position.objects.update(noticed_at=AT)
    move_clock_to(date(2027, 1, 11))
    (wave,) = run()
    assert (wave.service.code, wave.state) == ("MENSA", "IN_INVIO")
    approvals[0].refresh_from_db()
    assert "cita norme cambiate" in approvals[0].message
    assert Wave.objects.count() == 1


def test_a_new_version_wants_a_new_approval(first, ada, elena, person) -> None:
    owing(person)
    standing = approve_standing(step_id=first.pk, daily_cap=5, actor=elena, at=now())
    write_policy(service_id=first.policy.service_id, steps=STEPS[:1], actor=ada, at=now())
    assert run() == []
    standing.refresh_from_db()
    assert "nuova approvazione" in standing.message
    assert DunningPolicy.objects.count() == 2


def test_without_fresh_news_of_payments_nothing_leaves(first, elena, person) -> None:
    owing(person)
    standing = approve_standing(step_id=first.pk, daily_cap=5, actor=elena, at=now())
    SourceFreshness.objects.create(source="PAGOPA", complete_until=now() - timedelta(days=4))
    assert run() == []
    standing.refresh_from_db()
    assert "Gli incassi sono fermi" in standing.message
    SourceFreshness.objects.update(complete_until=now())
    assert len(run()) == 1


@pytest.mark.parametrize(
    ("chosen", "earlier", "unlike"),
    [
        (1_000, [], False),
        (1_000, [100, 100], False),
        (1_000, [100, 100, 100], True),
        (150, [100, 100, 100], False),
        (151, [100, 100, 100], True),
        (49, [100, 100, 100], True),
        (15, [2, 2, 2], False),
        (0, [100, 100, 100], True),
        (100, [100, 100, 100, 9_000, 9_000], False),
    ],
)
def test_what_is_unusual(chosen: int, earlier: list[int], unlike: bool) -> None:
    assert deviates(chosen, earlier) is unlike
