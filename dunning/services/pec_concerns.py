"""Chapter 9 – certified mail, what a person must see to: replies, quarantine, receipts that do not come.

Before: ``pec_intake``, and the watch over what is awaited.  After: an official closes each with a reason that stays.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from dunning.models import Attempt, Hold, PecConcern, PecMessage
from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit
from paybox.kernel.clock import ROME
from paybox.kernel.locking import lock_row
from paybox.kernel.problems import Refused

READER = Actor(0, "lettura della casella PEC")
Kind = PecConcern.Kind


class ConcernRefused(Refused):
    """The report cannot be closed so."""


def open_concern(
    *, kind: str, at: datetime, message: PecMessage | None = None, attempt: Attempt | None = None,
    hold: Hold | None = None, words: str = "",
) -> PecConcern:  # fmt: skip
    """Once for a message, or for an attempt when no message is there."""
    about = attempt or (message.attempt if message else None)
    given = {"attempt": about, "hold": hold, "words": words, "opened_at": at}
    known: dict[str, Any] = {"kind": kind, "message": message}
    if message is None:
        known["attempt"] = about
    return PecConcern.objects.get_or_create(**known, defaults=given)[0]


def pause_after_reply(*, message: PecMessage, at: datetime) -> Hold:
    """She has written: nothing more is sent to her until somebody has read what. Call inside a transaction."""
    assert message.subject_id is not None  # noqa: S101 - the caller knows whose it is
    on = at.astimezone(ROME).date()
    note = f"Ha scritto via PEC il {on:%d/%m/%Y}: da leggere prima di altri solleciti"
    return Hold.objects.create(
        subject_id=message.subject_id,
        reason=Hold.Reason.DISPUTE,
        note=note,
        since=on,
        actor_name=READER.name,
        created_at=at,
    )


@transaction.atomic
def settle_concern(
    *, concern_id: int, reason: str, resume: bool, actor: Actor, at: datetime
) -> PecConcern:
    """Seen to, and how; ``resume`` lifts the pause that a reply had brought. Raises ConcernRefused."""
    concern = lock_row(PecConcern, concern_id)
    if concern.settled_at is not None:
        raise ConcernRefused("La segnalazione è già chiusa")
    if not reason.strip():
        raise ConcernRefused("Scrivere che cosa si è fatto")
    if resume and concern.hold_id:
        held = Hold.objects.filter(pk=concern.hold_id, lifted_at__isnull=True)
        held.update(lifted_at=at)
    _settle(concern, reason.strip(), actor.name, at)
    record_audit(
        action="dunning.pec.settled", actor=actor, at=at, subject=f"pec:{concern.pk}",
        kind=concern.kind, reason=concern.reason, resumed=resume,
    )  # fmt: skip
    return concern


def settle_alarms(*, attempt: Attempt, final: bool, at: datetime) -> None:
    """A receipt came: what was raised because it did not is closed by itself."""
    kinds = [Kind.NO_ACCEPTANCE, Kind.NO_DELIVERY] if final else [Kind.NO_ACCEPTANCE]
    raised = PecConcern.objects.filter(attempt=attempt, kind__in=kinds, settled_at__isnull=True)
    raised.update(settled_at=at, settled_by=READER.name, reason="La ricevuta è arrivata")


def watch_pec(*, at: datetime, acceptance_within: timedelta, delivery_within: timedelta) -> int:
    """Raise an alarm for each message whose receipts do not come. Returns how many are new."""
    sent = Attempt.objects.filter(channel="PEC")
    unaccepted = sent.filter(
        state__in=[Attempt.State.ACCEPTED, Attempt.State.UNCERTAIN],
        created_at__lte=at - acceptance_within,
    )
    undelivered = sent.filter(state=Attempt.State.SENT, sent_at__lte=at - delivery_within)
    words = {
        Kind.NO_ACCEPTANCE: "Il gestore dell'Ente non ha ancora inviato la ricevuta di accettazione.",
        Kind.NO_DELIVERY: "Accettato, ma senza ricevuta di consegna né avviso di mancata consegna.",
    }
    new = 0
    for kind, attempts in ((Kind.NO_ACCEPTANCE, unaccepted), (Kind.NO_DELIVERY, undelivered)):
        for attempt in attempts.exclude(pec_concerns__kind=kind).order_by("pk"):
            open_concern(kind=kind, attempt=attempt, words=words[kind], at=at)
            new += 1
    return new


def _settle(concern: PecConcern, reason: str, by: str, at: datetime) -> None:
    concern.settled_at, concern.settled_by, concern.reason = at, by, reason
    concern.save(update_fields=["settled_at", "settled_by", "reason"])
