"""Chapter 4 – publication: it is written that a position must be on pagoPA, or off it, and the bell is rung.

Before: positions.  After: pagopa/services/publication_sending.  Rows are the truth: one for each version of a position
and action; a version that is asked for takes the place of those before it. A position that was replaced stays on pagoPA
until the one in its place is there: somebody can always pay one of the two.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import connection, transaction

from billing.models import Position
from billing.selectors.replacements import forebears_of
from pagopa.gateways.protocol import Road
from pagopa.models import Publication
from paybox.kernel.queue import current_schema, enqueue
from tenants.selectors.enti import ente_of_schema

BATCH = 100  # positions of one job
WHOLESALE = Road.SOAP  # the road that takes very many in one file
_NOTHING_LEFT = "Già pagata o annullata prima dell'invio: non pubblicata"
_SUPERSEDED = "Sostituita da una versione più recente"
State, Action = Publication.State, Publication.Action

_ASK = """
    INSERT INTO pagopa_publication (position_id, version, action, gateway, earlier_gateways, state, asked_at, attempts,
                                    code, words, lease)
    SELECT p.id, p.version, 'PUBBLICA', COALESCE(NULLIF(s.gateway, ''), %s), '[]', 'RICHIESTA', %s, 0, '', '', ''
    FROM billing_position p JOIN billing_service s ON s.id = p.service_id
    WHERE p.id = ANY(%s) AND p.state IN ('APERTA', 'PARZIALE') AND (p.published_at IS NULL OR EXISTS (
        SELECT 1 FROM pagopa_publication older
        WHERE older.position_id = p.id AND older.action = 'PUBBLICA' AND older.version < p.version))
    ORDER BY p.id ON CONFLICT DO NOTHING RETURNING id, gateway
"""


@transaction.atomic
def ask_publication(*, position_ids: Sequence[int], at: datetime, together: int = BATCH) -> int:
    """Write that these positions must be on pagoPA, and ring. Returns how many.

    On the road that takes files, ``together`` positions make one job, and so one file. Asked twice it changes nothing; a position whose version has grown is asked for again.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ASK, [_road(), at, list(position_ids)])
        asked = cursor.fetchall()
    ids = [row[0] for row in asked]
    _supersede(ids)
    whole = {pk for pk, road in asked if road == WHOLESALE}
    ring_for([pk for pk in ids if pk in whole], together=together)
    ring_for([pk for pk in ids if pk not in whole])
    return len(ids)


@transaction.atomic
def withdraw_publication(*, position_id: int, at: datetime) -> None:
    """The position is no more: what was not sent is not sent, and what may be on pagoPA is taken off."""
    sent = Publication.objects.filter(position_id=position_id, action=Action.PUBLISH)
    if not sent.exists():
        return
    sent.filter(state=State.ASKED).update(state=State.WITHDRAWN, words=_NOTHING_LEFT)
    release_replaced(position_ids=[position_id])
    version = Position.objects.values_list("version", flat=True).get(pk=position_id)
    row, _ = Publication.objects.update_or_create(
        position_id=position_id,
        version=version,
        action=Action.WITHDRAW,
        # One already on its way may arrive before what is to be taken off: its answer will not count.
        defaults={"state": State.ASKED, "asked_at": at, "lease": "", "leased_until": None},
        create_defaults={"state": State.ASKED, "asked_at": at, "gateway": _road()},
    )
    ring_for([row.pk])


def release_replaced(*, position_ids: Collection[int]) -> None:
    """These have an answer: what they took the place of, kept on pagoPA until now, may come off."""
    waiting = Publication.objects.filter(
        position_id__in=forebears_of(position_ids), action=Action.WITHDRAW, state=State.ASKED
    )
    ring_for(list(waiting.order_by("pk").values_list("pk", flat=True)))


def ring_for(publication_ids: Sequence[int], *, together: int = BATCH) -> None:
    """One job for each ``together`` rows."""
    for start in range(0, len(publication_ids), together):
        chunk = list(publication_ids[start : start + together])
        enqueue("pagopa.publish_batch", queue="pagopa", publication_ids=chunk)


def _supersede(publication_ids: Sequence[int]) -> None:
    """Older versions that still wait are not sent any more."""
    newer = Publication.objects.filter(pk__in=publication_ids, version__gt=1)
    for position_id, version in newer.values_list("position_id", "version"):
        older = Publication.objects.filter(position_id=position_id, version__lt=version)
        waiting = older.filter(state=State.ASKED, action=Action.PUBLISH)
        waiting.update(state=State.WITHDRAWN, words=_SUPERSEDED)


def _road() -> str:
    ente = ente_of_schema(current_schema())
    return ente.gateway if ente else ""
