"""How long an SMS is: its alphabet, its parts, and the cap above which it is not sent.

Before: a rendered text.  After: the preview (cost) and ``channels/sms``.
Source: 3GPP TS 23.040 §9.2.3.24.1 (concatenation header: 7 units of 160, or 3 of 70, per part).
"""

from dataclasses import dataclass
from enum import StrEnum

from dunning.rules.gsm import ALPHABET, EXTENDED, to_gsm
from paybox.kernel.problems import Refused

MAX_PARTS = 3


class SmsTooLong(Refused):
    """The text needs more parts than the body pays for; nothing was sent and nothing was cut."""


class SmsAlphabet(StrEnum):
    GSM_7 = "GSM-7"
    UCS_2 = "UCS-2"

    @property
    def alone(self) -> int:
        """Units that fit when the message is one part."""
        return 160 if self is SmsAlphabet.GSM_7 else 70

    @property
    def chained(self) -> int:
        """Units that fit in each part of a longer message."""
        return 153 if self is SmsAlphabet.GSM_7 else 67


@dataclass(frozen=True, slots=True)
class SmsSize:
    """``units`` are septets (GSM-7) or 16-bit words (UCS-2); ``parts`` is what the operator
    bills.
    """

    alphabet: SmsAlphabet
    units: int
    parts: int


def measure_sms(text: str) -> SmsSize:
    """Size of ``text`` exactly as given. An empty text is one part, as operators bill it."""
    alphabet = SmsAlphabet.GSM_7 if ALPHABET.issuperset(text) else SmsAlphabet.UCS_2
    units = len(text) + _doubles(text, alphabet)
    if units <= alphabet.alone:
        return SmsSize(alphabet, units, 1)
    if units == len(text):
        return SmsSize(alphabet, units, -(-units // alphabet.chained))
    return SmsSize(alphabet, units, _packed(text, alphabet))


def fit_sms(text: str, *, max_parts: int = MAX_PARTS) -> str:
    """The text as it will be sent: in GSM-7 and within ``max_parts``. Raises SmsTooLong, never
    cuts.
    """
    plain = to_gsm(text)
    size = measure_sms(plain)
    if size.parts > max_parts:
        raise SmsTooLong(
            f"L'SMS occupa {size.parts} parti: il massimo è {max_parts}. Accorciare il testo."
        )
    return plain


def _doubles(text: str, alphabet: SmsAlphabet) -> int:
    """How many characters take two units; counted without looking at each: a wave has a hundred thousand texts."""
    if alphabet is SmsAlphabet.GSM_7:
        return sum(text.count(char) for char in EXTENDED)
    return len(text.encode("utf-16-le", "surrogatepass")) // 2 - len(text)


def _packed(text: str, alphabet: SmsAlphabet) -> int:
    """Parts needed when a character of two units may not straddle two parts."""
    parts, start, room = 0, 0, alphabet.chained
    while start < len(text):
        end = start + room
        while (over := len(text[start:end]) + _doubles(text[start:end], alphabet) - room) > 0:
            end = min(end, len(text)) - (over + 1) // 2  # never more than what does not fit
        parts, start = parts + 1, end
    return parts
