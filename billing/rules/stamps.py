"""A marca da bollo bought with a payment: for which document, by somebody of which province. Pure.

Before: the public form.  After: ``shares``, as a part of the credit that goes to no account. The document is not kept:
its imprint is, and the stamp that the PSP sells bears the same. Source: richiestaMarcaDaBollo of paGetPaymentV2.
"""

import hashlib
from base64 import b64decode, b64encode
from binascii import Error
from dataclasses import dataclass
from typing import Any

from paybox.kernel.problems import Refused

_SHA256_BYTES = 32
MAX_NAME = 100


class StampRefused(Refused):
    """What was given is no document, or no place; the message is in Italian."""


@dataclass(frozen=True, slots=True)
class StampedDocument:
    """``imprint``: base64 of the SHA-256 of its bytes; ``province``: two letters, where the payer lives."""

    name: str
    imprint: str
    province: str

    def kept(self, cents: int) -> dict[str, Any]:
        """As a position keeps it among its ``bolli``; ``cents`` is the price of the stamp."""
        return {
            "centesimi": cents,
            "impronta": self.imprint,
            "provincia": self.province,
            "documento": self.name,
        }


def imprint_of(document: bytes) -> str:
    """Raises StampRefused when there is nothing in it."""
    if not document:
        raise StampRefused("il documento è vuoto")
    return b64encode(hashlib.sha256(document).digest()).decode()


def check_imprint(typed: str) -> str:
    """Raises StampRefused."""
    try:
        digest = b64decode(typed, validate=True)
    except (Error, ValueError):
        digest = b""
    if len(digest) != _SHA256_BYTES:
        raise StampRefused("l'impronta del documento non è valida: allegarlo di nuovo")
    return typed
