"""An act on its way taken back: asked once, whatever is lost; too late is said; what it charged goes with it."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_tenants.utils import schema_context

from billing.models import TimelineEntry
from billing.selectors.ledger import ledger_problems
from billing.services.positions import withdraw_position
from dunning.inbound.platform_rounds import platform_round
from dunning.models import SendCancellation, SendNotification, Wave
from dunning.rules.step_drafts import StepDraft
from dunning.services.send_cancelling import (
    CancellationRefused,
    ask_cancellation,
    ask_cancellations,
)
from dunning.services.waves import cancel_wave
from paybox.kernel.clock import move_clock_to, now, today
from paybox.kernel.models import AuditEntry, OutboxEntry
from tests.dunning.acting import ADA
from tests.dunning.acting_send import CHARGES, item_of, lines, rounds
from tests.dunning.conftest import drain

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("borgo", "wired", "own_files")]
WITH_PAPER = StepDraft("FORMALE", "SCADENZA", 60, ("SEND", "LETTERA"), needs_approval=True, charges=CHARGES)  # fmt: skip


def act_of(position) -> SendNotification:
    return SendNotification.objects.get(attempt__item=item_of(position))


def asked(position, reason="Credito sgravato") -> SendCancellation:
    one = ask_cancellation(notification_id=act_of(position).pk, reason=reason, actor=ADA, at=now())
    drain()
    one.refresh_from_db()
    return one


def notes(position) -> list[str]:
    found = TimelineEntry.objects.filter(position=position, kind="NOTA").order_by("pk")
    return [entry.details["text"] for entry in found]


def test_cancelled_it_counts_as_never_served_and_nothing_stays_charged(acts, send) -> None:
    (debt,) = acts("PRSPRV", step=WITH_PAPER, policy="DELIVERY_MODE", integration="SYNC")
    rounds(send, 2)
    assert lines(debt)[1:] == [("INTERESSI", 57), ("SPESE_NOTIFICA", 200), ("SPESE_NOTIFICA", 749)]
    assert asked(debt).state == "PRESO"
    with pytest.raises(CancellationRefused, match="già stato chiesto"):
        asked(debt)
    rounds(send, 2)
    one = SendCancellation.objects.get()
    assert (one.state, one.ended_at is not None, act_of(debt).perfected_at) == ("ANNULLATA", True, None)  # fmt: skip
    item = item_of(debt)
    assert (item.state, item.reason, item.channel) == (
        "NON_RAGGIUNTO",
        "SEND_ANNULLATA",
        "SEND",
    )  # never on to the letter
    debt.refresh_from_db()
    assert (debt.residual_cents, debt.instalments.get().amount_cents) == (20_000, 20_000)
    assert lines(debt)[4:] == [("RIDUZIONE", 57), ("RIDUZIONE", 949)]
    assert any("Credito sgravato" in said for said in notes(debt))
    assert "SEND ha annullato la notifica" in notes(debt)
    assert AuditEntry.objects.filter(action="dunning.send_cancellation.asked").count() == 1
    rounds(send, 2)
    with pytest.raises(CancellationRefused, match="conclusa"):
        asked(debt)
    assert (len(lines(debt)), list(ledger_problems())) == (6, [])
    with schema_context("valle"):
        assert not SendCancellation.objects.exists()


def test_a_refusal_is_told_and_may_be_tried_again(acts, send) -> None:
    (debt,) = acts("NOANNU")
    rounds(send, 1)
    withdraw_position(position_id=debt.pk, reason="Sgravio", actor=ADA, at=now())
    one = asked(debt)
    assert (one.state, one.words) == ("RIFIUTATO", "La notifica non si può annullare")
    assert notes(debt)[-1] == "SEND non annulla la notifica: La notifica non si può annullare"
    assert asked(debt).pk != one.pk
    assert list(ledger_problems()) == []


def test_an_answer_lost_is_looked_for_and_never_repeated_blindly(acts, send) -> None:
    heard, unheard = acts("ANNROT", "ANNPER")
    rounds(send, 1)
    first, second = asked(heard), asked(unheard)
    assert (first.state, second.state) == ("INCERTO", "INCERTO")
    platform_round()
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == (
        "PRESO",
        "INCERTO",
    )  # too early to say that it never came
    assert send.to(unheard.subject.codice_fiscale)[0]["asked"] == 1
    move_clock_to(today() + timedelta(days=1))
    platform_round()
    drain()
    second.refresh_from_db()
    assert (second.state, send.to(unheard.subject.codice_fiscale)[0]["asked"]) == ("PRESO", 2)
    assert send.to(heard.subject.codice_fiscale)[0]["asked"] == 1


def test_it_waits_until_send_has_accepted_the_act(acts, send) -> None:
    (debt,) = acts("ATTESA")
    platform_round()
    one = asked(debt)
    assert (one.state, act_of(debt).iun) == ("CHIESTO", "")
    rounds(send, 2)
    OutboxEntry.objects.filter(task="dunning.cancel_at_send", done_at=None).update(next_at=timezone.now())  # fmt: skip
    drain()
    one.refresh_from_db()
    assert one.state == "PRESO"


def test_what_was_served_is_not_taken_back(acts, send) -> None:
    (debt,) = acts("PRSPRV")
    rounds(send, 7)
    with pytest.raises(CancellationRefused, match="conclusa"):
        asked(debt)
    with pytest.raises(CancellationRefused, match="motivo"):
        ask_cancellation(notification_id=act_of(debt).pk, reason="no", actor=ADA, at=now())


def test_a_stopped_sending_takes_all_its_acts_back(acts, send) -> None:
    one, two = acts("PRSPRV", "PRSPRV")
    rounds(send, 1)
    wave = Wave.objects.get()
    with pytest.raises(CancellationRefused, match="si ferma"):
        ask_cancellations(wave_id=wave.pk, reason="Testo sbagliato", actor=ADA, at=now())
    Wave.objects.filter(pk=wave.pk).update(state="IN_PAUSA")
    cancel_wave(wave_id=wave.pk, actor=ADA, at=now())
    assert ask_cancellations(wave_id=wave.pk, reason="Testo sbagliato", actor=ADA, at=now()) == 2
    drain()
    rounds(send, 2)
    assert set(SendCancellation.objects.values_list("state", flat=True)) == {"ANNULLATA"}
    for debt in (one, two):
        debt.refresh_from_db()
        assert debt.residual_cents == 20_000
    with pytest.raises(CancellationRefused, match="alcuna notifica"):
        ask_cancellations(wave_id=wave.pk, reason="Testo sbagliato", actor=ADA, at=now())
    assert list(ledger_problems()) == []
