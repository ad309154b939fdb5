"""How money, days and notice numbers are written on Italian pages."""

from django import template

from paybox.kernel.money import format_euro

register = template.Library()


@register.filter
def euro(cents: int | None) -> str:
    """``123456`` → ``1.234,56 €``."""
    return "" if cents is None else f"{format_euro(int(cents))} €"
