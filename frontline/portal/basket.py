"""The notices a citizen pays together: handles in her session, read anew each time; nothing is kept or locked elsewhere.

Before: the page of a notice.  After: one cart at the checkout.  Whoever leaves half-way finds it again in this browser.
"""

import secrets
from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest

from billing.models import Instalment
from billing.rules.amount_due import AmountDue
from billing.selectors.amounts import due_of
from frontline.portal.grants import Grant, GrantRefused, granted
from frontline.portal.lookups import instalments_of_grants
from frontline.portal.payability import Payability, payability
from pagopa.rules.cart import MAX_NOTICES, CartLine, cart_problem
from paybox.kernel.problems import Refused

_BASKET, _DEPARTURES = "portal_basket", "portal_departures"
MOST_DEPARTURES = 5
FULL = f"Nel carrello ci sono già {MAX_NOTICES} avvisi, il massimo per un solo pagamento: pagare questi, poi gli altri"
TWICE = "Questo avviso è già nel carrello"


class BasketRefused(Refused):
    """The notice cannot be paid together with the others; the message says why."""


@dataclass(frozen=True, slots=True)
class Line:
    """A notice of the basket as it stands now."""

    handle: str
    grant: Grant
    instalment: Instalment
    state: Payability
    due: AmountDue

    @property
    def cents(self) -> int:
        """What the Node will ask for it."""
        return self.due.total_cents


def basket_lines(request: HttpRequest, *, schema: str, on: date) -> list[Line]:
    """In the order they were added. A notice whose hour has passed is no longer there."""
    return lines_of(request, _held(request), schema=schema, on=on)


def lines_of(request: HttpRequest, handles: list[str], *, schema: str, on: date) -> list[Line]:
    """The notices behind these handles that this browser may still see."""
    grants = {h: g for h in handles if (g := _grant(request, h, schema)) is not None}
    found = instalments_of_grants(list(grants.values()))
    pairs = ((h, g, found.get((g.position, g.number))) for h, g in grants.items())
    return [_line(handle, grant, way, on) for handle, grant, way in pairs if way is not None]


def add_to_basket(request: HttpRequest, handle: str, *, schema: str, on: date) -> None:
    """Raises GrantRefused, and BasketRefused when it cannot be paid with what is there."""
    grant = granted(request, handle, schema=schema)
    before = basket_lines(request, schema=schema, on=on)
    held = [line.handle for line in before]
    lines = [*before, *lines_of(request, [handle], schema=schema, on=on)]
    numbers = [line.instalment.notice_number for line in lines]
    if handle in held or len(set(numbers)) < len(numbers):
        raise BasketRefused(TWICE)
    if len(before) >= MAX_NOTICES:
        raise BasketRefused(FULL)
    if not lines[-1].state.may_pay or lines[-1].grant != grant:
        raise BasketRefused("Questo avviso non si può pagare ora")
    if problem := cart_problem([_as_rule(line) for line in lines if line.state.may_pay]):
        raise BasketRefused(problem)
    request.session[_BASKET] = [*held, handle]


def take_out(request: HttpRequest, handles: list[str]) -> None:
    """What is not there does no harm."""
    request.session[_BASKET] = [handle for handle in _held(request) if handle not in handles]


def drop_basket(request: HttpRequest) -> None:
    """With everything else, when a citizen leaves a shared computer."""
    request.session.pop(_BASKET, None)
    request.session.pop(_DEPARTURES, None)


def note_departure(request: HttpRequest, lines: list[Line]) -> str:
    """Remember what this browser went to pay. Returns the name its return address carries."""
    name = secrets.token_urlsafe(9)
    before = list(request.session.get(_DEPARTURES, {}).items())[-(MOST_DEPARTURES - 1) :]
    request.session[_DEPARTURES] = {**dict(before), name: [line.handle for line in lines]}
    return name


def departed(request: HttpRequest, name: str) -> list[str]:
    """The handles that left under that name; none in another browser."""
    return list(request.session.get(_DEPARTURES, {}).get(name, []))


def _held(request: HttpRequest) -> list[str]:
    return list(request.session.get(_BASKET, []))


def _grant(request: HttpRequest, handle: str, schema: str) -> Grant | None:
    try:
        return granted(request, handle, schema=schema)
    except GrantRefused:
        return None


def _line(handle: str, grant: Grant, way: Instalment, on: date) -> Line:
    late = way.position.service.accepts_late_payment
    state = payability(way, accepts_late_payment=late, on=on)
    return Line(handle, grant, way, state, due_of(way, on=on))


def _as_rule(line: Line) -> CartLine:
    way = line.instalment
    printed, owed = line.due.printed_cents, way.position.residual_cents
    return CartLine(way.notice_number, way.position_id, way.number, printed, owed)
