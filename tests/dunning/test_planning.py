"""Planning: who is in, who is out and why; nothing leaves and nothing else changes."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.models import Load, Position, Service, TimelineEntry
from billing.services.positions import withdraw_position
from dunning.models import Attempt, Hold, Wave, WaveItem
from dunning.rules.eligibility import ExclusionReason
from dunning.selectors.waves import reason_sentence, wave_detail, without_contact
from dunning.services.planning import plan_notices, plan_reminders
from dunning.services.refusals import WaveRefused
from paybox.kernel.models import AuditEntry, OutboxEntry
from registry.models import Contact, Subject
from tests.build import AT, make_position, pay
from tests.dunning.conftest import loaded

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("borgo")]
TODAY = date(2026, 7, 1)
LATER = AT + timedelta(days=120)


def whole(position: Position) -> str:
    return position.instalments.get(number=0).notice_number


def verdicts(wave: Wave) -> dict[int | None, tuple[str, str]]:
    return {i.subject_id: (i.state, i.reason) for i in wave.items.all()}


def reminders(ada, channel: str = "SMS") -> Wave:
    service = Service.objects.get(code="TARI")
    return plan_reminders(service_id=service.pk, channel=channel, actor=ada, at=LATER, today=TODAY)


def hold(subject: Subject, position: Position | None = None, until: date | None = None) -> None:
    Hold.objects.create(
        subject=subject, position=position, reason="CONTESTAZIONE", since=date(2026, 6, 1),
        until=until, actor_name="prova", created_at=AT,
    )  # fmt: skip


class TestReminders:
    def test_one_item_a_debtor_with_the_sum(self, ada, person) -> None:
        debtor = person()
        first = make_position(subject=debtor, cents=12_000)
        second = make_position(subject=debtor, cents=3_000, rates=())
        wave = reminders(ada)
        item = wave.items.get()
        assert item.position_ids == [first.pk, second.pk]
        assert (item.amount_cents, item.state, item.address) == (
            15_000, "PRONTO", debtor.contacts.get(kind="MOBILE").value,
        )  # fmt: skip
        assert (wave.recipients, wave.excluded, wave.amount_cents) == (1, 0, 15_000)

    def test_who_is_out_is_listed_with_the_reason(self, ada, person) -> None:
        unreachable, failing, disputed = person(mobile=""), person(), person()
        small, fine, settled = person(), person(), person()
        for debtor in (unreachable, failing, disputed, fine):
            make_position(subject=debtor)
        make_position(subject=small, cents=99, rates=())
        pay(whole(make_position(subject=settled)), 12_000)
        failing.contacts.filter(kind="MOBILE").update(quality=Contact.Quality.FAILING)
        hold(disputed)
        wave = reminders(ada)
        assert verdicts(wave) == {
            unreachable.pk: ("ESCLUSO", "SENZA_RECAPITO"),
            failing.pk: ("ESCLUSO", "SENZA_RECAPITO"),
            disputed.pk: ("ESCLUSO", "CONTESTAZIONE"),
            small.pk: ("ESCLUSO", "SOTTO_SOGLIA"),
            fine.pk: ("PRONTO", ""),
        }
        assert set(without_contact(wave).values_list("subject_id", flat=True)) == {
            unreachable.pk, failing.pk,
        }  # fmt: skip
        assert all(reason_sentence(r) != r for _, r in verdicts(wave).values() if r)

    def test_a_hold_on_one_debt_leaves_the_others(self, ada, person) -> None:
        debtor = person()
        held, free = (
            make_position(subject=debtor),
            make_position(subject=debtor, cents=5_000, rates=()),
        )
        hold(debtor, held)
        item = reminders(ada).items.get()
        assert (item.position_ids, item.amount_cents) == ([free.pk], 5_000)

    def test_a_hold_that_is_over_holds_nothing(self, ada, person) -> None:
        debtor = person()
        make_position(subject=debtor)
        hold(debtor, until=date(2026, 6, 30))
        assert reminders(ada).items.get().state == "PRONTO"

    def test_a_debt_without_a_payable_notice_must_be_replaced_first(self, ada, person) -> None:
        short = make_position(subject=person(), rates=())
        pay(whole(short), 9_000)
        assert reminders(ada).items.get().reason == ExclusionReason.SENZA_AVVISO

    def test_a_verified_number_comes_before_a_declared_one(self, ada, person) -> None:
        debtor = person()
        make_position(subject=debtor)
        Contact.objects.create(
            subject=debtor, kind="MOBILE", value="+393339999999", source="prova",
            quality=Contact.Quality.VERIFIED, created_at=AT,
        )  # fmt: skip
        Contact.objects.create(
            subject=debtor, kind="MOBILE", value="+393330000000", source="prova", created_at=AT
        )
        assert reminders(ada).items.get().address == "+393339999999"

    def test_it_changes_nothing_but_its_own_rows(self, ada, person) -> None:
        make_position(subject=person())
        before = (TimelineEntry.objects.count(), OutboxEntry.objects.count())
        wave = reminders(ada)
        assert (TimelineEntry.objects.count(), OutboxEntry.objects.count()) == before
        assert Attempt.objects.count() == 0
        entry = AuditEntry.objects.get(action="dunning.wave.planned")
        assert (entry.subject, entry.details["recipients"]) == (f"wave:{wave.uuid}", 1)

    def test_the_statements_do_not_grow_with_the_debtors(self, ada, person) -> None:
        make_position(subject=person())
        with CaptureQueriesContext(connection) as few:
            reminders(ada)
        for _ in range(10):
            make_position(subject=person())
        with CaptureQueriesContext(connection) as many:
            assert reminders(ada).recipients == 11
        assert len(many) == len(few)

    def test_other_channels_are_refused(self, ada) -> None:
        with pytest.raises(WaveRefused, match="PICCIONE"):
            reminders(ada, channel="PICCIONE")
        assert Wave.objects.count() == 0


class TestNotices:
    def test_digital_and_paper(self, ada, person) -> None:
        digital, paper = person(), person(email="")
        one, two, three = (make_position(subject=s) for s in (digital, digital, paper))
        wave = plan_notices(load_id=loaded(one, two, three).pk, actor=ada, at=AT, today=AT.date())
        items = {i.key: (i.state, i.reason, i.position_ids) for i in wave.items.all()}
        assert items == {
            str(one.uuid): ("PRONTO", "", [one.pk]),
            str(two.uuid): ("PRONTO", "", [two.pk]),
            str(three.uuid): ("ESCLUSO", "CARTA", [three.pk]),
        }
        assert (wave.kind, wave.channel, wave.recipients, wave.excluded) == (
            "AVVISO",
            "EMAIL",
            2,
            1,
        )

    def test_paid_and_withdrawn_get_none(self, ada, person) -> None:
        paid, gone = make_position(subject=person()), make_position(subject=person())
        pay(whole(paid), 12_000)
        withdraw_position(position_id=gone.pk, reason="sgravio", actor=ada, at=AT)
        wave = plan_notices(load_id=loaded(paid, gone).pk, actor=ada, at=AT, today=AT.date())
        reasons = dict(wave.items.values_list("key", "reason"))
        assert reasons == {str(paid.uuid): "PAGATO", str(gone.uuid): "RITIRATO"}

    def test_only_a_confirmed_load(self, ada, person) -> None:
        load = loaded(make_position(subject=person()))
        Load.objects.filter(pk=load.pk).update(state=Load.State.STAGED)
        with pytest.raises(WaveRefused, match="confermato"):
            plan_notices(load_id=load.pk, actor=ada, at=AT, today=AT.date())


class TestDetail:
    def test_counts_and_samples_as_they_will_be_read(self, borgo, ada, person) -> None:
        debtor = person(name="www.truffa.it Rossi")
        position = make_position(subject=debtor)
        for _ in range(4):
            make_position(subject=person())
        make_position(subject=person(mobile=""))
        detail = wave_detail(wave=reminders(ada), ente=borgo, link="https://borgo.example/")
        assert [(t.code, t.items, t.amount_cents) for t in detail.states] == [
            ("ESCLUSO", 1, 12_000), ("PRONTO", 5, 60_000),
        ]  # fmt: skip
        assert [(t.code, t.items) for t in detail.reasons] == [("SENZA_RECAPITO", 1)]
        assert [(t.label, t.items, t.parts) for t in detail.channels] == [("SMS", 5, 10)]
        assert [s.why_shown for s in detail.samples] == ["a caso"] * 3 + [
            "importo tra i più alti"
        ] * 2
        first = next(s for s in detail.samples if "truffa" in s.name)
        assert (first.parts, first.problem) == (2, "")
        assert whole(position) in first.text
        assert "120,00" in first.text
        assert "Comune di Borgo" in first.text
        assert WaveItem.objects.filter(state="PRONTO").count() == 5
