"""Chapter 2 – contacts: what sending teaches about them."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from registry.models import Contact
from registry.rules.contacts import read_email, read_landline, read_mobile, read_pec
from registry.services.subjects import refresh_search_text

_READ: dict[str, Callable[[str], str]] = {
    Contact.Kind.EMAIL: read_email, Contact.Kind.PEC: read_pec, Contact.Kind.MOBILE: read_mobile,
    Contact.Kind.LANDLINE: read_landline,
}  # fmt: skip


def mark_unreachable(*, subject_id: int, kind: str, value: str) -> bool:
    """The address or number will not do: nothing more is sent there until someone verifies it. True if it was known."""
    known = Contact.objects.filter(subject_id=subject_id, kind=kind, value=value)
    return bool(known.update(quality=Contact.Quality.FAILING))


@transaction.atomic
def add_contact(*, subject_id: int, kind: str, value: str, source: str, at: datetime) -> Contact:
    """One more way to reach her, as she told it; known already it stays as it is. Raises ContactRefused."""
    found, is_new = Contact.objects.get_or_create(
        subject_id=subject_id, kind=kind, value=_READ[kind](value),
        defaults={"source": source, "created_at": at},
    )  # fmt: skip
    if is_new:
        refresh_search_text({subject_id})
    return found


@transaction.atomic
def renew_contact(*, subject_id: int, kind: str, value: str, source: str, at: datetime) -> Contact:
    """Hers now, and before the others of its kind: one that had failed is tried again. Raises ContactRefused."""
    known = Contact.objects.filter(subject_id=subject_id, kind=kind, value=_READ[kind](value))
    known.exclude(
        quality=Contact.Quality.VERIFIED
    ).delete()  # of two equally good the newest is used
    return add_contact(subject_id=subject_id, kind=kind, value=value, source=source, at=at)
