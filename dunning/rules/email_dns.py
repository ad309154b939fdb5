"""Whether a domain is fit to send e-mail that arrives: SPF, DKIM, DMARC, read from their records.

Before: ``channels/email_dns`` has asked the DNS.  After: the office's page, in words an official can pass on to whoever
manages the domain. Facts: RFC 7208, RFC 6376, RFC 7489, and what the large providers ask of senders since 2024.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    """How far from good."""

    GOOD = "BENE"
    WEAK = "DA_MIGLIORARE"
    BAD = "MANCA"

    @property
    def label(self) -> str:
        return {"BENE": "In ordine", "DA_MIGLIORARE": "Da migliorare", "MANCA": "Da fare"}[self]


@dataclass(frozen=True, slots=True)
class Judgement:
    """One of the three records: how it is, what to do, and the record as found (empty: none)."""

    name: str
    asked: str
    grade: Grade
    words: str
    record: str = ""


def judge_spf(domain: str, records: Sequence[str], *, include: str) -> Judgement:
    """``include`` is the provider that must be allowed, empty when mail leaves from a server of the Ente."""
    found = [one for one in records if re.match(r"v=spf1(\s|$)", one, re.IGNORECASE)]
    told = found[0] if found else ""

    def judged(grade: Grade, words: str) -> Judgement:
        return Judgement("SPF", domain, grade, words, told)

    if not found:
        wanted = f"v=spf1 include:{include} -all" if include else "v=spf1 mx -all"
        return judged(Grade.BAD, f"Manca il record SPF: pubblicare un record TXT «{wanted}».")
    if len(found) > 1:
        return judged(Grade.BAD, "Ci sono più record SPF: ne vale uno solo, vanno riuniti.")
    if include and f"include:{include.lower()}" not in told.lower().split():
        return judged(
            Grade.BAD, f"Il record non autorizza il fornitore: aggiungere «include:{include}»."
        )
    if re.search(r"(^|\s)\+?all(\s|$)", told, re.IGNORECASE):
        return judged(Grade.BAD, "Il record autorizza chiunque: terminare con «-all».")
    if re.search(r"(^|\s)[-~]all(\s|$)", told, re.IGNORECASE) or "redirect=" in told.lower():
        return judged(Grade.GOOD, "Il record dice chi può inviare per il dominio.")
    return judged(Grade.WEAK, "Il record non dice che cosa fare degli altri: terminare con «-all».")


def judge_dkim(name: str, records: Sequence[str], *, bits: int | None) -> Judgement:
    """``bits`` is the length of the published RSA key; None when it is not RSA or cannot be read."""
    found = [one for one in records if re.search(r"(^|;)\s*p=", one)]
    told = found[0] if found else ""

    def judged(grade: Grade, words: str) -> Judgement:
        return Judgement("DKIM", name, grade, words, told)

    if not found:
        return judged(
            Grade.BAD, "Manca la chiave DKIM: pubblicare quella indicata dal fornitore di posta."
        )
    if re.search(r"(^|;)\s*p=\s*(;|$)", told):
        return judged(Grade.BAD, "La chiave DKIM è stata revocata: pubblicarne una nuova.")
    if bits is not None and bits < 2048:
        return judged(Grade.WEAK, f"La chiave DKIM è di {bits} bit: ne servono almeno 2048.")
    return judged(Grade.GOOD, "I messaggi possono essere firmati e verificati.")


def judge_dmarc(name: str, records: Sequence[str]) -> Judgement:
    found = [one for one in records if re.match(r"v=DMARC1\s*(;|$)", one, re.IGNORECASE)]
    told = found[0] if found else ""
    policy = re.search(r"(?:^|;)\s*p\s*=\s*(\w+)", told, re.IGNORECASE)

    def judged(grade: Grade, words: str) -> Judgement:
        return Judgement("DMARC", name, grade, words, told)

    if not found:
        return judged(Grade.BAD, "Manca il record DMARC: cominciare con «v=DMARC1; p=none».")
    if len(found) > 1 or policy is None:
        return judged(Grade.BAD, "Il record DMARC non è valido: deve essere uno solo e dire «p=».")
    if policy[1].lower() in ("quarantine", "reject"):
        return judged(Grade.GOOD, "I messaggi di chi si finge l'Ente vengono fermati.")
    return judged(
        Grade.WEAK,
        "I messaggi falsi non vengono fermati: dopo un periodo di prova passare a «p=quarantine».",
    )
