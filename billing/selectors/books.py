"""Chapter 8 – the books: what was collected by chapter, service, day and channel, for the accounting software."""

from collections.abc import Collection as Codes
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from heapq import merge
from typing import Any

from django.db.models import BigIntegerField, Case, Count, F, Q, Sum, Value, When
from django.db.models.functions import Coalesce, Collate

from billing.models import Collection, Service, Transfer

HEADER = ("capitolo", "accertamento", "tipo_dovuto", "denominazione", "giorno", "canale", "incassi", "importo", "attribuito", "eccedenza")  # fmt: skip
OTHER_CHANNEL = "TESORERIA"
CHUNK = 1000


@dataclass(frozen=True, slots=True)
class BookLine:
    """Cents. ``chapter`` and ``entry`` (accertamento) are the service's; empty, as it is, for money of no known position."""

    chapter: str
    entry: str
    service: str
    service_name: str
    booked_on: date
    channel: str
    collections: int
    amount_cents: int
    allotted_cents: int
    excess_cents: int


def books(
    *, first: date, last: date, scope: Codes[str] = (), chapter: str = ""
) -> Iterator[BookLine]:
    """One line for each chapter, accertamento, service, day and channel, both days included; ``amount = allotted + excess``.

    Income of another kind, from the treasurer, is a channel of its own; what was taken back counts below zero.
    They come in order as they are asked for: however many they are, memory does not grow.
    """
    asked = (first, last, scope, chapter)
    return merge(_collected(*asked), _taken_back(*asked), _other(*asked), key=_order)


def _collected(first: date, last: date, scope: Codes[str], chapter: str) -> Iterator[BookLine]:
    found = Collection.objects.filter(booked_on__range=(first, last)).order_by()
    if scope:
        found = found.filter(position__service__code__in=scope)
    if chapter:
        found = found.filter(_on(chapter, "position__service__"))
    capitolo = Coalesce(F("position__service__accounting_code"), Value(""))
    entry = Coalesce(F("position__service__accounting_entry"), Value(""))
    code = Coalesce(F("position__service__code"), Value(""))
    name = Coalesce(F("position__service__name"), Value(""))
    rows = found.values_list(capitolo, entry, code, name, "booked_on", "channel").annotate(
        n=Count("pk"), amount=Sum("amount_cents"), allotted=Sum("allotted_cents"), excess=Sum("excess_cents")
    )  # fmt: skip
    ordered = rows.order_by(
        _plain(capitolo), _plain(entry), _plain(code), "booked_on", _plain(F("channel"))
    )
    return (BookLine(*row) for row in ordered.iterator(chunk_size=CHUNK))


def _taken_back(first: date, last: date, scope: Codes[str], chapter: str) -> Iterator[BookLine]:
    """Collections reversed: what the books had, below zero, on the day it was taken back."""
    found = Transfer.objects.filter(
        kind=Transfer.Kind.COLLECTION_BACK, booked_on__range=(first, last)
    ).order_by()
    if scope:
        found = found.filter(position__service__code__in=scope)
    if chapter:
        found = found.filter(_on(chapter, "position__service__"))
    capitolo, code = F("position__service__accounting_code"), F("position__service__code")
    entry = F("position__service__accounting_entry")
    rows = found.values_list(
        capitolo, entry, code, "position__service__name", "booked_on", "collection__channel"
    ).annotate(n=Count("pk"), amount=Sum("amount_cents"))
    ordered = rows.order_by(
        _plain(capitolo), _plain(entry), _plain(code), "booked_on", _plain(F("collection__channel"))
    )
    for chapter_code, entry_code, service, name, day, channel, n, cents in ordered.iterator(
        chunk_size=CHUNK
    ):
        yield BookLine(chapter_code, entry_code, service, name, day, channel, n, -cents, -cents, 0)


def _other(first: date, last: date, scope: Codes[str], chapter: str) -> Iterator[BookLine]:
    kinds = (Transfer.Kind.OTHER_INCOME, Transfer.Kind.OTHER_INCOME_BACK)
    found = Transfer.objects.filter(kind__in=kinds, booked_on__range=(first, last)).order_by()
    if scope:
        found = found.filter(service__code__in=scope)
    if chapter:
        found = found.filter(_on(chapter, "service__"))
    back = When(kind=Transfer.Kind.OTHER_INCOME_BACK, then=-F("amount_cents"))
    rows = found.values_list(
        "service__accounting_code",
        "service__accounting_entry",
        "service__code",
        "service__name",
        "booked_on",
    ).annotate(
        n=Count("pk"),
        amount=Sum(Case(back, default=F("amount_cents"), output_field=BigIntegerField())),
    )
    ordered = rows.order_by(
        _plain(F("service__accounting_code")), _plain(F("service__accounting_entry")),
        _plain(F("service__code")), "booked_on",
    )  # fmt: skip
    for chapter_code, entry_code, service, name, day, n, cents in ordered.iterator(
        chunk_size=CHUNK
    ):
        yield BookLine(
            chapter_code, entry_code, service, name, day, OTHER_CHANNEL, n, cents, cents, 0
        )


@dataclass(frozen=True, slots=True)
class GivenAwayLine:
    """Cents that payers gave with ours and that went straight to others. ``body``: a codice fiscale, or the stamp."""

    service_name: str
    body: str
    name: str
    payments: int
    amount_cents: int


def given_away_lines(
    *, first: date, last: date, scope: Codes[str] = (), chapter: str = ""
) -> list[GivenAwayLine]:
    """One line for each service and body, both days included."""
    found = Transfer.objects.filter(
        kind__in=[Transfer.Kind.SHARE, Transfer.Kind.STAMP], booked_on__range=(first, last)
    )
    if scope:
        found = found.filter(position__service__code__in=scope)
    if chapter:
        found = found.filter(_on(chapter, "position__service__"))
    rows = (
        found.order_by()
        .values_list(Coalesce(F("position__service__name"), Value("")), "cause")
        .annotate(n=Count("collection", distinct=True), amount=Sum("amount_cents"))
    )
    names = _names_of_bodies()
    return [
        GivenAwayLine(s, body, names.get(body, ""), n, cents) for s, body, n, cents in sorted(rows)
    ]


def _names_of_bodies() -> dict[str, str]:
    """As the services call them."""
    every = Service.objects.exclude(shares=[]).values_list("shares", flat=True)
    return {one.get("codice_fiscale", ""): one.get("nome", "") for kept in every for one in kept}


def _plain(text: Any) -> Collate:
    """Ordered as Python orders it: two lists can be merged."""
    return Collate(text, "C")


def _on(code: str, service: str) -> Q:
    """Of that chapter, or of that accertamento."""
    return Q(**{f"{service}accounting_code": code}) | Q(**{f"{service}accounting_entry": code})


def _order(line: BookLine) -> tuple[str, str, str, date, str]:
    return line.chapter, line.entry, line.service, line.booked_on, line.channel


def chapters(*, scope: Codes[str] = ()) -> list[str]:
    """The chapters and accertamenti that services have, in order."""
    services = Service.objects.filter(code__in=scope) if scope else Service.objects.all()
    found = services.values_list("accounting_code", "accounting_entry")
    return sorted({code for pair in found for code in pair if code})
