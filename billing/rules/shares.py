"""An amount divided among those it belongs to, to the cent. Pure.

Before: a credit that is partly somebody else's (TARI and TEFA), or carries a marca da bollo.  After: the transfers of
an activation, what is published, the books.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

WHOLE = 10_000  # hundredths of a percent
MAX_TRANSFERS = 5


class Measure(StrEnum):
    """How much of a credit a share is; the value is its name where shares are kept."""

    REST = "resto"  # what the others leave: the Ente's own
    WEIGHT = "peso"  # cents or percentages, alike for all the shares of the credit
    PERCENT = "percento"  # hundredths of a percent of the whole
    ON_TOP = "sul_tributo"  # hundredths of a percent of the Ente's own part: TEFA is 5% of TARI
    CENTS = "centesimi"


@dataclass(frozen=True, slots=True)
class Stamp:
    """A digital stamp to be bought for a document: base64 of its SHA-256, the payer's province."""

    document_hash: str
    province: str
    kind: str = "01"


@dataclass(frozen=True, slots=True)
class Share:
    """What of a credit belongs to one body. Empty fields: as of the Ente and its service.

    ``stamp``: not a body's money but the price of a stamp, ``amount`` cents, which the PSP keeps.
    """

    measure: Measure = Measure.REST
    amount: int = 0
    fiscal_code: str = ""
    name: str = ""
    iban: str = ""
    postal_iban: str = ""
    taxonomy: str = ""
    metadata: tuple[tuple[str, str], ...] = ()
    stamp: Stamp | None = None


_ALL = Share()


@dataclass(frozen=True, slots=True)
class Part:
    """A share and its cents, always > 0."""

    share: Share
    cents: int


def read_shares(kept: Sequence[Mapping[str, Any]]) -> tuple[Share, ...]:
    """Shares as JSON keeps them: ``codice_fiscale``, ``nome``, ``iban``, ``iban_postale``, ``tassonomia``,
    ``metadati``, and one measure; a stamp has ``impronta`` and ``provincia``. Raises KeyError, ValueError.
    """
    return tuple(_share(one) for one in kept)


def divide(*, payable_cents: int, total_cents: int, shares: Sequence[Share]) -> tuple[Part, ...]:
    """What a notice asks for, among the shares of its credit of ``total_cents``; the Ente's own part comes first.

    A rata, a residual or an amount with interest is divided in the proportion of the whole credit; stamps are whole.
    Parts add up exactly; those of nothing are left out. Raises ValueError when shares take more than there is, or
    come to more than five.
    """
    if not shares and payable_cents >= 0:  # almost every credit
        return (Part(_ALL, payable_cents),) if payable_cents else ()
    stamps = [Part(share, share.amount) for share in shares if share.stamp]
    stamped = sum(part.cents for part in stamps)
    bodies = [share for share in shares if not share.stamp]
    parts = _among(payable_cents - stamped, total_cents - stamped, bodies) + stamps
    kept = tuple(part for part in parts if part.cents)
    if len(kept) > MAX_TRANSFERS:
        raise ValueError("Un avviso ha al massimo cinque quote")
    return kept


def split_cents(total_cents: int, weights: Sequence[int]) -> list[int]:
    """``total_cents`` in proportion to ``weights`` (cents or percentages alike), adding up exactly.

    Largest remainders: each part is its exact share rounded down or up; of equal remainders the earlier
    goes up. Raises ValueError without a positive weight, or with a negative one.
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0 or total_cents < 0:
        raise ValueError("Le quote devono essere positive")
    parts = [total_cents * weight // whole for weight in weights]
    remainders = [total_cents * weight % whole for weight in weights]
    order = sorted(range(len(weights)), key=lambda turn: (-remainders[turn], turn))
    for turn in order[: total_cents - sum(parts)]:
        parts[turn] += 1
    return parts


def _among(payable_cents: int, total_cents: int, bodies: Sequence[Share]) -> list[Part]:
    if payable_cents < 0 or total_cents < 0:
        raise ValueError("Le marche da bollo superano l'importo")
    if not payable_cents and not total_cents:
        return []
    whole = _of_whole(total_cents, bodies)
    cents = split_cents(payable_cents, [part.cents for part in whole])
    return [Part(part.share, part_cents) for part, part_cents in zip(whole, cents, strict=True)]


def _of_whole(total_cents: int, bodies: Sequence[Share]) -> list[Part]:
    if bodies and all(share.measure == Measure.WEIGHT for share in bodies):
        cents = split_cents(total_cents, [share.amount for share in bodies])
        return [Part(share, part) for share, part in zip(bodies, cents, strict=True)]
    own = next((share for share in bodies if share.measure == Measure.REST), Share())
    others = [share for share in bodies if share is not own]
    taken = {id(share): _taken(share, total_cents) for share in others}
    rest = total_cents - sum(taken.values())
    if rest < 0:
        raise ValueError("Le quote superano l'importo")
    on_top = [share for share in others if share.measure == Measure.ON_TOP]
    own_cents, *extra = split_cents(rest, [WHOLE, *(share.amount for share in on_top)])
    taken |= {id(share): cents for share, cents in zip(on_top, extra, strict=True)}
    return [Part(own, own_cents), *(Part(share, taken[id(share)]) for share in others)]


def _taken(share: Share, total_cents: int) -> int:
    """Before the Ente's own part is known: half a cent of a percentage rounds up."""
    if share.measure == Measure.CENTS:
        return share.amount
    if share.measure == Measure.PERCENT:
        return (2 * total_cents * share.amount + WHOLE) // (2 * WHOLE)
    if share.measure == Measure.ON_TOP:
        return 0
    raise ValueError("Le quote a peso non si mescolano con le altre")


def _share(kept: Mapping[str, Any]) -> Share:
    measure = next((one for one in Measure if one.value in kept), Measure.REST)
    hashed = str(kept.get("impronta", ""))
    return Share(
        measure=measure,
        amount=int(kept.get(measure.value, 0)),
        fiscal_code=kept.get("codice_fiscale", ""),
        name=kept.get("nome", ""),
        iban=kept.get("iban", ""),
        postal_iban=kept.get("iban_postale", ""),
        taxonomy=kept.get("tassonomia", ""),
        metadata=tuple((str(k), str(v)) for k, v in kept.get("metadati", {}).items()),
        stamp=Stamp(hashed, str(kept["provincia"])) if hashed else None,
    )
