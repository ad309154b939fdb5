"""Chapter 9 – texts, what is written of them: a version with its fingerprint, a decision on it, each with its trace.

Before: ``texts`` has checked the words.  After: rows that are added to and never changed.
"""

import hashlib
import json
from datetime import datetime

from dunning.models.text import TextDecision, TextVersion
from dunning.rules.template_checks import TextDraft
from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit
from paybox.kernel.locking import lock_name


def lock_family(service_id: int, text: TextDraft | TextVersion) -> None:
    """Nobody else writes or decides on that text until the transaction ends."""
    lock_name(f"dunning.text/{service_id}/{text.act}/{text.form}/{text.variant}")


def keep_version(
    service_id: int, said: TextDraft, references: dict[str, str], number: int, actor: Actor, at: datetime
) -> TextVersion:  # fmt: skip
    """Version ``number`` of the text, its law already written out."""
    blocks = [{"code": block.code, "text": block.text} for block in said.blocks]
    whole = [
        said.act,
        said.form,
        said.subject,
        blocks,
        said.term_days,
        said.second_language,
        said.second,
        *([said.variant] if said.variant else []),
    ]
    version = TextVersion.objects.create(
        service_id=service_id,
        act=said.act.value,
        form=said.form.value,
        variant=said.variant,
        version=number,
        subject=said.subject,
        blocks=blocks,
        term_days=said.term_days,
        second_language=said.second_language,
        second=said.second,
        references=references,
        sha256=hashlib.sha256(json.dumps(whole, ensure_ascii=False).encode()).hexdigest(),
        created_at=at,
        author_id=actor.user_id,
        author_name=actor.name,
    )
    _trace("written", version, actor, at)
    return version


def keep_decision(
    version: TextVersion, kind: TextDecision.Kind, actor: Actor, at: datetime, reason: str = ""
) -> TextVersion:
    """What a person decided on it, and why."""
    TextDecision.objects.create(
        version=version,
        kind=kind.value,
        reason=reason,
        at=at,
        person_id=actor.user_id,
        person_name=actor.name,
    )
    _trace(kind.name.lower(), version, actor, at, reason=reason)
    return version


def _trace(verb: str, version: TextVersion, actor: Actor, at: datetime, **details: str) -> None:
    record_audit(
        action=f"dunning.text.{verb}",
        actor=actor,
        at=at,
        subject=f"text:{version.service.code}/{version.act}/{version.form}/{_numbered(version)}",
        sha256=version.sha256,
        **details,
    )


def _numbered(version: TextVersion) -> str:
    return "/".join(filter(None, (version.variant, str(version.version))))
