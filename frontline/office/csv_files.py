"""Lists as CSV, streamed row by row."""

import csv
from collections.abc import Iterable, Iterator

from django.http import StreamingHttpResponse
from django_tenants.utils import schema_context

from paybox.kernel.sheets import csv_cell

BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"


class _Echo:
    """A file that hands back what is written."""

    def write(self, text: str) -> str:
        return text


def csv_response(
    filename: str, rows: Iterable[Iterable[object]], *, schema: str
) -> StreamingHttpResponse:
    """``rows`` (the header first) as an attachment; they are read inside ``schema``, after the view has ended."""
    answer = StreamingHttpResponse(
        _lines(rows, schema), content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{filename}"'},
    )  # fmt: skip
    return answer


def _lines(rows: Iterable[Iterable[object]], schema: str) -> Iterator[str]:
    writer = csv.writer(_Echo(), delimiter=";", lineterminator="\r\n")
    with schema_context(schema):
        yield BOM
        for row in rows:
            yield writer.writerow([csv_cell(value) for value in row])
