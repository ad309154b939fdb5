"""Who works for an Ente, who did, and who has been invited and not entered yet."""

from datetime import date

from django.contrib.auth.tokens import default_token_generator
from django.utils.encoding import force_bytes, force_str
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from tenants.models import Ente, Membership, User


def people_of(ente: Ente, *, on: date) -> tuple[list[Membership], list[Membership]]:
    """Who has a role on that day, and who had one before; by name."""
    everybody = Membership.objects.filter(ente=ente).select_related("user")
    valid = set(Membership.objects.valid(on=on).filter(ente=ente).values_list("pk", flat=True))
    listed = list(everybody.order_by("user__name", "pk"))
    return [m for m in listed if m.pk in valid], [m for m in listed if m.pk not in valid]


def invitation_path(user: User) -> str:
    """What the link ends with: good for some days, and until she has chosen a password."""
    return (
        f"{urlsafe_base64_encode(force_bytes(user.pk))}/{default_token_generator.make_token(user)}/"
    )


def invited_user(uid: str, token: str) -> User | None:
    """Whom that link invites, or None when it is not good any more."""
    try:
        user = User.objects.get(pk=int(force_str(urlsafe_base64_decode(uid))), is_active=True)
    except (ValueError, OverflowError, User.DoesNotExist):
        return None
    pending = not user.has_usable_password()
    return user if pending and default_token_generator.check_token(user, token) else None
