"""The refusal of a whole file: nothing of it was read into a position."""

from paybox.kernel.problems import Refused


class FileRefused(Refused):
    """The file cannot be read as a list of credits; ``str(refusal)`` says why, in Italian."""


def italian_number(number: int) -> str:
    """``10001`` → ``10.001``."""
    return f"{number:,}".replace(",", ".")
