"""Chapter 6 – somebody wants a receipt now: an official by a button, a cart whose payer came back and whose receipt did not.

Before: the pages of receipts, the way back from the checkout.  After: ``receipt_recovery``, in the outbox.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from billing.models import Instalment, TimelineEntry
from billing.services.timeline import tell
from billing.states import InstalmentState
from pagopa.services.receipt_recovery import Archives, Recovered, look_for_receipt
from paybox.kernel.actor import Actor
from paybox.kernel.models import OutboxEntry
from paybox.kernel.problems import Refused
from paybox.kernel.queue import RetryLater, enqueue

# After a payer's return: receipts come within seconds; then ask, and ask again, and leave it to the flow.
PATIENCE = (timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6))
FOUND = "Ricevuta chiesta a pagoPA: trovata e registrata"
NOT_FOUND = "Ricevuta chiesta a pagoPA: non risulta alcun pagamento nuovo"
BUSY = "Le domande a pagoPA di quest'ora sono finite: si riprova più tardi"


class SearchRefused(Refused):
    """There is nobody to ask, or nothing to ask for."""


def ask_receipt_search(*, instalment: Instalment, sources: int, actor: Actor) -> None:
    """«Cerca la ricevuta»: the answer will be on the position. A question under way is enough. Raises SearchRefused."""
    if not sources:
        raise SearchRefused("Questa installazione non può chiedere ricevute a pagoPA")
    if _is_under_way(instalment.iuv):
        return
    enqueue(
        "pagopa.search_receipt", queue="pagopa", iuv=instalment.iuv,
        actor_id=actor.user_id, actor_name=actor.name,
    )  # fmt: skip


def _is_under_way(iuv: str) -> bool:
    waiting = OutboxEntry.objects.filter(done_at__isnull=True, failed_at__isnull=True)
    return waiting.filter(task="pagopa.search_receipt", arguments__iuv=iuv).exists()


def search_receipt(*, iuv: str, archives: Archives, actor: Actor, at: datetime) -> Recovered:
    """Ask, and tell the position what came of it. Raises RetryLater, when the hour's calls are over too."""
    done = look_for_receipt(iuv=iuv, archives=archives, at=at, again=True)
    if done.more and not done.taken:
        raise RetryLater(BUSY)
    positions = Instalment.objects.filter(iuv=iuv).values_list("position_id", flat=True)
    tell(
        position_ids=list(positions),
        kind=TimelineEntry.Kind.NOTE,
        at=at,
        actor=actor,
        reference=iuv,
        text=FOUND if done.taken else NOT_FOUND,
    )
    return done


def note_return(*, notice_numbers: Sequence[str], at: datetime, tries: int = 0) -> None:
    """The payer is back and says nothing that counts: look after a while whether the receipts have come."""
    if tries < len(PATIENCE) and _unpaid(notice_numbers):
        enqueue(
            "pagopa.recover_cart", queue="pagopa", after=at + PATIENCE[tries],
            notice_numbers=list(notice_numbers), tries=tries + 1,
        )  # fmt: skip


def recover_cart(
    *, notice_numbers: Sequence[str], archives: Archives, tries: int, at: datetime
) -> int:
    """Ask for what is still unpaid, and look again later. Returns how many receipts were taken. Raises RetryLater."""
    taken = sum(
        look_for_receipt(iuv=iuv, archives=archives, at=at, again=True).taken
        for iuv in _unpaid(notice_numbers)
    )
    note_return(notice_numbers=notice_numbers, at=at, tries=tries)
    return taken


def _unpaid(notice_numbers: Sequence[str]) -> list[str]:
    """The IUVs of those whose receipt has not come."""
    ways = Instalment.objects.filter(notice_number__in=notice_numbers)
    return list(ways.exclude(state=InstalmentState.PAID).values_list("iuv", flat=True))
