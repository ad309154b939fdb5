"""Chapter 2 – the personal codes of ZERO_CARTA's invitations: one for each person, made once and always the same.

Before: the desk, a sending.  After: the letter or the e-mail that bears it; the form that it opens.
"""

import secrets
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from paybox.kernel.actor import Actor
from paybox.kernel.locking import lock_row
from registry.models import Invitation, Subject
from registry.rules.consent import CODE_LENGTH, CODE_SIGNS
from registry.selectors.consents import codes_of


@transaction.atomic
def invite(*, subject_id: int, actor: Actor, at: datetime) -> Invitation:
    """Her personal code, made the first time."""
    lock_row(Subject, subject_id)
    invite_many(subject_ids=[subject_id], actor=actor, at=at)
    return Invitation.objects.select_related("subject").get(subject_id=subject_id)


@transaction.atomic
def invite_many(*, subject_ids: Iterable[int], actor: Actor, at: datetime) -> dict[int, str]:
    """Subject → her personal code, in a handful of statements."""
    wanted = sorted(set(subject_ids))
    known = codes_of(wanted)
    Invitation.objects.bulk_create(
        (
            Invitation(subject_id=pk, code=_fresh_code(), created_at=at, actor_name=actor.name)
            for pk in wanted if pk not in known
        ),
        ignore_conflicts=True,  # of two at once the first one's code is hers
    )  # fmt: skip
    return codes_of(wanted)


def _fresh_code() -> str:
    return "".join(secrets.choice(CODE_SIGNS) for _ in range(CODE_LENGTH))
