from typing import ClassVar

from django.db import models

from billing.models import Service
from dunning.rules.template_checks import Act, Form


class TextVersion(models.Model):
    """The words of one act in one form for one service, version by version: never changed, a new one takes its place.

    ``variant``: the name of a text that only the steps that name it say; empty for the ordinary one of its act.
    """

    append_only = True

    class Acts(models.TextChoices):
        """The values are ``rules.template_checks.Act``."""

        NOTICE = Act.NOTICE.value, "Avviso bonario"
        MEMO = Act.MEMO.value, "Promemoria"
        REMINDER = Act.REMINDER.value, "Sollecito bonario"
        ARREARS = Act.ARREARS.value, "Annualità arretrate"
        DEMAND = Act.DEMAND.value, "Sollecito formale"
        ASSESSMENT = Act.ASSESSMENT.value, "Accertamento esecutivo"

    class Forms(models.TextChoices):
        """The values are ``rules.template_checks.Form``."""

        SMS = Form.SMS.value, "SMS"
        EMAIL = Form.EMAIL.value, "E-mail"
        PEC = Form.PEC.value, "PEC"
        LETTER = Form.LETTER.value, "Lettera"
        PHONE = Form.PHONE.value, "Telefonata"

    id: int
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="texts")
    act = models.TextField(choices=Acts.choices)
    form = models.TextField(choices=Forms.choices)
    variant = models.TextField(blank=True, default="", db_default="")
    version = models.IntegerField()
    subject = models.TextField(blank=True)
    blocks = models.JSONField()  # [{"code": "MORA" or "", "text": …}], law written out
    term_days = models.SmallIntegerField()
    second_language = models.TextField(blank=True)  # "de"
    second = models.TextField(blank=True)
    references = models.JSONField(default=dict)  # code → the words of the law when it was written
    sha256 = models.TextField()
    created_at = models.DateTimeField()
    author_id = models.BigIntegerField()
    author_name = models.TextField()

    objects: ClassVar[models.Manager["TextVersion"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["service", "act", "form", "variant", "version"], name="textversion_once"
            ),
            models.CheckConstraint(
                condition=models.Q(term_days__gte=1, term_days__lte=365), name="textversion_term"
            ),
        ]

    @property
    def title(self) -> str:
        """As the office calls it: its name, when it has one, its act and its form."""
        what = f"{self.get_act_display()}, {self.get_form_display()}"
        return f"{self.variant} ({what})" if self.variant else what


class TextDecision(models.Model):
    """What the Ente decided on a version: authorised, refused, retired. Each at most once."""

    append_only = True

    class Kind(models.TextChoices):
        APPROVED = "APPROVATO", "Autorizzato"
        REFUSED = "RESPINTO", "Respinto"
        RETIRED = "RITIRATO", "Ritirato"

    id: int
    version = models.ForeignKey(TextVersion, on_delete=models.PROTECT, related_name="decisions")
    kind = models.TextField(choices=Kind.choices)
    reason = models.TextField(blank=True)
    at = models.DateTimeField()
    person_id = models.BigIntegerField()
    person_name = models.TextField()

    objects: ClassVar[models.Manager["TextDecision"]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "kind"], name="textdecision_once")
        ]
