"""Who wants no paper: the last word of each person, and the figures of an Ente."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection

from registry.models import Consent, Contact, Invitation, Subject

# The last act counts.
_WITHDRAWN = """
SELECT subject_id, kind FROM (
    SELECT DISTINCT ON (subject_id, kind) subject_id, kind, act FROM registry_consent
    WHERE subject_id = ANY(%s) ORDER BY subject_id, kind, id DESC
) last WHERE act = 'REVOCATO'
"""
_COVERAGE = """
SELECT count(*),
    count(*) FILTER (WHERE c.email), count(*) FILTER (WHERE c.email_ok),
    count(*) FILTER (WHERE c.mobile), count(*) FILTER (WHERE c.mobile_ok),
    count(*) FILTER (WHERE c.pec),
    count(*) FILTER (WHERE k.act = 'CONCESSO'), count(*) FILTER (WHERE k.act = 'REVOCATO'),
    count(*) FILTER (WHERE i.id IS NOT NULL)
FROM registry_subject s
LEFT JOIN (
    SELECT subject_id, bool_or(kind = 'EMAIL') AS email, bool_or(kind = 'MOBILE') AS mobile,
        bool_or(kind = 'PEC') AS pec, bool_or(kind = 'EMAIL' AND quality = 'VERIFICATO') AS email_ok,
        bool_or(kind = 'MOBILE' AND quality = 'VERIFICATO') AS mobile_ok
    FROM registry_contact WHERE quality <> 'NON_RAGGIUNTO' GROUP BY subject_id
) c ON c.subject_id = s.id
LEFT JOIN (
    SELECT DISTINCT ON (subject_id) subject_id, act FROM registry_consent WHERE kind = 'EMAIL'
    ORDER BY subject_id, id DESC
) k ON k.subject_id = s.id
LEFT JOIN registry_invitation i ON i.subject_id = s.id
"""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many of the Ente's debtors; ``email`` counts those verified too, never those that fail."""

    subjects: int
    email: int
    email_verified: int
    mobile: int
    mobile_verified: int
    pec: int
    consented: int
    withdrawn: int
    invited: int

    def percent(self, count: int) -> int:
        return round(100 * count / self.subjects) if self.subjects else 0


def coverage() -> Coverage:
    """The whole Ente, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_COVERAGE)
        row = cursor.fetchone()
    assert row is not None  # noqa: S101 - counts always come
    return Coverage(*(int(n or 0) for n in row))


def withdrawn_kinds(subject_ids: Iterable[int]) -> set[tuple[int, str]]:
    """(subject, kind) of those who went back to paper: nothing of that kind is added by a file."""
    with connection.cursor() as cursor:
        cursor.execute(_WITHDRAWN, [list(subject_ids)])
        return set(cursor.fetchall())


def consents_in_force(subject: Subject) -> list[Consent]:
    """The last act of each kind that is a consent, e-mail first."""
    last = Consent.objects.filter(subject=subject).order_by("kind", "-id").distinct("kind")
    return [consent for consent in last if consent.act == Consent.Act.GIVEN]


def subject_of_code(*, code: str, codice_fiscale: str) -> Subject | None:
    """Both must match, in one question: which one is wrong cannot be told."""
    if not codice_fiscale:
        return None
    found = Invitation.objects.filter(code=code, subject__codice_fiscale=codice_fiscale)
    invitation = found.select_related("subject").first()
    return invitation.subject if invitation else None


def is_reached_by_email(subject: Subject) -> bool:
    working = Contact.objects.filter(subject=subject, kind=Contact.Kind.EMAIL)
    return working.exclude(quality=Contact.Quality.FAILING).exists()


def codes_of(subject_ids: Iterable[int]) -> dict[int, str]:
    """Subject → the personal code of her invitation, of those who have one."""
    known = Invitation.objects.filter(subject_id__in=list(subject_ids))
    return dict(known.values_list("subject_id", "code"))
