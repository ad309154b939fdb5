"""Chapter 4 – publication: another road is chosen, and every open position follows it.

Before: an Ente or a service goes by one road.  After: what was there stands on the new road too; the old one is
remembered on each row, so that whoever is withdrawn comes off both. Nothing is taken off by changing road.
"""

from datetime import datetime

from django.db import connection, transaction

from billing.models import Service
from pagopa.gateways.protocol import Road
from pagopa.services.publication import ring_for
from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit
from paybox.kernel.problems import Refused
from paybox.kernel.queue import current_schema, enqueue
from tenants.models import Ente
from tenants.selectors.enti import ente_of_schema

MOST = 5000  # positions moved by one job

_MOVE = """
    UPDATE pagopa_publication w
    SET earlier_gateways = (w.earlier_gateways - w.gateway) || to_jsonb(w.gateway), gateway = moved.road,
        state = 'RICHIESTA', asked_at = %s, answered_at = NULL, code = '', words = ''
    FROM (SELECT older.id, COALESCE(NULLIF(s.gateway, ''), %s) AS road FROM pagopa_publication older
          JOIN billing_position p ON p.id = older.position_id AND p.version = older.version
          JOIN billing_service s ON s.id = p.service_id
          WHERE older.action = 'PUBBLICA' AND older.state IN ('ACCETTATA', 'RIFIUTATA')
            AND p.state IN ('APERTA', 'PARZIALE') AND older.gateway <> COALESCE(NULLIF(s.gateway, ''), %s)
          ORDER BY older.id LIMIT %s FOR UPDATE OF older) moved
    WHERE w.id = moved.id RETURNING w.id
"""


class NoRoad(Refused):
    """The road or the service named does not exist."""


@transaction.atomic
def choose_road(*, road: str, actor: Actor, at: datetime, service_code: str = "") -> None:
    """The current Ente, or one service of it, goes by ``road`` from now on (empty, for a service: the Ente's).

    Open positions follow by a job. Raises NoRoad.
    """
    if road not in [*Road] and not (service_code and not road):
        raise NoRoad(f"la via «{road}» non esiste: scegliere fra {', '.join(Road)}")
    if not service_code:
        Ente.objects.filter(schema_name=current_schema()).update(gateway=road)
    elif not Service.objects.filter(code=service_code).update(gateway=road):
        raise NoRoad(f"il servizio «{service_code}» non esiste")
    record_audit(
        action="pagopa.road.chosen", actor=actor, at=at,
        subject=f"service:{service_code}" if service_code else "ente", road=road,
    )  # fmt: skip
    enqueue("pagopa.move_publications", queue="pagopa")


@transaction.atomic
def move_publications(*, at: datetime) -> int:
    """Ask again, by the road in force, for what went by another one. Returns how many; the rest is left to a new job."""
    ente = ente_of_schema(current_schema())
    road = ente.gateway if ente else ""
    with connection.cursor() as cursor:
        cursor.execute(_MOVE, [at, road, road, MOST])
        ids = sorted(row[0] for row in cursor.fetchall())
    ring_for(ids)
    if len(ids) == MOST:
        enqueue("pagopa.move_publications", queue="pagopa")
    return len(ids)
