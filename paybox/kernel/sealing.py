"""Secrets of others (keys of an Ente at its providers) as they lie in the database: sealed, readable only by this
installation.

Before: a key typed in a form.  After: the channel that uses it. Who has the database alone, or a copy of it, has nothing.
The seal hangs on ``SECRET_KEY``; keys of before may still be opened through ``SECRET_KEY_FALLBACKS``.
"""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from paybox.kernel.problems import Refused


class SealBroken(Refused):
    """The secret was sealed by another installation, or was altered: it must be written again."""


def seal(secret: str) -> str:
    """The secret as it may be stored."""
    return _seals().encrypt(secret.encode()).decode()


def unseal(sealed: str) -> str:
    """The secret again. Raises SealBroken."""
    try:
        return _seals().decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise SealBroken(
            "La chiave conservata non si può più leggere: va scritta di nuovo"
        ) from error


def _seals() -> MultiFernet:
    """Tried one after the other; the first one seals."""
    keys = [str(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    return MultiFernet([Fernet(_stretched(key)) for key in keys])


def _stretched(key: str) -> bytes:
    """32 bytes of another key, so that what signs is not what seals."""
    digest = hashlib.sha256(b"paybox.sealing:" + key.encode()).digest()
    return base64.urlsafe_b64encode(digest)
