"""Flows by the REST API for organisations: a list with a cursor, a head, payments by the thousand.

Source: fdr_organization 1.2.4.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from pagopa.gateways.flow_source import FlowPart, ListedFlow, ListedPage, SourceUnavailable
from pagopa.gateways.reading import Reader
from pagopa.wire.flow_file import FlowFile
from pagopa.wire.flow_json import instant, open_flow_answers, read_json

PAGE = 1000


class FdrRest:
    """A FlowSource: part 0 is the head, part k the k-th page of payments."""

    name = "REST"

    def __init__(self, reader: Reader, page: int = PAGE) -> None:
        self._reader, self._page = reader, page

    def listed(self, *, organization: str, since: datetime, page: int) -> ListedPage:
        published_gt = since.astimezone(UTC).isoformat(timespec="milliseconds")
        raw = self._reader.get(
            f"/organizations/{quote(organization)}/fdrs",
            publishedGt=published_gt.replace("+00:00", "Z"),
            page=str(page),
            size=str(self._page),
        )
        try:
            said = read_json(raw)
            return ListedPage(tuple(_listed(row) for row in said["data"]), _is_last(said, page))
        except (ValueError, KeyError, TypeError) as error:
            raise SourceUnavailable(f"pagoPA ha dato un elenco non leggibile: {error}") from error

    def part(self, *, organization: str, flow: ListedFlow, number: int) -> FlowPart:
        path = (
            f"/organizations/{quote(organization)}/fdrs/{quote(flow.identifier, safe='')}"
            f"/revisions/{flow.revision}/psps/{quote(flow.psp_id, safe='')}"
        )
        if number == 0:
            return FlowPart(self._reader.get(path), last=False)
        raw = self._reader.get(f"{path}/payments", page=str(number), size=str(self._page))
        try:
            return FlowPart(raw, last=_is_last(read_json(raw), number))
        except (ValueError, KeyError, TypeError) as error:
            raise SourceUnavailable(f"pagoPA ha dato una pagina non leggibile: {error}") from error

    def read(self, parts: Iterable[bytes]) -> FlowFile:
        return open_flow_answers(parts)


def _listed(row: dict[str, Any]) -> ListedFlow:
    return ListedFlow(
        identifier=str(row["fdr"])[:35],
        psp_id=str(row["pspId"]),
        revision=int(row["revision"]),
        published_at=instant(row["published"]),
    )


def _is_last(said: dict[str, Any], page: int) -> bool:
    return not said["data"] or page >= int(said["metadata"]["totPage"])
