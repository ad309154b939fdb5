"""Who works for an Ente: invited by an administrator of that Ente, given a role for a time, let go. People are never deleted.

Before: an administrator's page.  After: an e-mail whose link lets who is new choose her password; who has one enters with
it. Nobody changes her own role, and the last administrator cannot be let go: an Ente would be left with nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit
from paybox.kernel.locking import lock_name
from paybox.kernel.problems import Refused
from paybox.kernel.queue import enqueue
from tenants.models import Ente, Membership, User
from tenants.roles import Capability, Role

INVITE = "dunning.send_invitation"


class PersonRefused(Refused):
    """The role cannot be given, changed or ended as asked; nothing was written."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """Who, as what; ``services`` empty means all, ``until`` None means without end."""

    email: str
    name: str
    role: Role
    services: Sequence[str] = ()
    until: date | None = None


@transaction.atomic
def invite_person(
    *, invitation: Invitation, ente: Ente, actor: Actor, at: datetime, today: date
) -> Membership:
    """Give the role and ask for the e-mail. Raises PersonRefused when she already works here."""
    _lock(ente)
    user = _known_or_new(invitation)
    membership = Membership.objects.filter(user=user, ente=ente).first()
    if membership is None:
        membership = Membership(user=user, ente=ente)
    elif membership.until is None or membership.until >= today:
        raise PersonRefused(f"{user.name} ha già un ruolo in questo Ente: si può cambiare")
    _check_until(invitation.until, today)
    membership.role, membership.services = invitation.role.value, list(invitation.services)
    membership.since, membership.until = today, invitation.until
    membership.save()
    _record("invited", membership, actor, at)
    enqueue(INVITE, membership_id=membership.pk)
    return membership


def choose_password(*, user: User, password: str) -> None:
    """By who was invited; it has been looked at by the form. The link of the invitation is good no more."""
    user.set_password(password)
    user.save(update_fields=["password"])


@transaction.atomic
def invite_again(*, membership: Membership, actor: Actor, at: datetime) -> None:
    """The e-mail once more, to who has not entered yet. Raises PersonRefused."""
    if membership.user.has_usable_password():
        raise PersonRefused(f"{membership.user.name} ha già scelto la sua password")
    _record("invited_again", membership, actor, at)
    enqueue(INVITE, membership_id=membership.pk)


@transaction.atomic
def change_role(
    *, membership: Membership, role: Role, services: Sequence[str], until: date | None,
    actor: Actor, at: datetime, today: date,
) -> Membership:  # fmt: skip
    """Another role, other services, another end. Raises PersonRefused."""
    _lock(membership.ente)
    _check_not_oneself(membership, actor)
    _check_until(until, today)
    membership.role, membership.services, membership.until = role.value, list(services), until
    if not membership.may(Capability.ADMINISTER):
        _check_somebody_stays(membership, today)
    membership.save()
    _record("changed", membership, actor, at)
    return membership


@transaction.atomic
def end_role(*, membership: Membership, actor: Actor, at: datetime, today: date) -> Membership:
    """From now on she may do nothing here; what she did keeps her name. Raises PersonRefused."""
    _lock(membership.ente)
    _check_not_oneself(membership, actor)
    _check_somebody_stays(membership, today)
    membership.until = today - timedelta(days=1)
    membership.since = min(membership.since, membership.until)
    membership.save()
    _record("ended", membership, actor, at)
    return membership


def _lock(ente: Ente) -> None:
    lock_name(f"tenants.people/{ente.schema_name}")


def _known_or_new(invitation: Invitation) -> User:
    """By e-mail; who is new has no password until she chooses one."""
    known = User.objects.filter(email=invitation.email.lower()).first()
    if known is not None and not known.is_active:
        raise PersonRefused("Questa persona è sospesa da chi amministra la piattaforma")
    return known or User.objects.create_user(invitation.email, None, name=invitation.name)


def _check_until(until: date | None, today: date) -> None:
    if until is not None and until < today:
        raise PersonRefused("L'ultimo giorno è già passato")


def _check_not_oneself(membership: Membership, actor: Actor) -> None:
    if membership.user_id == actor.user_id:
        raise PersonRefused("Il proprio ruolo lo cambia un'altra persona che amministra l'Ente")


def _check_somebody_stays(membership: Membership, today: date) -> None:
    others = Membership.objects.valid(on=today).filter(ente=membership.ente, user__is_active=True)
    if not any(one.may(Capability.ADMINISTER) for one in others.exclude(pk=membership.pk)):
        raise PersonRefused("Serve almeno un'altra persona che amministri l'Ente")


def _record(verb: str, membership: Membership, actor: Actor, at: datetime) -> None:
    record_audit(
        action=f"tenants.person.{verb}", actor=actor, at=at, subject=f"user:{membership.user_id}",
        role=membership.role, services=list(membership.services),
        until=membership.until.isoformat() if membership.until else "",
    )  # fmt: skip
