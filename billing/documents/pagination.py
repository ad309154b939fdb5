"""How many rates go on which page.

Before: data.  After: composition lays the cards out.
Source: pagoPA's guide to the avviso analogico, instalments.
"""


def rates_per_page(count: int) -> tuple[int, ...]:
    """Split ``count`` rates into pages of three or two, fewest pages first: 5 → (3, 2), 4 → (2, 2).

    A single rate stands alone on its page. No page mixes the two layouts.
    """
    if count <= 2:
        return (count,) if count else ()
    twos = -count % 3
    return (3,) * ((count - 2 * twos) // 3) + (2,) * twos
