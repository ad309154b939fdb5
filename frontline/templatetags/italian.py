"""How money, numbers, days and notice numbers are written on Italian pages."""

from django import template

from billing.iuv import group_by_four
from paybox.kernel.money import format_euro

register = template.Library()


@register.filter
def euro(cents: int | None) -> str:
    """``123456`` → ``1.234,56 €``."""
    return "" if cents is None else f"{format_euro(int(cents))}\N{NO-BREAK SPACE}€"


@register.filter
def migliaia(number: int | None) -> str:
    """``12345`` → ``12.345``: for counts, never for identifiers."""
    return "" if number is None else f"{int(number):,}".replace(",", ".")


@register.filter
def by_four(digits: str) -> str:
    """``302000000000000184`` → ``3020 0000 0000 0001 84``, as it is printed."""
    return group_by_four(str(digits))
