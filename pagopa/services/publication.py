"""Chapter 4 – publication: each position is put on pagoPA through the intermediary, and taken off when it is withdrawn.

Before: positions.  After: notices.  Rows are the truth: one for each version of a position and action. A notice sent
twice is acknowledged twice, so whoever dies in between loses nothing and the next one begins again.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F

from billing.models import Instalment, Position
from billing.states import InstalmentState, PositionState
from pagopa.gateways.protocol import (
    GatewayUnavailable,
    PublicationGateway,
    PublicationOutcome,
    PublicationRequest,
)
from pagopa.models import Publication
from pagopa.services.notices_to_publish import notice_to_publish
from pagopa.services.publication_outcomes import (
    Outcomes,
    Wanted,
    answer_rows,
    write_published,
    write_taken_off,
)
from paybox.kernel.queue import RetryLater, current_schema, enqueue
from tenants.models import Ente
from tenants.selectors.enti import ente_of_schema

BATCH = 100  # positions of one job
_SLICE = 20  # positions whose outcome is written together
_NOTHING_LEFT = "Già pagata o annullata prima dell'invio: non pubblicata"
State, Action = Publication.State, Publication.Action

_ASK = """
    INSERT INTO pagopa_publication (position_id, version, action, gateway, state, asked_at, attempts, code, words)
    SELECT id, version, 'PUBBLICA', %s, 'RICHIESTA', %s, 0, '', '' FROM billing_position
    WHERE id = ANY(%s) AND published_at IS NULL AND state IN ('APERTA', 'PARZIALE') ORDER BY id
    ON CONFLICT DO NOTHING RETURNING id
"""


@transaction.atomic
def ask_publication(*, position_ids: Sequence[int], at: datetime) -> int:
    """Write that these positions must be on pagoPA, and ring. Asked twice it changes nothing. Returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(_ASK, [_road(), at, list(position_ids)])
        ids = [row[0] for row in cursor.fetchall()]
    ring_for(ids)
    return len(ids)


@transaction.atomic
def withdraw_publication(*, position_id: int, at: datetime) -> None:
    """The position is no more: what was not sent is not sent, and what may be on pagoPA is taken off."""
    sent = Publication.objects.filter(position_id=position_id, action=Action.PUBLISH)
    if not sent.exists():
        return
    sent.filter(state=State.ASKED).update(state=State.WITHDRAWN, words=_NOTHING_LEFT)
    version = Position.objects.values_list("version", flat=True).get(pk=position_id)
    row, _ = Publication.objects.update_or_create(
        position_id=position_id,
        version=version,
        action=Action.WITHDRAW,
        defaults={"state": State.ASKED, "asked_at": at},
        create_defaults={"state": State.ASKED, "asked_at": at, "gateway": _road()},
    )
    ring_for([row.pk])


def publish_batch(
    *, publication_ids: Sequence[int], gateway: PublicationGateway, ente: Ente, at: datetime
) -> int:
    """Send what of these still waits, and write each outcome. Returns how many were tried.

    Raises RetryLater when the other side is not there; what it had answered is kept.
    """
    rows = _waiting(publication_ids)
    for start in range(0, len(rows), _SLICE):
        part = rows[start : start + _SLICE]
        _put_on([row for row in part if row.action == Action.PUBLISH], gateway, ente, at)
        _take_off([row for row in part if row.action == Action.WITHDRAW], gateway, ente, at)
    return len(rows)


def ring_for(publication_ids: Sequence[int]) -> None:
    """One job for each hundred rows."""
    for start in range(0, len(publication_ids), BATCH):
        chunk = list(publication_ids[start : start + BATCH])
        enqueue("pagopa.publish_batch", queue="pagopa", publication_ids=chunk)


def _waiting(publication_ids: Sequence[int]) -> list[Publication]:
    rows = Publication.objects.filter(pk__in=publication_ids, state=State.ASKED)
    rows.update(attempts=F("attempts") + 1)
    whole = rows.select_related("position__subject", "position__service")
    return list(whole.prefetch_related("position__instalments").order_by("pk"))


def _put_on(rows: list[Publication], gateway: PublicationGateway, ente: Ente, at: datetime) -> None:
    wanted = {row.pk: _instalments(row, InstalmentState.PAYABLE) for row in rows}
    empty = [pk for pk, instalments in wanted.items() if not instalments]
    answer_rows(ids=empty, state=State.WITHDRAWN, at=at, words=_NOTHING_LEFT)
    rows = [row for row in rows if wanted[row.pk]]
    outcomes, trouble = _ask_gateway(gateway.publish, rows, wanted, ente)
    on = write_published(rows=rows, wanted=wanted, outcomes=outcomes, at=at)
    _take_off_withdrawn([row.position_id for row in on], at)
    if trouble is not None:
        raise RetryLater(str(trouble)) from trouble


def _take_off(
    rows: list[Publication], gateway: PublicationGateway, ente: Ente, at: datetime
) -> None:
    wanted = {row.pk: _instalments(row, InstalmentState.WITHDRAWN) for row in rows}
    outcomes, trouble = _ask_gateway(gateway.withdraw, rows, wanted, ente)
    write_taken_off(rows=rows, wanted=wanted, outcomes=outcomes, at=at)
    if trouble is not None:
        raise RetryLater(str(trouble)) from trouble


def _ask_gateway(
    ask: Callable[[PublicationRequest], PublicationOutcome],
    rows: list[Publication],
    wanted: Wanted,
    ente: Ente,
) -> tuple[Outcomes, GatewayUnavailable | None]:
    """What was answered, by IUV, and the trouble that stopped it."""
    if not rows:
        return {}, None
    try:
        return {o.iuv: o for o in ask(_request(rows, wanted, ente)).notices}, None
    except GatewayUnavailable as trouble:
        return {o.iuv: o for o in trouble.done}, trouble


def _take_off_withdrawn(position_ids: list[int], at: datetime) -> None:
    """Withdrawn while it was being sent: it must come off again."""
    gone = Position.objects.filter(pk__in=position_ids, state=PositionState.WITHDRAWN)
    for position_id in gone.values_list("pk", flat=True):
        withdraw_publication(position_id=position_id, at=at)


def _instalments(row: Publication, state: str) -> list[Instalment]:
    found = [i for i in row.position.instalments.all() if i.state == state]
    return sorted(found, key=lambda instalment: instalment.number)


def _request(rows: list[Publication], wanted: Wanted, ente: Ente) -> PublicationRequest:
    return PublicationRequest(
        ente_codice_fiscale=ente.codice_fiscale,
        ente_code=ente.ipa_code or ente.codice_fiscale,
        notices=tuple(
            notice_to_publish(row.position, instalment, ente)
            for row in rows
            for instalment in wanted[row.pk]
        ),
    )


def _road() -> str:
    ente = ente_of_schema(current_schema())
    return ente.gateway if ente else ""
