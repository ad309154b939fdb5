from typing import ClassVar

from django.db import models

from registry.models.subject import Subject


class Contact(models.Model):
    """A way to reach a subject, with where it came from and how good it is. A landline is only for calling."""

    class Kind(models.TextChoices):
        EMAIL = "EMAIL", "E-mail"
        PEC = "PEC", "PEC"
        MOBILE = "MOBILE", "Cellulare"
        LANDLINE = "FISSO", "Telefono fisso"

    class Quality(models.TextChoices):
        DECLARED = "DICHIARATO", "Dichiarato"
        VERIFIED = "VERIFICATO", "Verificato"
        FAILING = "NON_RAGGIUNTO", "Non raggiunto"

    id: int
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="contacts")
    kind = models.TextField(choices=Kind.choices)
    value = models.TextField()
    source = models.TextField()
    quality = models.TextField(choices=Quality.choices, default=Quality.DECLARED)
    created_at = models.DateTimeField()

    objects: ClassVar[models.Manager["Contact"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject", "kind", "value"], name="contact_once")
        ]
