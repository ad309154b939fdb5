"""The one search box: a notice number or a riferimento is a position, words and telephones are debtors."""

from collections.abc import Collection
from dataclasses import dataclass

from billing.iuv import AUX_DIGIT
from billing.models import Position
from billing.selectors.positions import positions_in
from billing.states import PositionState
from registry.models import Subject
from registry.selectors.subjects import subjects_matching

LIMIT = 50


@dataclass(frozen=True, slots=True)
class Found:
    """``by_notice`` answers exactly; otherwise both lists, each cut at ``LIMIT`` (``more`` says that one was)."""

    by_notice: Position | None = None
    positions: tuple[Position, ...] = ()
    subjects: tuple[Subject, ...] = ()
    more: bool = False


def search_everywhere(text: str, *, scope: Collection[str]) -> Found:
    """Look for ``text`` among notice numbers and IUV, then riferimenti and debtors, within ``scope`` (codes)."""
    if position := _of_notice("".join(text.split()), scope):
        return Found(by_notice=position)
    positions = _of_reference(text.strip(), scope)
    subjects = _subjects(text, scope)
    return Found(
        positions=positions,
        subjects=subjects[:LIMIT],
        more=len(subjects) > LIMIT,
    )


def _of_notice(digits: str, scope: Collection[str]) -> Position | None:
    """18 digits are a notice number, 17 an IUV of aux digit 3: one read of the unique index."""
    if not digits.isascii() or not digits.isdigit() or len(digits) not in (17, 18):
        return None
    notice_number = digits if len(digits) == 18 else AUX_DIGIT + digits
    return positions_in(scope).filter(instalments__notice_number=notice_number).first()


def _of_reference(text: str, scope: Collection[str]) -> tuple[Position, ...]:
    """The open or paid credits with that riferimento, of any service."""
    if not text:
        return ()
    found = positions_in(scope).exclude(state=PositionState.WITHDRAWN)
    exact = found.filter(reference__in={text, text.upper()}, service__isnull=False)
    return tuple(exact.select_related("service", "subject").order_by("-id")[:LIMIT])


def _subjects(text: str, scope: Collection[str]) -> tuple[Subject, ...]:
    found = subjects_matching(text)
    if scope:
        theirs = positions_in(scope).order_by().values("subject_id")
        found = found.filter(pk__in=theirs)
    return tuple(found[: LIMIT + 1])
