"""Whether SEND would take a recipient and a subject, said before anything is uploaded.

Before: the registry's name and address.  After: the request, or words for the official. Source: SEND, NotificationRecipient,
NotificationPhysicalAddress: Latin-1 signs, a name and each line of the address of at most 44.
"""

import re

MAX_NAME = MAX_LINE = 44
MAX_SUBJECT = 134
_PEC = re.compile(r"[^@\s]{1,64}@[^@\s]{1,255}")


def printable(words: str) -> str:
    """In Latin-1, without the sign that separates; what has no equal there becomes a question mark."""
    kept = words.replace("’", "'").replace("|", " ").encode("latin-1", "replace").decode("latin-1")
    return " ".join(kept.split())


def recipient_trouble(
    *, name: str, street: str, cap: str, city: str, country: str, subject: str
) -> str:
    """Why SEND would refuse it, for the official; empty when it would not."""
    if not name or not street or not city:
        return "A SEND servono nome, via e comune del destinatario."
    if country == "IT" and not re.fullmatch(r"\d{5}", cap):
        return "A SEND serve un CAP di 5 cifre."
    if max(len(street), len(city)) > MAX_LINE:
        return f"SEND vuole via e comune di al massimo {MAX_LINE} caratteri."
    if len(subject) > MAX_SUBJECT:
        return f"L'oggetto per SEND ha al massimo {MAX_SUBJECT} caratteri: sono {len(subject)}."
    return ""


def usable_pec(address: str) -> bool:
    return bool(_PEC.fullmatch(address)) and len(address) <= 320
