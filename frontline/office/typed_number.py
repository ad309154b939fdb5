"""Whole numbers as they come in an address or a form: a handful of digits, or nothing."""

MOST_DIGITS = 17  # whatever is longer is no key, year or sum of ours


def whole_number(typed: str) -> int | None:
    """The number typed; None for anything else, however long."""
    return int(typed) if typed.isdecimal() and len(typed) <= MOST_DIGITS else None
