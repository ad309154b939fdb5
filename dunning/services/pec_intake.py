"""Chapter 9 – certified mail, the intake: each message of the mailbox kept as it came, then understood, once.

Before: ``channels/pec_mailbox``.  After: ``outcomes`` (receipts), ``pec_concerns`` (replies, what is not to be trusted).
No message stops the others: what cannot be understood is kept, put in quarantine and left to a person.
"""

import hashlib
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import InterfaceError, OperationalError, transaction

from dunning.channels.pec_mail import PecMail, PecRefused, read_pec
from dunning.channels.pec_mailbox import Fetched
from dunning.channels.pec_signature import Signature, Verdict, verify_signature
from dunning.models import Attempt, DeliveryEvent, PecConcern, PecMailbox, PecMessage
from dunning.rules.delivery import DeliveryStatus
from dunning.rules.pec_receipts import PecKind, meaning_of
from dunning.services.outcomes import News, take_news
from dunning.services.pec_concerns import open_concern, pause_after_reply, settle_alarms
from paybox.kernel.inbox import store_raw
from paybox.kernel.locking import lock_row
from paybox.kernel.models import RawMessage
from registry.models import Contact

log = logging.getLogger(__name__)
_NOT_TRUSTED = "La ricevuta non è creduta e lo stato del messaggio non cambia. "


@dataclass(frozen=True, slots=True)
class _Arrived:
    """One message on its way in."""

    box: PecMailbox
    fetched: Fetched
    stored: RawMessage
    at: datetime


@transaction.atomic
def take_pec(
    *, mailbox_id: int, fetched: Fetched, bundle: Sequence[Any], at: datetime
) -> PecMessage | None:
    """Take one message and remember how far the mailbox was read. None when it was already here.

    ``bundle``: the certifiers trusted by this installation.
    """
    box = lock_row(PecMailbox, mailbox_id)
    message = None
    if not _is_known(box, fetched):
        stored = store_raw(kind="dunning.pec.received", body=fetched.raw, at=at)
        message = _take(_Arrived(box, fetched, stored, at), bundle)
    box.uidvalidity, box.last_uid = fetched.uidvalidity, fetched.uid
    box.save(update_fields=["uidvalidity", "last_uid"])
    return message


def _is_known(box: PecMailbox, fetched: Fetched) -> bool:
    sha256 = hashlib.sha256(fetched.raw).hexdigest()
    return PecMessage.objects.filter(mailbox=box, sha256=sha256).exists()


def _take(arrived: _Arrived, bundle: Sequence[Any]) -> PecMessage:
    try:
        with transaction.atomic():
            return _understand(arrived, bundle)
    except (OperationalError, InterfaceError):
        raise  # the database, not the message
    except PecRefused as refusal:
        return _quarantine(arrived, f"Il messaggio non si può leggere: {refusal}.")
    except Exception:  # a poisonous message must not stop the others
        log.exception("messaggio PEC %s non compreso", arrived.fetched.uid)
        return _quarantine(
            arrived, "Il messaggio ha provocato un errore ed è stato messo da parte."
        )


def _understand(arrived: _Arrived, bundle: Sequence[Any]) -> PecMessage:
    mail = read_pec(arrived.fetched.raw)
    signature = verify_signature(arrived.fetched.raw, bundle=bundle, at=arrived.at)
    attempt = _attempt_about(mail)
    message = _write(arrived, mail, signature, attempt)
    if mail.kind.is_receipt:
        _take_receipt(message, mail, attempt, arrived.at)
    elif not mail.automatic:
        _take_letter(message, arrived.at)
    return message


def _take_receipt(
    message: PecMessage, mail: PecMail, attempt: Attempt | None, at: datetime
) -> None:
    if why := _why_not_believed(message, mail, attempt):
        open_concern(kind=PecConcern.Kind.QUARANTINE, message=message, words=why, at=at)
        return
    assert attempt is not None and mail.certificate is not None  # noqa: S101, PT018 - just asked
    told = meaning_of(
        mail.kind,
        error=mail.certificate.error,
        details=mail.certificate.details,
        ordinary=attempt.address.lower() in mail.certificate.ordinary,
        warnings=_warnings(attempt),
    )
    if told.status is not None:
        news = News(
            told.status, error_code=told.code, words=told.words, blames_contact=told.blames_contact
        )
        attempt = take_news(attempt_id=attempt.pk, news=news, at=at)
    DeliveryEvent.objects.create(
        attempt=attempt, at=at, status=mail.kind.value, error_code=told.code,
        raw_message_id=message.raw_message_id,
    )  # fmt: skip
    settle_alarms(attempt=attempt, final=DeliveryStatus(attempt.state).is_final, at=at)


def _why_not_believed(message: PecMessage, mail: PecMail, attempt: Attempt | None) -> str:
    if message.verdict != Verdict.VALID:
        return _NOT_TRUSTED + message.verdict_words
    if attempt is None:
        return "La ricevuta riguarda un messaggio che questo Ente non ha inviato."
    told = mail.certificate
    named = {*told.recipients, told.delivered_to} if told else set()
    if attempt.address.lower() not in named:
        return _NOT_TRUSTED + "Riguarda un destinatario diverso da quello del messaggio."
    return ""


def _warnings(attempt: Attempt) -> int:
    """Different late warnings so far, this one included (it is already written)."""
    late = PecMessage.objects.filter(attempt=attempt, kind=PecKind.LATE_WARNING)
    return late.values("identifier").distinct().count()


def _take_letter(message: PecMessage, at: datetime) -> None:
    """Words of a person: of the debtor when we know which, else for somebody to say."""
    if message.subject_id is None:
        words = "Il mittente non corrisponde a nessun contribuente e il messaggio non risponde a un nostro invio."
        open_concern(kind=PecConcern.Kind.UNMATCHED, message=message, words=words, at=at)
        return
    hold = pause_after_reply(message=message, at=at)
    open_concern(kind=PecConcern.Kind.REPLY, message=message, hold=hold, at=at)


def _attempt_about(mail: PecMail) -> Attempt | None:
    """By our Message-ID; the provider may have rewritten its domain."""
    for one in mail.about:
        local = re.fullmatch(r"<?([0-9a-fA-F-]{36})@[^<>]+>?", one)
        try:
            uuid = UUID(local[1]) if local else None
        except ValueError:
            continue
        if uuid and (found := Attempt.objects.filter(uuid=uuid, channel="PEC").first()):
            return found
    return None


def _subject_of(mail: PecMail, attempt: Attempt | None) -> int | None:
    """Whose it is: the debtor we wrote to, or the only one with that certified address."""
    if attempt is not None:
        return attempt.item.subject_id
    if mail.kind is not PecKind.CERTIFIED_MAIL or not mail.sender:
        return None  # anybody may write any sender on ordinary mail
    owners = Contact.objects.filter(kind=Contact.Kind.PEC, value__iexact=mail.sender)
    found = set(owners.values_list("subject_id", flat=True)[:2])
    return found.pop() if len(found) == 1 else None


def _write(
    arrived: _Arrived, mail: PecMail, signature: Signature, attempt: Attempt | None
) -> PecMessage:
    told = mail.certificate
    return PecMessage.objects.create(
        **_envelope(arrived),
        kind=mail.kind,
        happened_at=told.happened_at if told else mail.sent_at,
        attempt=attempt,
        subject_id=_subject_of(mail, attempt),
        message_id=mail.message_id,
        identifier=told.identifier if told else "",
        sender=mail.sender,
        recipient=", ".join(told.recipients) if told else "",
        subject_line=mail.subject,
        text=mail.text,
        automatic=mail.automatic,
        error=told.error if told else "",
        details=told.details if told else "",
        verdict=signature.verdict.value,
        verdict_words=signature.words,
        signer=signature.signer,
        fingerprint=signature.fingerprint,
    )


def _quarantine(arrived: _Arrived, words: str) -> PecMessage:
    message = PecMessage.objects.create(**_envelope(arrived), kind=PecKind.UNREADABLE)
    open_concern(kind=PecConcern.Kind.QUARANTINE, message=message, words=words, at=arrived.at)
    return message


def _envelope(arrived: _Arrived) -> dict[str, Any]:
    return {
        "mailbox": arrived.box,
        "at": arrived.at,
        "raw_message_id": arrived.stored.pk,
        "sha256": arrived.stored.sha256,
        "size": len(arrived.fetched.raw),
        "uidvalidity": arrived.fetched.uidvalidity,
        "uid": arrived.fetched.uid,
    }
