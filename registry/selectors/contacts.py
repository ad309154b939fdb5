"""Where a subject can be reached."""

from collections.abc import Iterable

from registry.models import Contact


def best_contacts(*, kind: str, subject_ids: Iterable[int]) -> dict[int, str]:
    """subject → her best address or number of that kind: verified before declared, the newest first, never failing."""
    working = Contact.objects.filter(kind=kind, subject_id__in=list(subject_ids)).exclude(
        quality=Contact.Quality.FAILING
    )
    best = working.order_by("subject_id", "-quality", "-id").distinct("subject_id")
    return dict(best.values_list("subject_id", "value"))
