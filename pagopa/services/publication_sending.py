"""Chapter 4 – publication: what waits is sent by the road in force, and each answer is written.

Before: pagopa/services/publication.  After: notices that can be paid. A notice sent twice is acknowledged twice, so
whoever dies in between loses nothing. A row remembers every road it was tried on: it is taken off all of them.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import chain

from django.db.models import Q

from billing.models import Instalment, Position
from billing.states import InstalmentState, PositionState
from pagopa.gateways.protocol import (
    NOT_THERE,
    GatewayUnavailable,
    NoticeOutcome,
    NoticeStatus,
    NoticeToPublish,
    PublicationGateway,
    PublicationOutcome,
    PublicationRequest,
    WholesaleGateway,
)
from pagopa.models import Publication
from pagopa.services.notices_to_publish import notice_to_publish
from pagopa.services.publication import release_replaced, withdraw_publication
from pagopa.services.publication_claims import BUSY, Claim, claim, release, renew
from pagopa.services.publication_outcomes import (
    Outcomes,
    Wanted,
    answer_rows,
    ask_newer_again,
    write_published,
    write_taken_off,
)
from paybox.kernel.queue import RetryLater
from tenants.models import Ente

Roads = Callable[[str], PublicationGateway]
Ask = Callable[[PublicationRequest], PublicationOutcome]
Said = tuple[Outcomes, GatewayUnavailable | None]
_OFF = (InstalmentState.WITHDRAWN, InstalmentState.CLOSED)
_SLICE = 20  # positions whose outcome is written together
WRONG_SHARES = "QUOTE_NON_VALIDE"
_NOTHING_LEFT = "Già pagata o annullata prima dell'invio: non pubblicata"
State, Action = Publication.State, Publication.Action


def publish_batch(*, publication_ids: Sequence[int], roads: Roads, ente: Ente, at: datetime) -> int:
    """Send what of these still waits, and write each outcome. Returns how many were tried.

    Raises RetryLater when the other side is not there, or another job is sending a position; what was answered is
    kept, and what goes by another road is sent all the same.
    """
    claimed, heard = claim(publication_ids=publication_ids, ente=ente), False
    try:
        trouble = _send(claimed, roads, ente, at)
        heard = trouble is None
    finally:
        release(claimed, heard=heard)
    if trouble:
        raise RetryLater(str(trouble)) from trouble
    if claimed.busy:
        raise RetryLater(BUSY)
    return len(claimed.rows)


def _send(claimed: Claim, roads: Roads, ente: Ente, at: datetime) -> GatewayUnavailable | None:
    """The first trouble; every road is tried all the same."""
    rows = claimed.rows
    troubles = [_put_on_by(road, claimed, roads, ente, at) for road in _roads_of(rows)]
    off = [row for row in rows if row.action == Action.WITHDRAW]
    troubles += [_take_off(part, claimed, roads, ente, at) for part in _slices(off)]
    return next(filter(None, troubles), None)


def _roads_of(rows: list[Publication]) -> list[str]:
    return sorted({row.gateway for row in rows if row.action == Action.PUBLISH})


def _slices(rows: list[Publication], size: int = _SLICE) -> Iterable[list[Publication]]:
    return (rows[start : start + size] for start in range(0, len(rows), size))


def _together(road: str, rows: list[Publication], roads: Roads) -> int:
    """How many positions a road is given at a time: all of them where it takes very many notices in one file."""
    notices = sum(len(_instalments(row, InstalmentState.PAYABLE)) for row in rows)
    try:
        gateway = roads(road)
    except GatewayUnavailable:
        return _SLICE  # it will be said again when it is asked
    whole = isinstance(gateway, WholesaleGateway) and gateway.takes_whole(notices)
    return len(rows) if whole else _SLICE


def _put_on_by(
    road: str, claimed: Claim, roads: Roads, ente: Ente, at: datetime
) -> GatewayUnavailable | None:
    mine = [r for r in claimed.rows if r.action == Action.PUBLISH and r.gateway == road]
    for part in _slices(mine, _together(road, mine, roads)):
        renew(part, claimed.lease)
        if trouble := _put_on(part, roads, ente, at):
            return trouble
    return None


def _put_on(
    rows: list[Publication], roads: Roads, ente: Ente, at: datetime
) -> GatewayUnavailable | None:
    wanted = {row.pk: _instalments(row, InstalmentState.PAYABLE) for row in rows}
    empty = [pk for pk, instalments in wanted.items() if not instalments]
    answer_rows(ids=empty, state=State.WITHDRAWN, at=at, words=_NOTHING_LEFT)
    release_replaced(position_ids=[row.position_id for row in rows if row.pk in empty])
    rows = [row for row in rows if wanted[row.pk]]
    outcomes, trouble = _put(rows, wanted, roads, ente)
    on = write_published(rows=rows, wanted=wanted, outcomes=outcomes, at=at)
    _take_off_withdrawn([row.position_id for row in on], at)
    ask_newer_again(rows=rows, at=at)
    return trouble


def _put(rows: list[Publication], wanted: Wanted, roads: Roads, ente: Ente) -> Said:
    """New positions are published; those that may stand there in an older version are replaced."""
    there = _standing(rows)
    changed = [row for row in rows if row.position_id in there]
    outcomes, trouble = _ask_gateway(roads, "replace", changed, wanted, ente)
    unknown = {iuv for iuv, one in outcomes.items() if one.code == NOT_THERE}
    lost = [row for row in changed if unknown & {i.iuv for i in wanted[row.pk]}]
    if trouble is not None:
        return {iuv: one for iuv, one in outcomes.items() if iuv not in unknown}, trouble
    fresh = [row for row in rows if row.position_id not in there] + lost
    published, trouble = _ask_gateway(roads, "publish", fresh, wanted, ente)
    return {iuv: one for iuv, one in outcomes.items() if iuv not in unknown} | published, trouble


def _standing(rows: list[Publication]) -> set[int]:
    """Positions of which the same road may already have an older version."""
    versions = {row.position_id: row for row in rows if row.version > 1}
    older = Publication.objects.filter(
        Q(attempts__gt=0) | Q(state=State.ACKNOWLEDGED),
        position_id__in=versions,
        action=Action.PUBLISH,
    )
    return {
        one.position_id
        for one in older
        if one.version < versions[one.position_id].version
        and versions[one.position_id].gateway in (one.gateway, *one.earlier_gateways)
    }


def _take_off(
    rows: list[Publication], claimed: Claim, roads: Roads, ente: Ente, at: datetime
) -> GatewayUnavailable | None:
    renew(rows, claimed.lease)
    wanted = {row.pk: _instalments(row, *_OFF) for row in rows}
    tried = _tried_roads(rows)
    said: dict[str, Said] = {}
    for road in sorted(set(chain.from_iterable(tried.values()))):
        mine = [row for row in rows if road in tried[row.pk]]
        for row in mine:
            row.gateway = road
        said[road] = _ask_gateway(roads, "withdraw", mine, wanted, ente)
    outcomes = _off_everywhere(rows, wanted, tried, said)
    write_taken_off(rows=rows, wanted=wanted, outcomes=outcomes, at=at)
    return next(filter(None, (trouble for _, trouble in said.values())), None)


def _tried_roads(rows: list[Publication]) -> dict[int, set[str]]:
    """By row, every road the position may stand on; its own when none was tried."""
    published = Publication.objects.filter(
        Q(attempts__gt=0) | Q(state=State.ACKNOWLEDGED),
        position_id__in=[row.position_id for row in rows],
        action=Action.PUBLISH,
    )
    found: dict[int, set[str]] = {}
    for one in published:
        found.setdefault(one.position_id, set()).update((one.gateway, *one.earlier_gateways))
    return {row.pk: found.get(row.position_id) or {row.gateway} for row in rows}


def _off_everywhere(
    rows: list[Publication], wanted: Wanted, tried: dict[int, set[str]], said: dict[str, Said]
) -> Outcomes:
    """A notice is off when every road says so; one that keeps it decides, one that is silent leaves it waiting."""
    merged: Outcomes = {}
    for row in rows:
        for iuv in (instalment.iuv for instalment in wanted[row.pk]):
            words = [said[road][0].get(iuv) for road in sorted(tried[row.pk])]
            heard = [one for one in words if one is not None]
            if heard and len(heard) == len(words):
                kept = (
                    o for o in heard if o.status is NoticeStatus.REFUSED and o.code != NOT_THERE
                )
                merged[iuv] = next(kept, heard[0])
    return merged


def _ask_gateway(
    roads: Roads, verb: str, rows: list[Publication], wanted: Wanted, ente: Ente
) -> Said:
    """What the rows' one road answered, by IUV, and the trouble that stopped it."""
    notices, impossible = _notices(rows, wanted, ente, divided=verb != "withdraw")
    if not notices:
        return impossible, None
    try:
        ask: Ask = getattr(roads(rows[0].gateway), verb)
        answered = ask(_request(notices, ente)).notices
        return impossible | {o.iuv: o for o in answered}, None
    except GatewayUnavailable as trouble:
        return impossible | {o.iuv: o for o in trouble.done}, trouble


def _notices(
    rows: list[Publication], wanted: Wanted, ente: Ente, *, divided: bool
) -> tuple[list[NoticeToPublish], Outcomes]:
    """What is to be sent, and what cannot be: of that, why, as if the counterpart had refused it."""
    notices: list[NoticeToPublish] = []
    impossible: Outcomes = {}
    for row in rows:
        ways = wanted[row.pk]
        try:
            notices += [notice_to_publish(row.position, i, ente, divided=divided) for i in ways]
        except (ValueError, KeyError) as wrong:
            for i in ways:
                impossible[i.iuv] = NoticeOutcome(
                    i.notice_number, i.iuv, NoticeStatus.REFUSED, WRONG_SHARES, str(wrong)
                )
    return notices, impossible


def _take_off_withdrawn(position_ids: list[int], at: datetime) -> None:
    """Withdrawn while it was being sent: it must come off again."""
    taken_off = Q(publications__action=Action.WITHDRAW)
    gone = Position.objects.filter(
        taken_off | Q(state=PositionState.WITHDRAWN), pk__in=position_ids
    )
    for position_id in gone.values_list("pk", flat=True).distinct():
        withdraw_publication(position_id=position_id, at=at)


def _instalments(row: Publication, *states: str) -> list[Instalment]:
    found = [i for i in row.position.instalments.all() if i.state in states]
    return sorted(found, key=lambda instalment: instalment.number)


def _request(notices: list[NoticeToPublish], ente: Ente) -> PublicationRequest:
    return PublicationRequest(
        ente_codice_fiscale=ente.codice_fiscale,
        ente_code=ente.ipa_code or ente.codice_fiscale,
        ente_name=ente.name,
        notices=tuple(notices),
    )
