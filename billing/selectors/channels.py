"""Whom an avviso reaches by e-mail, and who needs it on paper."""

from collections.abc import Iterable
from typing import Literal

from billing.models import Load, Position
from registry.models import Contact

Channel = Literal["DIGITALE", "CARTA"]


def digital_subjects(subject_ids: Iterable[int]) -> set[int]:
    """Of these subjects, those with an e-mail address that is not known to fail."""
    reachable = Contact.objects.filter(subject_id__in=list(subject_ids), kind=Contact.Kind.EMAIL)
    reachable = reachable.exclude(quality=Contact.Quality.FAILING)
    return set(reachable.values_list("subject_id", flat=True))


def channel_of(subject_id: int, digital: set[int]) -> Channel:
    """``DIGITALE`` for those in ``digital_subjects``, ``CARTA`` for the others."""
    return "DIGITALE" if subject_id in digital else "CARTA"


def split_of_load(load: Load) -> dict[Channel, int]:
    """How many unpaid positions of the load go by e-mail and how many on paper."""
    unpaid = Position.objects.unpaid().filter(load=load)
    working = Contact.objects.filter(kind=Contact.Kind.EMAIL).exclude(
        quality=Contact.Quality.FAILING
    )
    digital = unpaid.filter(subject_id__in=working.values("subject_id")).count()
    return {"DIGITALE": digital, "CARTA": unpaid.count() - digital}
