"""The numbers of a debtor and every call made to her, whoever made it: what the limits and the next moment are asked of."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet

from dunning.models import PhoneCall, PhoneFile
from dunning.rules.phone_limits import Past
from dunning.rules.phone_outcomes import Called
from dunning.rules.phone_times import Tried
from registry.models import Contact

CALLED = (Contact.Kind.MOBILE, Contact.Kind.LANDLINE)
_HOUSE = (Called.THIRD_PARTY, Called.DECEASED, Called.PROTECTED)


def numbers_of(subject_ids: Iterable[int]) -> dict[int, list[str]]:
    """subject → her numbers that work, verified ones first, then the newest."""
    found: dict[int, list[str]] = defaultdict(list)
    working = Contact.objects.filter(subject_id__in=list(subject_ids), kind__in=CALLED)
    working = working.exclude(quality=Contact.Quality.FAILING).order_by("-quality", "-pk")
    for subject_id, value in working.values_list("subject_id", "value"):
        found[subject_id].append(value)
    return found


def calls_to(subject_id: int) -> QuerySet[PhoneCall]:
    """Every call ever made to that person, oldest first, in whatever campaign."""
    return PhoneCall.objects.filter(file__subject_id=subject_id).order_by("at", "pk")


def past_of(file: PhoneFile) -> list[Past]:
    """A call without an outcome counts as one that nobody answered."""
    rows = calls_to(file.subject_id).values_list("at", "outcome", "file_id")
    return [Past(at, _spoke(code), file_id == file.pk) for at, code, file_id in rows]


def spoken_lately(*, subject_ids: Iterable[int], since: datetime) -> dict[int, int]:
    """subject → how many times somebody has spoken to her since then."""
    found: dict[int, int] = defaultdict(int)
    calls = PhoneCall.objects.filter(file__subject_id__in=list(subject_ids), at__gt=since)
    for subject_id, code in calls.values_list("file__subject_id", "outcome"):
        found[subject_id] += _spoke(code)
    return found


def tried_of(file: PhoneFile) -> list[Tried]:
    rows = calls_to(file.subject_id).exclude(outcome="").values_list("at", "outcome")
    return [Tried(at, _spoke(code) or Called(code) in _HOUSE) for at, code in rows]


def outcomes_of(file: PhoneFile) -> list[Called]:
    """Of this file, oldest first."""
    told = file.calls.exclude(outcome="").order_by("at", "pk")
    return [Called(code) for code in told.values_list("outcome", flat=True)]


def _spoke(code: str) -> bool:
    return bool(code) and Called(code).rule.spoke
