"""Chapter 9 – what is not kept for ever: the words of courtesy messages, after the months that the installation says.

Before: every night.  After: who was written to, when, with what outcome and with which fingerprint stays; the words go.
Notices, formal steps, certified mail and registered letters are proofs: they are never touched here, and to throw them
away is a decision of whoever keeps the body's archive.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from dunning.models import Attempt, Hold, Letter, PrintBatch, SentDocument, SentFile, Wave, WaveItem
from dunning.rules.channels import LETTER, PEC, SEND
from dunning.rules.post import Product
from dunning.rules.steps import StepKind
from dunning.services.outcomes import SENDER
from dunning.services.post_batches import throw_file_away
from paybox.kernel.audit import record_audit

CHUNK = 1_000
_PROOFS = (PEC, SEND)
_OPEN_DISPUTES = (Hold.Reason.DISPUTE, Hold.Reason.COMPLAINT)


def forget_courtesy(*, before: datetime, at: datetime) -> int:
    """Empty the words of the courtesy messages, and the bytes that left with them, written before that instant. Returns how many; run again, none."""
    forgotten = 0
    while keys := list(_still_told(before).values_list("pk", flat=True)[:CHUNK]):
        forgotten += _forget(keys, before, at)
    for batch in _old_batches(before):
        with transaction.atomic():
            throw_file_away(batch)
    return forgotten


@transaction.atomic
def _forget(keys: list[int], before: datetime, at: datetime) -> int:
    Letter.objects.filter(attempt_id__in=keys).update(words={})
    count = Attempt.objects.filter(pk__in=keys).update(body="", subject_line="")
    WaveItem.objects.filter(attempts__in=keys).update(told={})
    _forget_files(keys)
    record_audit(
        action="dunning.words.forgotten", actor=SENDER, at=at, messages=count, before=before.isoformat()
    )  # fmt: skip
    return count


def _forget_files(keys: list[int]) -> None:
    """The bytes that left with those words; a document that a message still told of carried too stays."""
    files = SentFile.objects.filter(attempt_id__in=keys)
    shared = list(files.filter(packed=None).values_list("sha256", flat=True))
    files.update(packed=None)
    told = SentFile.objects.filter(sha256__in=shared, packed=None).exclude(attempt__body="")
    gone = set(shared) - set(told.values_list("sha256", flat=True))
    SentDocument.objects.filter(sha256__in=gone).delete()


def _still_told(before: datetime) -> QuerySet[Attempt]:
    """Ended long ago, and with words still there."""
    old = Attempt.objects.filter(item__wave__in=_courtesies(), created_at__lt=before).exclude(
        body=""
    )
    open_ones = [Attempt.State.CREATED, Attempt.State.SENDING]
    registered = Q(letter__batch__product=Product.REGISTERED)
    kept = old.exclude(channel__in=_PROOFS).exclude(state__in=open_ones).exclude(registered)
    return kept.exclude(Exists(_disputed()))


def _disputed() -> QuerySet[Hold]:
    """Who contests or complains may ask what she was written: it is kept until that is over."""
    open_ones = Hold.objects.filter(reason__in=_OPEN_DISPUTES, lifted_at=None)
    return open_ones.filter(subject_id=OuterRef("item__subject_id"))


def _courtesies() -> QuerySet[Wave]:
    """What nobody was bound to receive."""
    plain = Q(step=None) | Q(step__kind=StepKind.COURTESY)
    return Wave.objects.exclude(kind=Wave.Kind.NOTICE).filter(plain)


def _old_batches(before: datetime) -> list[PrintBatch]:
    """Files for the printer of which no letter has words any more."""
    left = Attempt.objects.filter(channel=LETTER).exclude(body="")
    old = PrintBatch.objects.filter(wave__in=_courtesies(), sent_at__lt=before).exclude(file="")
    unregistered = old.exclude(product=Product.REGISTERED)
    return list(unregistered.exclude(pk__in=left.values("letter__batch_id")))
