"""The GSM 03.38 alphabet: what an SMS can say in seven bits, and how to bring Italian text into it.

Before: message texts.  After: ``sms_text``, which counts and caps the parts.
Source: 3GPP TS 23.038 §6.2.1 (default alphabet and its extension table).
"""

import unicodedata

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ"
    " !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("\f^{}\\[~]|€")  # each costs two units: the escape and the character
ALPHABET = BASIC | EXTENDED
PLAIN = ALPHABET - frozenset("\r\f")  # stays as it is

# Capitals with an accent get an apostrophe, as Italians write where the key is missing.
_SPELLED = {
    "À": "A'", "È": "E'", "Ì": "I'", "Ò": "O'", "Ù": "U'",
    "Á": "A'", "Í": "I'", "Ó": "O'", "Ú": "U'",
    "’": "'", "‘": "'", "‛": "'", "′": "'", "´": "'", "`": "'",
    "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "″": '"',
    "–": "-", "—": "-", "‐": "-", "‑": "-", "−": "-", "•": "-", "·": ".",
    "…": "...", "°": "o", "º": "o", "ª": "a", "×": "x", "™": "TM", "©": "(C)", "®": "(R)",
    "œ": "oe", "Œ": "OE", "đ": "d", "Đ": "D", "ł": "l", "Ł": "L", "ı": "i", "\t": " ",
}  # fmt: skip


def to_gsm(text: str) -> str:
    """Rewrite ``text`` so that every character is in the GSM alphabet.

    Typographic signs become plain ones, foreign accents fall off, control and invisible characters
    and pictures disappear, letters of other scripts become ``?``. Applying it twice changes nothing
    more.
    """
    if PLAIN.issuperset(text):
        return text
    return "".join(_spell(char) for char in unicodedata.normalize("NFC", text))


def _spell(char: str) -> str:
    if char in PLAIN:
        return char
    if char in _SPELLED:
        return _SPELLED[char]
    kind = unicodedata.category(char)
    if kind.startswith("Z"):
        return " "
    if kind in ("Cc", "Cf", "Cs", "Co", "Cn", "So", "Sk", "Mn", "Me"):
        return ""
    return _without_accents(char)


def _without_accents(char: str) -> str:
    bare = "".join(c for c in unicodedata.normalize("NFKD", char) if not unicodedata.combining(c))
    return "".join(c if c in ALPHABET else "?" for c in bare) or "?"
