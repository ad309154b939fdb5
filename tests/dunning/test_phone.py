"""A telephone campaign from its simulation to its list: who is in, who may work it, one operator a file, the limits kept."""

from datetime import date, datetime, timedelta

import pytest
from django_tenants.utils import schema_context

from dunning.models import Hold, PhoneCall, PhoneCampaign, PhoneFile, PhonePromise, PhoneTask
from dunning.rules.phone_outcomes import Called
from dunning.selectors.phone import SHEET_LASTS
from dunning.services.phone_calls import Told, begin_call, tell_outcome
from dunning.services.phone_list import leave_phone_file, open_phone_file
from dunning.services.phone_mandate import (
    approve_phone_campaign,
    cancel_phone_campaign,
    give_campaign,
    take_campaign_back,
)
from dunning.services.phone_office import recall_phone_file, settle_phone_task
from dunning.services.phone_promises import Promised
from dunning.services.refusals import ApprovalRefused, PhoneRefused
from dunning.services.texts import retire_text
from paybox.kernel.actor import Actor
from registry.models import Contact
from registry.services.contacts import mark_unreachable
from tests.build import pay
from tests.dunning.phones import (
    APPROVER,
    AUTHOR,
    LAST_YEAR,
    MONDAY,
    RITA,
    RULES,
    SANDRA,
    again,
    call,
    overdue,
    running,
    script,
    simulated,
    take,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("borgo")]
HOUR = timedelta(hours=1)


def reasons(campaign: PhoneCampaign) -> dict[str, str]:
    return dict(campaign.files.values_list("subject__name", "reason"))


class TestSimulation:
    def test_who_goes_in_and_who_does_not(self, person, valle) -> None:
        script()
        overdue(person(name="Dentro"))
        overdue(person(name="Piccolo"), 1_500)
        overdue(person(name="Recente"), due_on=date(2026, 2, 10))
        overdue(person(name="Muto", mobile=""))
        wrong = person(name="Sbagliato")
        mark_unreachable(subject_id=wrong.pk, kind="MOBILE", value=wrong.contacts.get(kind="MOBILE").value)  # fmt: skip
        overdue(wrong)
        held = overdue(person(name="Sospeso"))
        Hold.objects.create(
            subject=held.subject, reason="PROMESSA", since=LAST_YEAR, actor_name="p", created_at=MONDAY
        )  # fmt: skip
        paid = overdue(person(name="Pagato"))
        pay(paid.instalments.get().notice_number, 12_000)
        campaign = simulated()
        assert reasons(campaign) == {
            "Dentro": "", "Piccolo": "SOTTO_SOGLIA", "Recente": "RECENTE", "Muto": "SENZA_TELEFONO",
            "Sbagliato": "SENZA_TELEFONO", "Sospeso": "PROMESSA",
        }  # fmt: skip
        assert (campaign.chosen, campaign.excluded, campaign.amount_cents) == (1, 5, 12_000)
        assert campaign.state == "SIMULATA"
        with schema_context("valle"):
            assert not PhoneCampaign.objects.exists()

    def test_without_an_authorised_script_nobody_calls(self, person) -> None:
        overdue(person())
        with pytest.raises(PhoneRefused, match="Manca il copione"):
            simulated()

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"name": " "}, "nome"),
            ({"ends_on": date(2026, 3, 1)}, "durata"),
            ({"starts_on": date(2026, 3, 1)}, "già passato"),
            ({"minimum_cents": -1}, "negativi"),
        ],
    )
    def test_what_cannot_be_agreed(self, change, words) -> None:
        script()
        with pytest.raises(PhoneRefused, match=words):
            simulated(**change)

    def test_another_person_approves_exactly_that(self, person) -> None:
        version = script()
        stays, pays = overdue(person(name="Resta")), overdue(person(name="Paga"))
        campaign = simulated()
        with pytest.raises(ApprovalRefused, match="persona diversa"):
            approve_phone_campaign(campaign_id=campaign.pk, actor=AUTHOR, at=MONDAY)
        with pytest.raises(ApprovalRefused, match="cambiata"):
            approve_phone_campaign(campaign_id=campaign.pk, actor=APPROVER, at=MONDAY, seen="altro")
        with pytest.raises(ApprovalRefused, match="troppo vecchia"):
            approve_phone_campaign(campaign_id=campaign.pk, actor=APPROVER, at=MONDAY + timedelta(hours=73))  # fmt: skip
        pay(pays.instalments.get().notice_number, 12_000)
        done = approve_phone_campaign(campaign_id=campaign.pk, actor=APPROVER, at=MONDAY + HOUR)
        assert reasons(campaign) == {"Resta": "", "Paga": "PAGATO"}
        assert (done.state, done.chosen, done.excluded, done.amount_cents) == ("IN_CORSO", 1, 1, 12_000)  # fmt: skip
        assert PhoneFile.objects.get(state="IN_LAVORAZIONE").subject_id == stays.subject_id
        assert version.pk == done.script_id

    def test_a_retired_script_or_a_second_campaign(self, person) -> None:
        version = script()
        overdue(person(name="Una"))
        first, second, third = simulated(), simulated(), simulated()
        approve_phone_campaign(campaign_id=first.pk, actor=APPROVER, at=MONDAY)
        done = approve_phone_campaign(campaign_id=second.pk, actor=APPROVER, at=MONDAY)
        assert (done.chosen, reasons(second)) == (0, {"Una": "ALTRA_CAMPAGNA"})
        retire_text(version_id=version.pk, reason="cambia", actor=APPROVER, at=MONDAY)
        with pytest.raises(ApprovalRefused, match="non è autorizzato"):
            approve_phone_campaign(campaign_id=third.pk, actor=APPROVER, at=MONDAY)
        cancel_phone_campaign(campaign_id=third.pk, actor=AUTHOR, at=MONDAY)
        with pytest.raises(PhoneRefused, match="La campagna è finita"):
            give_campaign(campaign_id=third.pk, user_id=9, name="Altra", actor=AUTHOR, at=MONDAY)


class TestList:
    def test_the_most_valuable_first_and_never_the_same_for_two(self, person) -> None:
        for name, cents in (("Poco", 3_000), ("Molto", 50_000), ("Medio", 12_000)):
            overdue(person(name=name), cents)
        campaign = running()
        hers, theirs = take(campaign), take(campaign, who=SANDRA)
        assert (hers.subject.name, theirs.subject.name) == ("Molto", "Medio")
        with pytest.raises(PhoneRefused, match="aperta da Rita Colli"):
            open_phone_file(file_id=hers.pk, operator=SANDRA, at=MONDAY)
        with pytest.raises(PhoneRefused, match="non è più aperta da lei"):
            begin_call(file_id=hers.pk, operator=SANDRA, at=MONDAY, rules=RULES)
        assert take(campaign).subject.name == "Molto", "what she let go is still the first"
        leave_phone_file(file_id=hers.pk, operator=RITA, at=MONDAY)
        assert open_phone_file(file_id=hers.pk, operator=SANDRA, at=MONDAY).operator_name == "Sandra Pini"  # fmt: skip

    def test_who_goes_away_leaves_it_to_the_others(self, person) -> None:
        overdue(person())
        campaign = running()
        file = take(campaign)
        assert take(campaign, who=SANDRA, at=MONDAY + timedelta(minutes=29)) is None
        begin_call(file_id=file.pk, operator=RITA, at=MONDAY, rules=RULES)
        assert take(campaign, who=SANDRA, at=MONDAY + timedelta(minutes=119)) is None
        later = MONDAY + timedelta(minutes=121)
        assert take(campaign, who=SANDRA, at=later).pk == file.pk
        assert PhoneCall.objects.get().outcome == "NESSUNO", "it counts as a try"
        with pytest.raises(PhoneRefused, match="non è più aperta da lei"):
            begin_call(file_id=file.pk, operator=RITA, at=later, rules=RULES)

    @pytest.mark.parametrize("minutes", [45, 150])
    def test_a_long_call_is_told_when_it_ends(self, person, minutes) -> None:
        """Whatever the time it took, while nobody else has taken the file: what she promised is not lost."""
        overdue(person())
        file = take(running())
        begin_call(file_id=file.pk, operator=RITA, at=MONDAY, rules=RULES)
        ended = MONDAY + timedelta(minutes=minutes)
        promised = Promised(12_000, MONDAY.date() + timedelta(days=4), "PAGOPA")
        told = Told(Called.PROMISE, promised=promised)
        tell_outcome(file_id=file.pk, told=told, operator=RITA, at=ended, rules=RULES)
        assert PhonePromise.objects.get().amount_cents == 12_000
        assert again(file).leased_until == ended + SHEET_LASTS

    def test_an_untold_call_comes_first(self, person) -> None:
        overdue(person(name="Primo"), 50_000)
        overdue(person(name="Secondo"))
        campaign = running()
        file = take(campaign)
        started = begin_call(file_id=file.pk, operator=RITA, at=MONDAY, rules=RULES)
        assert take(campaign).pk == file.pk
        assert begin_call(file_id=file.pk, operator=RITA, at=MONDAY, rules=RULES).pk == started.pk
        with pytest.raises(PhoneRefused, match="com'è finita"):
            leave_phone_file(file_id=file.pk, operator=RITA, at=MONDAY)

    def test_only_whom_it_was_given_to_and_only_in_its_days(self, person) -> None:
        overdue(person())
        campaign = running()
        with pytest.raises(PhoneRefused, match="non le è affidata"):
            take(campaign, who=Actor(99, "Altra"))
        with pytest.raises(PhoneRefused, match="dal 02/03/2026 al 30/04/2026"):
            take(campaign, at=MONDAY + timedelta(days=60))
        file = take(campaign)
        given = campaign.operators.get(user_id=RITA.user_id)
        take_campaign_back(operator_id=given.pk, actor=AUTHOR, at=MONDAY)
        with pytest.raises(PhoneRefused, match="non le è affidata"):
            begin_call(file_id=file.pk, operator=RITA, at=MONDAY, rules=RULES)
        assert take(campaign, who=SANDRA).pk == file.pk

    def test_who_paid_meanwhile_is_passed_by_and_closed(self, person) -> None:
        rich, poor = overdue(person(name="Ricco"), 50_000), overdue(person(name="Altro"))
        campaign = running()
        pay(rich.instalments.get().notice_number, 50_000, at=MONDAY + HOUR)
        assert take(campaign, at=MONDAY + 2 * HOUR).subject_id == poor.subject_id
        closed = PhoneFile.objects.get(subject=rich.subject)
        assert (closed.state, closed.collected_cents, closed.left_cents) == ("CHIUSA_INCASSO", 50_000, 0)  # fmt: skip


class TestLimits:
    def test_hours_are_asked_before_the_number_is_shown(self, person) -> None:
        overdue(person())
        campaign = running()
        night = MONDAY.replace(hour=21)
        assert take(campaign, at=night) is None
        file = take(campaign, at=MONDAY.replace(day=3))
        evening = MONDAY.replace(day=3, hour=9, minute=50)
        begin_call(file_id=file.pk, operator=RITA, at=evening, rules=RULES)
        assert PhoneCall.objects.count() == 1

    def test_one_conversation_a_day(self, person) -> None:
        overdue(person())
        campaign = running()
        file = take(campaign)
        call(file, Called.SPOKE)
        with pytest.raises(PhoneRefused, match=r"Oggi le si è già parlato.*UNIREC"):
            begin_call(file_id=file.pk, operator=RITA, at=MONDAY + timedelta(minutes=9), rules=RULES)  # fmt: skip
        assert take(campaign, at=MONDAY + HOUR) is None
        next_call_at = again(file).next_call_at
        assert next_call_at is not None
        assert next_call_at >= MONDAY + timedelta(days=7)

    def test_three_tries_a_day_and_eight_a_mandate(self, person) -> None:
        overdue(person())
        campaign = running()
        at: datetime | None = MONDAY
        days: list[int] = []
        while at is not None:
            file = take(campaign, at=at)
            call(file, Called.BUSY, at=at)
            days.append(at.day)
            assert len(days) <= 8
            at = again(file).next_call_at
        assert days == [2, 2, 2, 3, 3, 3, 4, 4]
        ended = PhoneFile.objects.get()
        assert (ended.state, ended.reason) == ("CHIUSA_NEGATIVA", "IRREPERIBILE")


class TestOutcomes:
    def test_a_wrong_number_is_used_no_more_and_without_numbers_it_ends(self, person) -> None:
        subject = person()
        Contact.objects.create(subject=subject, kind="MOBILE", value="+393330001112", source="p", created_at=MONDAY)  # fmt: skip
        overdue(subject)
        campaign = running()
        file = take(campaign)
        assert call(file, Called.WRONG_PERSON).number == "+393330001112", "the newest first"
        assert subject.contacts.get(value="+393330001112").quality == "NON_RAGGIUNTO"
        assert again(file).state == "IN_LAVORAZIONE"
        call(take(campaign, at=MONDAY + HOUR), Called.NO_NUMBER, at=MONDAY + HOUR)
        assert (again(file).state, again(file).reason) == ("CHIUSA_NEGATIVA", "IRREPERIBILE")

    @pytest.mark.parametrize(
        ("outcome", "hold", "task"),
        [
            (Called.SAYS_PAID, "PAGAMENTO_DICHIARATO", "PAGAMENTO"),
            (Called.DISPUTES, "CONTESTAZIONE", "CONTESTAZIONE"),
            (Called.INSTALMENTS, "MANUALE", "RATEIZZAZIONE"),
            (Called.HARDSHIP, "MANUALE", "DIFFICOLTA"),
            (Called.COMPLAINT, "RECLAMO", "RECLAMO"),
            (Called.PROTECTED, "MANUALE", "TUTELA"),
        ],
    )
    def test_what_stops_everything_until_the_office_answers(
        self, person, outcome, hold, task
    ) -> None:
        position = overdue(person())
        campaign = running()
        file = take(campaign)
        call(file, outcome, note="Dice che …")
        assert list(Hold.objects.values_list("reason", "position_id")) == [(hold, position.pk)]
        waiting = PhoneTask.objects.get()
        assert (waiting.kind, waiting.settled_at) == (task, None)
        tomorrow = MONDAY + timedelta(days=1)
        assert take(campaign, at=tomorrow) is None
        open_phone_file(file_id=file.pk, operator=RITA, at=tomorrow)
        with pytest.raises(PhoneRefused):
            begin_call(file_id=file.pk, operator=RITA, at=tomorrow, rules=RULES)
        with pytest.raises(PhoneRefused, match="Scrivere che cosa"):
            settle_phone_task(task_id=waiting.pk, answer=" ", resume=True, actor=AUTHOR, at=tomorrow)  # fmt: skip
        settle_phone_task(task_id=waiting.pk, answer="Risposto per iscritto", resume=True, actor=AUTHOR, at=tomorrow)  # fmt: skip
        assert not Hold.objects.in_force(on=tomorrow.date()).exists()
        assert take(campaign, at=tomorrow + HOUR).pk == file.pk

    def test_a_dispute_that_holds_goes_back_to_the_body(self, person) -> None:
        overdue(person())
        file = take(running())
        call(file, Called.DISPUTES)
        settle_phone_task(
            task_id=PhoneTask.objects.get().pk, answer="Ha ragione: si annulla", resume=False, actor=AUTHOR, at=MONDAY
        )  # fmt: skip
        assert (again(file).state, again(file).reason) == ("RICHIAMATA", "Ha ragione: si annulla")
        assert Hold.objects.in_force(on=MONDAY.date()).count() == 1

    def test_a_death_stops_everything_of_that_person(self, person) -> None:
        subject = person()
        overdue(subject)
        overdue(subject, 4_000)
        file = take(running())
        call(file, Called.DECEASED)
        hold = Hold.objects.get()
        assert (hold.reason, hold.position_id, hold.subject_id) == ("DECESSO", None, subject.pk)  # fmt: skip
        assert (again(file).state, again(file).reason) == ("CHIUSA_NEGATIVA", "DECEDUTO")
        assert PhoneTask.objects.get().kind == "DECESSO"

    def test_a_call_back_comes_when_she_said(self, person) -> None:
        overdue(person())
        campaign = running()
        file = take(campaign)
        begin_call(file_id=file.pk, operator=RITA, at=MONDAY, rules=RULES)
        with pytest.raises(PhoneRefused, match="quando vuole essere richiamata"):
            call(file, Called.CALL_BACK)
        when = MONDAY + timedelta(days=2, hours=6)
        call(file, Called.CALL_BACK, call_back_at=when)
        assert take(campaign, at=when - HOUR) is None
        assert take(campaign, at=when + HOUR).pk == file.pk

    def test_the_body_takes_a_file_back(self, person) -> None:
        overdue(person())
        campaign = running()
        file = take(campaign)
        with pytest.raises(PhoneRefused, match="perché"):
            recall_phone_file(file_id=file.pk, reason="", actor=AUTHOR, at=MONDAY)
        recall_phone_file(file_id=file.pk, reason="Sgravio in corso", actor=AUTHOR, at=MONDAY)
        with pytest.raises(PhoneRefused, match="non è più aperta"):
            begin_call(file_id=file.pk, operator=RITA, at=MONDAY, rules=RULES)
        assert take(campaign) is None
