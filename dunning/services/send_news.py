"""Chapter 9 – news of SEND: the stream says which acts moved, each is then read whole; what the stream forgot is looked at
once a day.

Before: requests it took.  After: ``send_outcomes``; the documents that prove it are kept with their SHA-256. Nothing is
asked inside a transaction.
"""

import hashlib
import io
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from billing.services.bollettazione_parts import keep_file
from dunning.channels.platform_wire import PlatformAway
from dunning.channels.send_desk import SendDesk
from dunning.models import Attempt, SendFact, SendFeed, SendNotification
from dunning.rules.channels import SEND
from dunning.services.send_cancelled import cancellation_in_doubt
from dunning.services.send_fees import follow_price
from dunning.services.send_outcomes import take_refusal, take_timeline
from dunning.services.send_payments import tell_payments
from paybox.kernel.locking import lock_row
from paybox.kernel.queue import current_schema

MANY = 200  # in one round
PAGES = 200  # of fifty lines each, of the stream in one round
SOON, DAILY = timedelta(minutes=1), timedelta(days=1)


def send_round(
    *, desk: SendDesk, group: str, payee: str, at: datetime,
    enough: Callable[[], bool] = lambda: False,
) -> int:  # fmt: skip
    """One round of the Ente: follow the new, read the stream, look at who moved. Returns how many were looked at.

    ``payee``: the Ente's codice fiscale; ``enough()`` is asked between two and ends the looking. A platform that is away ends the round: what was done is done.
    """
    _follow_new(at)
    try:
        read_stream(desk=desk, group=group, at=at)
        looked = 0
        due = SendNotification.objects.filter(look_at__lte=at).order_by("look_at", "pk")
        for pk in list(due.values_list("pk", flat=True)[:MANY]):
            look_at_one(notification_id=pk, desk=desk, payee=payee, at=at)
            looked += 1
            if enough():
                break
        tell_payments(desk=desk, payee=payee, at=at)
    except PlatformAway:
        return 0
    return looked


def _follow_new(at: datetime) -> None:
    taken = Attempt.objects.filter(channel=SEND, state=Attempt.State.ACCEPTED)
    unknown = taken.filter(send_notification=None).exclude(provider_ref="")
    SendNotification.objects.bulk_create(
        [
            SendNotification(attempt_id=pk, request_id=ref, look_at=at)
            for pk, ref in unknown.values_list("pk", "provider_ref")
        ],
        ignore_conflicts=True,
    )


def read_stream(*, desk: SendDesk, group: str, at: datetime) -> None:
    """Wake the notifications that the stream names. Raises PlatformAway; what was read stays read."""
    feed = SendFeed.objects.order_by("pk").last()
    if feed is None:
        stream_id = desk.open_stream(f"PayBox {current_schema()}", group=group)
        feed = SendFeed.objects.get_or_create(stream_id=stream_id)[0]
    for _ in range(PAGES):
        lines, more = desk.moved(feed.stream_id, after=feed.last_event_id)
        with transaction.atomic():
            requests = {line.request_id for line in lines} - {""}
            iuns = {line.iun for line in lines} - {""}
            named = SendNotification.objects.filter(Q(request_id__in=requests) | Q(iun__in=iuns))
            named.update(look_at=at)
            feed.last_event_id = lines[-1].event_id if lines else feed.last_event_id
            feed.read_at = at
            feed.save()
        if not more:
            return


def look_at_one(*, notification_id: int, desk: SendDesk, payee: str, at: datetime) -> None:
    """Ask the platform of one act. Raises PlatformAway."""
    notification = SendNotification.objects.get(pk=notification_id)
    if not notification.iun and not _judged(notification, desk, at):
        return
    sent = desk.notification(notification.iun)
    with transaction.atomic():
        locked = lock_row(SendNotification, notification_id)
        standing = take_timeline(notification=locked, sent=sent, at=at)
    follow_price(notification_id=notification_id, sent=sent, desk=desk, payee=payee, at=at)
    wanted = dict(fact for event in sent.events for fact in event.facts)
    kept = _keep_facts(locked, wanted, desk, at)
    final = standing.status.is_final and kept
    wait = DAILY if kept and not cancellation_in_doubt(locked) else SOON
    next_look = None if final else at + wait
    SendNotification.objects.filter(pk=notification_id).update(look_at=next_look)


def _judged(notification: SendNotification, desk: SendDesk, at: datetime) -> bool:
    """Whether the request was accepted: then it has a name."""
    state = desk.request_state(notification.request_id)
    if state is not None and state.iun:
        notification.iun = state.iun
        notification.save(update_fields=["iun"])
        return True
    with transaction.atomic():
        locked = lock_row(SendNotification, notification.pk)
        if state is not None and state.status == "REFUSED":
            take_refusal(notification=locked, state=state, at=at)
            return False
        wait = max(SOON, timedelta(seconds=state.retry_seconds)) if state else DAILY
        locked.look_at = at + wait
        locked.save(update_fields=["look_at"])
    return False


def _keep_facts(
    notification: SendNotification, wanted: dict[str, str], desk: SendDesk, at: datetime
) -> bool:
    """Fetch what is not kept yet. False when some is not ready."""
    known = set(notification.facts.values_list("key", flat=True))
    ready = True
    for key, category in wanted.items():
        if key in known:
            continue
        found = desk.legal_fact(notification.iun, key)
        if found is None:
            ready = False
            continue
        filename, content = found
        digest = hashlib.sha256(content).hexdigest()
        name = f"{current_schema()}/send/{notification.iun}/{digest}.pdf"
        keep_file(name, io.BytesIO(content))
        SendFact.objects.get_or_create(
            notification=notification, key=key,
            defaults={
                "category": category, "filename": filename[-200:], "file": name, "sha256": digest, "size": len(content),
                "at": at,
            },
        )  # fmt: skip
    return ready
