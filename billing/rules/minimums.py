"""Below which sum an act is no title. Pure. Smaller minimums are each body's own; amounts on pagoPA stay in cents, taxes too.

Source: c. 794 L. 160/2019.
"""

TITLE_CENTS = 1_000


def may_become_title(*, act_total_cents: int) -> bool:
    """The whole act counts, with its several years together."""
    return act_total_cents >= TITLE_CENTS
