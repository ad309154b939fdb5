"""The certified mailbox of one Ente: who we are, where we send, where we read.

Before: the environment.  After: ``pec`` (SMTP) and ``pec_mailbox`` (IMAP). ``smtps`` and ``imaps`` are TLS from the
first byte (465, 993), ``smtp+starttls`` and ``imap+starttls`` begin in clear and must turn, bare ``smtp`` and ``imap``
are for the local stand-in.
"""

import ssl
from dataclasses import dataclass, field
from urllib.parse import urlsplit

PORTS = {
    "smtps": 465,
    "smtp+starttls": 587,
    "smtp": 25,
    "imaps": 993,
    "imap+starttls": 143,
    "imap": 143,
}


@dataclass(frozen=True, slots=True)
class Door:
    """Where a server listens and how safe the way there is."""

    scheme: str
    host: str
    port: int

    @property
    def tls_at_once(self) -> bool:
        return self.scheme in ("smtps", "imaps")

    @property
    def tls_then(self) -> bool:
        return self.scheme.endswith("+starttls")


@dataclass(frozen=True, slots=True)
class PecAccount:
    """``address`` is what the debtor reads; the provider may want another ``user``."""

    address: str
    user: str
    password: str = field(repr=False)
    smtp_url: str = ""
    imap_url: str = ""

    @property
    def smtp(self) -> Door:
        return door_of(self.smtp_url)

    @property
    def imap(self) -> Door:
        return door_of(self.imap_url)


def door_of(url: str) -> Door:
    """Raises ValueError for an address that is not one of these."""
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname:
        raise ValueError(f"indirizzo di posta non valido: {url}")
    return Door(parts.scheme, parts.hostname, parts.port or PORTS[parts.scheme])


def tls_context() -> ssl.SSLContext:
    """Certificates and names are checked, always."""
    return ssl.create_default_context()
