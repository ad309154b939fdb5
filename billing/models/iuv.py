from django.db import models


class IuvCounter(models.Model):
    """The next free base of one segregation code: numbers are reserved in blocks and never given twice."""

    segregation = models.CharField(max_length=2)
    next_base = models.BigIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["segregation"], name="iuvcounter_segregation")
        ]
