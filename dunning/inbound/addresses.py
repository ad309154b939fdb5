"""Our public addresses, built from configuration and never from the Host header.

Before: settings.  After: the callback the provider signs, the link a debtor opens.
"""

from django.conf import settings

from tenants.models import Ente
from tenants.selectors.enti import primary_domain


def callback_url(schema: str) -> str:
    """Where Twilio brings the news of this Ente's messages."""
    return f"{public_root(settings.PLATFORM_HOSTS[0])}/dunning/twilio/{schema}/"


def portal_url(ente: Ente) -> str:
    """The first page of the Ente's own site."""
    return f"{public_root(primary_domain(ente))}/"


def public_root(host: str) -> str:
    """Scheme, host and port as seen from outside; behind https the proxy answers on the usual port."""
    environment = settings.ENVIRONMENT
    usual = environment.public_scheme == "https" or environment.port == 80
    return f"{environment.public_scheme}://{host}" + ("" if usual else f":{environment.port}")
