"""Chapter 8 – an official asks for the flows now, without waiting for the hour.

Before: a button.  After: ``flow_pull`` at work, once however often the button is pressed.
"""

from datetime import datetime

from django.db import transaction

from pagopa.selectors.flow_pulls import pulls_at_work
from pagopa.services.flow_pull import ask_flow_pull
from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit
from paybox.kernel.locking import lock_name
from paybox.kernel.models import OutboxEntry
from paybox.kernel.problems import Refused
from paybox.kernel.queue import current_schema, ring


class NoFlowSource(Refused):
    """This installation does not ask pagoPA for flows."""


@transaction.atomic
def request_flows(*, connected: bool, whole: bool, actor: Actor, at: datetime) -> bool:
    """False when a pull was already under way: one that waits to try again tries now. Raises NoFlowSource."""
    if not connected:
        raise NoFlowSource(
            "Questa installazione non è collegata al servizio dei flussi di pagoPA: i flussi si leggono da file."
            " Chi la gestisce può collegarla con l'impostazione PAYBOX_FDR_URL."
        )
    lock_name("scarico-flussi")
    record_audit(action="pagopa.flows.requested", actor=actor, at=at, subject="flows", whole=whole)
    at_work = pulls_at_work()
    if at_work:
        _hurry(at_work[0], at)
        return False
    ask_flow_pull(whole=whole)
    return True


def _hurry(entry: OutboxEntry, at: datetime) -> None:
    waiting = OutboxEntry.objects.filter(pk=entry.pk, leased_until__isnull=True, next_at__gt=at)
    if waiting.update(next_at=at):
        schema = current_schema()
        transaction.on_commit(lambda: ring(schema=schema, entry_id=entry.pk, queue=entry.queue))
