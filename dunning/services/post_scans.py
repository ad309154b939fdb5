"""Chapter 10 – many cards at once: a ZIP of scans, each tied to its letter by the number on it.

Before: who scans the cards gives back an archive.  After: ``post_cards``, card by card; what finds no letter is named.
"""

from dataclasses import dataclass
from datetime import date, datetime

from dunning.channels.post_archive import Scan, read_scans
from dunning.channels.post_mappers import RowRefused, day_of
from dunning.models import Letter
from dunning.rules.post import PostOutcome
from dunning.services.post_batches import PostRefused
from dunning.services.post_cards import ON_CARDS, CardRead, letter_with, take_card
from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit

_WORDS = {one.label.upper(): one for one in ON_CARDS} | {one.value: one for one in ON_CARDS}


@dataclass(frozen=True, slots=True)
class Kept:
    """``known``: scans already kept; ``refused``: by file, ``row`` being its place in the archive."""

    taken: int
    known: int
    refused: tuple[RowRefused, ...]


def take_scans(*, raw: bytes, scope: tuple[str, ...], actor: Actor, at: datetime) -> Kept:
    """Keep each scan that finds its letter, one transaction a card. Raises OutcomesRefused when it is no such archive.

    What the card says comes from the archive's index, else from the outcome already known of the letter.
    """
    taken = known = 0
    refused: list[RowRefused] = []
    for place, scan in enumerate(read_scans(raw), start=1):
        try:
            _, new = take_card(
                card=_card(scan, scope), scan=scan.content, scope=scope, actor=actor, at=at
            )
        except PostRefused as refusal:
            refused.append(RowRefused(place, scan.name, f"{refusal}"))
            continue
        taken, known = taken + new, known + (not new)
    record_audit(
        action="dunning.receipt_card.archive", actor=actor, at=at, subject="post", taken=taken, known=known,
        refused=len(refused),
    )  # fmt: skip
    return Kept(taken, known, tuple(refused))


def _card(scan: Scan, scope: tuple[str, ...]) -> CardRead:
    if not scan.number:
        raise PostRefused("Né il nome del file né l'indice dicono il numero della lettera")
    letter = letter_with(scan.number, scope)
    outcome, on = _said(scan, letter)
    notice_on = _day(scan.told.get("data_avviso", "")) or letter.notice_on
    return CardRead(scan.number, outcome, on, notice_on, scan.told.get("posto", ""))


def _said(scan: Scan, letter: Letter) -> tuple[PostOutcome, date]:
    if word := scan.told.get("esito", ""):
        outcome, on = _WORDS.get(word.upper()), _day(scan.told.get("data", ""))
        if outcome is None or on is None:
            raise PostRefused("Nell'indice l'esito o la sua data non si leggono")
        return outcome, on
    if letter.outcome not in {one.value for one in ON_CARDS} or letter.outcome_on is None:
        raise PostRefused(
            "L'esito di questa lettera non è ancora noto: caricare prima il file degli esiti, o aggiungere un indice"
        )
    return PostOutcome(letter.outcome), letter.outcome_on


def _day(text: str) -> date | None:
    return day_of(text, "%d/%m/%Y") or day_of(text, "%Y-%m-%d")
