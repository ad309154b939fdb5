"""The names of queued and periodic work, each one line away from what does it.

Before: the outbox rings, the clock strikes.  After: ``inbound`` builds channels and ways from settings, services do the rest.
"""

from functools import partial

from celery import shared_task

from dunning.inbound.act_work import fate_of_acts, make_acts_in_slices
from dunning.inbound.addresses import portal_url
from dunning.inbound.channels import channel_for
from dunning.inbound.consents import back_url, confirm_url, sms_code
from dunning.inbound.post_work import (
    fate_of_batch,
    fate_of_left,
    make_batch_in_slices,
    tell_left_in_slices,
)
from dunning.inbound.send_work import cancel_one
from dunning.inbound.wave_work import send_in_slices
from dunning.inbound.ways import sending_way
from dunning.rules.channels import EMAIL, SMS
from dunning.services import memos, phone_package, seal_checks, standing_runs
from dunning.services.act_batches import WORK as ACTS_WORK
from dunning.services.cascading import WORK
from dunning.services.contact_checks import ASK, TELL, send_question, send_thanks
from dunning.services.phone_package import PACKAGE as PHONE_WORK
from dunning.services.post_batches import WORK as PRINT_WORK
from dunning.services.post_sent import WORK as LEFT_WORK
from dunning.services.send_cancelled import WORK as CANCEL_WORK
from dunning.services.staff_invitations import send_invitation
from paybox.kernel.clock import now, today
from paybox.kernel.given_up import follow
from paybox.kernel.queue import queued
from registry.models import ContactCheck
from tenants.roles import Capability
from tenants.selectors.enti import ente_at_work, officials_of
from tenants.services.fan_out import for_each_ente
from tenants.services.people import INVITE


@queued(WORK)
def send_wave(*, wave_id: int) -> None:
    """One chunk of a wave; what is left is asked for by a new entry."""
    send_in_slices(wave_id=wave_id)


@queued(PRINT_WORK)
def make_print_batch(*, batch_id: int) -> None:
    """Letters for the printer."""
    make_batch_in_slices(batch_id=batch_id)


@queued(ACTS_WORK)
def make_acts(*, batch_id: int) -> None:
    """The acts of an approved batch."""
    make_acts_in_slices(batch_id=batch_id)


@follow(ACTS_WORK)
def fate_of_act_batch(*, given_up: bool, batch_id: int) -> None:
    """The job of a batch of acts."""
    fate_of_acts(given_up=given_up, batch_id=batch_id)


@follow(PRINT_WORK)
def fate_of_print_batch(*, given_up: bool, batch_id: int) -> None:
    """The job of a batch of letters."""
    fate_of_batch(given_up=given_up, batch_id=batch_id)


@queued(LEFT_WORK)
def tell_letters_left(*, batch_id: int, job_id: int) -> None:
    """Letters that the printer has."""
    tell_left_in_slices(batch_id=batch_id, job_id=job_id)


@follow(LEFT_WORK)
def fate_of_letters_left(*, given_up: bool, batch_id: int, job_id: int) -> None:
    """Their job."""
    fate_of_left(given_up=given_up, job_id=job_id)


@queued(CANCEL_WORK)
def cancel_send(*, cancellation_id: int) -> None:
    """One notification that is to be cancelled."""
    cancel_one(cancellation_id=cancellation_id)


@queued(ASK)
def ask_contact(*, check_id: int) -> None:
    """Write to an address that somebody gave: the link by e-mail, the code by SMS."""
    check, ente = ContactCheck.objects.get(pk=check_id), ente_at_work()
    name = EMAIL if check.kind == "EMAIL" else SMS
    send_question(
        check_id=check_id, channel=channel_for(name), way=sending_way(ente, name),
        link=confirm_url(ente, check.uuid), code=sms_code(check.uuid), at=now(),
    )  # fmt: skip


@queued(TELL)
def tell_consent(*, consent_id: int) -> None:
    """Say by e-mail what was chosen, with the way back."""
    ente = ente_at_work()
    way = sending_way(ente, EMAIL)
    send_thanks(
        consent_id=consent_id, channel=channel_for(EMAIL), way=way, back=partial(back_url, ente)
    )


@shared_task(name="dunning.run_standing")
def run_standing() -> None:
    """In office hours, for each Ente: the day's automatic sendings, each at most once a day."""
    for_each_ente(lambda: standing_runs.run_standing(at=now(), today=today()))


@shared_task(name="dunning.write_memos")
def write_memos() -> None:
    """Every morning, for each Ente: what the terms that passed have left unpaid, told once to its officials."""

    def write() -> None:
        ente, day = ente_at_work(), today()
        told = officials_of(ente, Capability.APPROVE, on=day)
        memos.write_memos(officials=told, at=now(), today=day)

    for_each_ente(write)


@queued(memos.WORK)
def send_memo(*, mail_id: int) -> None:
    """One memo to one official."""
    ente = ente_at_work()
    memos.send_memo(
        mail_id=mail_id, channel=channel_for(EMAIL), way=sending_way(ente, EMAIL), at=now(),
        link=lambda memo: f"{portal_url(ente)}ufficio/scadenze/{memo.pk}/",
    )  # fmt: skip


@queued(seal_checks.WORK)
def verify_seals(*, check_id: int) -> None:
    """The seals of a large wave, all of them."""
    seal_checks.run_check(check_id=check_id, at=now())


@follow(seal_checks.WORK)
def fate_of_verification(*, given_up: bool, check_id: int) -> None:
    """Its job."""
    seal_checks.fate_of_check(given_up=given_up, check_id=check_id, at=now())


@queued(PHONE_WORK)
def make_phone_package(*, campaign_id: int) -> None:
    """The hand-back of a campaign that ended."""
    phone_package.make_phone_package(campaign_id=campaign_id, ente=ente_at_work())


@queued(INVITE)
def invite(*, membership_id: int) -> None:
    """The e-mail to who is to work for the Ente."""
    send_invitation(
        membership_id=membership_id, channel=channel_for(EMAIL), way=sending_way(ente_at_work(), EMAIL),
        today=today(),
    )  # fmt: skip
