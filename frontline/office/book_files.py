"""The books as files for the accounting software, written line by line: memory does not grow with the book."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from django.http import StreamingHttpResponse
from django_tenants.utils import schema_context

from billing.selectors.books import HEADER, BookLine, GivenAwayLine
from paybox.kernel.sheets import Euro

_TEXTS = 7  # columns before the money


def book_rows(lines: Iterable[BookLine]) -> Iterator[list[object]]:
    yield list(HEADER)
    for line in lines:
        texts, cents = _cells(line)
        yield [*texts, *(Euro(c) for c in cents)]


def json_response(
    name: str,
    lines: Iterable[BookLine],
    others: Sequence[GivenAwayLine],
    *,
    days: tuple[date, date],
    schema: str,
) -> StreamingHttpResponse:
    """Amounts in whole cents, days as ISO writes them; ``lines`` are read inside ``schema``."""
    return StreamingHttpResponse(
        _json_text(lines, others, days, schema), content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )  # fmt: skip


def _json_text(
    lines: Iterable[BookLine], others: Sequence[GivenAwayLine], days: tuple[date, date], schema: str
) -> Iterator[str]:
    names = (*HEADER[:_TEXTS], *(f"{word}_centesimi" for word in HEADER[_TEXTS:]))
    first, last = days
    yield f'{{"dal": "{first.isoformat()}", "al": "{last.isoformat()}", "righe": ['
    with schema_context(schema):
        for number, line in enumerate(lines):
            texts, cents = _cells(line)
            row = dict(zip(names, (*texts, *cents), strict=True))
            yield (", " if number else "") + json.dumps(row, default=date.isoformat)
    yield f'], "altri": {json.dumps(_bodies(others))}}}'


def _bodies(others: Sequence[GivenAwayLine]) -> list[dict[str, object]]:
    return [
        {
            "denominazione": line.service_name, "beneficiario": line.body, "nome": line.name,
            "incassi": line.payments, "importo_centesimi": line.amount_cents,
        }
        for line in others
    ]  # fmt: skip


def _cells(line: BookLine) -> tuple[tuple[object, ...], tuple[int, int, int]]:
    """In the order of HEADER: what is not money, then the cents."""
    texts = (line.chapter, line.entry, line.service, line.service_name, line.booked_on, line.channel, line.collections)  # fmt: skip
    return texts, (line.amount_cents, line.allotted_cents, line.excess_cents)
