"""The door of the queue "waves": builds the channel from settings, lets the services send a chunk, and rings again.

Quiet hours hold for SMS in every installation whose clock is the real one; where the clock can be moved (the demo, the
tests) there is nobody to wake and a demo must work by night, so they are not applied.
"""

import time
from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache, partial
from typing import Any

from celery import shared_task
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from dunning.channels.protocol import Channel
from dunning.channels.throttle import TokenBucket, Turns
from dunning.inbound.act_work import fate_of_acts, make_acts_in_slices
from dunning.inbound.addresses import callback_url, email_sender, farewell_url, portal_url
from dunning.inbound.consents import back_url, confirm_url, sms_code
from dunning.inbound.notice_links import notice_url
from dunning.inbound.pec_box import pec_channel
from dunning.inbound.platforms import platform_channel
from dunning.inbound.post_work import (
    fate_of_batch,
    fate_of_left,
    make_batch_in_slices,
    tell_left_in_slices,
)
from dunning.models import Wave
from dunning.rules.channels import BY_TAX_CODE, EMAIL, LETTER, SMS
from dunning.rules.quiet_hours import SendingHours, patron_day
from dunning.services import memos, phone_package, seal_checks, standing
from dunning.services.act_batches import WORK as ACTS_WORK
from dunning.services.cascading import WORK
from dunning.services.contact_checks import ASK, TELL, send_question, send_thanks
from dunning.services.outcomes import SENDER
from dunning.services.phone_package import PACKAGE as PHONE_WORK
from dunning.services.post_batches import WORK as PRINT_WORK
from dunning.services.post_sent import WORK as LEFT_WORK
from dunning.services.reconciling import reconcile_attempts
from dunning.services.refusals import SendingMustWait
from dunning.services.sending import send_next_items, set_letters_aside
from dunning.services.staff_invitations import send_invitation
from dunning.services.waves import finish_wave
from dunning.services.way import SendingWay, no_farewell, no_limit
from paybox.kernel.clock import now, today
from paybox.kernel.given_up import follow
from paybox.kernel.queue import current_schema, enqueue, queued
from registry.models import ContactCheck
from tenants.models import Ente
from tenants.roles import Capability
from tenants.selectors.enti import ente_of_schema, officials_of
from tenants.services.fan_out import for_each_ente
from tenants.services.people import INVITE

CHUNK = 2_000
SLICE_SECONDS = 5.0  # then the next Ente's turn; a claim under way is finished first
LOOK_AGAIN = timedelta(minutes=5)


@queued(WORK)
def send_wave(*, wave_id: int) -> None:
    """Send one chunk of a wave and ask for the next, until every item has ended. Does nothing unless it is in sending."""
    wave = Wave.objects.get(pk=wave_id)
    if wave.state != Wave.State.SENDING:
        return
    ente = _ente()
    more, waits, enough = False, [], _slice_of_time()
    for name in wave.channels:  # down the cascade: what fails on one is ready for the next
        try:
            more |= _send_chunk(wave, name, ente, enough) == CHUNK or enough()
        except SendingMustWait as wait:
            waits.append(wait.until)
    if more:
        _ring(wave_id)
    elif waits:
        _ring(wave_id, after=min(waits) - now())
    else:
        _conclude(wave, ente)


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


def _slice_of_time() -> Callable[[], bool]:
    started = time.monotonic()
    return lambda: time.monotonic() - started > SLICE_SECONDS


def _send_chunk(wave: Wave, name: str, ente: Ente, enough: Callable[[], bool]) -> int:
    """One channel's share: how many items were treated."""
    way = sending_way(ente, name)
    if name == LETTER:
        return set_letters_aside(wave_id=wave.pk, way=way, at=now(), limit=CHUNK)
    channel = channel_for(name, service_id=wave.service_id)
    return send_next_items(
        wave_id=wave.pk, channel=channel, way=way, at=now(), limit=CHUNK, enough=enough
    )


def _conclude(wave: Wave, ente: Ente) -> None:
    """Nothing is left to take: look up what is uncertain, then close or come back."""
    wave_id = wave.pk
    for name in wave.channels:
        if name != LETTER:
            channel = channel_for(name, service_id=wave.service_id)
            way = sending_way(ente, name)
            reconcile_attempts(wave_id=wave_id, channel=channel, way=way, at=now())
    if not finish_wave(wave_id=wave_id, actor=SENDER, at=now()):
        waiting = Wave.objects.filter(pk=wave_id, items__state="PRONTO").exists()
        _ring(wave_id, after=timedelta(0) if waiting else LOOK_AGAIN)


def _ring(wave_id: int, *, after: timedelta = timedelta(0)) -> None:
    """``after`` is counted on the real clock, which is the queue's."""
    with transaction.atomic():
        at = timezone.now() + after if after else None
        enqueue(WORK, queue="waves", after=at, wave_id=wave_id)


@queued(ASK)
def ask_contact(*, check_id: int) -> None:
    """Write to an address that somebody gave: the link by e-mail, the code by SMS."""
    check, ente = ContactCheck.objects.get(pk=check_id), _ente()
    name = EMAIL if check.kind == "EMAIL" else SMS
    send_question(
        check_id=check_id, channel=channel_for(name), way=sending_way(ente, name),
        link=confirm_url(ente, check.uuid), code=sms_code(check.uuid), at=now(),
    )  # fmt: skip


@queued(TELL)
def tell_consent(*, consent_id: int) -> None:
    """Say by e-mail what was chosen, with the way back."""
    ente = _ente()
    way = sending_way(ente, EMAIL)
    send_thanks(
        consent_id=consent_id, channel=channel_for(EMAIL), way=way, back=partial(back_url, ente)
    )


def _ente() -> Ente:
    ente = ente_of_schema(current_schema())
    if ente is None:
        raise RuntimeError("nessun Ente per lo schema attivo")
    return ente


def channel_for(name: str, *, service_id: int | None = None) -> Channel:
    """The channel as this installation is configured; unset variables mean the local stand-ins."""
    from dunning.channels.email import EmailChannel
    from dunning.channels.sms import SmsChannel

    environment = settings.ENVIRONMENT
    if name == SMS:
        return SmsChannel(
            account_sid=environment.twilio_account_sid,
            auth_token=environment.twilio_auth_token.get_secret_value(),
            api_base=environment.twilio_url,
        )
    if name == "PEC":
        return pec_channel()
    if name in BY_TAX_CODE:
        return platform_channel(name, service_id=service_id)
    if environment.mailgun_domain:
        from dunning.channels.mailgun import MailgunChannel

        return MailgunChannel(
            api_url=environment.mailgun_url,
            api_key=environment.mailgun_api_key.get_secret_value(),
            domain=environment.mailgun_domain,
            about={"ente": current_schema()},
        )
    if not environment.email_backend.endswith("smtp.EmailBackend"):
        return EmailChannel(backend=environment.email_backend, options={"timeout": 20})
    return EmailChannel(
        options=_smtp_options(),
        about={"ente": current_schema()},
        return_path=environment.email_return_path,
    )


def sending_way(ente: Ente, channel: str) -> SendingWay:
    """Sender, addresses and hours of one Ente on one channel."""
    environment = settings.ENVIRONMENT
    sms = channel == SMS
    address, portal = email_sender(ente), portal_url(ente)
    return SendingWay(
        ente=ente,
        sender=(ente.sms_alias or environment.twilio_sender) if sms else _named(ente, address),
        portal_url=portal,
        callback_url=callback_url(ente.schema_name) if sms else "",
        hours=None
        if settings.MOVABLE_CLOCK
        else SendingHours(patron=patron_day(ente.patron_saint)),
        clock_ahead=now() - timezone.now(),
        turns=_bucket(ente, channel),
        farewell=partial(farewell_url, portal) if channel == EMAIL else no_farewell,
        notice=partial(notice_url, ente, portal=portal),
        back=partial(back_url, ente, portal=portal),
    )


def _bucket(ente: Ente, channel: str) -> Callable[[int], Turns]:
    """The turns of this Ente on this channel, towards the provider that serves it."""
    environment = settings.ENVIRONMENT
    rate = environment.messages_per_second.get(channel, 0.0)
    if rate <= 0:
        return no_limit
    provider = environment.mailgun_domain or environment.email_host if channel == EMAIL else channel
    key = f"paybox:turn:{ente.schema_name}:{channel}:{provider}"
    return TokenBucket(_redis(), key, rate, capacity=max(1, int(rate))).take


@lru_cache(maxsize=1)
def _redis() -> Any:
    from redis import Redis

    url = settings.ENVIRONMENT.redis_url.get_secret_value()
    return Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2)


@shared_task(name="dunning.run_standing")
def run_standing() -> None:
    """In office hours, for each Ente: the day's automatic sendings, each at most once a day."""
    for_each_ente(lambda: standing.run_standing(at=now(), today=today()))


@shared_task(name="dunning.write_memos")
def write_memos() -> None:
    """Every morning, for each Ente: what the terms that passed have left unpaid, told once to its officials."""

    def write() -> None:
        ente, day = _ente(), today()
        told = officials_of(ente, Capability.APPROVE, on=day)
        memos.write_memos(officials=told, at=now(), today=day)

    for_each_ente(write)


@queued(memos.WORK)
def send_memo(*, mail_id: int) -> None:
    """One memo to one official."""
    ente = _ente()
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
    phone_package.make_phone_package(campaign_id=campaign_id, ente=_ente())


@queued(INVITE)
def invite(*, membership_id: int) -> None:
    """The e-mail to who is to work for the Ente."""
    send_invitation(
        membership_id=membership_id, channel=channel_for(EMAIL), way=sending_way(_ente(), EMAIL),
        today=today(),
    )  # fmt: skip


def _named(ente: Ente, address: str) -> str:
    from email.utils import formataddr

    return formataddr((ente.name, address))


def _smtp_options() -> dict[str, object]:
    environment = settings.ENVIRONMENT
    return {
        "host": environment.email_host,
        "port": environment.email_port,
        "username": environment.email_user,
        "password": environment.email_password.get_secret_value(),
        "use_tls": environment.email_use_tls,
        "timeout": 20,
    }
