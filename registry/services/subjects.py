"""Chapter 2 – subjects: found by codice fiscale or created, with the ways to reach them.

Before: loads, the public form.  After: positions.  A subject already known keeps her name and address;
new contacts are added, never overwritten; who went back to paper gets none until she consents again.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from paybox.kernel.bulk import copy_rows, fresh_uuids, reserve_ids
from paybox.kernel.locking import lock_name
from registry.models import Contact, Subject
from registry.rules.search_text import search_text
from registry.selectors.consents import withdrawn_kinds

SUBJECT_COLUMNS = [
    "id",
    "uuid",
    "kind",
    "codice_fiscale",
    "name",
    "sort_key",
    "search_text",
    "street",
    "civic",
    "cap",
    "city",
    "province",
    "country",
    "created_at",
]
CONTACT_COLUMNS = ["subject_id", "kind", "value", "source", "quality", "created_at"]


@dataclass(frozen=True, slots=True)
class SubjectData:
    """A debtor as somebody wrote her, fields already normalised; empty means not given."""

    kind: str
    codice_fiscale: str
    name: str
    sort_key: str
    street: str = ""
    civic: str = ""
    cap: str = ""
    city: str = ""
    province: str = ""
    country: str = "IT"
    email: str = ""
    pec: str = ""
    mobile: str = ""

    @property
    def contacts(self) -> list[tuple[str, str]]:
        ways = (("EMAIL", self.email), ("PEC", self.pec), ("MOBILE", self.mobile))
        return [(kind, value) for kind, value in ways if value]


@transaction.atomic
def ensure_subjects(*, data: Sequence[SubjectData], source: str, at: datetime) -> list[int]:
    """The ids of the subjects, in the order asked; those not known are created in bulk, contacts added."""
    known = _known(data)
    if any(d.codice_fiscale not in known for d in data):
        lock_name("subjects")  # two at once would both find a new debtor missing
        known = _known(data)
    created = _create(data, known, at)
    ids = [known.get(d.codice_fiscale) or created[index] for index, d in enumerate(data)]
    _add_contacts(data, ids, set(created.values()), source, at)
    return ids


def ensure_subject(*, data: SubjectData, source: str, at: datetime) -> int:
    """One subject, found or created."""
    return ensure_subjects(data=[data], source=source, at=at)[0]


def _known(data: Sequence[SubjectData]) -> dict[str, int]:
    codes = {d.codice_fiscale for d in data if d.codice_fiscale}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT codice_fiscale, id FROM registry_subject"
            " WHERE codice_fiscale = ANY(%s) AND codice_fiscale <> ''",
            [list(codes)],
        )
        return dict(cursor.fetchall())


def _create(data: Sequence[SubjectData], known: dict[str, int], at: datetime) -> dict[int, int]:
    """index in ``data`` → new id; ``known`` learns the new codes, so that one code makes one subject."""
    fresh: list[int] = []
    coming: set[str] = set()
    for index, d in enumerate(data):
        if d.codice_fiscale not in known and (
            not d.codice_fiscale or d.codice_fiscale not in coming
        ):
            fresh.append(index)
            coming.add(d.codice_fiscale)
    ids = reserve_ids(Subject, len(fresh))
    copy_rows(
        Subject,
        SUBJECT_COLUMNS,
        (
            _subject_row(i, uuid, data[n], at)
            for n, i, uuid in zip(fresh, ids, fresh_uuids(len(ids)), strict=True)
        ),
    )
    known |= {
        data[n].codice_fiscale: i for n, i in zip(fresh, ids, strict=True) if data[n].codice_fiscale
    }
    return dict(zip(fresh, ids, strict=True))


def _subject_row(subject_id: int, uuid: str, d: SubjectData, at: datetime) -> tuple[object, ...]:
    text = search_text(
        name=d.name, codice_fiscale=d.codice_fiscale, contacts=[value for _, value in d.contacts]
    )
    return (
        subject_id, uuid, d.kind, d.codice_fiscale, d.name, d.sort_key, text,
        d.street, d.civic, d.cap, d.city, d.province, d.country, at,
    )  # fmt: skip


def _add_contacts(
    data: Sequence[SubjectData], ids: list[int], created: set[int], source: str, at: datetime
) -> None:
    """Only the new ones, by COPY for new subjects; who gets one more is found by it from now on."""
    wanted = {
        (i, kind, value): None for i, d in zip(ids, data, strict=True) for kind, value in d.contacts
    }
    known = _known_contacts({key[0] for key in wanted if key[0] not in created})
    fresh = [key for key in wanted if key[0] in created]
    paper = withdrawn_kinds({key[0] for key in wanted if key[0] not in created})
    added = [
        key for key in wanted if key[0] not in created and key not in known and key[:2] not in paper
    ]
    quality = Contact.Quality.DECLARED.value
    copy_rows(Contact, CONTACT_COLUMNS, ((*key, source, quality, at) for key in fresh))
    Contact.objects.bulk_create(
        (Contact(subject_id=i, kind=k, value=v, source=source, created_at=at) for i, k, v in added),
        ignore_conflicts=True,
    )
    repeated = {i for i, times in Counter(ids).items() if times > 1 and i in created}
    refresh_search_text({key[0] for key in added} | repeated)


def _known_contacts(subject_ids: set[int]) -> set[tuple[int, str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT subject_id, kind, value FROM registry_contact WHERE subject_id = ANY(%s)",
            [list(subject_ids)],
        )
        return set(cursor.fetchall())


def refresh_search_text(ids: set[int]) -> None:
    """Her contacts have changed: she is found by those she has now."""
    if not ids:
        return
    for subject in Subject.objects.filter(pk__in=ids).prefetch_related("contacts"):
        values = [contact.value for contact in subject.contacts.all()]
        text = search_text(
            name=subject.name, codice_fiscale=subject.codice_fiscale, contacts=values
        )
        if text != subject.search_text:
            Subject.objects.filter(pk=subject.pk).update(search_text=text)
