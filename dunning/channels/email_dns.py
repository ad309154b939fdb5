"""Asks the DNS what a sender's domain publishes about e-mail.

Before: the page of an official, or a person who prepares an Ente.  After: ``rules/email_dns`` judges.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dunning.rules.email_dns import Judgement, judge_dkim, judge_dmarc, judge_spf
from paybox.kernel.problems import Refused

if TYPE_CHECKING:
    import dns.resolver

LIFETIME_SECONDS = 4.0


class DnsAway(Refused):
    """The resolver does not answer: nothing can be said of the domain."""


class DomainCheck:
    """``server`` as ``127.0.0.1:53``; empty means the machine's own resolvers."""

    def __init__(self, server: str = "") -> None:
        self._server = server

    def judge(self, domain: str, *, selector: str, include: str) -> list[Judgement]:
        """SPF, DKIM and DMARC of ``domain``. Raises DnsAway."""
        key = f"{selector}._domainkey.{domain}"
        keys = self._texts(key)
        name, policies = self._policies(domain)
        return [
            judge_spf(domain, self._texts(domain), include=include),
            judge_dkim(key, keys, bits=_bits(keys)),
            judge_dmarc(name, policies),
        ]

    def _policies(self, domain: str) -> tuple[str, list[str]]:
        """DMARC's own, or that of the nearest domain above which has one."""
        labels = domain.split(".")
        for start in range(max(1, len(labels) - 1)):
            name = "_dmarc." + ".".join(labels[start:])
            if found := self._texts(name):
                return name, found
        return f"_dmarc.{domain}", []

    def _texts(self, name: str) -> list[str]:
        import dns.exception
        import dns.resolver

        try:
            answer = self._resolver().resolve(name, "TXT", search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.DNSException, OSError) as error:
            raise DnsAway("Il DNS non risponde: riprovare fra qualche minuto") from error
        return [b"".join(one.strings).decode("ascii", "replace") for one in answer]

    def _resolver(self) -> "dns.resolver.Resolver":
        import dns.resolver

        resolver = dns.resolver.Resolver(configure=not self._server)
        resolver.lifetime = LIFETIME_SECONDS
        if self._server:
            host, _, port = self._server.rpartition(":")
            resolver.nameservers, resolver.port = [host], int(port)
        return resolver


def _bits(records: Sequence[str]) -> int | None:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    found = re.search(r"(?:^|;)\s*p=([^;]+)", records[0]) if records else None
    try:
        key = load_der_public_key(base64.b64decode("".join(found[1].split()))) if found else None
    except (ValueError, binascii.Error):
        return None
    return key.key_size if isinstance(key, RSAPublicKey) else None
