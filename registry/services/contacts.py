"""Chapter 2 – contacts: what sending teaches about them."""

from registry.models import Contact


def mark_unreachable(*, subject_id: int, kind: str, value: str) -> bool:
    """The address or number will not do: nothing more is sent there until someone verifies it. True if it was known."""
    known = Contact.objects.filter(subject_id=subject_id, kind=kind, value=value)
    return bool(known.update(quality=Contact.Quality.FAILING))
