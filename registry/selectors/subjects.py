"""Who is meant by what an operator types or clicks."""

import re
from uuid import UUID

from registry.models import Subject
from registry.models.subject import SubjectQuerySet
from registry.rules.search_text import search_text

_PHONE = re.compile(r"\+?[0-9][0-9 ./\-]{4,}")
MAX_WORDS = 8


def search_words(text: str) -> list[str]:
    """The pieces to look for, as ``search_text`` writes them; a telephone typed with blanks is one piece.

    One letter alone finds nothing useful and is left out.
    """
    plain = search_text(name=text, codice_fiscale="", contacts=[]).strip()
    if _PHONE.fullmatch(plain):
        return [re.sub(r"^(\+39|0039)", "", re.sub(r"[ ./\-]", "", plain))]
    return [word for word in plain.split() if len(word) > 1][:MAX_WORDS]


def subjects_matching(text: str) -> SubjectQuerySet:
    """Subjects with every word of ``text`` in name, codice fiscale, phone or e-mail, by name."""
    words = search_words(text)
    found: SubjectQuerySet = Subject.objects.all()
    return found.matching(words).order_by("sort_key", "id") if words else found.none()


def subject_of_uuid(uuid: UUID) -> Subject | None:
    """The subject with her contacts."""
    return Subject.objects.prefetch_related("contacts").filter(uuid=uuid).first()
