"""Each step of a procedure says its own text: two steps, two messages; and no other words when its text is not authorised."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django_tenants.utils import schema_context

from billing.selectors.ledger import ledger_problems
from dunning.models import Attempt, DunningPolicy, TextVersion, Wave
from dunning.rules.step_drafts import StepDraft
from dunning.rules.steps import StepsRefused
from dunning.rules.template_checks import Act, Block, Form, TextRefused
from dunning.selectors.chosen_texts import step_texts, steps_saying, wave_texts
from dunning.selectors.effect import step_outcome
from dunning.selectors.policies import changes_between, current_policy
from dunning.selectors.samples import wave_samples
from dunning.selectors.texts import named_texts, text_in_force
from dunning.services.act_batches import WORK, approve_acts
from dunning.services.act_sending import plan_act_wave
from dunning.services.planning import plan_step
from dunning.services.refusals import ApprovalRefused, WaveRefused
from dunning.services.standing import approve_standing
from dunning.services.standing_runs import run_standing
from dunning.services.texts import approve_text, retire_text
from dunning.services.waves import approve_wave, start_wave
from paybox.kernel.clock import move_clock_to, now, today
from registry.models import Subject
from tests.build import AT
from tests.dunning.acting import (
    ADA,
    DUE,
    ELENA,
    TURN,
    answer,
    at_turn,
    authorise,
    planned,
    posted,
    procedure,
    started,
    tari,
    written,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("borgo", "own_files")]
Person = Callable[..., Subject]
FIRM = "Secondo sollecito, fermo"
LAST_CALL = Block(
    "{ente}: secondo invito, restano da pagare {importo}. Paghi con {avvisi}. Se ha già pagato, grazie."
)
FIRST = StepDraft("CORTESIA", "SCADENZA", 10, ("SMS",), needs_approval=True)
SECOND = StepDraft("CORTESIA", "INVIO_PRECEDENTE", 14, ("SMS",), needs_approval=True, text=FIRM)
FORMAL = StepDraft("FORMALE", "SCADENZA", 60, ("LETTERA",), needs_approval=True, text=FIRM)


def firm_sms(**changes: object) -> TextVersion:
    return authorise(Act.REMINDER, Form.SMS, variant=FIRM, blocks=(LAST_CALL,), **changes)


def turn(number: int, day: date | None = None) -> Wave:
    """The wave of that step, on that day."""
    if day:
        move_clock_to(day)
    return plan_step(service_id=tari().pk, number=number, actor=ADA, at=now(), today=today())


def in_force() -> DunningPolicy:
    policy = current_policy(service_id=tari().pk)
    assert policy is not None
    return policy


@pytest.mark.usefixtures("wired")
def test_two_steps_two_texts_two_messages(borgo, valle, person: Person, provider) -> None:
    ordinary, firm = authorise(Act.MEMO, Form.SMS), firm_sms()
    procedure(FIRST, SECOND)
    debt = at_turn(person(name="Bianchi Lia"))
    first = turn(1, DUE + timedelta(days=10))
    started(first)
    second = turn(2, DUE + timedelta(days=24))
    (sample,) = wave_samples(second, borgo, "https://borgo.example/")
    started(second)
    assert (first.texts, second.texts) == ({"SMS": ordinary.pk}, {"SMS": firm.pk})
    assert ordinary.sha256 != firm.sha256
    gentle, strict = Attempt.objects.order_by("pk")
    assert "scadenza passata il 16/06/2026" in gentle.body
    assert strict.body == sample.text
    assert "secondo invito, restano da pagare 200,00" in strict.body
    number = debt.subject.contacts.get(kind="MOBILE").value
    assert {message["body"] for message in provider.to(number)} == {gentle.body, strict.body}
    (said,) = wave_texts(second, on=today())
    assert (said.label, said.version, said.trouble) == ("SMS", firm, "")
    assert list(ledger_problems()) == []
    with schema_context("valle"):
        assert not TextVersion.objects.exists()
        assert not Attempt.objects.exists()


@pytest.mark.usefixtures("wired")
def test_each_form_of_the_cascade_says_the_named_text(borgo, person: Person) -> None:
    """Who has no e-mail gets the letter of the same name, and the ordinary letter is not read by anybody."""
    authorise(Act.REMINDER, Form.LETTER)
    subject = "{ente}: secondo e ultimo invito"
    by_mail = authorise(Act.REMINDER, Form.EMAIL, variant=FIRM, subject=subject)
    on_paper = authorise(Act.REMINDER, Form.LETTER, variant=FIRM, subject=subject)
    procedure(replace(SECOND, anchor="SCADENZA", channels=("EMAIL", "LETTERA")))
    at_turn(person(name="Aldi Piera"))
    at_turn(person(name="Bassi Remo", email="", mobile=""))
    wave = turn(1, TURN)
    assert wave.texts == {"EMAIL": by_mail.pk, "LETTERA": on_paper.pk}
    seen = {
        sample.channel: sample for sample in wave_samples(wave, borgo, "https://borgo.example/")
    }
    assert {one.subject for one in seen.values()} == {"Comune di Borgo: secondo e ultimo invito"}
    letter = posted(started(wave), borgo).letters.get()
    assert letter.words["subject"] == "Comune di Borgo: secondo e ultimo invito"
    assert "\n\n".join(letter.words["paragraphs"]) == seen["Lettera"].text


class TestRefusals:
    """What is not authorised is refused where the procedure is written, and again where the wave is simulated."""

    def test_nobody_wrote_or_authorised_it(self) -> None:
        with pytest.raises(
            StepsRefused,
            match=r"Passo 2: il testo «Secondo.*non ha, come promemoria o sollecito, .*SMS",
        ):
            procedure(FIRST, SECOND)
        waiting = written(Act.REMINDER, Form.SMS, variant=FIRM)
        with pytest.raises(StepsRefused, match="versione autorizzata in vigore per: SMS"):
            procedure(FIRST, SECOND)
        assert DunningPolicy.objects.count() == 0
        approve_text(version_id=waiting.pk, actor=ELENA, at=AT)
        procedure(FIRST, SECOND)
        assert in_force().version == 1

    def test_one_channel_of_the_cascade_is_enough(self) -> None:
        firm_sms()
        with pytest.raises(StepsRefused, match=r"in vigore per: E-mail, Lettera$"):
            procedure(replace(FIRST, channels=("SMS", "EMAIL", "LETTERA"), text=FIRM))

    def test_the_text_of_another_act_is_another_text(self) -> None:
        authorise(Act.REMINDER, Form.LETTER, variant=FIRM)
        authorise(Act.DEMAND, Form.LETTER)
        with pytest.raises(StepsRefused, match="come sollecito formale"):
            procedure(FORMAL)

    def test_before_the_due_date_there_is_one_text_alone(self) -> None:
        firm_sms()
        early = StepDraft("CORTESIA", "SCADENZA", -7, ("SMS",), needs_approval=True, text=FIRM)
        with pytest.raises(StepsRefused, match="nulla è ancora scaduto"):
            procedure(early, FIRST)

    @pytest.mark.parametrize("step", [replace(SECOND, anchor="SCADENZA"), FORMAL])
    def test_retired_afterwards_the_step_says_nothing_else(self, person: Person, step) -> None:
        """The ordinary text is in force and is not used in its place."""
        act = Act.DEMAND if step.kind == "FORMALE" else Act.REMINDER
        form = Form(step.channels[0])
        authorise(act, form)
        named = authorise(act, form, variant=FIRM)
        procedure(step)
        at_turn(person())
        retire_text(version_id=named.pk, reason="Nuovo regolamento", actor=ELENA, at=AT)
        with pytest.raises(WaveRefused, match=f"«{FIRM}» non ha"):
            turn(1, TURN)
        assert Wave.objects.count() == 0
        (told,) = step_texts(in_force().steps.get())
        assert (told.version, told.trouble) == (
            None,
            "Manca un testo autorizzato: il passo non può partire",
        )

    def test_acts_already_made_wait_for_their_text(self, person: Person) -> None:
        named = authorise(Act.DEMAND, Form.LETTER, variant=FIRM)
        procedure(replace(FORMAL, charges=("SPESE_NOTIFICA",)))
        move_clock_to(TURN)
        at_turn(person())
        batch = planned()
        approve_acts(batch_id=batch.pk, actor=ELENA, at=now())
        answer(WORK)
        retire_text(version_id=named.pk, reason="Nuovo regolamento", actor=ELENA, at=AT)
        with pytest.raises(WaveRefused, match=f"«{FIRM}» non ha"):
            plan_act_wave(batch_id=batch.pk, actor=ADA, at=now(), today=today())
        again = authorise(Act.DEMAND, Form.LETTER, variant=FIRM, term_days=20)
        wave = plan_act_wave(batch_id=batch.pk, actor=ADA, at=now(), today=today())
        assert wave.texts == {"LETTERA": again.pk}
        assert list(ledger_problems()) == []

    def test_what_leaves_by_itself_waits_and_says_why(self, person: Person) -> None:
        named = firm_sms()
        procedure(replace(SECOND, anchor="SCADENZA", needs_approval=False))
        at_turn(person())
        move_clock_to(TURN)
        standing = approve_standing(
            step_id=in_force().steps.get().pk, daily_cap=10, actor=ELENA, at=now()
        )
        retire_text(version_id=named.pk, reason="Nuovo regolamento", actor=ELENA, at=AT)
        assert run_standing(at=now(), today=today()) == []
        standing.refresh_from_db()
        assert f"«{FIRM}» non ha" in standing.message
        assert standing.ended_at is None
        firm_sms(term_days=20)
        (wave,) = run_standing(at=now(), today=today())
        assert wave.recipients == 1


class TestFrozen:
    """The text is in what was approved: another version of it voids the approval, another text does not."""

    def approved(self, person: Person) -> Wave:
        firm_sms()
        procedure(replace(SECOND, anchor="SCADENZA"))
        at_turn(person())
        wave = turn(1, TURN)
        return approve_wave(wave_id=wave.pk, actor=ELENA, at=now(), seen=wave.snapshot_sha256)

    def test_a_new_version_voids_the_approval(self, person: Person) -> None:
        wave = self.approved(person)
        authorise(Act.REMINDER, Form.SMS)
        assert [told.trouble for told in wave_texts(wave, on=today())] == [""]
        firm_sms(term_days=20)
        with pytest.raises(
            ApprovalRefused,
            match=f"«{FIRM} .Sollecito bonario, SMS.», versione 1, non è autorizzato",
        ):
            start_wave(wave_id=wave.pk, actor=ADA, at=now())
        assert "non è autorizzato" in wave_texts(wave, on=today())[0].trouble

    def test_the_ordinary_text_of_another_step_does_not(self, person: Person) -> None:
        wave = self.approved(person)
        authorise(Act.REMINDER, Form.SMS)
        authorise(Act.REMINDER, Form.SMS, variant="Terzo sollecito")
        assert start_wave(wave_id=wave.pk, actor=ADA, at=now()).state == Wave.State.SENDING

    def test_the_same_words_under_another_name_are_another_snapshot(self, person: Person) -> None:
        authorise(Act.REMINDER, Form.SMS)
        same = authorise(Act.REMINDER, Form.SMS, variant=FIRM)
        procedure(replace(SECOND, anchor="SCADENZA"))
        at_turn(person())
        wave = turn(1, TURN)
        ordinary = text_in_force(service_id=tari().pk, act="SOLLECITO", form="SMS")
        assert ordinary is not None
        assert (ordinary.blocks, ordinary.sha256 == same.sha256) == (same.blocks, False)
        Wave.objects.filter(pk=wave.pk).update(texts={"SMS": ordinary.pk})
        with pytest.raises(ApprovalRefused, match="testi sono cambiati"):
            approve_wave(wave_id=wave.pk, actor=ELENA, at=now())


class TestNames:
    def test_each_name_has_its_versions(self) -> None:
        ordinary, first = authorise(Act.REMINDER, Form.SMS), firm_sms()
        second = firm_sms(term_days=20)
        third = written(
            Act.REMINDER, Form.SMS, variant="  secondo  SOLLECITO, fermo ", term_days=30
        )
        assert [(v.version, v.variant) for v in (ordinary, first, second, third)] == [
            (1, ""), (1, FIRM), (2, FIRM), (3, FIRM),
        ]  # fmt: skip
        kept = text_in_force(service_id=tari().pk, act="SOLLECITO", form="SMS")
        named = text_in_force(service_id=tari().pk, act="SOLLECITO", form="SMS", variant=FIRM)
        assert (kept, named) == (ordinary, second)
        assert named_texts(service_id=tari().pk) == {FIRM: [second]}

    def test_what_an_act_must_say_it_says_under_any_name(self) -> None:
        with pytest.raises(TextRefused, match="se ha già pagato"):
            written(
                Act.REMINDER, Form.SMS, variant=FIRM, blocks=(Block("{ente}: {importo}, {avvisi}"),)
            )
        assert not TextVersion.objects.exists()

    @pytest.mark.parametrize(
        ("act", "form", "name", "words"),
        [
            (Act.NOTICE, Form.EMAIL, FIRM, "serve ai passi delle procedure"),
            (Act.ARREARS, Form.LETTER, FIRM, "serve ai passi delle procedure"),
            (Act.REMINDER, Form.PHONE, FIRM, "serve ai passi delle procedure"),
            (Act.REMINDER, Form.SMS, "f" * 61, "al massimo 60 caratteri"),
        ],
    )
    def test_what_may_not_have_a_name(self, act: Act, form: Form, name: str, words: str) -> None:
        with pytest.raises(TextRefused, match=words):
            written(act, form, variant=name)

    def test_a_procedure_that_changes_its_text_says_so(self) -> None:
        named = firm_sms()
        procedure(FIRST, replace(SECOND, text=""))
        before = in_force()
        assert steps_saying(named) == []
        procedure(FIRST, SECOND)
        after = in_force()
        changed = [(c.number, c.what, c.before, c.after) for c in changes_between(before, after)]
        assert changed == [(2, "Testo", "quello ordinario", f"«{FIRM}»")]
        assert [step.number for step in steps_saying(named)] == [2]
        procedure(FIRST, SECOND)
        assert in_force() == after


def test_what_one_text_brought_is_not_told_of_another(person: Person) -> None:
    """The sendings of a step are taken together only while it says the same text."""
    firm_sms()
    procedure(replace(SECOND, anchor="SCADENZA", text=""))
    at_turn(person())
    waves = [turn(1, TURN)]
    procedure(replace(SECOND, anchor="SCADENZA"))
    waves.append(turn(1))
    Wave.objects.update(held_out=1, started_at=AT)
    later = AT + timedelta(days=60)
    assert [step_outcome(wave=wave, at=later) for wave in waves] == [None, None]
