"""Acts that add sums, served through SEND: what is charged, what is taken off again, and what the platform adds by itself."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django_tenants.utils import schema_context

from billing.models import TimelineEntry, Transfer
from billing.selectors.amounts import asked_cents, due_of
from billing.selectors.ledger import ledger_problems
from dunning.inbound.platform_rounds import platform_round
from dunning.models import ActItem, AddressTask, SendNotification, StepTaken, Wave
from dunning.rules.step_drafts import StepDraft
from dunning.services.channel_access import AccessDraft, write_access
from dunning.services.post_addresses import correct_address, give_address_up
from dunning.services.waves import cancel_wave
from frontline.office.why import why
from paybox.kernel.clock import move_clock_to, now, today
from registry.rules.addresses import PostalAddress
from tests.build import AT, pay
from tests.dunning.acting import ADA, TURN, planned
from tests.dunning.acting_send import DEMAND, item_of, lines, rounds
from tests.dunning.conftest import drain

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("borgo", "wired", "own_files")]


def test_the_act_says_what_it_charges_and_send_adds_nothing(acts, send, borgo) -> None:
    (debt,) = acts("PRSPRV")
    assert lines(debt) == [("APERTURA", 20_000), ("INTERESSI", 57), ("SPESE_NOTIFICA", 200)]
    (kept,) = send.to(debt.subject.codice_fiscale)
    payment = kept["said"]["recipients"][0]["payments"][0]["pagoPa"]
    assert (kept["said"]["notificationFeePolicy"], payment["applyCost"], payment["noticeCode"]) == (
        "FLAT_RATE", False, debt.instalments.get().notice_number,
    )  # fmt: skip
    rounds(send, 7)
    assert item_of(debt).state == "RAGGIUNTO"
    assert SendNotification.objects.get().charged_cents == 0
    assert (len(lines(debt)), list(ledger_problems())) == (3, [])
    with schema_context("valle"):
        assert not Transfer.objects.exists()


def test_what_send_refuses_is_charged_to_nobody(acts, send) -> None:
    bad, wrong = acts("FILEKO", "RIFIUT")
    rounds(send, 2)
    bad.refresh_from_db()
    assert lines(bad)[-1] == ("RIDUZIONE", 257)
    assert (bad.residual_cents, bad.total_cents, bad.state) == (20_000, 20_000, "APERTA")
    assert bad.instalments.get().amount_cents == 20_000
    assert ActItem.objects.get(replacement=bad).reason == "SEND_RIFIUTATA"
    assert not StepTaken.objects.filter(position=bad).exists()
    rounds(send, 2)  # told again, nothing is taken off twice
    assert len(lines(bad)) == 4
    # A wrong address is put right and the very same act leaves again: meanwhile the sums stay.
    task = AddressTask.objects.get()
    assert (task.item_id, lines(wrong)[-1]) == (item_of(wrong).pk, ("SPESE_NOTIFICA", 200))
    new = PostalAddress("Via Nuova", "2", "00010", "Borgo", "RM")
    correct_address(task_id=task.pk, address=new, note="anagrafe", actor=ADA, at=now())
    drain()
    assert len(send.to(wrong.subject.codice_fiscale)) == 2
    rounds(send, 2)
    again = AddressTask.objects.get(settled_at=None)
    give_address_up(task_id=again.pk, note="Nessuno in anagrafe", actor=ADA, at=now())
    assert lines(wrong)[-1] == ("RIDUZIONE", 257)
    assert list(ledger_problems()) == []


def test_refused_after_the_sending_was_given_up_nothing_stays_charged(acts, send) -> None:
    """No letter will follow, whatever the procedure says; nor will a right address bring the act back."""
    step = replace(DEMAND, channels=("SEND", "LETTERA"))
    bad, wrong = acts("FILEKO", "RIFIUT", step=step)
    Wave.objects.update(state="IN_PAUSA")
    cancel_wave(wave_id=Wave.objects.get().pk, actor=ADA, at=now())
    rounds(send, 2)
    assert (item_of(bad).state, lines(bad)[-1]) == ("NON_RAGGIUNTO", ("RIDUZIONE", 257))
    new = PostalAddress("Via Nuova", "2", "00010", "Borgo", "RM")
    task = AddressTask.objects.get()
    correct_address(task_id=task.pk, address=new, note="anagrafe", actor=ADA, at=now())
    assert (item_of(wrong).state, lines(wrong)[-1]) == ("NON_RAGGIUNTO", ("RIDUZIONE", 257))
    assert list(ledger_problems()) == []


def test_the_credit_comes_back_to_its_step_and_is_charged_anew(acts, send) -> None:
    (debt,) = acts("FILEKO")
    rounds(send, 2)
    move_clock_to(TURN + timedelta(days=125))
    item = planned().items.get(position=debt)
    # 125 days more on the principal alone, from where interest had begun to run: nothing of the act is left
    assert (item.state, item.owed_cents, item.interest_cents, item.expenses_cents) == ("PRONTO", 20_000, 167, 200)  # fmt: skip


def test_send_adds_its_own_costs_to_the_notice_once(acts, send) -> None:
    (debt,) = acts("PRSPRV", policy="DELIVERY_MODE", integration="SYNC")
    assert lines(debt) == [("APERTURA", 20_000), ("INTERESSI", 57)]  # SEND tells the rest
    (kept,) = send.to(debt.subject.codice_fiscale)
    assert (kept["said"]["pagoPaIntMode"], kept["said"]["paFee"], kept["said"]["vat"]) == ("SYNC", 100, 22)  # fmt: skip
    rounds(send, 1)
    assert lines(debt)[2:] == [("SPESE_NOTIFICA", 200)]
    rounds(send, 6)
    # 1 € of SEND, 1 € of the Ente, 6,14 € of paper with 22 % of VAT: 9,49 €; a second round adds nothing
    assert lines(debt)[2:] == [("SPESE_NOTIFICA", 200), ("SPESE_NOTIFICA", 749)]
    debt.refresh_from_db()
    notice = debt.instalments.get()
    assert (debt.total_cents, debt.residual_cents, due_of(notice, on=today()).total_cents) == (21_006,) * 3  # fmt: skip
    said = why(debt, list(TimelineEntry.objects.filter(position=debt)), on=today())
    assert any("9,49" in one and SendNotification.objects.get().iun in one for one in said)
    pay(notice.notice_number, 21_006, at=now())
    debt.refresh_from_db()
    assert (debt.state, list(ledger_problems())) == ("PAGATA", [])


def test_where_pagopa_adds_them_the_published_amount_stays(acts, send) -> None:
    early, late = acts("PRSPRV", "PRSPRV", policy="DELIVERY_MODE")
    notice = late.instalments.get().notice_number
    send.push()
    pay(notice, 20_257, at=now())  # with what pagoPA knew before us
    platform_round()
    rounds(send, 6)
    early.refresh_from_db()
    late.refresh_from_db()
    way = early.instalments.get()
    assert (way.amount_cents, way.fee_cents, early.total_cents, early.residual_cents) == (20_057, 949, 20_057, 21_006)  # fmt: skip
    assert asked_cents(way, paid_on=today()) == [20_057, 21_006]
    # What the citizen reads on the Ente's pages.
    assert due_of(way, on=today()).total_cents == 21_006
    pay(way.notice_number, 21_006, at=now())
    early.refresh_from_db()
    assert (early.state, early.residual_cents) == ("PAGATA", 0)
    # Who had paid meanwhile: what was too much is what serving cost, as far as it was paid; the rest nobody asks any more.
    assert lines(late)[-2:] == [("SPESE_NOTIFICA", 200), ("ATTRIBUZIONE", 200)]
    assert (late.state, late.residual_cents, late.version) == ("PAGATA", 0, 1)
    assert (
        "più cambiare"
        in TimelineEntry.objects.filter(position=late, kind="NOTA").last().details["text"]
    )  # type: ignore[union-attr]
    assert list(ledger_problems()) == []


def test_costs_charged_by_the_act_are_not_added_again(acts, send) -> None:
    """The act was made while SEND added nothing; meanwhile the Ente changed its mind."""
    own = StepDraft("FORMALE", "SCADENZA", 60, ("SEND",), needs_approval=True, costs_cents=550)
    (debt,) = acts("RIFIUT", step=own)
    assert lines(debt) == [("APERTURA", 20_000), ("SPESE_NOTIFICA", 550)]
    write_access(draft=AccessDraft("SEND", None, "", True, {"policy": "DELIVERY_MODE"}), actor=ADA, at=AT)  # fmt: skip
    rounds(send, 2)
    new = PostalAddress("Via Nuova", "2", "00010", "Borgo", "RM")
    correct_address(task_id=AddressTask.objects.get().pk, address=new, note="anagrafe", actor=ADA, at=now())  # fmt: skip
    drain()
    assert send.to(debt.subject.codice_fiscale)[-1]["said"]["notificationFeePolicy"] == "FLAT_RATE"
