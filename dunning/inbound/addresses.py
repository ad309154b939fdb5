"""Our public addresses, built from configuration and never from the Host header.

Before: settings.  After: the callback the provider signs, the link a debtor opens.
"""

from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer

from tenants.models import Ente
from tenants.selectors.enti import primary_domain

_FAREWELL = Signer(salt="dunning.farewell")


def callback_url(schema: str) -> str:
    """Where Twilio brings the news of this Ente's messages."""
    return f"{public_root(settings.PLATFORM_HOSTS[0])}/dunning/twilio/{schema}/"


def portal_url(ente: Ente) -> str:
    """The first page of the Ente's own site."""
    return f"{public_root(primary_domain(ente))}/"


def email_sender(ente: Ente) -> str:
    """The address that writes the Ente's e-mail: its own, or the installation's."""
    environment = settings.ENVIRONMENT
    return str(environment.email_senders.get(ente.schema_name, environment.email_sender))


def farewell_url(portal: str, attempt_id: UUID) -> str:
    """Where who got that message asks for no more; on the Ente's own site, and only we can write it."""
    return f"{portal}promemoria/{_FAREWELL.sign(attempt_id.hex)}/"


def attempt_of_farewell(token: str) -> UUID | None:
    """Which message, or None when the address is not ours."""
    try:
        return UUID(_FAREWELL.unsign(token))
    except (BadSignature, ValueError):
        return None


def public_root(host: str) -> str:
    """Scheme, host and port as seen from outside; behind https the proxy answers on the usual port."""
    environment = settings.ENVIRONMENT
    usual = environment.public_scheme == "https" or environment.port == 80
    return f"{environment.public_scheme}://{host}" + ("" if usual else f":{environment.port}")
