"""Chapter 2 – consents: given on paper or on line, shown to be true, withdrawn with one press.

Before: the form, a desk, a file of collected forms.  After: the split of the notices follows the contacts at once.
A consent never changes: each act is a row. Withdrawing takes the addresses away; the rows still say which they were.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q

from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit
from paybox.kernel.clock import ROME
from paybox.kernel.locking import lock_row
from registry.models import Consent, Contact, ContactCheck, Subject
from registry.rules.consent import (
    CODE_LIFE,
    LINK_LIFE,
    MAX_CHECKS,
    MAX_TRIES,
    TEXTS,
    WINDOW,
    ConsentRefused,
)
from registry.services.subjects import refresh_search_text

OF_CONSENT = (Contact.Kind.EMAIL, Contact.Kind.MOBILE)


@dataclass(frozen=True, slots=True)
class Given:
    """A consent for one address. ``verified``: the person has shown that she reads it."""

    subject_id: int
    kind: str
    value: str
    text_version: str
    source: str
    signed_on: date
    verified: bool


@transaction.atomic
def record_consent(*, given: Given, actor: Actor, at: datetime) -> Consent:
    """Write the act and put the address first among hers. Raises ConsentRefused for words nobody wrote."""
    if given.text_version not in TEXTS:
        raise ConsentRefused("La versione del testo del consenso non esiste")
    if given.signed_on > at.astimezone(ROME).date():
        raise ConsentRefused("La data della firma è nel futuro")
    lock_row(Subject, given.subject_id)
    known = Contact.objects.filter(subject_id=given.subject_id, kind=given.kind, value=given.value)
    was_verified = known.filter(quality=Contact.Quality.VERIFIED).exists()
    known.delete()  # and made anew: of two equally good the newest is used
    good = given.verified or was_verified
    Contact.objects.create(
        subject_id=given.subject_id, kind=given.kind, value=given.value, created_at=at,
        source=Consent.Source(given.source).label,
        quality=Contact.Quality.VERIFIED if good else Contact.Quality.DECLARED,
    )  # fmt: skip
    refresh_search_text({given.subject_id})
    return _act(Consent.Act.GIVEN, given.subject_id, given.kind, given.value, given.text_version,
                given.source, given.signed_on, actor, at)  # fmt: skip


@transaction.atomic
def withdraw_consent(
    *, subject_id: int, source: str, text_version: str, actor: Actor, at: datetime
) -> bool:
    """Back to paper: no e-mail and no SMS from now on. True when there was something to withdraw."""
    subject = lock_row(Subject, subject_id)
    signed_on = at.astimezone(ROME).date()
    done = False
    for kind in OF_CONSENT:
        last = Consent.objects.filter(subject=subject, kind=kind).order_by("-id").first()
        contacts = Contact.objects.filter(subject=subject, kind=kind)
        values = list(contacts.order_by("id").values_list("value", flat=True))
        if not values and (last is None or last.act == Consent.Act.WITHDRAWN):
            continue
        for value in values or [last.value if last else ""]:
            _act(Consent.Act.WITHDRAWN, subject_id, kind, value, text_version, source, signed_on,
                 actor, at)  # fmt: skip
        contacts.delete()
        done = True
    if done:
        refresh_search_text({subject_id})
        record_audit(
            action="registry.consent.withdrawn", actor=actor, at=at,
            subject=f"subject:{subject.uuid}", source=source,
        )  # fmt: skip
    return done


@transaction.atomic
def open_check(
    *, subject_id: int, kind: str, value: str, source: str, text_version: str, at: datetime
) -> ContactCheck:
    """The address is to be shown true. Raises ConsentRefused when asked too often for her or for the address."""
    lock_row(Subject, subject_id)
    asked = ContactCheck.objects.filter(kind=kind, created_at__gt=at - WINDOW)
    if asked.filter(Q(subject_id=subject_id) | Q(value=value)).count() >= MAX_CHECKS:
        raise ConsentRefused("Troppe richieste per questo recapito: riprovare fra un'ora")
    life = LINK_LIFE if kind == Contact.Kind.EMAIL else CODE_LIFE
    return ContactCheck.objects.create(
        subject_id=subject_id, kind=kind, value=value, source=source, text_version=text_version,
        created_at=at, expires_at=at + life,
    )  # fmt: skip


def count_try(*, check_id: int) -> None:
    """Before a typed code is looked at; committed by itself, so that a wrong one is never free. Raises ConsentRefused."""
    with transaction.atomic():
        check = lock_row(ContactCheck, check_id)
        if check.tries >= MAX_TRIES:
            raise ConsentRefused("Troppi tentativi: chiedere un codice nuovo")
        check.tries += 1
        check.save(update_fields=["tries"])


@transaction.atomic
def confirm_check(*, check_id: int, actor: Actor, at: datetime) -> Consent:
    """The link was opened or the code was right: the address is verified. Once, in time. Raises ConsentRefused."""
    check = lock_row(ContactCheck, check_id)
    if check.confirmed_at is not None:
        raise ConsentRefused("Questo recapito è già stato confermato")
    if at > check.expires_at:
        raise ConsentRefused("Il tempo per confermare è passato: ripetere la richiesta")
    later = Consent.objects.filter(subject_id=check.subject_id, recorded_at__gt=check.created_at)
    if later.filter(kind=check.kind, act=Consent.Act.WITHDRAWN).exists():
        raise ConsentRefused("Nel frattempo il consenso è stato revocato: ripetere la richiesta")
    check.confirmed_at = at
    check.save(update_fields=["confirmed_at"])
    given = Given(
        check.subject_id, check.kind, check.value, check.text_version, check.source,
        check.created_at.astimezone(ROME).date(), verified=True,
    )  # fmt: skip
    return record_consent(given=given, actor=actor, at=at)


def _act(
    act: str, subject_id: int, kind: str, value: str, text_version: str, source: str,
    signed_on: date, actor: Actor, at: datetime,
) -> Consent:  # fmt: skip
    return Consent.objects.create(
        subject_id=subject_id, act=act, kind=kind, value=value, text_version=text_version,
        source=source, signed_on=signed_on, recorded_at=at, actor_id=actor.user_id,
        actor_name=actor.name,
    )  # fmt: skip
