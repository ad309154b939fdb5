import uuid
from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.db import models


class SubjectQuerySet(models.QuerySet["Subject"]):
    def matching(self, words: list[str]) -> "SubjectQuerySet":
        """Each word must be found somewhere in name, codice fiscale, phone or e-mail."""
        found = self
        for word in words:
            found = found.filter(search_text__contains=word.lower())
        return found


class Subject(models.Model):
    """A debtor: a person (F) or a body (G), known by codice fiscale where there is one."""

    class Kind(models.TextChoices):
        PERSON = "F", "Persona fisica"
        BODY = "G", "Persona giuridica"

    id: int
    uuid = models.UUIDField(default=uuid.uuid4)
    kind = models.CharField(max_length=1, choices=Kind.choices)
    codice_fiscale = models.CharField(max_length=16, blank=True)
    name = models.TextField()
    sort_key = models.TextField()
    search_text = models.TextField()
    street = models.TextField(blank=True)
    civic = models.TextField(blank=True)
    cap = models.TextField(blank=True)
    city = models.TextField(blank=True)
    province = models.CharField(max_length=2, blank=True)
    country = models.CharField(max_length=2, default="IT")
    created_at = models.DateTimeField()

    objects: ClassVar[models.Manager["Subject"]] = SubjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["uuid"], name="subject_uuid"),
            models.UniqueConstraint(
                fields=["codice_fiscale"],
                name="subject_codice_fiscale",
                condition=~models.Q(codice_fiscale=""),
            ),
        ]
        indexes = [
            models.Index(fields=["sort_key", "id"], name="subject_sort"),
            GinIndex(fields=["search_text"], name="subject_search", opclasses=["gin_trgm_ops"]),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def address_lines(self) -> tuple[str, ...]:
        """Two lines for a window envelope."""
        street = f"{self.street} {self.civic}".strip()
        city = f"{self.cap} {self.city} {f'({self.province})' if self.province else ''}".strip()
        abroad = () if self.country == "IT" else (self.country,)
        return tuple(line for line in (street, city, *abroad) if line)
