"""Chapter 9e – telephone: what was written during calls is read with a trace; what she says of how to reach her is kept.

Before: notes and conversations.  After: the log says who read; the registry knows one address more.
"""

from datetime import datetime

from django.db import transaction

from dunning.models import PhoneCall, PhoneFile
from dunning.services.phone_files import note_file
from dunning.services.phone_list import held_file
from dunning.services.refusals import PhoneRefused
from paybox.kernel.actor import Actor
from registry.models import Contact
from registry.services.contacts import add_contact

SOURCE = "telefonata"


@transaction.atomic
def read_notes(*, file_id: int, actor: Actor, at: datetime) -> list[PhoneCall]:
    """The calls with their notes, the latest first; that they were read is written down."""
    file = PhoneFile.objects.get(pk=file_id)
    note_file("notes_read", file, actor, at)
    return list(file.calls.order_by("-at", "-pk"))


@transaction.atomic
def keep_contact(*, file_id: int, kind: str, value: str, operator: Actor, at: datetime) -> Contact:
    """An address or number that she has given on the telephone. Raises PhoneRefused, ContactRefused."""
    file = held_file(file_id=file_id, operator=operator, at=at)
    if kind not in Contact.Kind.values:
        raise PhoneRefused("Si registrano e-mail, PEC e numeri di telefono")
    kept = add_contact(subject_id=file.subject_id, kind=kind, value=value, source=SOURCE, at=at)
    note_file("contact_kept", file, operator, at, kind=kind)
    return kept
