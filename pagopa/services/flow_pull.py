"""Chapter 8 – flows that are asked for: what pagoPA has published for the Ente is brought in and reconciled.

Before: a clock or a button.  After: ``reconciliation``.
Each answer is kept as soon as it has come: a stop at page k goes on from page k. A flow known twice is taken once.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from pagopa.gateways.flow_source import (
    FlowSource,
    ListedFlow,
    SourceRefused,
    SourceUnavailable,
)
from pagopa.models import FlowCursor, PulledFlow, PulledPart
from pagopa.services.reconciliation import take_read_flow
from pagopa.wire.flow_file import FlowFileRefused
from paybox.kernel.inbox import store_raw
from paybox.kernel.models import RawMessage
from paybox.kernel.queue import RetryLater, enqueue

# pagoPA refuses to look further back than thirty days: one hour is left for the journey of the question.
LOOK_BACK = timedelta(days=30) - timedelta(hours=1)
OVERLAP = timedelta(days=1)  # publications are not in order to the second
_WAITING = PulledFlow.State.WAITING


@dataclass(frozen=True, slots=True)
class PulledFlows:
    """``listed``: new revisions found; the others are flows, not rows."""

    listed: int
    taken: int
    refused: int


def ask_flow_pull(*, whole: bool = False) -> None:
    """By clock or button, in the current Ente. ``whole``: from thirty days back, whatever was seen."""
    enqueue("pagopa.pull_flows", queue="pagopa", whole=whole)


def pull_flows(
    *, source: FlowSource, organization: str, at: datetime, whole: bool = False
) -> PulledFlows:
    """List what is new, then bring in whatever is waiting. Raises RetryLater: what has come stays.

    A list that is refused is written beside the cursor, and asked for again next time.
    """
    try:
        listed, words = _list_or_words(source, organization, at, whole)
        waiting = PulledFlow.objects.filter(source=source.name, state=_WAITING)
        states = [_bring(source, organization, one, at) for one in waiting.order_by("published_at")]
    except SourceUnavailable as trouble:
        FlowCursor.objects.filter(source=source.name).update(words=str(trouble))
        raise RetryLater(str(trouble)) from trouble
    FlowCursor.objects.filter(source=source.name).update(done_at=at, words=words)
    refused = states.count(PulledFlow.State.REFUSED)
    return PulledFlows(listed, len(states) - refused, refused)


def _list_or_words(
    source: FlowSource, organization: str, at: datetime, whole: bool
) -> tuple[int, str]:
    try:
        return _list(source, organization, at, whole), ""
    except SourceRefused as refusal:
        return 0, str(refusal)


def _list(source: FlowSource, organization: str, at: datetime, whole: bool) -> int:
    """The cursor moves only when the whole list has been read."""
    cursor, _ = FlowCursor.objects.update_or_create(
        source=source.name, defaults={"asked_at": at}, create_defaults={"asked_at": at}
    )
    since, newest, found, page = _since(cursor, at, whole), cursor.published_at, 0, 1
    while True:
        answer = source.listed(organization=organization, since=since, page=page)
        found += _note(source.name, answer.flows)
        newest = max(
            [one.published_at for one in answer.flows] + ([newest] if newest else []), default=None
        )
        if answer.last:
            break
        page += 1
    FlowCursor.objects.filter(pk=cursor.pk).update(published_at=newest)
    return found


def _since(cursor: FlowCursor, at: datetime, whole: bool) -> datetime:
    furthest = at - LOOK_BACK
    if whole or cursor.published_at is None:
        return furthest
    return max(furthest, cursor.published_at - OVERLAP)


def _note(source: str, flows: tuple[ListedFlow, ...]) -> int:
    before = PulledFlow.objects.filter(source=source).count()
    PulledFlow.objects.bulk_create(
        (
            PulledFlow(
                source=source,
                identifier=flow.identifier,
                psp_id=flow.psp_id,
                revision=flow.revision,
                published_at=flow.published_at,
            )
            for flow in flows
        ),
        ignore_conflicts=True,
    )
    return PulledFlow.objects.filter(source=source).count() - before


def _bring(source: FlowSource, organization: str, pulled: PulledFlow, at: datetime) -> str:
    """The parts that are missing, then the flow as a whole. Returns its state. Raises SourceUnavailable."""
    flow = ListedFlow(pulled.identifier, pulled.psp_id, pulled.revision, pulled.published_at)
    try:
        while (number := _next_part(pulled)) is not None:
            part = source.part(organization=organization, flow=flow, number=number)
            _keep(pulled, number, part.raw, part.last, source.name, at)
        return _take(source, pulled, at)
    except (SourceRefused, FlowFileRefused) as refusal:
        return _settle(pulled, PulledFlow.State.REFUSED, str(refusal))


def _next_part(pulled: PulledFlow) -> int | None:
    last = pulled.parts.order_by("-number").first()
    if last is None:
        return 0
    return None if last.is_last else last.number + 1


@transaction.atomic
def _keep(
    pulled: PulledFlow, number: int, raw: bytes, last: bool, source: str, at: datetime
) -> None:
    headers = {"flow": pulled.identifier, "part": str(number)}
    message = store_raw(kind=f"pagopa.fdr.{source}", body=raw, at=at, headers=headers)
    PulledPart.objects.get_or_create(
        pulled=pulled, number=number, defaults={"is_last": last, "raw_message_id": message.pk}
    )


@transaction.atomic
def _take(source: FlowSource, pulled: PulledFlow, at: datetime) -> str:
    raw_ids = list(pulled.parts.order_by("number").values_list("raw_message_id", flat=True))
    file = source.read(bytes(RawMessage.objects.get(pk=pk).body) for pk in raw_ids)
    take_read_flow(file=file, raw_id=raw_ids[0], at=at)
    return _settle(pulled, PulledFlow.State.TAKEN, "")


def _settle(pulled: PulledFlow, state: PulledFlow.State, words: str) -> str:
    pulled.state, pulled.words = state, words
    pulled.save(update_fields=["state", "words"])
    return state
