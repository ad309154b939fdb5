"""Chapter 2 – subjects: what is on file about a debtor, put right by an official."""

from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit
from paybox.kernel.locking import lock_name, lock_row
from paybox.kernel.problems import Refused
from registry.models import Subject
from registry.rules.addresses import PostalAddress
from registry.rules.codice_fiscale import check_codice_fiscale
from registry.rules.names import read_name, sort_key
from registry.rules.search_text import search_text


class CorrectionRefused(Refused):
    """The data cannot be kept as given; nothing was written."""


@dataclass(frozen=True, slots=True)
class Correction:
    """Everything about the debtor, as it must be from now on; empty means not known."""

    codice_fiscale: str
    name: str
    address: PostalAddress


Told = dict[str, str]


@transaction.atomic
def correct_subject(*, subject_id: int, correction: Correction) -> tuple[Told, Told]:
    """Write it. Returns the fields that changed, as they were and as they are.

    Raises CorrectionRefused when nothing changes or the codice fiscale is another debtor's, and the refusals of
    the rules for codice fiscale and name.
    """
    lock_name("subjects")
    subject = lock_row(Subject, subject_id)
    names = {"codice_fiscale": correction.codice_fiscale, "name": read_name(correction.name)}
    wanted = names | asdict(correction.address)
    before = {name: getattr(subject, name) for name in wanted}
    changed = [name for name in wanted if wanted[name] != before[name]]
    if not changed:
        raise CorrectionRefused("Non è cambiato nulla: i dati sono quelli di prima")
    if "codice_fiscale" in changed:
        _change_code(subject, wanted)
    for name in changed:
        setattr(subject, name, wanted[name])
    subject.sort_key = sort_key(subject.name)
    subject.search_text = search_text(
        name=subject.name, codice_fiscale=subject.codice_fiscale,
        contacts=[contact.value for contact in subject.contacts.all()],
    )  # fmt: skip
    subject.save()
    return {n: before[n] for n in changed}, {n: wanted[n] for n in changed}


@transaction.atomic
def correct_subject_address(
    *, subject: Subject, address: PostalAddress, actor: Actor, at: datetime, **details: str
) -> None:
    """The address alone, and who put it right. ``subject`` keeps what it had in memory. Raises CorrectionRefused."""
    correction = Correction(subject.codice_fiscale, subject.name, address)
    before, after = correct_subject(subject_id=subject.pk, correction=correction)
    record_audit(
        action="registry.subject.corrected", actor=actor, at=at, subject=f"subject:{subject.uuid}", before=before,
        after=after, **details,
    )  # fmt: skip


def _change_code(subject: Subject, wanted: Told) -> None:
    if not wanted["codice_fiscale"]:
        return
    checked = check_codice_fiscale(wanted["codice_fiscale"])
    wanted["codice_fiscale"], subject.kind = checked.value, checked.kind
    others = Subject.objects.filter(codice_fiscale=checked.value).exclude(pk=subject.pk)
    if others.exists():
        raise CorrectionRefused("Questo codice fiscale è già di un altro contribuente")
