"""Chapter 9e – telephone: what the office does with what the telephone leaves it: answers, papers, recalls.

Before: a task opened by a call.  After: the pause ends and the calls go on, or the file is back with the body.
"""

import hashlib
from datetime import datetime

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from dunning.models import Hold, PhoneDocument, PhoneFile, PhoneTask
from dunning.rules.phone_ends import FileState, Negative
from dunning.services.phone_files import end_file, hold_debts, lift_holds, note_file, open_task
from dunning.services.phone_list import held_file
from dunning.services.post_cards import kind_of
from dunning.services.refusals import PhoneRefused
from paybox.kernel.actor import Actor
from paybox.kernel.clock import ROME
from paybox.kernel.locking import lock_row
from paybox.kernel.queue import current_schema

MOST_DOCUMENTS = 20
MAX_NAME = 100


@transaction.atomic
def settle_phone_task(*, task_id: int, answer: str, resume: bool, actor: Actor, at: datetime) -> PhoneTask:  # fmt: skip
    """Seen to, with the answer. ``resume``: the pauses end and she may be called again (after broken promises: one more
    is accepted); otherwise the file goes back to the body and its pauses stay. Raises PhoneRefused.
    """
    task = PhoneTask.objects.get(pk=task_id)
    file = lock_row(PhoneFile, task.file_id)
    task = lock_row(PhoneTask, task_id)
    if task.settled_at is not None:
        raise PhoneRefused("È già stato chiuso")
    if len(answer.strip()) < 5:
        raise PhoneRefused("Scrivere che cosa si è deciso o risposto")
    task.settled_at, task.settled_by = at, actor.name
    task.answer, task.resumed = answer.strip(), resume
    task.save()
    note_file("task_settled", file, actor, at, kind=task.kind, resumed=resume)
    if resume:
        _resume(file, task, at)
    elif file.state == FileState.OPEN.value:
        end_file(file, state=FileState.RECALLED, reason=task.answer, actor=actor, at=at)
    return task


@transaction.atomic
def recall_phone_file(*, file_id: int, reason: str, actor: Actor, at: datetime) -> PhoneFile:
    """The body takes the file back before the end. Raises PhoneRefused."""
    file = lock_row(PhoneFile, file_id)
    if file.state != FileState.OPEN.value:
        raise PhoneRefused(f"La pratica è «{FileState(file.state).label}»")
    if len(reason.strip()) < 5:
        raise PhoneRefused("Scrivere perché si richiama")
    return end_file(file, state=FileState.RECALLED, reason=reason.strip(), actor=actor, at=at)


@transaction.atomic
def give_file_up(*, file_id: int, reason: Negative, operator: Actor, at: datetime) -> PhoneFile:
    """The operator gives it back as negative, and why. Raises PhoneRefused."""
    file = held_file(file_id=file_id, operator=operator, at=at)
    if file.calls.filter(outcome="").exists():
        raise PhoneRefused("Prima va scritto com'è finita la telefonata")
    if not file.calls.exists():
        raise PhoneRefused("Nessuno ha ancora telefonato: non si chiude")
    return end_file(file, state=FileState.NEGATIVE, reason=reason.value, actor=operator, at=at)


@transaction.atomic
def take_document(
    *, file_id: int, content: bytes, name: str, note: str, operator: Actor, at: datetime
) -> PhoneDocument:
    """Keep a paper about earlier payments and pass it to the office; reminders wait. The same paper is kept once.

    Raises PhoneRefused, PostRefused for what is no PDF, JPEG or PNG.
    """
    file = held_file(file_id=file_id, operator=operator, at=at)
    mime, digest = kind_of(content), hashlib.sha256(content).hexdigest()
    if known := file.documents.filter(sha256=digest).first():
        return known
    if file.documents.count() >= MOST_DOCUMENTS:
        raise PhoneRefused(f"Al massimo {MOST_DOCUMENTS} documenti per pratica")
    place = f"{current_schema()}/telefono/{file.uuid}/{digest[:16]}"
    kept = PhoneDocument.objects.create(
        file=file, stored=default_storage.save(place, ContentFile(content)), name=name[:MAX_NAME], mime=mime,
        sha256=digest, note=note.strip(), at=at, actor_name=operator.name,
    )  # fmt: skip
    _pass_on(file, operator, at)
    note_file("document_kept", file, operator, at, sha256=digest)
    return kept


def _pass_on(file: PhoneFile, operator: Actor, at: datetime) -> None:
    """The office checks the payment; meanwhile nobody is asked for it."""
    kind = PhoneTask.Kind.CHECK_PAYMENT
    if file.tasks.filter(kind=kind, settled_at__isnull=True).exists():
        return
    holds = hold_debts(
        file=file, reason=Hold.Reason.DECLARED, note="Ha mandato un documento di pagamento",
        since=at.astimezone(ROME).date(), until=None, actor=operator, at=at,
    )  # fmt: skip
    open_task(file=file, kind=kind, call_id=None, hold_ids=holds, at=at)
    file.next_call_at = None
    file.save(update_fields=["next_call_at"])


def _resume(file: PhoneFile, task: PhoneTask, at: datetime) -> None:
    lift_holds(hold_ids=task.hold_ids, at=at)
    if task.kind == PhoneTask.Kind.SUPERVISOR:
        file.extra_promises += 1
    if file.state == FileState.OPEN.value and not _still_stopped(file):
        file.next_call_at = at
    file.save(update_fields=["extra_promises", "next_call_at"])


def _still_stopped(file: PhoneFile) -> bool:
    """Another question of hers waits for the office."""
    waiting = file.tasks.filter(settled_at__isnull=True)
    return waiting.exclude(kind=PhoneTask.Kind.SUPERVISOR).exists()
