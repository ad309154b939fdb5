"""How money, numbers, days and notice numbers are written on Italian pages."""

from fractions import Fraction

from django import template

from billing.iuv import group_by_four
from dunning.rules.channels import label_of
from paybox.kernel.money import format_euro, format_mills

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
def giorni(age: int) -> str:
    """How long something has waited: ``oggi``, ``1 giorno``, ``1.234 giorni``; a day still to come is today."""
    return "oggi" if age < 1 else f"{migliaia(age)} {'giorno' if age == 1 else 'giorni'}"


@register.filter
def giorni_fa(age: int) -> str:
    """``oggi``, ``1 giorno fa``; nothing of a day still to come."""
    return "" if age < 0 else f"{giorni(age)} fa" if age else "oggi"


@register.filter
def by_four(digits: str) -> str:
    """``302000000000000184`` → ``3020 0000 0000 0001 84``, as it is printed."""
    return group_by_four(str(digits))


@register.filter
def mills(thousandths: int | None) -> str:
    """``1100`` → ``1,10 €``, ``61`` → ``0,061 €``: what messages cost is less than a cent each."""
    return "" if thousandths is None else f"{format_mills(int(thousandths))}\N{NO-BREAK SPACE}€"


@register.filter
def canale(code: str) -> str:
    """``EMAIL`` → ``E-mail``."""
    return label_of(code)


@register.filter
def percento(share: Fraction | float) -> str:
    """``0.231`` → ``23,1 %``."""
    return (
        f"{share * 100:.1f} %".replace(".", ",")
        if isinstance(share, float)
        else percento(float(share))
    )


@register.filter
def punti(difference: float) -> str:
    """``0.027`` → ``+2,7 punti``."""
    return f"{difference * 100:+.1f} punti".replace(".", ",")
