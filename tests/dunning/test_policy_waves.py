"""A policy's waves from end to end: the step whose turn it is, for whom it is, by the channel that works."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.models import Position, Service
from billing.selectors.ledger import ledger_problems
from dunning.models import DunningPolicy, PolicyStep, StepTaken, Suppression, Wave
from dunning.rules.eligibility import stopped_by
from dunning.rules.step_drafts import StepDraft
from dunning.rules.steps import Gate, History, StepsRefused, Taken
from dunning.selectors.candidates import candidates_of
from dunning.selectors.policies import changes_between, current_policy
from dunning.services.planning import plan_step
from dunning.services.policies import write_policy
from dunning.services.refusals import ApprovalRefused, WaveRefused
from paybox.kernel.clock import move_clock_to, now, today
from tests.build import AT, make_position, pay
from tests.dunning.conftest import drain

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("borgo")]
DUE = date(2026, 6, 16)
SMS_THEN_MAIL = (
    StepDraft("CORTESIA", "SCADENZA", 10, ("SMS",), needs_approval=False),
    StepDraft("CORTESIA", "INVIO_PRECEDENTE", 14, ("EMAIL", "SMS", "LETTERA"), needs_approval=True),
    StepDraft("FORMALE", "SCADENZA", 60, ("PEC", "LETTERA"), needs_approval=True, costs_cents=783),
)


@pytest.fixture
def policy(ada) -> DunningPolicy:
    service = Service.objects.get(code="TARI")
    return write_policy(service_id=service.pk, steps=SMS_THEN_MAIL, actor=ada, at=AT)


def noticed(**given) -> Position:
    position = make_position(**given)
    Position.objects.filter(pk=position.pk).update(noticed_at=AT)
    return position


def step(number: int, ada, day: date | None = None) -> Wave:
    """The wave of that step, on that day of the movable clock."""
    if day:
        move_clock_to(day)
    service = Service.objects.get(code="TARI")
    return plan_step(service_id=service.pk, number=number, actor=ada, at=now(), today=today())


def send(wave: Wave, approver) -> None:
    from dunning.services.waves import approve_wave, start_wave

    approve_wave(wave_id=wave.pk, actor=approver, at=now())
    start_wave(wave_id=wave.pk, actor=approver, at=now())
    drain()


class TestPolicies:
    def test_a_version_is_never_changed(self, policy, ada) -> None:
        again = write_policy(service_id=policy.service_id, steps=SMS_THEN_MAIL, actor=ada, at=AT)
        assert again.pk == policy.pk
        shorter = write_policy(
            service_id=policy.service_id, steps=SMS_THEN_MAIL[:2], actor=ada, at=AT
        )
        assert (shorter.version, policy.steps.count()) == (2, 3)
        current = current_policy(service_id=policy.service_id)
        assert current is not None
        assert current.pk == shorter.pk
        gone = changes_between(policy, shorter)
        assert {(c.number, c.after) for c in gone} == {(3, "")}
        assert ("Spese addebitate", "7,83 €") in {(c.what, c.before) for c in gone}

    def test_the_database_refuses_to_change_one(self, policy) -> None:
        from django.db import ProgrammingError, transaction

        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            PolicyStep.objects.filter(policy=policy).update(offset_days=1)

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"channels": ()}, "almeno un canale"),
            ({"channels": ("LETTERA", "SMS")}, "ultima"),
            ({"costs_cents": 100}, "spese"),
            ({"holdout_percent": 80}, "confronto"),
            ({"kind": "FORMALE"}, "ogni volta"),
            ({"offset_days": 0}, "giorni"),
        ],
    )
    def test_what_cannot_be_a_step(self, ada, changes, words) -> None:
        wrong = replace(SMS_THEN_MAIL[0], **changes)
        service = Service.objects.get(code="TARI")
        with pytest.raises(StepsRefused, match=words):
            write_policy(service_id=service.pk, steps=[wrong], actor=ada, at=AT)
        assert DunningPolicy.objects.count() == 0

    def test_the_second_alert_never_goes_without_the_office_s_yes(self, ada) -> None:
        first, second, _ = SMS_THEN_MAIL
        before = replace(first, offset_days=-7)
        service = Service.objects.get(code="TARI")
        alone = replace(second, needs_approval=False)
        with pytest.raises(StepsRefused, match="Passo 2: dal secondo avviso"):
            write_policy(service_id=service.pk, steps=[before, first, alone], actor=ada, at=AT)
        write_policy(service_id=service.pk, steps=[before, first, second], actor=ada, at=AT)


class TestTurns:
    def test_the_first_step_waits_for_its_day_and_for_the_notice(self, policy, ada, person) -> None:
        noticed(subject=person())
        make_position(subject=person())
        early = step(1, ada, DUE + timedelta(days=9))
        assert set(early.items.values_list("reason", flat=True)) == {"NON_ANCORA", "NON_AVVISATO"}
        wave = step(1, ada, DUE + timedelta(days=10))
        assert sorted(wave.items.values_list("reason", flat=True)) == ["", "NON_AVVISATO"]

    def test_step_after_step_with_the_clock(
        self, policy, ada, elena, person, wired, provider, sink
    ) -> None:
        position = noticed(subject=person())
        number = position.subject.contacts.get(kind="MOBILE").value
        mailbox = position.subject.contacts.get(kind="EMAIL").value
        send(step(1, ada, DUE + timedelta(days=10)), elena)
        assert len(provider.to(number)) == 1
        again = step(1, ada, DUE + timedelta(days=20))
        assert again.items.get().reason == "GIA_INVIATO"
        soon = step(2, ada, DUE + timedelta(days=23))
        assert soon.items.get().reason == "NON_ANCORA"
        send(step(2, ada, DUE + timedelta(days=24)), elena)
        assert (len(provider.to(number)), len(sink.to(mailbox))) == (1, 1)
        taken = StepTaken.objects.filter(position=position).order_by("step")
        assert list(taken.values_list("step", "due_on", "taken_on")) == [
            (1, DUE, DUE + timedelta(days=10)),
            (2, DUE, DUE + timedelta(days=24)),
        ]
        pay(position.instalments.get(number=0).notice_number, 12_000)
        assert step(2, ada, DUE + timedelta(days=90)).items.count() == 0
        with pytest.raises(WaveRefused, match="si prepara in «Atti»"):
            step(3, ada)
        assert list(ledger_problems()) == []

    def test_two_waves_of_one_step_send_it_once(
        self, policy, ada, elena, person, wired, provider
    ) -> None:
        """Both were simulated and approved before either left."""
        position = noticed(subject=person())
        first, second = (step(1, ada, DUE + timedelta(days=10)) for _ in range(2))
        send(first, elena)
        send(second, elena)
        assert len(provider.to(position.subject.contacts.get(kind="MOBILE").value)) == 1
        assert second.items.get().reason == "GIA_INVIATO"

    def test_a_wave_of_a_procedure_that_changed_does_not_leave(
        self, policy, ada, elena, person
    ) -> None:
        from dunning.services.waves import approve_wave, start_wave

        noticed(subject=person(), rates=())
        approved, waiting = (step(1, ada, DUE + timedelta(days=10)) for _ in range(2))
        approve_wave(wave_id=approved.pk, actor=elena, at=now())
        write_policy(service_id=policy.service_id, steps=SMS_THEN_MAIL[:2], actor=ada, at=now())
        with pytest.raises(ApprovalRefused, match="procedura è cambiata"):
            approve_wave(wave_id=waiting.pk, actor=elena, at=now())
        with pytest.raises(ApprovalRefused, match="procedura è cambiata"):
            start_wave(wave_id=approved.pk, actor=elena, at=now())

    def test_lago_a_run_that_sent_nothing_has_taken_no_step(
        self, policy, ada, elena, person, wired, provider, monkeypatch
    ) -> None:
        from django.conf import settings as configured

        from dunning.services.waves import cancel_wave

        noticed(subject=person())
        right = configured.ENVIRONMENT.twilio_account_sid
        monkeypatch.setattr(configured.ENVIRONMENT, "twilio_account_sid", "AC" + "9" * 32)
        failed = step(1, ada, DUE + timedelta(days=10))
        send(failed, elena)
        assert StepTaken.objects.count() == 0
        cancel_wave(wave_id=failed.pk, actor=ada, at=now())
        monkeypatch.setattr(configured.ENVIRONMENT, "twilio_account_sid", right)
        again = step(1, ada)
        assert again.items.get().state == "PRONTO"


class TestCascade:
    def test_a_refused_mailbox_gets_an_sms_the_same_day(
        self, policy, ada, elena, person, wired, provider, sink
    ) -> None:
        position = noticed(subject=person(email="rifiuta@posta.example"))
        send(step(1, ada, DUE + timedelta(days=10)), elena)
        number = position.subject.contacts.get(kind="MOBILE").value
        wave = step(2, ada, DUE + timedelta(days=24))
        send(wave, elena)
        item = wave.items.get()
        assert (item.channel, item.rung, item.state) == ("SMS", 1, "INVIATO")
        assert [a.channel for a in item.attempts.order_by("try_number")] == ["EMAIL", "SMS"]
        assert len(provider.to(number)) == 2
        assert StepTaken.objects.filter(position=position, step=2).count() == 1
        assert position.subject.contacts.get(kind="EMAIL").quality == "NON_RAGGIUNTO"
        wave.refresh_from_db()
        assert wave.state == "INVIATA"

    def test_who_has_no_working_contact_is_left_for_paper(
        self, policy, ada, elena, person, wired
    ) -> None:
        """A listed address never stays in the queue for ever (OCA #447): the next rung is taken, or the reason said."""
        position = noticed(subject=person(email="", mobile="+393335550001"))
        send(step(1, ada, DUE + timedelta(days=10)), elena)
        Suppression.objects.create(
            channel="SMS", address="+393335550001", reason="OPPOSIZIONE", created_at=AT, actor_name="p"
        )  # fmt: skip
        wave = step(2, ada, DUE + timedelta(days=24))
        assert wave.items.get().channel == "LETTERA"
        send(wave, elena)
        assert wave.items.get().state == "DA_STAMPARE"
        assert StepTaken.objects.filter(position=position, step=2).exists()

    def test_down_the_cascade_too_what_did_not_leave_is_not_counted(
        self, policy, ada, elena, person, wired, provider, monkeypatch
    ) -> None:
        """Her mailbox was listed after the approval, and the SMS met a fault of ours: nothing left."""
        from django.conf import settings as configured

        position = noticed(subject=person())
        send(step(1, ada, DUE + timedelta(days=10)), elena)
        wave = step(2, ada, DUE + timedelta(days=24))
        mailbox = position.subject.contacts.get(kind="EMAIL").value
        Suppression.objects.create(
            channel="EMAIL", address=mailbox, reason="OPPOSIZIONE", created_at=AT, actor_name="p"
        )
        monkeypatch.setattr(configured.ENVIRONMENT, "twilio_account_sid", "AC" + "9" * 32)
        send(wave, elena)
        wave.refresh_from_db()
        item = wave.items.get()
        assert (wave.state, item.state, item.channel) == ("IN_PAUSA", "PRONTO", "SMS")
        assert not StepTaken.objects.filter(step=2).exists()

    def test_oca_447_listed_after_approval(
        self, policy, ada, elena, person, wired, provider
    ) -> None:
        position = noticed(subject=person())
        number = position.subject.contacts.get(kind="MOBILE").value
        wave = step(1, ada, DUE + timedelta(days=10))
        Suppression.objects.create(
            channel="SMS", address=number, reason="OPPOSIZIONE", created_at=AT, actor_name="p"
        )
        send(wave, elena)
        wave.refresh_from_db()
        assert (wave.state, wave.items.get().reason) == ("INVIATA", "DA_NON_DISTURBARE")
        assert provider.to(number) == []


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    gate=st.builds(
        Gate, st.integers(0, 3), st.integers(1, 40), st.none() | st.integers(7, 40), st.none() | st.integers(0, 40)
    ),
    taken=st.lists(
        st.tuples(st.integers(1, 60), st.none() | st.integers(1, 60)), max_size=3
    ),
    hold=st.sampled_from(["", "", "CONTESTAZIONE", "DECESSO", "MANUALE"]),
    has_notice=st.booleans(),
    days=st.integers(1, 90),
)  # fmt: skip
def test_the_database_and_the_rule_give_the_same_verdict(
    borgo, gate, taken, hold, has_notice, days
) -> None:
    """``candidates_of`` asks a million debts at once what ``stopped_by`` asks of one."""
    from django.db import transaction

    from dunning.models import Hold, WaveItem
    from dunning.selectors.waves import waves_newest_first
    from tests.build import make_subject

    on = DUE + timedelta(days=days)
    with transaction.atomic():
        position = make_position(subject=make_subject())
        Position.objects.filter(pk=position.pk).update(noticed_at=AT if has_notice else None)
        wave = waves_newest_first().first() or _any_wave(position.service)
        steps = []
        for number, (after, delivered) in enumerate(taken, 1):
            one = Taken(
                number,
                DUE,
                DUE + timedelta(days=after),
                DUE + timedelta(days=delivered) if delivered else None,
            )
            steps.append(one)
            item = WaveItem.objects.create(
                wave=wave, subject=position.subject, position_ids=[position.pk], key=f"{number}", amount_cents=1,
                updated_at=AT,
            )  # fmt: skip
            StepTaken.objects.create(
                position=position,
                due_on=DUE,
                step=number,
                item=item,
                taken_on=one.on,
                delivered_on=one.delivered_on,
            )
        if hold:
            Hold.objects.create(
                subject=position.subject, reason=hold, since=DUE, actor_name="p", created_at=AT
            )
        (found,) = candidates_of(service_id=position.service_id, gate=gate, on=on, at=AT)
        history = History(DUE, AT.date() if has_notice else None, tuple(steps))
        wanted = stopped_by(hold=hold, gate=gate, history=history, on=on)
        assert found.stopped == (wanted.value if wanted else "")
        transaction.set_rollback(True)


def _any_wave(service: Service) -> Wave:
    return Wave.objects.create(
        kind="SOLLECITO", service=service, channel="SMS", template="tari", planned_on=DUE, created_at=AT, author_id=1,
        author_name="p",
    )  # fmt: skip
