"""What only we can write about a consent: the link that confirms, the code of the SMS, the link that goes back to paper.

Before: settings (the secret key).  After: the messages carry them, the public pages read them back.
"""

from uuid import UUID

from django.core.signing import BadSignature, Signer
from django.utils.crypto import constant_time_compare, salted_hmac

from dunning.inbound.addresses import portal_url
from tenants.models import Ente

_CONFIRM = "dunning.consent.confirm"
_BACK = "dunning.consent.back"


def confirm_url(ente: Ente, check: UUID) -> str:
    """Where the press that confirms is; its life and its single use stand in the database."""
    return f"{portal_url(ente)}zero-carta/conferma/{_sign(_CONFIRM, ente, check)}/"


def back_url(ente: Ente, subject: UUID, *, portal: str = "") -> str:
    """Where one press goes back to paper; it does not expire: withdrawing is never late. ``portal``: when known already."""
    return f"{portal or portal_url(ente)}zero-carta/carta/{_sign(_BACK, ente, subject)}/"


def check_of_token(token: str, *, schema: str) -> UUID | None:
    return _read(_CONFIRM, token, schema)


def subject_of_token(token: str, *, schema: str) -> UUID | None:
    return _read(_BACK, token, schema)


def sms_code(check: UUID) -> str:
    """Six digits: always the same for one check, kept nowhere."""
    number = int(salted_hmac("dunning.consent.code", check.hex).hexdigest(), 16) % 1_000_000
    return f"{number:06d}"


def is_its_code(check: UUID, typed: str) -> bool:
    return constant_time_compare(sms_code(check), "".join(typed.split()))


def _sign(salt: str, ente: Ente, thing: UUID) -> str:
    return Signer(salt=f"{salt}.{ente.schema_name}").sign(thing.hex)


def _read(salt: str, token: str, schema: str) -> UUID | None:
    """None when the address is not ours, or another Ente's."""
    try:
        return UUID(Signer(salt=f"{salt}.{schema}").unsign(token))
    except (BadSignature, ValueError):
        return None
