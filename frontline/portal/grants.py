"""What a visitor without an account may see: notices she has shown to know, for an hour, in her own session.

Before: the form (notice number and codice fiscale) or a spontaneous payment just opened.  After: the pages of a notice.
The address of such a page holds a handle without meaning; the right to it is a signed token in the session.
"""

import secrets
from dataclasses import asdict, dataclass

from django.core import signing
from django.http import HttpRequest

from paybox.kernel.problems import Refused

SECONDS = 3600
MOST = 10
_SESSION_KEY = "portal_grants"
_SALT = "frontline.portal.grant"


class GrantRefused(Refused):
    """This browser has not shown to know the notice, or too long ago."""


@dataclass(frozen=True, slots=True)
class Grant:
    """``number`` of the instalment; ``email`` where pagoPA's receipt goes, empty when not given."""

    schema: str
    position: str
    number: int
    email: str = ""


def grant_notice(request: HttpRequest, grant: Grant, *, handle: str = "") -> str:
    """Remember the right in the session. Returns the handle for the page's address, made up when not given."""
    held: dict[str, str] = request.session.get(_SESSION_KEY, {})
    handle = handle or secrets.token_urlsafe(9)
    kept = [item for item in held.items() if item[0] != handle][-(MOST - 1) :]
    request.session[_SESSION_KEY] = {**dict(kept), handle: sign_grant(grant)}
    return handle


def forget_everything(request: HttpRequest) -> None:
    """What a citizen at a shared computer asks for before she leaves."""
    request.session.pop(_SESSION_KEY, None)


def granted(request: HttpRequest, handle: str, *, schema: str) -> Grant:
    """The right behind a handle, in this Ente only. Raises GrantRefused."""
    token = request.session.get(_SESSION_KEY, {}).get(handle, "")
    return _read(token, schema)


def latest_handles(request: HttpRequest, *, schema: str) -> list[tuple[str, Grant]]:
    """What this browser may still see, newest first."""
    held: dict[str, str] = request.session.get(_SESSION_KEY, {})
    valid = []
    for handle, token in reversed(held.items()):
        try:
            valid.append((handle, _read(token, schema)))
        except GrantRefused:
            continue
    return valid


def sign_grant(grant: Grant, *, signer: signing.TimestampSigner | None = None) -> str:
    return (signer or signing.TimestampSigner(salt=_SALT)).sign_object(asdict(grant))


def _read(token: str, schema: str) -> Grant:
    try:
        content = signing.TimestampSigner(salt=_SALT).unsign_object(token, max_age=SECONDS)
    except signing.BadSignature as error:
        raise GrantRefused(
            "La consultazione è scaduta: inserire di nuovo i dati dell'avviso."
        ) from error
    grant = Grant(**content)
    if grant.schema != schema:
        raise GrantRefused("Questa consultazione riguarda un altro Ente.")
    return grant
