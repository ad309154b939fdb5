"""Chapter 9 – texts: written in versions, authorised by a second person of the Ente, retired; never changed.

Before: the office writes, starting from the product's ready texts.  After: only what is authorised is used by a wave.
"""

from dataclasses import replace
from datetime import datetime

from django.db import transaction

from dunning.models.text import TextDecision, TextVersion
from dunning.rules.legal_texts import legal_block, outdated, references_in, written_out
from dunning.rules.template_checks import Block, TextDraft, TextRefused, check_text
from dunning.rules.text_names import check_name, clean_name
from dunning.selectors.texts import draft_of, family_of, family_of_version, is_approved, named_texts
from dunning.services.text_keeping import keep_decision, keep_version, lock_family
from paybox.kernel.actor import Actor
from paybox.kernel.clock import ROME


@transaction.atomic
def write_text(*, service_id: int, draft: TextDraft, actor: Actor, at: datetime) -> TextVersion:
    """A new version, to be authorised. A legal block says what the law says that day, whatever was typed in it.

    A ``variant`` that is already there under another spelling is that one. Raises TextRefused, LawRefused.
    """
    on = at.astimezone(ROME).date()
    locked = replace(
        draft,
        blocks=tuple(
            Block(legal_block(b.code, on=on), b.code) if b.code else b for b in draft.blocks
        ),
    )
    said = replace(
        locked,
        subject=written_out(draft.subject, on=on),
        second=written_out(draft.second, on=on),
        blocks=tuple(Block(written_out(b.text, on=on), b.code) for b in locked.blocks),
        variant=_spelled(service_id, draft.variant),
    )
    check_name(said)
    check_text(said)
    references = references_in(f"{draft.subject} {locked.words} {draft.second}", on=on)
    lock_family(service_id, said)
    last = family_of(
        service_id=service_id, act=said.act.value, form=said.form.value, variant=said.variant
    ).first()
    if last is not None and draft_of(last) == said and last.references == references:
        raise TextRefused("Il testo è uguale alla versione che c'è già: nulla da scrivere")
    return keep_version(service_id, said, references, last.version + 1 if last else 1, actor, at)


@transaction.atomic
def approve_text(
    *, version_id: int, actor: Actor, at: datetime, seen: str | None = None
) -> TextVersion:
    """A second person of the Ente authorises the version; the one in force before it is retired.

    ``seen``: the fingerprint that the person had before her eyes. Raises TextRefused.
    """
    version = _waiting(version_id)
    if version.author_id == actor.user_id:
        raise TextRefused("Il testo va autorizzato da una persona diversa da chi l'ha scritto")
    if seen not in (None, version.sha256):
        raise TextRefused("Il testo letto non è quello di questa versione: rileggerlo")
    if outdated(version.references, on=at.astimezone(ROME).date()):
        raise TextRefused(
            "Il testo cita norme cambiate nel frattempo: scriverne una nuova versione"
        )
    check_text(draft_of(version))
    family = family_of_version(version)
    newer = family.filter(version__gt=version.version)
    if any(is_approved(other) for other in newer):
        raise TextRefused("È già in vigore una versione più recente")
    for before in family.filter(version__lt=version.version):
        if is_approved(before):
            reason = f"Sostituito dalla versione {version.version}"
            keep_decision(before, TextDecision.Kind.RETIRED, actor, at, reason)
    return keep_decision(version, TextDecision.Kind.APPROVED, actor, at)


@transaction.atomic
def refuse_text(*, version_id: int, reason: str, actor: Actor, at: datetime) -> TextVersion:
    """Not authorised, and why. Raises TextRefused."""
    if len(reason.strip()) < 5:
        raise TextRefused("Scrivere il motivo: lo leggerà chi ha scritto il testo")
    return keep_decision(_waiting(version_id), TextDecision.Kind.REFUSED, actor, at, reason.strip())


@transaction.atomic
def retire_text(*, version_id: int, reason: str, actor: Actor, at: datetime) -> TextVersion:
    """Not to be used any more: waves not yet started with it must be simulated again. Raises TextRefused."""
    version = _held(version_id)
    if not is_approved(version):
        raise TextRefused("Si ritira solo un testo autorizzato")
    return keep_decision(version, TextDecision.Kind.RETIRED, actor, at, reason.strip())


def _held(version_id: int) -> TextVersion:
    """The version, its family held until the transaction ends."""
    version = TextVersion.objects.get(pk=version_id)
    lock_family(version.service_id, version)
    return version


def _spelled(service_id: int, typed: str) -> str:
    """The name as it was written first: two texts never differ by a capital or a space alone."""
    name = clean_name(typed)
    known = named_texts(service_id=service_id)
    return next((one for one in known if one.casefold() == name.casefold()), name)


def _waiting(version_id: int) -> TextVersion:
    version = _held(version_id)
    if version.decisions.exists():
        raise TextRefused("Su questa versione è già stato deciso")
    return version
