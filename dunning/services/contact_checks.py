"""Chapter 2 – ZERO_CARTA: an address somebody gave is written to, and answers for itself.

Before: the public form, the desk.  After: ``registry.services.consents`` takes the consent; a message says so.
A message of these may be repeated when a process dies at its side: same link, same code, nothing else changes.
"""

from collections.abc import Callable
from datetime import datetime
from html import escape
from uuid import UUID, uuid5

from django.db import transaction

from dunning.channels.protocol import Channel, Message, Rejected
from dunning.rules.consent_words import Said, ask_by_email, ask_by_sms, taken_by_email
from dunning.rules.sms_text import fit_sms
from dunning.services.way import SendingWay
from paybox.kernel.actor import Actor
from paybox.kernel.queue import RetryLater, enqueue
from registry.models import Consent, Contact, ContactCheck
from registry.rules.consent import CODE_LIFE, LINK_LIFE
from registry.services.consents import confirm_check, open_check

ASK, TELL = "dunning.ask_contact", "dunning.tell_consent"
_TOLD = UUID("5b1f0a52-6a70-4c5b-9b3e-5b0d3c2f7a11")


@transaction.atomic
def ask_contact(
    *, subject_id: int, kind: str, value: str, source: str, text_version: str, at: datetime
) -> ContactCheck:
    """Open the check and have it written to. Raises ConsentRefused when asked too often."""
    check = open_check(
        subject_id=subject_id, kind=kind, value=value, source=source, text_version=text_version, at=at
    )  # fmt: skip
    enqueue(ASK, check_id=check.pk)
    return check


@transaction.atomic
def take_confirmation(*, check_id: int, actor: Actor, at: datetime) -> Consent:
    """The address is hers; an e-mail tells her how to go back. Raises ConsentRefused."""
    consent = confirm_check(check_id=check_id, actor=actor, at=at)
    if consent.kind == Contact.Kind.EMAIL:
        enqueue(TELL, consent_id=consent.pk)
    return consent


def send_question(
    *, check_id: int, channel: Channel, way: SendingWay, link: str, code: str, at: datetime
) -> None:
    """Write to the address, once. Raises RetryLater when the provider is not there."""
    check = ContactCheck.objects.get(pk=check_id)
    if check.sent_at or check.confirmed_at or at > check.expires_at:
        return
    if check.kind == Contact.Kind.EMAIL:
        hours = int(LINK_LIFE.total_seconds() // 3600)
        said = ask_by_email(ente=way.ente.name, link=link, hours=hours)
    else:
        minutes = int(CODE_LIFE.total_seconds() // 60)
        said = ask_by_sms(ente=way.ente.name, code=code, minutes=minutes)
    _send(said, check.uuid, check.value, channel, way)
    ContactCheck.objects.filter(pk=check_id).update(sent_at=at)


def send_thanks(
    *, consent_id: int, channel: Channel, way: SendingWay, back: Callable[[UUID], str]
) -> None:
    """Say what was chosen and how to go back. Raises RetryLater."""
    consent = Consent.objects.select_related("subject").get(pk=consent_id)
    said = taken_by_email(ente=way.ente.name, link=back(consent.subject.uuid))
    name = uuid5(_TOLD, f"{way.ente.schema_name}/{consent.pk}")
    _send(said, name, consent.value, channel, way)


def _send(said: Said, name: UUID, to: str, channel: Channel, way: SendingWay) -> None:
    email = channel.name == "EMAIL"
    outcome = channel.send(
        Message(
            attempt_id=name, to=to, subject=said.subject,
            text=said.text if email else fit_sms(said.text),
            html=_as_html(said.text) if email else "", attachments=(), sender=way.sender,
            callback_url="",
        )
    )  # fmt: skip
    if isinstance(outcome, Rejected) and not outcome.permanent:
        raise RetryLater(outcome.words)


def _as_html(text: str) -> str:
    """Paragraphs, and a link where a line is one."""
    lines = (
        f'<a href="{escape(line)}">{escape(line)}</a>' if line.startswith("http") else escape(line)
        for line in text.split("\n")
    )
    return "<p>" + "<br>".join(lines).replace("<br><br>", "</p><p>") + "</p>"
