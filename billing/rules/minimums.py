"""Below which sum nothing is asked, and how a tax is rounded. Pure.

Source: c. 166 L. 296/2006 (rounding to the euro, taxes only); art. 25 L. 289/2002 with c. 168 L. 296/2006 (€ 12 a tax and
year where the body has not set its own); c. 794 L. 160/2019 (an act for less than € 10 is no title).
"""

TAX_YEAR_CENTS = 1_200  # art. 25 L. 289/2002: the body may set another
TITLE_CENTS = 1_000  # c. 794 L. 160/2019


def round_tax_cents(cents: int) -> int:
    """A tax to the euro: up to 49 cents down, from 50 up (c. 166). Not for expenses, patrimonial income, dues."""
    return (cents + 50) // 100 * 100


def is_below_year_minimum(*, year_total_cents: int, own_cents: int | None) -> bool:
    """Whether a tax of a whole year is too small to be asked; measured on the year, never on one instalment."""
    return year_total_cents < (TAX_YEAR_CENTS if own_cents is None else own_cents)


def may_become_title(*, act_total_cents: int) -> bool:
    """c. 794: the whole act counts, with its several years together."""
    return act_total_cents >= TITLE_CENTS
