"""Consent to notices without paper: its words by version, the personal code, how long a link or a code is good.

Before: the form, on line or on paper.  After: ``services.consents`` keeps which version was read and when.
A version is never changed: other words are another version.
"""

from collections.abc import Mapping
from datetime import timedelta

from paybox.kernel.problems import Refused

CURRENT_TEXT = "2026-01"
TEXTS: Mapping[str, str] = {
    "2026-01": (
        "Chiedo di ricevere per e-mail, e non più su carta, gli avvisi di pagamento di questo Ente, e di "
        "ricevere per e-mail e per SMS i promemoria delle scadenze. So che i recapiti sono usati solo per "
        "questo, che posso tornare alla carta in ogni momento, senza spese, e che gli atti per i quali la "
        "legge chiede la notifica continueranno ad arrivare nei modi di legge."
    ),
}
LINK_LIFE = timedelta(hours=48)
CODE_LIFE = timedelta(minutes=15)
MAX_TRIES = 5
WINDOW = timedelta(hours=1)
MAX_CHECKS = 5  # asked for one person, or for one address, in a window
CODE_SIGNS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # none that is read for another
CODE_LENGTH = 10


class ConsentRefused(Refused):
    """The consent cannot be taken as given; the message says why, in Italian."""


def read_personal_code(text: str) -> str:
    """``abcde-fghjk`` → ``ABCDEFGHJK``: blanks and hyphens are separators. Raises ConsentRefused."""
    plain = "".join(sign for sign in text.upper() if sign not in " -–")
    if len(plain) != CODE_LENGTH or any(sign not in CODE_SIGNS for sign in plain):
        raise ConsentRefused(f"il codice personale ha {CODE_LENGTH} fra lettere e cifre")
    return plain


def shown_code(code: str) -> str:
    """``ABCDE-FGHJK``."""
    return f"{code[:5]}-{code[5:]}"
